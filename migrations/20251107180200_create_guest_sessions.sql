-- People who book without an account. May run again on a database that has them.

create table if not exists public.guest_sessions (
  id uuid primary key default gen_random_uuid(),
  session_token text not null unique,
  email text not null,
  full_name text not null,
  phone text,
  metadata jsonb default '{}'::jsonb,
  expires_at timestamptz not null default (now() + interval '24 hours'),
  created_at timestamptz not null default now()
);

create index if not exists idx_guest_sessions_session_token on public.guest_sessions (session_token);
create index if not exists idx_guest_sessions_email on public.guest_sessions (email);
create index if not exists idx_guest_sessions_expires_at on public.guest_sessions (expires_at);

-- The booking's side of it: no clean-up may take a session away from under its booking.
do $do$
begin
  if not exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'public.bookings'::regclass and confrelid = 'public.guest_sessions'::regclass and contype = 'f'
  ) then
    alter table public.bookings add constraint bookings_guest_session_id_fkey
      foreign key (guest_session_id) references public.guest_sessions (id) on delete restrict not valid;
  end if;
end
$do$;

alter table public.guest_sessions enable row level security;

drop policy if exists "Anyone can create guest sessions" on public.guest_sessions;
create policy "Anyone can create guest sessions" on public.guest_sessions
  for insert to anon, authenticated with check (true);

-- The token comes in PostgREST's headers. Who has just created a session reads it back in the same statement, before any
-- header can carry its token: no other transaction shares its instant.
drop policy if exists "Anyone can read their own guest session by token" on public.guest_sessions;
create policy "Anyone can read their own guest session by token" on public.guest_sessions
  for select to anon, authenticated using (
    created_at = now()
    or expires_at > now() and session_token = (
      select nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-guest-session'
    )
  );

drop policy if exists "Service role can manage all guest sessions" on public.guest_sessions;
create policy "Service role can manage all guest sessions" on public.guest_sessions
  for all to service_role using (true) with check (true);

revoke all on public.guest_sessions from public, anon, authenticated;
grant select, insert on public.guest_sessions to anon, authenticated;
grant all on public.guest_sessions to service_role;

-- A session with a booking stays, and so does the record of a conversion.
create or replace function public.cleanup_expired_guest_sessions() returns void
  language sql set search_path = '' as $fn$
  delete from public.guest_sessions gs
  where gs.expires_at < now()
    and not exists (select from public.bookings b where b.guest_session_id = gs.id)
    and not coalesce(gs.metadata ? 'converted_to_user_id', false);
$fn$;

-- For the service alone: whoever may call this moves anybody's bookings to anybody.
create or replace function public.convert_guest_to_user(p_guest_session_id uuid, p_user_id uuid) returns void
  language plpgsql set search_path = '' as $fn$
begin
  update public.bookings
  set customer_id = p_user_id
  where guest_session_id = p_guest_session_id;

  update public.guest_sessions
  set metadata = coalesce(metadata, '{}'::jsonb) || jsonb_build_object(
    'converted_to_user_id', p_user_id,
    'converted_at', now()
  )
  where id = p_guest_session_id;
end
$fn$;

revoke execute on function public.cleanup_expired_guest_sessions() from public, anon, authenticated;
revoke execute on function public.convert_guest_to_user(uuid, uuid) from public, anon, authenticated;
grant execute on function public.cleanup_expired_guest_sessions() to service_role;
grant execute on function public.convert_guest_to_user(uuid, uuid) to service_role;
