-- When a professional is free: one function, for whoever shows hours, offers a draft or confirms one. It sees everybody's
-- bookings and holds, so only the service may ask; what it answers says nothing of whose they are.

-- Two more views that an operator whose tables differ may replace.
create or replace view amara_api.working_hours with (security_invoker = true) as
  select h.professional_id, h.weekday, h.start_time, h.end_time from public.professional_working_hours h;
create or replace view amara_api.blocked_dates with (security_invoker = true) as
  select b.professional_id, b.date from public.professional_blocked_dates b;
comment on view amara_api.working_hours is 'weekday 0 is Sunday; times are in the professional''s own zone';

revoke all on amara_api.working_hours, amara_api.blocked_dates from public, anon, authenticated;
grant select on amara_api.working_hours, amara_api.blocked_dates to anon, authenticated, service_role;
grant select on amara_api.professionals, amara_api.bookings, amara_api.working_hours, amara_api.blocked_dates
  to amara_service;

-- Offers and confirmations of one professional take turns, by the lock that every writer of bookings takes (their trigger).
create or replace function amara_api.lock_professional(p_professional uuid) returns void
  language sql volatile set search_path = '' as $fn$
  select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('amara.booking:' || p_professional::text, 0));
$fn$;

-- Dates are the professional's own. Hours are looked up by half hours as the clock on the wall shows them, so that a span
-- that goes on after midnight, two spans that touch, and the nights on which clocks change need no rule of their own. An
-- end of 23:59 means midnight: many forms cannot say 24:00.
create or replace function amara_api.free_starts(
  p_professional uuid,
  p_from date,
  p_to date,
  p_minutes integer,
  p_now timestamptz,
  p_owner uuid default null,
  p_except_draft uuid default null,
  p_except_booking uuid default null
) returns table (starts_at timestamptz, ends_at timestamptz)
  language sql stable set search_path = '' as $fn$
  with professional as (
    select
      p.id, z.name as zone, p.max_bookings_per_day as per_day,
      make_interval(mins => coalesce(p.buffer_minutes, 30)) as buffer,
      make_interval(mins => p_minutes) as length,
      greatest(p_from, (p_now at time zone z.name)::date) as first_day,
      least(p_to, ((p_now + interval '1440 hours') at time zone z.name)::date) as last_day
    from amara_api.professionals p, lateral (select coalesce(p.time_zone, 'America/Bogota') as name) z
    where p.id = p_professional and p_minutes between 120 and 480 and p_minutes % 30 = 0
  ),
  -- Materialized: what is true of the whole calendar is worked out once, not once for every half hour.
  hours as materialized (
    select range_agg(tsrange(
      d.day + h.start_time::interval,
      d.day + case when h.end_time >= '23:59' then interval '24 hours' else h.end_time::interval end
    )) as spans
    from professional p
    -- The day after the last one as well: a visit may go on into it.
    cross join lateral generate_series(p.first_day::timestamp, (p.last_day + 1)::timestamp, interval '1 day') d (day)
    join amara_api.working_hours h on h.professional_id = p.id and h.weekday = extract(dow from d.day)
    where h.start_time < h.end_time
      and not exists (select from amara_api.blocked_dates b where b.professional_id = p.id and b.date = d.day::date)
  ),
  taken as (
    select b.scheduled_start as since, coalesce(
      b.scheduled_end, b.scheduled_start + make_interval(mins => coalesce(b.duration_minutes, 120))
    ) as until
    from amara_api.bookings b
    where b.professional_id = p_professional and b.scheduled_start is not null
      and b.status::text in ('pending', 'confirmed', 'in_progress') and b.id is distinct from p_except_booking
    union all
    select d.starts_at, d.starts_at + make_interval(mins => d.duration_minutes)
    from public.amara_booking_drafts d
    where d.professional_id = p_professional and d.status = 'open' and d.kind <> 'cancel' and d.expires_at > p_now
      and d.id is distinct from p_except_draft
      and (p_owner is null or (d.user_id is distinct from p_owner and d.guest_session_id is distinct from p_owner))
  ),
  busy as materialized (
    select range_agg(tstzrange(t.since - p.buffer, t.until + p.buffer)) as spans
    from taken t, professional p
    where t.since < t.until
  ),
  days as materialized (
    select (t.since at time zone p.zone)::date as day, count(*) as bookings
    from taken t, professional p
    group by 1
  ),
  cells as (
    select c.at, l.clock, coalesce(h.spans @> tsrange(l.clock, l.clock + interval '30 minutes'), false) as is_open
    from professional p
    cross join hours h
    -- Two hours early: where clocks go back at midnight, the first midnight of the day is the one before.
    cross join lateral generate_series(
      (p.first_day::timestamp at time zone p.zone) - interval '2 hours',
      ((p.last_day + 1)::timestamp at time zone p.zone) + p.length,
      interval '30 minutes'
    ) c (at)
    cross join lateral (select c.at at time zone p.zone as clock) l
  ),
  runs as (
    select c.at, c.clock,
      count(*) filter (where c.is_open) over (
        order by c.at rows between current row and greatest(p_minutes / 30, 1) - 1 following
      ) as open_cells
    from cells c
  )
  select r.at, r.at + p.length
  from runs r
  cross join professional p
  cross join busy
  left join days d on d.day = r.clock::date
  where r.open_cells = p_minutes / 30
    and r.clock::date between p.first_day and p.last_day
    and r.at between p_now + interval '24 hours' and p_now + interval '1440 hours'
    and not coalesce(busy.spans && tstzrange(r.at, r.at + p.length), false)
    and (p.per_day is null or coalesce(d.bookings, 0) < p.per_day)
  order by r.at;
$fn$;

revoke execute on function amara_api.lock_professional(uuid) from public, anon, authenticated;
revoke execute on function amara_api.free_starts(uuid, date, date, integer, timestamptz, uuid, uuid, uuid)
  from public, anon, authenticated;
grant execute on function amara_api.lock_professional(uuid) to amara_service, service_role;
grant execute on function amara_api.free_starts(uuid, date, date, integer, timestamptz, uuid, uuid, uuid)
  to amara_service, service_role;
