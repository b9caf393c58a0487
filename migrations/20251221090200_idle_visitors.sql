-- A visitor who has been away for thirty days and has booked nothing goes, with what they said. Definer: accounts are not the
-- service's to delete, and this is the one way in which it may.
create or replace function amara_private.forget_idle_visitors(p_limit integer) returns integer
  language plpgsql security definer set search_path = '' as $fn$
declare
  long_ago timestamptz := now() - interval '30 days';
  gone integer;
begin
  if not has_table_privilege('auth.users', 'delete') then
    return 0; -- the accounts are kept by somebody else, who tidies them
  end if;
  with idle as (
    select u.id from auth.users u
    where u.created_at < long_ago and to_jsonb(u) -> 'is_anonymous' = 'true'::jsonb
      and not exists (select from public.bookings b where b.customer_id = u.id)
      and not exists (select from public.amara_conversations c where c.user_id = u.id and c.last_message_at >= long_ago)
      and not exists (select from public.amara_runs r where r.user_id = u.id and r.started_at >= long_ago)
      and not exists (select from public.amara_booking_drafts d where d.user_id = u.id and d.updated_at >= long_ago)
      and not exists (
        select from public.guest_sessions g
        where g.user_id = u.id
          and (g.expires_at >= long_ago or exists (select from public.bookings b where b.guest_session_id = g.id))
      )
    order by u.created_at
    limit p_limit
    for update of u skip locked
  )
  delete from auth.users u using idle where u.id = idle.id;
  get diagnostics gone = row_count;
  return gone;
end
$fn$;
revoke execute on function amara_private.forget_idle_visitors(integer) from public, anon, authenticated;
grant execute on function amara_private.forget_idle_visitors(integer) to amara_service;
