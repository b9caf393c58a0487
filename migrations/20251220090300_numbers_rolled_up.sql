-- What the events themselves say, and how it is put away.

-- Everybody whose days may have changed with these names: they as they are called, and whom they turned out to be.
create or replace function amara_api.funnel_names(p_names text[]) returns text[]
  language sql stable set search_path = '' as $fn$
  with told as (
    select t.name, coalesce('u:' || i.user_id, t.name) as known
    from unnest(p_names) t (name) left join public.platform_identities i on i.alias = t.name
    where t.name ~ '^[su]:'
  )
  select coalesce(array_agg(distinct n.name), '{}') from (
    select told.name from told
    union all
    select coalesce('u:' || i.user_id, told.known) from told left join public.platform_identities i on i.alias = told.known
  ) n (name);
$fn$;

-- A city as numbers have it: without case and accents, and of a length; '*' is the name of all of them.
create or replace function amara_api.funnel_city(text) returns text language sql immutable set search_path = '' as $fn$
  select coalesce(nullif(left(btrim(amara_api.fold(left($1, 200))), 64), '*'), '');
$fn$;

-- Rows are guessed at here by the thousand, so compiling is always thought worth it, and takes longer than all the rest.

-- Each search of these times, whose it was and how far it led within 24 hours, each stage after the one before. A person is
-- the account, else the session, under whatever name the event has them. Seen from the end: every event carries the first
-- chain that goes on from it, so one sort serves all searches. Its channel is the one in which it got furthest.
create or replace function amara_api.funnel_searches(p_first timestamptz, p_last timestamptz, p_people text[] default null)
  returns table (who text, at timestamptz, channel text, city text, furthest smallint)
  language plpgsql stable set search_path = '' set jit = off as $fn$
declare
  -- A day past the last instant there is would be an error.
  first_at timestamptz := greatest(p_first, timestamptz '0001-01-01 00:00+00');
  last_at timestamptz := least(p_last, timestamptz '9999-01-01 00:00+00' - interval '24 hours');
  users uuid[];
  sessions text[];
begin
  if p_first is null or p_last is null or first_at > last_at then
    return;
  end if;
  if p_people is not null then
    users := array(select substr(n, 3)::uuid from unnest(p_people) n where n like 'u:%');
    users := users || array(
      select substr(i.alias, 3)::uuid from public.platform_identities i where i.user_id = any (users) and i.alias like 'u:%'
    );
    sessions := array(select substr(n, 3) from unnest(p_people) n where n like 's:%') || array(
      select substr(i.alias, 3) from public.platform_identities i where i.user_id = any (users) and i.alias like 's:%'
    );
  end if;
  -- Put together here so that every range has a plan of its own.
  return query execute format($sql$
    with told as (
      select pe.created_at as at, s.step, pe.session_id, pe.user_id, pe.channel, pe.properties
      from public.platform_events pe
      join (values
        (1, 'SearchStarted'), (2, 'ProfessionalViewed'), (3, 'CheckoutStarted'), (4, 'BookingConfirmed')
      ) s (step, name) on s.name = pe.event_type
      where pe.created_at >= $1 and pe.created_at <= $2 + interval '24 hours'
        and pe.event_type in ('SearchStarted', 'ProfessionalViewed', 'CheckoutStarted', 'BookingConfirmed')
        and (s.step > 1 or pe.created_at <= $2) and (s.step < 4 or pe.source = 'server') %s
    ),
    named as (
      select t.*, coalesce(t.user_id, i.user_id) as known
      from told t left join public.platform_identities i on t.user_id is null and i.alias = 's:' || t.session_id
    ),
    steps as (
      select n.at, n.step, n.channel, n.properties, coalesce('u:' || coalesce(i.user_id, n.known), 's:' || n.session_id) as who,
        (extract(epoch from n.at) * 1000000)::bigint * 4
          + case n.channel when 'assistant' then 0 when 'guest' then 1 else 2 end as moment
      from named n left join public.platform_identities i on i.alias = 'u:' || n.known
      where n.known is not null or n.session_id is not null
    ),
    followed as (
      select s.*,
        min(s.moment) filter (where s.step = 2) over later as view,
        min(s.moment) filter (where s.step = 3) over later as start,
        min(s.moment) filter (where s.step = 4) over later as booking
      from steps s %s
      window later as (partition by s.who order by s.at desc, s.step desc rows unbounded preceding)
    ),
    started as (
      select f.*, min(f.booking) filter (where f.step = 3) over later as start_booking from followed f
      window later as (partition by f.who order by f.at desc, f.step desc rows unbounded preceding)
    ),
    viewed as (
      select v.*,
        min(v.start) filter (where v.step = 2) over later as view_start,
        min(v.start_booking) filter (where v.step = 2) over later as view_booking
      from started v
      window later as (partition by v.who order by v.at desc, v.step desc rows unbounded preceding)
    ),
    searched as (
      select v.who, v.at, v.properties, v.moment, (v.moment >> 2) + 86400000000 as ends, v.view, v.view_start, v.view_booking
      from viewed v where v.step = 1
    ),
    led as (
      select s.*, coalesce(s.properties ->> 'city', '') as told_city, case
        when s.view_booking >> 2 <= s.ends then 4 when s.view_start >> 2 <= s.ends then 3 when s.view >> 2 <= s.ends then 2 else 1
      end as furthest
      from searched s
    ),
    cities as (
      select t.told_city, amara_api.funnel_city(t.told_city) as city from (select distinct told_city from led) t
    )
    select l.who, l.at,
      (array['assistant', 'guest', 'web'])[1 + (case l.furthest
        when 4 then l.view_booking when 3 then l.view_start when 2 then l.view else l.moment end & 3)],
      c.city, l.furthest::smallint
    from led l join cities c using (told_city)
  $sql$,
    case when p_people is not null then 'and (pe.session_id = any ($3) or pe.user_id = any ($4))' end,
    case when p_people is not null then 'where s.who = any ($5)' end
  ) using first_at, last_at, sessions, users, p_people;
end
$fn$;

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
  will_be as materialized (
    select * from found
    union all
    select w.who, w.day, w.channel, w.city, w.furthest from was w where w.day not between $1 and $2
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
      select 1 as sign, w.who, w.day, w.channel, w.city, w.furthest from will_be w
      union all
      select -1, w.who, w.day, w.channel, w.city, w.furthest from was w
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

-- Events of these times by day, bookings once a day, in the channel that told of them first.
create or replace function amara_api.events_by_day(p_first timestamptz, p_last timestamptz)
  returns table (day date, event_type text, channel text, events bigint)
  language sql stable set search_path = '' set jit = off as $fn$
  select (pe.created_at at time zone n.zone)::date, pe.event_type, pe.channel, count(*)
  from public.platform_numbers n
  join public.platform_events pe on pe.created_at >= p_first and pe.created_at <= p_last
  where pe.event_type <> 'BookingConfirmed'
  group by 1, 2, 3
  union all
  select b.day, 'BookingConfirmed', b.channel, count(*)
  from (
    select distinct on (1, 2)
      (pe.created_at at time zone n.zone)::date as day, coalesce(pe.properties ->> 'booking_id', pe.id::text), pe.channel
    from public.platform_numbers n
    join public.platform_events pe on pe.created_at >= p_first and pe.created_at <= p_last
    where pe.event_type = 'BookingConfirmed' and pe.source = 'server'
    order by 1, 2, pe.created_at, pe.id
  ) b
  group by 1, 2, 3;
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
    select m.id, m.names is null as is_all, m.names, m.since, m.until,
      sum(1 + coalesce(cardinality(m.names), 0)) over (order by m.since, m.id) as load
    from public.platform_event_marks m
  ),
  taken as (
    delete from public.platform_event_marks m using waiting w
    where m.id = w.id and w.load - coalesce(cardinality(w.names), 0) <= 5000
    returning w.*
  )
  select count(*) as number, bool_or(t.is_all) as is_all, min(t.since) filter (where cardinality(t.names) > 0) as since,
    array(select distinct name from taken x, unnest(x.names) name) as names,
    array(
      select distinct day::date from taken x, generate_series(
        (x.since at time zone kept.zone)::date, (x.until at time zone kept.zone)::date, interval '1 day'
      ) day
      where x.until is not null and not x.is_all
        and day::date >= kept.kept_from and day::date > kept.raw_through
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

revoke execute on function amara_api.funnel_names(text[]), amara_api.funnel_city(text),
  amara_api.funnel_searches(timestamptz, timestamptz, text[]), amara_private.roll_days(date, date, text[]),
  amara_api.events_by_day(timestamptz, timestamptz), amara_private.count_days(date[]), amara_private.unroll(), amara_private.roll_up_events(),
  amara_private.use_time_zone(text) from public, anon, authenticated;
-- They see what their caller may see, as the numbers do that are made of them.
grant execute on function amara_api.funnel_names(text[]), amara_api.funnel_city(text),
  amara_api.funnel_searches(timestamptz, timestamptz, text[]), amara_api.events_by_day(timestamptz, timestamptz)
  to authenticated, service_role, amara_service;
grant execute on function amara_private.roll_up_events() to service_role, amara_service;
grant execute on function amara_private.use_time_zone(text) to amara_service;
