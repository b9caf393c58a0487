-- A guest becomes an account. Three proofs together, none of them alone: the guest's token, the account itself as caller, and
-- that account's confirmed e-mail equal to the guest's. An equal address that is not confirmed yet is a claim; it completes by
-- itself when the account confirms it, also where signing up gave no session to call with.

create table if not exists amara_private.guest_claims (
  guest_session_id uuid not null references public.guest_sessions (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  claimed_at timestamptz not null default now(),
  primary key (guest_session_id, user_id)
);
create index if not exists guest_claims_user on amara_private.guest_claims (user_id);
revoke all on amara_private.guest_claims from public, anon, authenticated;
grant select on amara_private.guest_claims to service_role, amara_service;

-- Everything in one transaction; only for those who have looked at the proofs.
create or replace function amara_private.move_guest(p_guest_session_id uuid, p_user_id uuid) returns void
  language plpgsql set search_path = '' as $fn$
declare
  visit text;
  principal uuid;
begin
  select g.metadata ->> 'analytics_session_id', u.id into visit, principal
  from public.guest_sessions g
  left join auth.users u on u.id = g.user_id and u.id <> p_user_id and to_jsonb(u) -> 'is_anonymous' = 'true'::jsonb
  where g.id = p_guest_session_id;

  update public.bookings set customer_id = p_user_id
  where anonymized_at is null
    and (guest_session_id = p_guest_session_id and customer_id is null or customer_id = principal);

  -- A thread or a run keeps its name unless the account has one of that name already.
  update public.amara_conversations c
  set user_id = p_user_id, thread_key = case when not exists (
    select from public.amara_conversations o where o.user_id = p_user_id and o.thread_key = c.thread_key
  ) then c.thread_key end
  where c.user_id = principal;
  update public.amara_runs r set user_id = p_user_id
  where r.user_id = principal and not exists (
    select from public.amara_runs o where o.user_id = p_user_id and o.run_key = r.run_key
  );

  if to_regclass('public.amara_booking_drafts') is not null then -- they came later than this
    update public.amara_booking_drafts set user_id = p_user_id
    where guest_session_id = p_guest_session_id and user_id is null or user_id = principal;
  end if;

  insert into public.platform_identities (alias, user_id)
  select a.alias, p_user_id from unnest(array['s:' || visit, 'u:' || principal]) a (alias)
  where a.alias is not null
  on conflict (alias) do nothing;

  update public.guest_sessions
  set metadata = coalesce(metadata, '{}'::jsonb) || jsonb_build_object(
    'converted_to_user_id', p_user_id,
    'converted_at', now()
  )
  where id = p_guest_session_id;
  delete from amara_private.guest_claims where guest_session_id = p_guest_session_id;
end
$fn$;

-- Definer: the account may not read auth.users, nor write bookings or sessions. What is refused is refused in one way, the
-- very way in which who may not call it at all would be refused.
create or replace function amara_private.convert_guest(p_guest_session_id uuid, p_user_id uuid) returns void
  language plpgsql security definer set search_path = '' as $fn$
declare
  -- Who really called: current_user is this function's owner, and nobody can set a role that is not theirs.
  caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  is_trusted boolean := caller in ('service_role', 'amara_service') or pg_has_role(
    caller, (select c.relowner from pg_catalog.pg_class c where c.oid = 'public.guest_sessions'::regclass), 'MEMBER'
  );
  is_account boolean := caller = 'authenticated' and auth.uid() = p_user_id;
  is_nobody boolean := caller = 'anon' or caller = 'authenticated' and auth.jwt() -> 'is_anonymous' = 'true'::jsonb;
  guest public.guest_sessions;
  account jsonb;
begin
  select to_jsonb(u) into account from auth.users u where u.id = p_user_id;
  select * into guest from public.guest_sessions g
  where g.id = p_guest_session_id and (is_trusted or g.session_token = any (amara_api.guest_proof()))
  for update;

  if guest.id is not null and account is not null and account -> 'is_anonymous' is distinct from 'true'::jsonb then
    if guest.metadata ? 'converted_to_user_id' then
      if guest.metadata ->> 'converted_to_user_id' = p_user_id::text and (is_trusted or is_account) then
        return;
      end if;
    elsif is_trusted then
      perform amara_private.move_guest(p_guest_session_id, p_user_id);
      return;
    elsif lower(btrim(account ->> 'email')) = lower(btrim(guest.email)) and (
      guest.expires_at > now() or exists (select from public.bookings b where b.guest_session_id = guest.id)
    ) then
      if account ->> 'email_confirmed_at' is not null then
        if is_account then
          perform amara_private.move_guest(p_guest_session_id, p_user_id);
          return;
        end if;
      -- Without a session of its own a new account claims through the guest who has just made it.
      elsif is_account or is_nobody and (account ->> 'created_at')::timestamptz >= guest.created_at then
        insert into amara_private.guest_claims (guest_session_id, user_id) values (guest.id, p_user_id)
        on conflict do nothing;
        return;
      end if;
    end if;
  end if;
  raise insufficient_privilege using message = 'permission denied for function convert_guest_to_user';
end
$fn$;

create or replace function amara_private.complete_claims() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
declare
  claimed uuid;
begin
  for claimed in
    select g.id from amara_private.guest_claims c
    join public.guest_sessions g on g.id = c.guest_session_id
    where c.user_id = new.id and lower(btrim(g.email)) = lower(btrim(new.email))
      and not coalesce(g.metadata ? 'converted_to_user_id', false)
    order by g.id
    for update of g
  loop
    perform amara_private.move_guest(claimed, new.id);
  end loop;
  return null;
exception when others then
  raise warning 'a guest''s claim could not be completed: %', sqlstate; -- nobody is kept from confirming an address by it
  return null;
end
$fn$;

revoke execute on function amara_private.move_guest(uuid, uuid), amara_private.convert_guest(uuid, uuid),
  amara_private.complete_claims() from public, anon, authenticated;
-- Reached through the function below alone: nobody but the service may enter this schema.
grant execute on function amara_private.convert_guest(uuid, uuid) to anon, authenticated, service_role, amara_service;

create or replace function public.convert_guest_to_user(p_guest_session_id uuid, p_user_id uuid) returns void
  language sql set search_path = ''
begin atomic
  select amara_private.convert_guest(p_guest_session_id, p_user_id);
end;
revoke execute on function public.convert_guest_to_user(uuid, uuid) from public, anon, authenticated;
grant execute on function public.convert_guest_to_user(uuid, uuid) to anon, authenticated, service_role, amara_service;

do $do$
begin
  drop trigger if exists complete_guest_claims on auth.users;
  create trigger complete_guest_claims after update of email_confirmed_at on auth.users
    for each row when (old.email_confirmed_at is null and new.email_confirmed_at is not null)
    execute function amara_private.complete_claims();
exception when insufficient_privilege then
  raise notice 'auth.users takes no trigger of ours: a claim completes when the account calls convert_guest_to_user again';
end
$do$;

-- A session with a booking stays, so does the record of a conversion, and a claim has a month to be confirmed.
create or replace function public.cleanup_expired_guest_sessions() returns void
  language sql set search_path = '' as $fn$
  delete from public.guest_sessions gs
  where gs.expires_at < now()
    and not exists (select from public.bookings b where b.guest_session_id = gs.id)
    and not exists (
      select from amara_private.guest_claims c
      where c.guest_session_id = gs.id and c.claimed_at > now() - interval '30 days'
    )
    and not coalesce(gs.metadata ? 'converted_to_user_id', false);
$fn$;
revoke execute on function public.cleanup_expired_guest_sessions() from public, anon, authenticated;
grant execute on function public.cleanup_expired_guest_sessions() to service_role, amara_service;
