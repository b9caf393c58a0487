-- The counts, with the seed's names, defaults and columns, and by day. They see what their caller may see.

-- Events of declared types by day; bookings once a day.
create or replace function public.get_event_days(p_first date, p_last date, p_channel text default null)
  returns table (day date, event_type text, events bigint)
  language plpgsql stable set search_path = '' set jit = off as $fn$
#variable_conflict use_column
declare
  asked record;
  marked date[];
begin
  select n.zone, n.kept_from, greatest(p_first, n.kept_from, date '0001-01-02') as first_day,
    least(p_last, date '9998-12-30') as last_day,
    case when exists (select from public.platform_event_marks m where m.names is null) then 'infinity'
      else n.raw_through + 1 end as rolled_from
  into asked from public.platform_numbers n;
  if not found or p_first is null or p_last is null then
    return;
  end if;
  marked := array(
    select distinct d.day::date from public.platform_event_marks m
    cross join generate_series(
      (m.since at time zone asked.zone)::date, (m.until at time zone asked.zone)::date, interval '1 day'
    ) d (day)
    where m.until is not null and m.names is not null
      and d.day::date between greatest(asked.first_day, asked.rolled_from) and asked.last_day
  );
  return query
  select e.day, e.event_type, sum(e.events)::bigint
  from (
    select k.day, k.event_type, k.channel, k.events from public.platform_event_days k
    where k.day between p_first and p_last and (k.day < asked.kept_from or k.day >= asked.rolled_from)
      and not k.day = any (marked)
    union all
    select r.day, r.event_type, r.channel, r.events
    from (
      select asked.first_day, least(asked.last_day, asked.rolled_from - 1)
      union all
      select m, m from unnest(marked) m
    ) part (first_day, last_day)
    cross join lateral amara_api.events_by_day(
      part.first_day::timestamp at time zone asked.zone,
      (part.last_day + 1)::timestamp at time zone asked.zone - interval '1 microsecond'
    ) r
    where part.first_day <= part.last_day
  ) e
  where p_channel in (e.channel, '*') is not false
    and exists (select from public.platform_event_types t where t.event_type = e.event_type and t.is_counted)
  group by 1, 2
  order by 1, 2;
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
  counted as (
    select d.event_type as name, sum(d.events) as number
    from asked a cross join lateral public.get_event_days(a.first_day, a.last_day) d
    where d.event_type <> 'BookingConfirmed' or d.day < a.kept_from
    group by 1
    union all
    select r.event_type, sum(r.events)
    from asked a
    cross join lateral (values
      (a.begins, case
        when a.first_day > a.last_day then a.ends
        else a.first_day::timestamp at time zone a.zone - interval '1 microsecond'
      end),
      (case when a.first_day <= a.last_day then (a.last_day + 1)::timestamp at time zone a.zone end, a.ends)
    ) part (first_at, last_at)
    cross join lateral amara_api.events_by_day(part.first_at, part.last_at) r
    where part.first_at <= part.last_at and r.event_type <> 'BookingConfirmed'
    group by 1
    union all
    -- Once a booking, on however many days it was told; what a browser says about it lends its visit and nothing else.
    select 'BookingConfirmed', count(*) from (
      select distinct coalesce(pe.properties ->> 'booking_id', pe.id::text) collate "C"
      from asked a
      join public.platform_events pe on pe.created_at <= a.ends
        and pe.created_at >= greatest(a.begins, a.kept_from::timestamp at time zone a.zone)
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

revoke execute on function public.get_event_days(date, date, text) from public, anon, authenticated;
grant execute on function public.get_event_days(date, date, text) to authenticated, service_role, amara_service;
