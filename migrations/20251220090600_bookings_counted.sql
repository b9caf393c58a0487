-- Bookings are counted once however often they were told, on however many days: which ones a day had is kept as well, so that
-- the count of a year reads no events either.

create table if not exists public.platform_booking_days (
  day date not null,
  booking uuid not null,
  primary key (day, booking)
);
comment on table public.platform_booking_days is 'bookings confirmed on a day, each by the hash of its id; goes with the events';
alter table public.platform_booking_days enable row level security;
drop policy if exists "Admins can view numbers" on public.platform_booking_days;
create policy "Admins can view numbers" on public.platform_booking_days for select to authenticated using (
  exists (select 1 from public.profiles where id = (select auth.uid()) and role::text = 'admin')
);
drop policy if exists "Service role can view numbers" on public.platform_booking_days;
create policy "Service role can view numbers" on public.platform_booking_days for select to service_role using (true);
drop policy if exists "Amara service: select" on public.platform_booking_days;
create policy "Amara service: select" on public.platform_booking_days for select to amara_service using (true);
revoke all on public.platform_booking_days from public, anon, authenticated, service_role;
grant select on public.platform_booking_days to authenticated, service_role, amara_service;

-- As before, without a call for every row: this is where events come in.
create or replace function amara_private.mark_events() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
declare
  -- What is older is final; what has no year of ours is no day's.
  oldest timestamptz := (
    select greatest(n.kept_from::timestamp at time zone n.zone, timestamptz '0001-01-01 00:00+00') from public.platform_numbers n
  );
  number bigint;
  first_at timestamptz;
  last_at timestamptz;
  names text[];
begin
  select count(*), min(a.created_at), max(a.created_at) into number, first_at, last_at
  from arrived a where a.created_at >= oldest and a.created_at < timestamptz '9999-01-01 00:00+00';
  if number between 1 and 10000 then
    select array_agg(distinct n.name collate "C") into names
    from (
      select case
        when a.event_type = 'BookingConfirmed' and (a.source = 'client' or a.user_id is null and a.session_id is null)
          then 'b:' || left(a.properties ->> 'booking_id', 200)
        else coalesce('u:' || a.user_id, 's:' || a.session_id)
      end as name
      from arrived a
      where a.created_at >= oldest
        and a.event_type in ('SearchStarted', 'ProfessionalViewed', 'CheckoutStarted', 'BookingConfirmed')
    ) n
    where n.name is not null;
  end if;
  perform amara_private.mark_names(names, number, first_at, last_at);
  return null;
end
$fn$;

create or replace function amara_private.count_days(p_days date[]) returns void
  language sql set search_path = '' as $fn$
  delete from public.platform_event_days where day = any (p_days);
  delete from public.platform_booking_days where day = any (p_days);
  insert into public.platform_event_days (day, event_type, channel, events)
  select e.day, e.event_type, e.channel, e.events
  from public.platform_numbers n
  cross join unnest(p_days) d (day)
  cross join lateral amara_api.events_by_day(
    d.day::timestamp at time zone n.zone, (d.day + 1)::timestamp at time zone n.zone - interval '1 microsecond'
  ) e;
  insert into public.platform_booking_days (day, booking)
  select distinct d.day, md5(coalesce(pe.properties ->> 'booking_id', pe.id::text))::uuid
  from public.platform_numbers n
  cross join unnest(p_days) d (day)
  join public.platform_events pe
    on pe.created_at >= d.day::timestamp at time zone n.zone and pe.created_at < (d.day + 1)::timestamp at time zone n.zone
  where pe.event_type = 'BookingConfirmed' and pe.source = 'server';
$fn$;

-- All days that are not final are read from the events again, and put away one by one.
create or replace function amara_private.unroll() returns void
  language sql set search_path = '' as $fn$
  delete from public.platform_funnel_people p using public.platform_numbers n where p.day >= n.kept_from;
  delete from public.platform_funnel_days p using public.platform_numbers n where p.day >= n.kept_from;
  delete from public.platform_event_days p using public.platform_numbers n where p.day >= n.kept_from;
  delete from public.platform_booking_days p using public.platform_numbers n where p.day >= n.kept_from;
  update public.platform_numbers n set raw_through = coalesce((
    select (e.created_at at time zone n.zone)::date from public.platform_events e
    where e.created_at < timestamptz '9999-01-01 00:00+00' order by e.created_at desc limit 1
  ), '-infinity');
$fn$;

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
    delete from public.platform_booking_days where day < first_kept;
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

create or replace function public.get_event_counts_by_type(
  p_start_date timestamptz default now() - interval '30 days',
  p_end_date timestamptz default now()
) returns table (event_type text, event_count bigint)
  language sql stable set search_path = '' set jit = off as $fn$
  with asked as materialized (
    select * from amara_api.numbers_asked(p_start_date, p_end_date)
  ),
  parts as (
    select part.first_at, part.last_at
    from asked a
    cross join lateral (values
      (a.begins, case
        when a.first_day > a.last_day then a.ends
        else a.first_day::timestamp at time zone a.zone - interval '1 microsecond'
      end),
      (case when a.first_day <= a.last_day then (a.last_day + 1)::timestamp at time zone a.zone end, a.ends)
    ) part (first_at, last_at)
  ),
  marked as materialized (
    select distinct d.day::date as day
    from asked a
    cross join public.platform_event_marks m
    cross join generate_series(
      (m.since at time zone a.zone)::date, (m.until at time zone a.zone)::date, interval '1 day'
    ) d (day)
    where m.until is not null and m.names is not null
  ),
  counted as (
    select d.event_type as name, sum(d.events) as number
    from asked a cross join lateral public.get_event_days(a.first_day, a.last_day) d
    where d.event_type <> 'BookingConfirmed' or d.day < a.kept_from
    group by 1
    union all
    select r.event_type, sum(r.events)
    from parts part
    cross join lateral amara_api.events_by_day(part.first_at, part.last_at) r
    where part.first_at <= part.last_at and r.event_type <> 'BookingConfirmed'
    group by 1
    union all
    -- Once a booking, on however many days it was told; what a browser says about it lends its visit and nothing else.
    select 'BookingConfirmed', count(*) from (
      select k.booking from asked a
      join public.platform_booking_days k
        on k.day between greatest(a.first_day, a.kept_from, a.rolled_from) and a.last_day
      where k.day not in (select m.day from marked m)
      union
      select md5(coalesce(pe.properties ->> 'booking_id', pe.id::text))::uuid from (
        select p.first_at, p.last_at from parts p
        union all
        select greatest(a.first_day, a.kept_from)::timestamp at time zone a.zone,
          (least(a.last_day, a.rolled_from - 1) + 1)::timestamp at time zone a.zone - interval '1 microsecond'
        from asked a
        union all
        select m.day::timestamp at time zone a.zone, (m.day + 1)::timestamp at time zone a.zone - interval '1 microsecond'
        from asked a cross join marked m
        where m.day between greatest(a.first_day, a.kept_from, a.rolled_from) and a.last_day
      ) p
      join public.platform_events pe on pe.created_at between p.first_at and p.last_at
      where pe.event_type = 'BookingConfirmed' and pe.source = 'server'
    ) b
  )
  select c.name, sum(c.number)::bigint
  from counted c
  where exists (select from public.platform_event_types t where t.event_type = c.name and t.is_counted)
  group by 1
  having sum(c.number) > 0
  order by 2 desc, 1;
$fn$;

-- Days that were put away before this: nobody puts one away meanwhile.
select pg_advisory_xact_lock(hashtext('amara.numbers'));
insert into public.platform_booking_days (day, booking)
select distinct (pe.created_at at time zone n.zone)::date, md5(coalesce(pe.properties ->> 'booking_id', pe.id::text))::uuid
from public.platform_numbers n
join public.platform_events pe on pe.created_at >= greatest(
    (greatest(n.kept_from, n.raw_through + 1))::timestamp at time zone n.zone, timestamptz '0001-01-02 00:00+00'
  ) and pe.created_at < timestamptz '9999-01-01 00:00+00'
where pe.event_type = 'BookingConfirmed' and pe.source = 'server'
on conflict do nothing;
