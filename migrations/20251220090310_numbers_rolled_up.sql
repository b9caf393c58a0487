-- What the events say is put away.

-- Puts the searches of these days in place of what is kept of them, of everybody or of these people alone. What is kept by
-- days changes by the difference, so a day that has no people to name any more keeps its numbers.
create or replace function amara_private.roll_days(p_first date, p_last date, p_people text[] default null) returns void
  language plpgsql set search_path = '' set jit = off as $fn$
declare
  zone text := (select n.zone from public.platform_numbers n);
begin
  -- Planned anew each time: the tables it meets are empty at first and large later.
  execute $sql$
  with found as materialized (
    select s.who, (s.at at time zone $4)::date as day, s.channel, s.city, max(s.furthest) as furthest
    from amara_api.funnel_searches(
      $1::timestamp at time zone $4, ($2 + 1)::timestamp at time zone $4 - interval '1 microsecond', $3
    ) s
    group by 1, 2, 3, 4
  ),
  asked as materialized (
    select f.who from found f union select unnest($3)
  ),
  was as materialized (
    select p.*, p.ctid as place from public.platform_funnel_people p where p.who = any (array(select a.who from asked a))
  ),
  -- Of the days outside only those next to these matter: what follows from the others is the same before and after.
  beside as materialized (
    select w.who, max(w.day) as day, w.channel, w.city, w.furthest from was w where w.day < $1 group by 1, 3, 4, 5
    union all
    select w.who, min(w.day), w.channel, w.city, w.furthest from was w where w.day > $2 group by 1, 3, 4, 5
  ),
  gone as (
    delete from public.platform_funnel_people p where p.ctid = any (array(
      select w.place from was w
      where w.day between $1 and $2
        and (w.who, w.day, w.channel, w.city) not in (select f.who, f.day, f.channel, f.city from found f)
    ))
  ),
  came as (
    insert into public.platform_funnel_people as kept (who, day, channel, city, furthest)
    select * from found
    on conflict (who, day, channel, city) do update set furthest = excluded.furthest
    where kept.furthest <> excluded.furthest
  ),
  reached as (
    select distinct p.sign, p.who, p.day, slice.channel, slice.city, s.stage
    from (
      select 1 as sign, f.* from found f
      union all
      select -1, w.who, w.day, w.channel, w.city, w.furthest from was w where w.day between $1 and $2
      union all
      select sign, b.* from beside b cross join (values (1), (-1)) s (sign)
    ) p
    cross join lateral (
      values (p.channel, p.city), (p.channel, '*'), ('*', p.city), ('*', '*')
    ) slice (channel, city)
    join (values (1), (2), (3), (4)) s (stage) on s.stage <= p.furthest
  ),
  ordered as (
    select r.*, coalesce(
      lag(r.day) over (partition by r.sign, r.who, r.channel, r.city, r.stage order by r.day), '-infinity'
    ) as previous
    from reached r
  )
  insert into public.platform_funnel_days as kept (channel, city, stage, day, previous, people)
  select o.channel, o.city, o.stage, o.day, o.previous, sum(o.sign)
  from ordered o
  group by 1, 2, 3, 4, 5
  having sum(o.sign) <> 0
  on conflict (channel, city, stage, day, previous) do update set people = kept.people + excluded.people
  $sql$ using p_first, p_last, p_people, zone;
end
$fn$;

create or replace function amara_private.count_days(p_days date[]) returns void
  language sql set search_path = '' as $fn$
  delete from public.platform_event_days where day = any (p_days);
  insert into public.platform_event_days (day, event_type, channel, events)
  select e.day, e.event_type, e.channel, e.events
  from public.platform_numbers n
  cross join unnest(p_days) d (day)
  cross join lateral amara_api.events_by_day(
    d.day::timestamp at time zone n.zone, (d.day + 1)::timestamp at time zone n.zone - interval '1 microsecond'
  ) e;
$fn$;

-- All days that are not final are read from the events again, and put away one by one.
create or replace function amara_private.unroll() returns void
  language sql set search_path = '' as $fn$
  delete from public.platform_funnel_people p using public.platform_numbers n where p.day >= n.kept_from;
  delete from public.platform_funnel_days p using public.platform_numbers n where p.day >= n.kept_from;
  delete from public.platform_event_days p using public.platform_numbers n where p.day >= n.kept_from;
  update public.platform_numbers n set raw_through = coalesce((
    select (e.created_at at time zone n.zone)::date from public.platform_events e
    where e.created_at < timestamptz '9999-01-01 00:00+00' order by e.created_at desc limit 1
  ), '-infinity');
$fn$;

-- One step: some of the marks, or one day that was never rolled up. Answers 0 when there is nothing left to do, or when another
-- process is at it. Definer: nobody writes numbers, not even the service.
create or replace function amara_private.roll_up_events() returns integer
  language plpgsql security definer set search_path = '' set jit = off as $fn$
declare
  kept public.platform_numbers;
  marks record;
  next_day date;
begin
  if not pg_try_advisory_xact_lock(hashtext('amara.numbers')) then
    return 0;
  end if;
  select * into kept from public.platform_numbers;
  with waiting as (
    select m.id, m.names, m.names is null as is_all, m.since,
      sum(1 + coalesce(cardinality(m.names), 0)) over (order by m.since, m.id) as load
    from public.platform_event_marks m
  ),
  -- Many marks are of the same days: those of all are counted at once, and of what waits only the people are left.
  days as materialized (
    select m.id, m.since, m.until from public.platform_event_marks m where m.names is not null and m.until is not null
  ),
  counted as (
    update public.platform_event_marks m set until = null from days d
    where m.id = d.id and d.id not in (select w.id from waiting w where w.load - coalesce(cardinality(w.names), 0) <= 5000)
  ),
  taken as (
    delete from public.platform_event_marks m using waiting w
    where m.id = w.id and w.load - coalesce(cardinality(w.names), 0) <= 5000
    returning w.*
  )
  select count(*) as number, bool_or(t.is_all) as is_all, min(t.since) filter (where cardinality(t.names) > 0) as since,
    array(select distinct name from taken x, unnest(x.names) name) as names,
    array(
      select distinct day::date from days d, generate_series(
        (d.since at time zone kept.zone)::date, (d.until at time zone kept.zone)::date, interval '1 day'
      ) day
      where day::date >= kept.kept_from and day::date > kept.raw_through
    ) as days
  into marks
  from taken t;

  if marks.is_all then
    perform amara_private.unroll();
    return 1;
  elsif marks.number > 0 then
    perform amara_private.lend_visits(array(select substr(name, 3) from unnest(marks.names) name where name like 'b:%'));
    perform amara_private.count_days(marks.days);
    if cardinality(marks.names) > 0 then
      perform amara_private.roll_days(
        greatest(
          (marks.since at time zone kept.zone - interval '25 hours')::date, kept.kept_from, kept.raw_through + 1
        ),
        'infinity', amara_api.funnel_names(marks.names)
      );
    end if;
    return 1;
  elsif kept.raw_through > '-infinity' then
    select (e.created_at at time zone kept.zone)::date into next_day
    from public.platform_events e
    where e.created_at < (kept.raw_through + 1)::timestamp at time zone kept.zone
    order by e.created_at desc limit 1;
    if next_day >= greatest(kept.kept_from, date '0001-01-02') then
      perform amara_private.count_days(array[next_day]);
      perform amara_private.roll_days(next_day, next_day);
      update public.platform_numbers set raw_through = next_day - 1;
      return 1;
    end if;
    update public.platform_numbers set raw_through = '-infinity';
  end if;
  return 0;
end
$fn$;

-- The zone in which days begin. Another one than before has the days counted anew.
create or replace function amara_private.use_time_zone(p_zone text) returns void
  language plpgsql security definer set search_path = '' as $fn$
begin
  perform now() at time zone p_zone; -- refused where there is none of that name
  if exists (select from public.platform_numbers where zone <> p_zone) then
    perform pg_advisory_xact_lock(hashtext('amara.numbers'));
    update public.platform_numbers set zone = p_zone where zone <> p_zone;
    perform amara_private.unroll();
  end if;
end
$fn$;

revoke execute on function amara_private.roll_days(date, date, text[]), amara_private.count_days(date[]),
  amara_private.unroll(), amara_private.roll_up_events(), amara_private.use_time_zone(text)
  from public, anon, authenticated;
grant execute on function amara_private.roll_up_events() to service_role, amara_service;
grant execute on function amara_private.use_time_zone(text) to amara_service;
