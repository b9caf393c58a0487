-- A step answered 1 whenever it had done something, and was asked for again at once. Events that come all the time leave marks
-- all the time, so there always was something: half a second of counting the day for three new marks, again and again, a core's
-- worth of it at a hundred events a second; and a day that was never rolled up did not have its turn. Now a step is through
-- with what had waited when it began, the marks and one day, and answers 1 only if more had: what came since waits for the
-- next round. Definer: nobody writes numbers, not even the service.
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
  select count(*) as number,
    (select count(*) from waiting w where w.load - coalesce(cardinality(w.names), 0) > 5000) as left_over,
    bool_or(t.is_all) as is_all, min(t.since) filter (where cardinality(t.names) > 0) as since,
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
  end if;

  if kept.raw_through > '-infinity' then
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
  return (marks.left_over > 0)::integer;
end
$fn$;
