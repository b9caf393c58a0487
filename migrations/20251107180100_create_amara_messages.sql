-- What was said in a conversation. May run again on a database that has it.

create table if not exists public.amara_messages (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.amara_conversations (id) on delete cascade,
  role text not null check (role in ('user', 'assistant', 'system')),
  content text not null,
  tool_calls jsonb,
  metadata jsonb,
  created_at timestamptz not null default now()
);

create index if not exists idx_amara_messages_conversation_id on public.amara_messages (conversation_id);
create index if not exists idx_amara_messages_created_at on public.amara_messages (created_at desc);
create index if not exists idx_amara_messages_role on public.amara_messages (role);

alter table public.amara_messages enable row level security;

drop policy if exists "Users can view their own Amara messages" on public.amara_messages;
create policy "Users can view their own Amara messages" on public.amara_messages
  for select to authenticated using (
    exists (
      select 1 from public.amara_conversations
      where id = amara_messages.conversation_id and user_id = (select auth.uid())
    )
  );

drop policy if exists "Users can create their own Amara messages" on public.amara_messages;
create policy "Users can create their own Amara messages" on public.amara_messages
  for insert to authenticated with check (
    exists (
      select 1 from public.amara_conversations
      where id = amara_messages.conversation_id and user_id = (select auth.uid())
    )
  );

drop policy if exists "Users can update their own Amara messages" on public.amara_messages;
create policy "Users can update their own Amara messages" on public.amara_messages
  for update to authenticated using (
    exists (
      select 1 from public.amara_conversations
      where id = amara_messages.conversation_id and user_id = (select auth.uid())
    )
  ) with check (
    exists (
      select 1 from public.amara_conversations
      where id = amara_messages.conversation_id and user_id = (select auth.uid())
    )
  );

drop policy if exists "Users can delete their own Amara messages" on public.amara_messages;
create policy "Users can delete their own Amara messages" on public.amara_messages
  for delete to authenticated using (
    exists (
      select 1 from public.amara_conversations
      where id = amara_messages.conversation_id and user_id = (select auth.uid())
    )
  );

revoke all on public.amara_messages from public, anon, authenticated;
grant select, delete on public.amara_messages to authenticated;
grant insert (id, conversation_id, role, content, tool_calls, metadata) on public.amara_messages to authenticated;
grant update (role, content, tool_calls, metadata) on public.amara_messages to authenticated;
grant all on public.amara_messages to service_role;
