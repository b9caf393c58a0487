-- The numbers, with the seed's names, defaults and columns. They see what their caller may see.

create or replace function public.get_event_counts_by_type(
  p_start_date timestamptz default now() - interval '30 days',
  p_end_date timestamptz default now()
) returns table (event_type text, event_count bigint)
  language sql stable set search_path = '' as $fn$
  with counted as (
    select pe.event_type as name, count(*) as number
    from public.platform_events pe
    where pe.created_at >= p_start_date
      and pe.created_at <= p_end_date
      and pe.event_type <> 'BookingConfirmed'
    group by pe.event_type
    union all
    -- Once a booking; what a browser says about it lends its session and nothing else.
    select 'BookingConfirmed', count(distinct coalesce(pe.properties ->> 'booking_id', pe.id::text))
    from public.platform_events pe
    where pe.created_at >= p_start_date
      and pe.created_at <= p_end_date
      and pe.event_type = 'BookingConfirmed' and pe.source = 'server'
  )
  select c.name, c.number
  from counted c
  where c.number > 0 and exists (
    select from public.platform_event_types t where t.event_type = c.name and t.is_counted
  )
  order by c.number desc, c.name;
$fn$;

-- How many people went how far, one stage after the other, within 24 hours of a search that lies in the range. A person is
-- the account, else the session, under whatever name the event has them. Each event carries the latest search from which a
-- chain of the stages before it leads to it: the latest leaves the most time, so if that one is too old every other is too.
-- One sort, no self-join.
create or replace function public.get_conversion_funnel(
  p_start_date timestamptz default now() - interval '30 days',
  p_end_date timestamptz default now()
) returns table (stage text, unique_users bigint, conversion_rate numeric)
  language sql stable set search_path = '' as $fn$
  with steps (step, name) as (
    values (1, 'SearchStarted'), (2, 'ProfessionalViewed'), (3, 'CheckoutStarted'), (4, 'BookingConfirmed')
  ),
  range_asked as (
    -- A day past the last instant there is would be an error.
    select p_start_date as begins, least(p_end_date, timestamptz '200000-01-01 00:00+00') as ends
  ),
  told as (
    select pe.created_at as at, s.step, pe.user_id, coalesce(pe.session_id, lent.session_id) as session_id
    from range_asked a
    join public.platform_events pe
      on pe.created_at >= a.begins and pe.created_at <= a.ends + interval '24 hours'
    join steps s on s.name = pe.event_type
    left join lateral (
      select c.session_id
      from public.platform_events c
      where s.step = 4 and pe.user_id is null and pe.session_id is null
        and c.event_type = 'BookingConfirmed' and c.source = 'client' and c.session_id is not null
        and c.properties @> jsonb_build_object('booking_id', pe.properties ->> 'booking_id')
      order by c.created_at, c.id
      limit 1
    ) lent on true
    where (s.step > 1 or pe.created_at <= a.ends) and (s.step < 4 or pe.source = 'server')
  ),
  named as (
    select t.at, t.step, t.session_id, coalesce(t.user_id, i.user_id) as user_id
    from told t
    left join public.platform_identities i on t.user_id is null and i.alias = 's:' || t.session_id
  ),
  seen as (
    select n.at, n.step, coalesce('u:' || coalesce(i.user_id, n.user_id), 's:' || n.session_id) as who
    from named n
    left join public.platform_identities i on i.alias = 'u:' || n.user_id
    where n.user_id is not null or n.session_id is not null
  ),
  searched as (
    select seen.*, max(at) filter (where step = 1) over so_far as since from seen
    window so_far as (partition by who order by at, step rows unbounded preceding)
  ),
  viewed as (
    select searched.*, max(since) filter (where step = 2) over so_far as since_viewed from searched
    window so_far as (partition by who order by at, step rows unbounded preceding)
  ),
  started as (
    select viewed.*, max(since_viewed) filter (where step = 3) over so_far as since_started from viewed
    window so_far as (partition by who order by at, step rows unbounded preceding)
  ),
  reached as (
    select who, max(step) as furthest
    from started
    where step = 1
      or step = 2 and at <= since + interval '24 hours'
      or step = 3 and at <= since_viewed + interval '24 hours'
      or step = 4 and at <= since_started + interval '24 hours'
    group by who
  ),
  counted as (
    select s.step, s.name, (select count(*) from reached r where r.furthest >= s.step) as people from steps s
  )
  select
    c.name,
    c.people,
    coalesce(round(100.0 * c.people / nullif(first_value(c.people) over (order by c.step), 0), 2), 0.00)
  from counted c
  order by c.step;
$fn$;

create or replace function public.cleanup_old_platform_events() returns void
  language sql set search_path = '' as $fn$
  delete from public.platform_events
  where created_at < now() - interval '90 days';
  -- By then no event is left that the name was for.
  delete from public.platform_identities
  where since < now() - interval '90 days';
$fn$;

revoke execute on function public.get_event_counts_by_type(timestamptz, timestamptz) from public, anon, authenticated;
revoke execute on function public.get_conversion_funnel(timestamptz, timestamptz) from public, anon, authenticated;
revoke execute on function public.cleanup_old_platform_events() from public, anon, authenticated;
grant execute on function public.get_event_counts_by_type(timestamptz, timestamptz) to authenticated, service_role, amara_service;
grant execute on function public.get_conversion_funnel(timestamptz, timestamptz) to authenticated, service_role, amara_service;
grant execute on function public.cleanup_old_platform_events() to service_role, amara_service;
