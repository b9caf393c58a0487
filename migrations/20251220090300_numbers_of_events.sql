-- What the events themselves say.

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

revoke execute on function amara_api.funnel_names(text[]), amara_api.funnel_city(text),
  amara_api.funnel_searches(timestamptz, timestamptz, text[]), amara_api.events_by_day(timestamptz, timestamptz)
  from public, anon, authenticated;
-- They see what their caller may see, as the numbers do that are made of them.
grant execute on function amara_api.funnel_names(text[]), amara_api.funnel_city(text),
  amara_api.funnel_searches(timestamptz, timestamptz, text[]), amara_api.events_by_day(timestamptz, timestamptz)
  to authenticated, service_role, amara_service;
