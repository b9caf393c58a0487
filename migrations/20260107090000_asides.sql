-- What happened beside an answer and is still to be told: committed with the deed, told by whoever writes the conversation, and
-- gone in the very commit that puts it into the conversation's log. So it is told once, and in the order of the log.

create table if not exists amara_private.asides (
  id bigint generated always as identity primary key,
  conversation_id uuid not null references public.amara_conversations (id) on delete cascade,
  name text not null check (length(name) between 1 and 64),
  value jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);
comment on table amara_private.asides is 'told and gone: {"type":"event","name","value"} at the next cursor of the conversation';
create index if not exists asides_conversation on amara_private.asides (conversation_id, id);

alter table amara_private.asides enable row level security;
revoke all on amara_private.asides from public, anon, authenticated;
grant select, insert, delete on amara_private.asides to amara_service;

drop policy if exists "Amara service: all" on amara_private.asides;
create policy "Amara service: all" on amara_private.asides for all to amara_service using (true) with check (true);
