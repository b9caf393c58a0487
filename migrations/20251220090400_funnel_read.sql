-- The funnel, with the seed's names, defaults and columns, and as the pages ask for it. It sees what its caller may see.

-- What a range comes to in days: those from first_day to last_day are in it whole, or have nothing outside of it that counts.
-- Of days whose events are gone there are whole ones only. No row where the range is none, or the caller may see no numbers.
create or replace function amara_api.numbers_asked(
  p_begins timestamptz, p_ends timestamptz, p_event_type text default null,
  out zone text, out begins timestamptz, out ends timestamptz, out first_day date, out last_day date,
  out kept_from date, out rolled_from date
) returns setof record language plpgsql stable rows 1 set search_path = '' as $fn$
#variable_conflict use_column
begin
  select n.zone, n.kept_from, case when exists (
    select from public.platform_event_marks m where m.names is null
  ) then 'infinity' else n.raw_through + 1 end into zone, kept_from, rolled_from
  from public.platform_numbers n;
  if zone is null or p_begins is null or p_ends is null or p_begins > p_ends then
    return;
  end if;
  begins := greatest(p_begins, timestamptz '0001-01-02 00:00+00');
  ends := least(p_ends, timestamptz '9998-12-30 00:00+00');
  if begins > ends then
    return;
  end if;
  first_day := (begins at time zone zone)::date;
  last_day := (ends at time zone zone)::date;
  if first_day >= kept_from and exists (
    select from public.platform_events e
    where e.created_at >= first_day::timestamp at time zone zone and e.created_at < begins
      and (p_event_type is null or e.event_type = p_event_type)
  ) then
    first_day := first_day + 1;
  end if;
  if last_day >= kept_from and exists (
    select from public.platform_events e
    where e.created_at > ends and e.created_at < (last_day + 1)::timestamp at time zone zone
      and (p_event_type is null or e.event_type = p_event_type)
  ) then
    last_day := last_day - 1;
  end if;
  return next;
end
$fn$;

-- How far people got in this range where that is not what is kept: searches read from the events because their day is not in
-- it whole, not rolled up yet, or was marked since; and beside them what is kept of the same people.
create or replace function amara_api.funnel_differences(p_begins timestamptz, p_ends timestamptz)
  returns table (who text, day date, channel text, city text, furthest smallint, is_kept boolean, is_marked boolean)
  language plpgsql stable set search_path = '' set jit = off as $fn$
#variable_conflict use_column
declare
  asked record;
  marked text[];
begin
  select * into asked from amara_api.numbers_asked(p_begins, p_ends, 'SearchStarted');
  if not found then
    return;
  end if;
  marked := amara_api.funnel_names(
    array(select distinct m.name from public.platform_event_marks e cross join unnest(e.names) m (name))
  );
  return query execute $sql$
  with live as materialized (
    select s.who, (s.at at time zone $7)::date as day, s.channel, s.city, max(s.furthest) as furthest
    from (values
      ($1, case
        when $3 > $4 then $2
        else $3::timestamp at time zone $7 - interval '1 microsecond'
      end, null::text[]),
      (
        greatest($3, $5)::timestamp at time zone $7,
        (least($4, $6 - 1) + 1)::timestamp at time zone $7 - interval '1 microsecond',
        null
      ),
      (
        greatest($3, $5, $6)::timestamp at time zone $7,
        ($4 + 1)::timestamp at time zone $7 - interval '1 microsecond',
        $8
      ),
      (case when $3 <= $4 then ($4 + 1)::timestamp at time zone $7 end,
        $2, null)
    ) part (first_at, last_at, people)
    cross join lateral amara_api.funnel_searches(part.first_at, part.last_at, part.people) s
    where part.people is null or part.people <> '{}'
    group by 1, 2, 3, 4
  )
  select l.who, l.day, l.channel, l.city, l.furthest, false, l.who = any ($8) from live l
  union all
  select p.who, p.day, p.channel, p.city, p.furthest, true, p.who = any ($8)
  from (select l.who from live l union select unnest($8)) w
  join public.platform_funnel_people p on p.who = w.who
  where p.day between $3 and $4 and p.day >= greatest($5, $6)
  $sql$ using asked.begins, asked.ends, asked.first_day, asked.last_day, asked.kept_from, asked.rolled_from, asked.zone, marked;
end
$fn$;

-- How many people went how far, one stage after the other, within 24 hours of a search that lies in the range; of those whose
-- search was for this city and who got furthest in this channel, where these are named.
create or replace function public.get_conversion_funnel_by(
  p_start timestamptz, p_end timestamptz, p_channel text default null, p_city text default null
) returns table (stage text, unique_users bigint, conversion_rate numeric)
  language plpgsql stable set search_path = '' set jit = off as $fn$
declare
  asked record;
begin
  select * into asked from amara_api.numbers_asked(p_start, p_end, 'SearchStarted');
  -- Put together here so that every range has a plan of its own.
  return query execute $sql$
    with people as materialized (
      select d.who, d.is_marked, coalesce(max(d.furthest) filter (where not d.is_kept), 0) as live,
        coalesce(max(d.furthest) filter (where d.is_kept), 0) as kept
      from amara_api.funnel_differences($1, $2) d
      where $3 in ('*', d.channel) and $4 in ('*', d.city)
      group by 1, 2
    ),
    kept as (
      select f.stage as step, sum(f.people) as people
      from public.platform_funnel_days f
      where f.channel = $3 and f.city = $4 and f.stage between 1 and 4
        and f.day between $5 and $6 and f.previous < $5 and (f.day < $7 or f.day >= $8)
      group by 1
    ),
    counted as (
      select s.step, s.name, coalesce((select k.people from kept k where k.step = s.step), 0) + (
        select count(*) filter (where p.live >= s.step and p.kept < s.step)
          - count(*) filter (where p.is_marked and p.kept >= s.step and p.live < s.step)
        from people p
      ) as people
      from (values
        (1, 'SearchStarted'), (2, 'ProfessionalViewed'), (3, 'CheckoutStarted'), (4, 'BookingConfirmed')
      ) s (step, name)
    )
    select
      c.name,
      c.people::bigint,
      coalesce(round(100.0 * c.people / nullif(first_value(c.people) over (order by c.step), 0), 2), 0.00)
    from counted c
    order by c.step
  $sql$ using p_start, p_end, coalesce(p_channel, '*'),
    case when p_city is null then '*' else amara_api.funnel_city(p_city) end,
    asked.first_day, asked.last_day, asked.kept_from, asked.rolled_from;
end
$fn$;

create or replace function public.get_conversion_funnel(
  p_start_date timestamptz default now() - interval '30 days',
  p_end_date timestamptz default now()
) returns table (stage text, unique_users bigint, conversion_rate numeric)
  language sql stable set search_path = '' as $fn$
  select f.stage, f.unique_users, f.conversion_rate from public.get_conversion_funnel_by(p_start_date, p_end_date) f;
$fn$;

-- The same by the day of the search; days on which nobody searched are left out.
create or replace function public.get_funnel_days(
  p_first date, p_last date, p_channel text default null, p_city text default null
) returns table (day date, stage text, people bigint)
  language sql stable set search_path = '' set jit = off as $fn$
  with slice as (
    select coalesce(p_channel, '*') as channel, case when p_city is null then '*' else amara_api.funnel_city(p_city) end as city
  ),
  bounds as (
    select p_first::timestamp at time zone n.zone as begins,
      (p_last + 1)::timestamp at time zone n.zone - interval '1 microsecond' as ends
    from public.platform_numbers n
  ),
  reached as (
    select f.day, f.stage as step, sum(f.people) as people
    from slice s cross join bounds b
    cross join amara_api.numbers_asked(b.begins, b.ends, 'SearchStarted') a
    join public.platform_funnel_days f on f.channel = s.channel and f.city = s.city
      and f.day between a.first_day and a.last_day and (f.day < a.kept_from or f.day >= a.rolled_from)
    group by 1, 2
    union all
    select p.day, step, sum(case when p.live >= step then 1 else 0 end - case when p.kept >= step then 1 else 0 end)
    from (
      select d.who, d.day, coalesce(max(d.furthest) filter (where not d.is_kept), 0) as live,
        coalesce(max(d.furthest) filter (where d.is_kept), 0) as kept
      from slice s cross join bounds b
      join lateral amara_api.funnel_differences(b.begins, b.ends) d on s.channel in ('*', d.channel) and s.city in ('*', d.city)
      where d.is_marked or not d.is_kept
      group by 1, 2
    ) p
    cross join generate_series(1, 4) step
    group by 1, 2
  ),
  days as (
    select r.day from reached r where r.step = 1 group by 1 having sum(r.people) > 0
  )
  select d.day, s.name, coalesce(sum(r.people), 0)::bigint
  from days d
  cross join (values
    (1, 'SearchStarted'), (2, 'ProfessionalViewed'), (3, 'CheckoutStarted'), (4, 'BookingConfirmed')
  ) s (step, name)
  left join reached r on r.day = d.day and r.step = s.step
  group by d.day, s.step, s.name
  order by d.day, s.step;
$fn$;

-- Where people searched in these days, those of most people first.
create or replace function public.get_funnel_cities(p_first date, p_last date) returns table (city text, people bigint)
  language sql stable set search_path = '' set jit = off as $fn$
  with bounds as (
    select p_first::timestamp at time zone n.zone as begins,
      (p_last + 1)::timestamp at time zone n.zone - interval '1 microsecond' as ends
    from public.platform_numbers n
  ),
  searched as (
    select f.city, sum(f.people) as people
    from bounds b cross join amara_api.numbers_asked(b.begins, b.ends, 'SearchStarted') a
    join public.platform_funnel_days f on f.channel = '*' and f.city not in ('', '*') and f.stage = 1
      and f.day between a.first_day and a.last_day and f.previous < a.first_day
      and (f.day < a.kept_from or f.day >= a.rolled_from)
    group by 1
    union all
    select p.city, case when p.is_live and not p.is_kept then 1 when p.is_marked and p.is_kept and not p.is_live then -1 else 0 end
    from (
      select d.who, d.city, d.is_marked, bool_or(not d.is_kept) as is_live, bool_or(d.is_kept) as is_kept
      from bounds b cross join lateral amara_api.funnel_differences(b.begins, b.ends) d
      where d.city <> ''
      group by 1, 2, 3
    ) p
  )
  select s.city, sum(s.people)::bigint from searched s
  group by 1 having sum(s.people) > 0 order by 2 desc, 1 limit 50;
$fn$;

revoke execute on function amara_api.numbers_asked(timestamptz, timestamptz, text),
  amara_api.funnel_differences(timestamptz, timestamptz),
  public.get_conversion_funnel_by(timestamptz, timestamptz, text, text), public.get_funnel_days(date, date, text, text),
  public.get_funnel_cities(date, date) from public, anon, authenticated;
grant execute on function amara_api.numbers_asked(timestamptz, timestamptz, text),
  amara_api.funnel_differences(timestamptz, timestamptz),
  public.get_conversion_funnel_by(timestamptz, timestamptz, text, text), public.get_funnel_days(date, date, text, text),
  public.get_funnel_cities(date, date) to authenticated, service_role, amara_service;
