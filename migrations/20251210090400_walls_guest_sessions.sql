-- A guest is known by a token and nothing else. The table keeps its SHA-256; the token itself stands in the header
-- `x-guest-session` (PostgREST: request.headers) or in a setting of the transaction, `amara.guest_token`, and proves itself
-- there.

create or replace function amara_api.guest_proof() returns text[] language sql stable set search_path = '' as $fn$
  select coalesce(array_agg(encode(sha256(convert_to(t.token, 'UTF8')), 'hex')), '{}')
  from unnest(array[
    nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-guest-session',
    nullif(current_setting('amara.guest_token', true), '')
  ]) t (token)
  where t.token is not null;
$fn$;
revoke execute on function amara_api.guest_proof() from public;
grant execute on function amara_api.guest_proof() to anon, authenticated, service_role, amara_service;
comment on function amara_api.guest_proof() is 'the tokens of this request, hashed as guest_sessions keeps them';

alter table public.guest_sessions add column if not exists user_id uuid references auth.users (id) on delete set null;
comment on column public.guest_sessions.user_id is 'the anonymous principal that opened the session';
comment on column public.guest_sessions.session_token is 'SHA-256 of the token, hex; the token itself is nowhere';
create index if not exists guest_sessions_user on public.guest_sessions (user_id) where user_id is not null;

-- Once: tokens in clear become hashes. Sessions that were opened with a consent were written by our own checkout, hashed.
do $do$
begin
  if not exists (
    select from pg_catalog.pg_trigger
    where tgrelid = 'public.guest_sessions'::regclass and tgname = 'seal_guest_sessions'
  ) then
    update public.guest_sessions set session_token = encode(sha256(convert_to(session_token, 'UTF8')), 'hex')
    where not (session_token ~ '^[0-9a-f]{64}$' and coalesce(metadata ? 'consent', false));
  end if;
  if not exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'public.guest_sessions'::regclass and conname = 'guest_sessions_size'
  ) then
    alter table public.guest_sessions add constraint guest_sessions_size check (
      length(email) <= 320 and length(full_name) <= 200 and length(phone) <= 64
      and octet_length(metadata::text) <= 16384
    ) not valid;
  end if;
end
$do$;

create or replace function amara_private.seal_guest_session() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if tg_op = 'UPDATE' and new.session_token = old.session_token then
    return new;
  end if;
  if new.session_token is null then
    return new; -- the column refuses it
  end if;
  -- What is said here never holds the token: it would stand in a log.
  if length(new.session_token) not between 32 and 512 or new.session_token !~ '^[A-Za-z0-9._~-]+$' then
    raise check_violation using message = 'A guest''s token has 32 to 512 URL-safe characters.';
  end if;
  -- Whoever brings the token may read the row it opens: so `insert … returning` works, in this transaction alone.
  perform set_config('amara.guest_token', new.session_token, true);
  new.session_token := encode(sha256(convert_to(new.session_token, 'UTF8')), 'hex');
  if tg_op = 'INSERT' and current_user in ('anon', 'authenticated') then
    new.user_id := case when auth.jwt() -> 'is_anonymous' = 'true'::jsonb then auth.uid() end;
  end if;
  return new;
end
$fn$;
revoke execute on function amara_private.seal_guest_session() from public, anon, authenticated;

drop trigger if exists seal_guest_sessions on public.guest_sessions;
create trigger seal_guest_sessions before insert or update on public.guest_sessions
  for each row execute function amara_private.seal_guest_session();

drop policy if exists "Anyone can create guest sessions" on public.guest_sessions;
create policy "Anyone can create guest sessions" on public.guest_sessions
  for insert to anon, authenticated with check (user_id is null or user_id = (select auth.uid()));

-- Not in a sub-select: that would be asked once a statement, and an insert of two sessions has two tokens.
drop policy if exists "Anyone can read their own guest session by token" on public.guest_sessions;
create policy "Anyone can read their own guest session by token" on public.guest_sessions
  for select to anon, authenticated using (expires_at > now() and session_token = any (amara_api.guest_proof()));

revoke all on public.guest_sessions from public, anon, authenticated;
grant select on public.guest_sessions to anon, authenticated;
grant insert (session_token, email, full_name, phone) on public.guest_sessions to anon, authenticated;

create or replace function public.guest_session_by_token(p_token text) returns setof public.guest_sessions
  language plpgsql set search_path = '' as $fn$
begin
  perform set_config('amara.guest_token', coalesce(p_token, ''), true);
  return query
    select * from public.guest_sessions g
    where g.expires_at > now() and g.session_token = encode(sha256(convert_to(p_token, 'UTF8')), 'hex');
end
$fn$;
revoke execute on function public.guest_session_by_token(text) from public, anon, authenticated;
grant execute on function public.guest_session_by_token(text) to anon, authenticated, service_role;
comment on function public.guest_session_by_token(text) is 'the guest session this token opens, while it lasts';
