-- What people think of an answer is no new word of whoever spoke, of Amara's or of a person of staff: it needs no new record.

create or replace function amara_private.record_reply() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if tg_op = 'UPDATE' and (
    not amara_private.speaks(old) or amara_private.reply_hash(new) = amara_private.reply_hash(old)
  ) then
    return null;
  end if;
  insert into amara_private.replies (message_id, run_id, content_hash)
  select new.id, u.id, amara_private.reply_hash(new)
  from public.amara_runs u
  where u.conversation_id = new.conversation_id and u.id::text = new.metadata ->> 'run_id';
  -- Whoever has it speaks; nobody after it was returned.
  insert into amara_private.replies (message_id, handoff_id, content_hash)
  select new.id, h.id, amara_private.reply_hash(new)
  from public.amara_handoffs h
  where h.conversation_id = new.conversation_id and h.id::text = new.metadata ->> 'handoff_id'
    and not new.metadata ? 'run_id' and (h.state = 'taken' or tg_op = 'UPDATE');
  return null;
end
$fn$;
