-- What people think of an answer stands beside it, in `metadata.feedback`, and is no part of what was said: it takes no
-- voice away and needs no new record. The person does not write it there, who would make the whole row their own; the
-- service does, for them.

create or replace function amara_private.reply_hash(said public.amara_messages) returns bytea
  language sql stable set search_path = '' as $fn$
  select sha256(convert_to(
    jsonb_build_array(
      said.id, said.conversation_id, said.role, said.content, said.tool_calls,
      case when jsonb_typeof(said.metadata) = 'object' then said.metadata - 'feedback' else said.metadata end,
      said.sequence
    )::text,
    'UTF8'
  ));
$fn$;

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
  return null;
end
$fn$;
