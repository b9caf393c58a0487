-- Where the model's reading of a long conversation begins, and what was said before it in a few sentences. The service's own:
-- nobody else reads it or writes it, and it goes with its conversation.

create table if not exists amara_private.recollections (
  conversation_id uuid not null references public.amara_conversations (id) on delete cascade,
  begins_at bigint not null,
  summed_to bigint not null,
  summary text not null default '' check (length(summary) <= 4000),
  made_at timestamptz not null default clock_timestamp(),
  primary key (conversation_id, begins_at)
);
comment on table amara_private.recollections is
  'messages from the latest begins_at on are read whole; those before summed_to are in its summary';

alter table amara_private.recollections enable row level security;
revoke all on amara_private.recollections from public, anon, authenticated;
grant select, insert, update, delete on amara_private.recollections to amara_service;
grant select, insert, update, delete on amara_private.recollections to service_role;

drop policy if exists "Amara service: all" on amara_private.recollections;
create policy "Amara service: all" on amara_private.recollections for all to amara_service using (true) with check (true);

-- Who deletes or changes a message takes it out of the summary too; as no part of it can be told from another, all of it goes.
create or replace function amara_private.forget_summary() returns trigger language plpgsql security definer
  set search_path = '' as $fn$
begin
  update amara_private.recollections r set summary = '', summed_to = greatest(r.summed_to, r.begins_at)
  where r.conversation_id = old.conversation_id and r.summed_to > old.sequence and r.summary <> '';
  return null;
end
$fn$;
revoke execute on function amara_private.forget_summary() from public, anon, authenticated;

drop trigger if exists forget_amara_summary on public.amara_messages;
create trigger forget_amara_summary after delete or update of content, tool_calls on public.amara_messages
  for each row when (current_user <> 'amara_service') execute function amara_private.forget_summary();
