-- Events come from anybody. Who, when and from where is stamped here; what is counted is said by a list; how large one may be
-- is a constraint.

create table if not exists public.platform_event_types (
  event_type text primary key check (length(event_type) between 1 and 128),
  is_counted boolean not null default true,
  declared_at timestamptz not null default now()
);
comment on table public.platform_event_types is 'types outside this list are stored, never counted; operators add theirs';
insert into public.platform_event_types (event_type)
select unnest(array[
  'SearchStarted', 'ProfessionalViewed', 'CheckoutStarted', 'PaymentAttempted', 'BookingConfirmed', 'ReviewSubmitted',
  'LeadReceived', 'LeadAccepted', 'LeadDeclined', 'JobStatusChanged', 'PayoutInitiated', 'Cancellation', 'DisputeOpened',
  'DisputeResolved'
])
on conflict do nothing;

alter table public.platform_event_types enable row level security;
drop policy if exists "Admins can view event types" on public.platform_event_types;
create policy "Admins can view event types" on public.platform_event_types for select to authenticated using (
  exists (select 1 from public.profiles where id = (select auth.uid()) and role::text = 'admin')
);
drop policy if exists "Service role can manage event types" on public.platform_event_types;
create policy "Service role can manage event types" on public.platform_event_types
  for all to service_role using (true) with check (true);
drop policy if exists "Amara service: select" on public.platform_event_types;
create policy "Amara service: select" on public.platform_event_types for select to amara_service using (true);
revoke all on public.platform_event_types from public, anon, authenticated;
grant select on public.platform_event_types to authenticated, amara_service;
grant all on public.platform_event_types to service_role;

-- Where it came from. Of the bookings that browsers reported before, those count that the database knows.
do $do$
begin
  if not exists (
    select from pg_catalog.pg_attribute
    where attrelid = 'public.platform_events'::regclass and attname = 'source' and not attisdropped
  ) then
    alter table public.platform_events add column source text not null default 'client'
      constraint platform_events_source check (source in ('client', 'server'));
    update public.platform_events e set source = 'server'
    where e.event_type = 'BookingConfirmed'
      and exists (select from public.bookings b where b.id::text = e.properties ->> 'booking_id');
  end if;
  if not exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'public.platform_events'::regclass and conname = 'platform_events_size'
  ) then
    alter table public.platform_events add constraint platform_events_size check (
      length(event_type) between 1 and 128 and length(session_id) <= 200 and octet_length(properties::text) <= 32768
    ) not valid;
  end if;
end
$do$;
comment on column public.platform_events.source is 'server: the service, a secret key or the database itself said so';

-- Whose events count as the server's: the service, a secret key, and the owner in whose name the triggers below write.
create or replace function amara_private.stamp_event() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if tg_op = 'UPDATE' then
    new.source := old.source;
    return new;
  end if;
  new.source := 'client';
  if current_user in ('amara_service', 'service_role') or pg_has_role(
    current_user, (select c.relowner from pg_catalog.pg_class c where c.oid = tg_relid), 'MEMBER'
  ) then
    new.source := 'server';
    return new;
  end if;
  new.user_id := coalesce(new.user_id, auth.uid()); -- another's is refused by the policies
  -- A device may have waited a day to send; no clock of its own moves the past or the future.
  if new.created_at between now() - interval '24 hours 5 minutes' and clock_timestamp() then
    return new;
  end if;
  new.created_at := now();
  return new;
end
$fn$;
revoke execute on function amara_private.stamp_event() from public, anon, authenticated;

drop trigger if exists stamp_platform_events on public.platform_events;
create trigger stamp_platform_events before insert or update on public.platform_events
  for each row execute function amara_private.stamp_event();

revoke insert on public.platform_events from public, anon, authenticated;
grant insert (id, event_type, user_id, session_id, properties, created_at) on public.platform_events to anon, authenticated;

-- A booking confirms itself when it comes to life, whoever made it; once, because its event's id is made from the booking's.
-- Definer: who books may not write events as the server.
create or replace function amara_private.confirm_booking() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
begin
  insert into public.platform_events (id, event_type, user_id, session_id, properties)
  values (
    md5('amara.booking_confirmed:' || new.id::text)::uuid,
    'BookingConfirmed',
    (select u.id from auth.users u where u.id = new.customer_id),
    left(coalesce(
      new.source_details ->> 'analytics_session_id',
      (select g.metadata ->> 'analytics_session_id' from public.guest_sessions g where g.id = new.guest_session_id)
    ), 200),
    jsonb_build_object('booking_id', new.id, 'total', new.total_price)
  )
  on conflict (id) do nothing;
  return null;
end
$fn$;
revoke execute on function amara_private.confirm_booking() from public, anon, authenticated;

drop trigger if exists confirm_bookings on public.bookings;
create trigger confirm_bookings after insert or update of status on public.bookings
  for each row when (new.status in ('pending', 'confirmed', 'in_progress')) execute function amara_private.confirm_booking();

-- One person, several names: the browser's session, the visitor's principal, the account. The first that tells it is right.
create table if not exists public.platform_identities (
  alias text primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  since timestamptz not null default now()
);
comment on table public.platform_identities is 'alias: s:<analytics session> or u:<anonymous principal>; whom it turned out to be';
create index if not exists platform_identities_user on public.platform_identities (user_id);

alter table public.platform_identities enable row level security;
drop policy if exists "Admins can view identities" on public.platform_identities;
create policy "Admins can view identities" on public.platform_identities for select to authenticated using (
  exists (select 1 from public.profiles where id = (select auth.uid()) and role::text = 'admin')
);
drop policy if exists "Service role can manage identities" on public.platform_identities;
create policy "Service role can manage identities" on public.platform_identities
  for all to service_role using (true) with check (true);
drop policy if exists "Amara service: select" on public.platform_identities;
create policy "Amara service: select" on public.platform_identities for select to amara_service using (true);
drop policy if exists "Amara service: delete" on public.platform_identities;
create policy "Amara service: delete" on public.platform_identities for delete to amara_service using (true);
revoke all on public.platform_identities from public, anon, authenticated;
grant select on public.platform_identities to authenticated;
grant select, delete on public.platform_identities to amara_service;
grant all on public.platform_identities to service_role;

-- A browser's word counts from when it arrived: with an earlier time it could take a session over that is somebody's.
-- Definer: whoever sends events may not write identities. Ordered, so that no two statements wait for each other in a circle.
create or replace function amara_private.learn_identities() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
begin
  insert into public.platform_identities as known (alias, user_id, since)
  select distinct on (n.session_id)
    's:' || n.session_id, n.user_id, case n.source when 'client' then now() else n.created_at end
  from arrived n
  where n.session_id is not null and n.user_id is not null
  order by n.session_id, n.created_at, n.id
  on conflict (alias) do update set user_id = excluded.user_id, since = excluded.since
  where excluded.since < known.since;
  return null;
end
$fn$;
revoke execute on function amara_private.learn_identities() from public, anon, authenticated;

insert into public.platform_identities (alias, user_id, since)
select distinct on (e.session_id) 's:' || e.session_id, e.user_id, e.created_at
from public.platform_events e
where e.session_id is not null and e.user_id is not null
  and not exists (
    select from pg_catalog.pg_trigger
    where tgrelid = 'public.platform_events'::regclass and tgname = 'learn_platform_identities'
  )
order by e.session_id, e.created_at, e.id
on conflict do nothing;

drop trigger if exists learn_platform_identities on public.platform_events;
create trigger learn_platform_identities after insert on public.platform_events
  referencing new table as arrived for each statement execute function amara_private.learn_identities();
