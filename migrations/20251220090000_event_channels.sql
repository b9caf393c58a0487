-- Where a deed was done: in the chat, at the guest's checkout, or on the platform's own pages. Said by whoever writes as the
-- server; a browser is on the web, whatever it sends.

alter table public.platform_events add column if not exists channel text not null default 'web';
comment on column public.platform_events.channel is 'assistant, guest or web; of a browser''s event always web';
-- What is there needs no look: it has the default. The next file validates it, under a lock that stops no writer.
do $do$
begin
  if not exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'public.platform_events'::regclass and conname = 'platform_events_channel'
  ) then
    alter table public.platform_events add constraint platform_events_channel
      check (channel in ('assistant', 'guest', 'web')) not valid;
  end if;
end
$do$;
create or replace function amara_private.stamp_event() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if tg_op = 'UPDATE' then
    new.source := old.source;
    return new;
  end if;
  new.source := 'client';
  if current_user in ('amara_service', 'service_role') or pg_has_role(
    current_user, (select c.relowner from pg_catalog.pg_class c where c.oid = tg_relid), 'MEMBER'
  ) then
    new.source := 'server';
    return new;
  end if;
  new.channel := 'web';
  new.user_id := coalesce(new.user_id, auth.uid()); -- another's is refused by the policies
  -- A device may have waited a day to send; no clock of its own moves the past or the future.
  if new.created_at between now() - interval '24 hours 5 minutes' and clock_timestamp() then
    return new;
  end if;
  new.created_at := now();
  return new;
end
$fn$;

-- As before, and with the channel the booking came by.
create or replace function amara_private.confirm_booking() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
begin
  insert into public.platform_events (id, event_type, user_id, session_id, channel, properties)
  values (
    md5('amara.booking_confirmed:' || new.id::text)::uuid,
    'BookingConfirmed',
    (select u.id from auth.users u where u.id = new.customer_id),
    left(coalesce(
      new.source_details ->> 'analytics_session_id',
      (select g.metadata ->> 'analytics_session_id' from public.guest_sessions g where g.id = new.guest_session_id)
    ), 200),
    case new.booking_source when 'amara' then 'assistant' when 'guest' then 'guest' else 'web' end,
    jsonb_build_object('booking_id', new.id, 'total', new.total_price)
  )
  on conflict (id) do nothing;
  return null;
end
$fn$;
