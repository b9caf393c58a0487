-- What is kept of the numbers, so that a question about a year costs no look at a year of events. Beside it, a mark of what has
-- changed since: a number is what is kept, and of those marked what the events themselves say. So it is right at every moment,
-- whenever the marks are worked off. Only the database writes here.

create table if not exists public.platform_numbers (
  is_only boolean primary key default true constraint platform_numbers_only check (is_only),
  zone text not null default 'America/Bogota',
  raw_through date not null default '-infinity',
  kept_from date not null default '-infinity'
);
comment on column public.platform_numbers.zone is 'days begin and end here';
comment on column public.platform_numbers.raw_through is 'days from kept_from to this one are not rolled up yet';
comment on column public.platform_numbers.kept_from is 'of days before this one the events are gone and the numbers final';

create table if not exists public.platform_event_marks (
  id uuid primary key default gen_random_uuid(),
  names text[],
  since timestamptz not null,
  until timestamptz
);
comment on table public.platform_event_marks is 'what changed after it was rolled up, one row a statement';
comment on column public.platform_event_marks.names is 'u:<user>, s:<session>, b:<booking>; null: so many that all days are read again';
comment on column public.platform_event_marks.until is 'null where no count of a day changed';

create table if not exists public.platform_funnel_people (
  who text not null,
  day date not null,
  channel text not null,
  city text not null,
  furthest smallint not null,
  primary key (who, day, channel, city)
);
comment on table public.platform_funnel_people is 'how far somebody''s searches of a day led; goes with the events';

create table if not exists public.platform_funnel_days (
  channel text not null,
  city text not null,
  stage smallint not null,
  day date not null,
  previous date not null,
  people bigint not null,
  primary key (channel, city, stage, day, previous)
);
comment on table public.platform_funnel_days is 'people by day and by the day before on which they came as far; * is any channel, any city';
-- A range has few days, or few of its people have a day before it: one of the two indexes is always short.
create index if not exists platform_funnel_days_previous
  on public.platform_funnel_days (channel, city, stage, previous, day);

create table if not exists public.platform_event_days (
  day date not null,
  event_type text not null,
  channel text not null,
  events bigint not null,
  primary key (day, event_type, channel)
);
comment on table public.platform_event_days is 'events of a day, bookings once a day and channel; stays when the events go';

do $do$
declare
  kept text;
begin
  foreach kept in array array[
    'platform_numbers', 'platform_event_marks', 'platform_funnel_people', 'platform_funnel_days', 'platform_event_days'
  ] loop
    execute format('alter table public.%I enable row level security', kept);
    execute format('drop policy if exists "Admins can view numbers" on public.%I', kept);
    execute format(
      'create policy "Admins can view numbers" on public.%I for select to authenticated using ('
      'exists (select 1 from public.profiles where id = (select auth.uid()) and role::text = ''admin''))', kept
    );
    execute format('drop policy if exists "Service role can view numbers" on public.%I', kept);
    execute format('create policy "Service role can view numbers" on public.%I for select to service_role using (true)', kept);
    execute format('drop policy if exists "Amara service: select" on public.%I', kept);
    execute format('create policy "Amara service: select" on public.%I for select to amara_service using (true)', kept);
    execute format('revoke all on public.%I from public, anon, authenticated, service_role', kept);
    execute format('grant select on public.%I to authenticated, service_role, amara_service', kept);
  end loop;
end
$do$;
