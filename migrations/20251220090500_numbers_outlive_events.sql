-- Events are kept for 90 days. Before one goes its day is put away for good: counts and funnel by whole days, without a name.

create or replace function amara_private.events_to_purge() returns bigint
  language sql stable set search_path = '' as $fn$
  select count(*) from public.platform_events where created_at < now() - interval '90 days';
$fn$;

-- One batch, the oldest first; how many went. None goes while its day is not put away, as when another process is at the
-- numbers. Definer: nobody writes numbers, not even the service.
create or replace function amara_private.purge_events(p_limit integer) returns bigint
  language plpgsql security definer set search_path = '' as $fn$
declare
  oldest timestamptz := now() - interval '90 days';
  kept public.platform_numbers;
  first_kept date; -- the first day whose events all stay
  gone bigint;
begin
  if not pg_try_advisory_xact_lock(hashtext('amara.numbers')) then
    return 0;
  end if;
  loop
    select * into kept from public.platform_numbers;
    first_kept := greatest((oldest at time zone kept.zone)::date + 1, kept.kept_from);
    exit when kept.raw_through = '-infinity' and not exists (
      select from public.platform_event_marks m
      where m.names is null or m.since < first_kept::timestamp at time zone kept.zone
    );
    perform amara_private.roll_up_events();
  end loop;
  if first_kept > kept.kept_from then
    update public.platform_numbers set kept_from = first_kept;
    delete from public.platform_funnel_people where day < first_kept;
    delete from public.platform_funnel_days where people = 0;
    -- Anybody may send events of any name; those nobody declared are forgotten with them.
    delete from public.platform_event_days d
    where d.day < first_kept and not exists (select from public.platform_event_types t where t.event_type = d.event_type);
  end if;
  delete from public.platform_events e
  using (
    select o.id from public.platform_events o where o.created_at < oldest order by o.created_at limit p_limit
  ) o
  where e.id = o.id;
  get diagnostics gone = row_count;
  if gone < p_limit then
    -- Names no event is left for.
    delete from public.platform_identities i
    where i.since < oldest and case
      when i.alias like 's:%' then not exists (
        select from public.platform_events e where e.session_id = substr(i.alias, 3)
      )
      when i.alias ~ '^u:[0-9a-f-]{36}$' then not exists (
        select from public.platform_events e where e.user_id = substr(i.alias, 3)::uuid
      )
      else true
    end;
  end if;
  return gone;
end
$fn$;

create or replace function public.cleanup_old_platform_events() returns void
  language plpgsql set search_path = '' as $fn$
begin
  loop
    exit when amara_private.purge_events(50000) = 0;
  end loop;
end
$fn$;

revoke execute on function amara_private.events_to_purge(), amara_private.purge_events(integer)
  from public, anon, authenticated;
grant execute on function amara_private.events_to_purge(), amara_private.purge_events(integer) to service_role, amara_service;
