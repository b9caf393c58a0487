-- The service files what browsers send, many requests in one statement. It says so with a setting of its transaction, and
-- what it files is theirs: by source, by channel, and by the clock. The setting only ever takes weight away, so it may be
-- anybody's to set.

create or replace function amara_private.stamp_event() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if tg_op = 'UPDATE' then
    new.source := old.source;
    return new;
  end if;
  if current_user = 'amara_service' then
    if coalesce(current_setting('amara.event_source', true), '') <> 'client' then
      new.source := 'server';
      return new;
    end if;
  elsif current_user = 'service_role' or pg_has_role(
    current_user, (select c.relowner from pg_catalog.pg_class c where c.oid = tg_relid), 'MEMBER'
  ) then
    new.source := 'server';
    return new;
  else
    new.user_id := coalesce(new.user_id, auth.uid()); -- another's is refused by the policies
  end if;
  new.source := 'client';
  new.channel := 'web';
  -- A device may have waited a day to send; no clock of its own moves the past or the future.
  if new.created_at between now() - interval '24 hours 5 minutes' and clock_timestamp() then
    return new;
  end if;
  new.created_at := now();
  return new;
end
$fn$;

-- What the operator's settings declare is counted as well.
drop policy if exists "Amara service: insert" on public.platform_event_types;
create policy "Amara service: insert" on public.platform_event_types for insert to amara_service with check (true);
grant insert (event_type) on public.platform_event_types to amara_service;
