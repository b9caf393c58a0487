-- What people did on the platform, and the funnel counted from it. May run again on a database that has it.

create table if not exists public.platform_events (
  id uuid primary key default gen_random_uuid(),
  event_type text not null,
  user_id uuid references auth.users (id) on delete set null,
  session_id text,
  properties jsonb default '{}'::jsonb,
  created_at timestamptz not null default now()
);

create index if not exists idx_platform_events_event_type on public.platform_events (event_type);
create index if not exists idx_platform_events_user_id on public.platform_events (user_id);
create index if not exists idx_platform_events_session_id on public.platform_events (session_id);
create index if not exists idx_platform_events_created_at on public.platform_events (created_at);
create index if not exists idx_platform_events_type_date on public.platform_events (event_type, created_at desc);
create index if not exists idx_platform_events_user_journey on public.platform_events (user_id, created_at desc)
  where user_id is not null;
create index if not exists idx_platform_events_properties on public.platform_events using gin (properties);

alter table public.platform_events enable row level security;

drop policy if exists "Users can insert their own platform events" on public.platform_events;
create policy "Users can insert their own platform events" on public.platform_events
  for insert to authenticated with check (user_id = (select auth.uid()));

drop policy if exists "Anonymous users can insert platform events" on public.platform_events;
create policy "Anonymous users can insert platform events" on public.platform_events
  for insert to anon with check (user_id is null);

drop policy if exists "Admins can view all platform events" on public.platform_events;
create policy "Admins can view all platform events" on public.platform_events
  for select to authenticated using (
    exists (select 1 from public.profiles where id = (select auth.uid()) and role = 'admin')
  );

drop policy if exists "Service role can manage all platform events" on public.platform_events;
create policy "Service role can manage all platform events" on public.platform_events
  for all to service_role using (true) with check (true);

revoke all on public.platform_events from public, anon, authenticated;
grant insert on public.platform_events to anon, authenticated;
grant select on public.platform_events to authenticated;
grant all on public.platform_events to service_role;

create or replace function public.get_event_counts_by_type(
  p_start_date timestamptz default now() - interval '30 days',
  p_end_date timestamptz default now()
) returns table (event_type text, event_count bigint)
  language sql stable set search_path = '' as $fn$
  select pe.event_type, count(*) as event_count
  from public.platform_events pe
  where pe.created_at >= p_start_date
    and pe.created_at <= p_end_date
  group by pe.event_type
  order by event_count desc, pe.event_type;
$fn$;

-- How many identities (user, or session before sign-in) went how far, one stage after the other, within 24 hours of a search
-- that lies in the range. Each event carries the latest search from which a chain of the stages before it leads to it: the
-- latest leaves the most time, so if that one is too old every other is too. One sort, no self-join.
create or replace function public.get_conversion_funnel(
  p_start_date timestamptz default now() - interval '30 days',
  p_end_date timestamptz default now()
) returns table (stage text, unique_users bigint, conversion_rate numeric)
  language sql stable set search_path = '' as $fn$
  with steps (step, name) as (
    values (1, 'SearchStarted'), (2, 'ProfessionalViewed'), (3, 'CheckoutStarted'), (4, 'BookingConfirmed')
  ),
  seen as (
    select coalesce(pe.user_id::text, pe.session_id) as who, pe.created_at as at, s.step
    from public.platform_events pe
    join steps s on s.name = pe.event_type
    where pe.created_at >= p_start_date
      and pe.created_at <= p_end_date + interval '24 hours'
      and (s.step > 1 or pe.created_at <= p_end_date)
      and coalesce(pe.user_id::text, pe.session_id) is not null
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
$fn$;

revoke execute on function public.get_event_counts_by_type(timestamptz, timestamptz) from public, anon, authenticated;
revoke execute on function public.get_conversion_funnel(timestamptz, timestamptz) from public, anon, authenticated;
revoke execute on function public.cleanup_old_platform_events() from public, anon, authenticated;
-- They see what their caller may see: an administrator everything, other people nothing.
grant execute on function public.get_event_counts_by_type(timestamptz, timestamptz) to authenticated, service_role;
grant execute on function public.get_conversion_funnel(timestamptz, timestamptz) to authenticated, service_role;
grant execute on function public.cleanup_old_platform_events() to service_role;
