-- Conversations go after as long as whoever runs the service has decided, unless something in them is not over yet.

create or replace function amara_private.forget_conversations(p_before timestamptz, p_limit integer) returns integer
  language plpgsql security definer set search_path = '' as $fn$
declare
  gone integer;
begin
  with old as (
    select c.id from public.amara_conversations c
    where c.last_message_at < p_before
      and not exists (
        select from public.amara_runs r where r.conversation_id = c.id and r.status in ('queued', 'running')
      )
      and not exists (
        select from public.amara_handoffs h where h.conversation_id = c.id and h.state <> 'returned'
      )
      and not exists (
        select from public.amara_booking_drafts d where d.conversation_id = c.id and d.status = 'open'
      )
      and not exists (
        select from public.amara_booking_drafts d join public.bookings b on b.id in (d.booking_id, d.target_booking_id)
        where d.conversation_id = c.id and b.status in ('pending', 'confirmed', 'in_progress')
      )
    order by c.last_message_at
    limit p_limit
    for update of c skip locked
  )
  delete from public.amara_conversations c using old where c.id = old.id;
  get diagnostics gone = row_count;
  return gone;
end
$fn$;
comment on function amara_private.forget_conversations(timestamptz, integer) is 'a batch of conversations in which nothing was said since then, and nothing is still to come; how many';
revoke execute on function amara_private.forget_conversations(timestamptz, integer) from public, anon, authenticated;
grant execute on function amara_private.forget_conversations(timestamptz, integer) to amara_service;
