-- A guest's claim also moves what is being said and drafted, in turns with whoever writes there, and says how much it moved.
-- The visitor whom the account takes the place of is signed out everywhere: nobody has the rights of both.

create or replace function amara_private.move_guest(p_guest_session_id uuid, p_user_id uuid) returns void
  language plpgsql set search_path = '' as $fn$
declare
  visit text;
  principal uuid;
  bookings bigint;
  conversations bigint;
  drafts bigint;
begin
  select g.metadata ->> 'analytics_session_id', u.id into visit, principal
  from public.guest_sessions g
  left join auth.users u on u.id = g.user_id and u.id <> p_user_id and to_jsonb(u) -> 'is_anonymous' = 'true'::jsonb
  where g.id = p_guest_session_id;

  -- Who writes in one of these conversations finishes first; who comes later finds its new owner. In one order, and before
  -- bookings and drafts, as everybody takes them.
  perform from public.amara_conversations c where c.user_id = principal order by c.id for no key update;

  update public.bookings set customer_id = p_user_id
  where anonymized_at is null
    and (guest_session_id = p_guest_session_id and customer_id is null or customer_id = principal);
  get diagnostics bookings = row_count;

  -- A thread or a run keeps its name unless the account has one of that name already.
  update public.amara_conversations c
  set user_id = p_user_id, thread_key = case when not exists (
    select from public.amara_conversations o where o.user_id = p_user_id and o.thread_key = c.thread_key
  ) then c.thread_key end
  where c.user_id = principal;
  get diagnostics conversations = row_count;
  update public.amara_runs r set user_id = p_user_id
  where r.user_id = principal and not exists (
    select from public.amara_runs o where o.user_id = p_user_id and o.run_key = r.run_key
  );

  with moved as (
    update public.amara_booking_drafts set user_id = p_user_id
    where guest_session_id = p_guest_session_id and user_id is null or user_id = principal
    returning status, expires_at
  )
  select count(*) filter (where m.status = 'open' and m.expires_at > now()) into drafts from moved m;

  insert into public.platform_identities (alias, user_id)
  select a.alias, p_user_id from unnest(array['s:' || visit, 'u:' || principal]) a (alias)
  where a.alias is not null
  on conflict (alias) do nothing;

  insert into amara_private.revocations as r (user_id, issued_before)
  select principal, clock_timestamp() where principal is not null
  on conflict (user_id) do update set issued_before = greatest(r.issued_before, excluded.issued_before);

  update public.guest_sessions
  set metadata = coalesce(metadata, '{}'::jsonb) || jsonb_build_object(
    'converted_to_user_id', p_user_id,
    'converted_at', now(),
    'moved', jsonb_build_object('bookings', bookings, 'conversations', conversations, 'drafts', drafts)
  )
  where id = p_guest_session_id;
  delete from amara_private.guest_claims where guest_session_id = p_guest_session_id;
end
$fn$;
revoke execute on function amara_private.move_guest(uuid, uuid) from public, anon, authenticated;
