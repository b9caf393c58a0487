-- Conversations between a person and Amara. May run again on a database that has them.

create table if not exists public.amara_conversations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  locale text not null default 'en',
  is_active boolean not null default true,
  last_message_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index if not exists idx_amara_conversations_user_id on public.amara_conversations (user_id);
create index if not exists idx_amara_conversations_last_message_at on public.amara_conversations (last_message_at desc);
create index if not exists idx_amara_conversations_is_active on public.amara_conversations (is_active)
  where is_active = true;

drop trigger if exists set_amara_conversations_updated_at on public.amara_conversations;
create trigger set_amara_conversations_updated_at before update on public.amara_conversations
  for each row execute function public.handle_updated_at();

alter table public.amara_conversations enable row level security;

drop policy if exists "Users can view their own Amara conversations" on public.amara_conversations;
create policy "Users can view their own Amara conversations" on public.amara_conversations
  for select to authenticated using (user_id = (select auth.uid()));

drop policy if exists "Users can create their own Amara conversations" on public.amara_conversations;
create policy "Users can create their own Amara conversations" on public.amara_conversations
  for insert to authenticated with check (user_id = (select auth.uid()));

drop policy if exists "Users can update their own Amara conversations" on public.amara_conversations;
create policy "Users can update their own Amara conversations" on public.amara_conversations
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

drop policy if exists "Users can delete their own Amara conversations" on public.amara_conversations;
create policy "Users can delete their own Amara conversations" on public.amara_conversations
  for delete to authenticated using (user_id = (select auth.uid()));

-- Column by column: a client sets neither a time that is not its own nor, once a conversation is there, its owner.
revoke all on public.amara_conversations from public, anon, authenticated;
grant select, delete on public.amara_conversations to authenticated;
grant insert (id, user_id, locale, is_active, last_message_at) on public.amara_conversations to authenticated;
grant update (locale, is_active, last_message_at) on public.amara_conversations to authenticated;
grant all on public.amara_conversations to service_role;
