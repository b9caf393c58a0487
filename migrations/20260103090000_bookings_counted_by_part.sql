-- As before, but the days that are not put away are looked up by their times: the planner read every booking ever told first.

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
      select told.booking from (
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
      -- `offset 0`: part by part, never all bookings there are and then the parts.
      cross join lateral (
        select md5(coalesce(pe.properties ->> 'booking_id', pe.id::text))::uuid as booking
        from public.platform_events pe
        where pe.created_at between p.first_at and p.last_at
          and pe.event_type = 'BookingConfirmed' and pe.source = 'server'
        offset 0
      ) told
    ) b
  )
  select c.name, sum(c.number)::bigint
  from counted c
  where exists (select from public.platform_event_types t where t.event_type = c.name and t.is_counted)
  group by 1
  having sum(c.number) > 0
  order by 2 desc, 1;
$fn$;
