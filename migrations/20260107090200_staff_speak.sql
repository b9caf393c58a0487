-- A person of staff speaks as the assistant while they have the conversation: the service writes the row, and its record names
-- the hand-off where Amara's own names the run.

alter table amara_private.replies
  alter column run_id drop not null,
  add column if not exists handoff_id uuid;
do $do$
begin
  if not exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'amara_private.replies'::regclass and conname = 'replies_of_one_speaker'
  ) then
    alter table amara_private.replies
      add constraint replies_handoff_id_fkey foreign key (handoff_id) references public.amara_handoffs (id) on delete cascade,
      add constraint replies_of_one_speaker check ((run_id is null) <> (handoff_id is null));
  end if;
end
$do$;
create index if not exists replies_handoff on amara_private.replies (handoff_id) where handoff_id is not null;

create or replace function amara_private.speaks(said public.amara_messages) returns boolean
  language sql stable set search_path = '' as $fn$
  select said.origin = 'service' and said.role = 'assistant' and coalesce((
    select r.content_hash = amara_private.reply_hash(said)
    from amara_private.replies r
    left join public.amara_runs u on u.id = r.run_id and u.conversation_id = said.conversation_id
    left join public.amara_handoffs h on h.id = r.handoff_id and h.conversation_id = said.conversation_id
    where r.message_id = said.id and (u.id is not null or h.id is not null)
    order by r.id desc
    limit 1
  ), false);
$fn$;
comment on function amara_private.speaks(public.amara_messages) is
  'the row stands as the service last recorded it, for a run or a hand-off of its conversation';

create or replace function amara_private.record_reply() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if tg_op = 'UPDATE' and not amara_private.speaks(old) then
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
