-- A conversation in a person's hands. While it is, people of staff read it, and one of them speaks in it; before and after it is
-- as if it were not there for them. That is a policy here, and a habit nowhere.

create table if not exists public.amara_handoffs (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.amara_conversations (id) on delete cascade,
  state text not null default 'waiting' check (state in ('waiting', 'taken', 'returned')),
  reason text not null default 'asked' check (reason in ('asked', 'failures', 'safety', 'billing', 'dispute')),
  asked_by text not null default 'person' check (asked_by in ('person', 'amara')),
  summary text check (length(summary) <= 500),
  person_name text,
  asked_at timestamptz not null default clock_timestamp(),
  taken_by uuid,
  taken_name text,
  taken_at timestamptz,
  returned_by uuid,
  returned_at timestamptz,
  constraint amara_handoffs_taken_by_somebody check (state <> 'taken' or taken_by is not null and taken_at is not null),
  constraint amara_handoffs_returned_once check ((state = 'returned') = (returned_at is not null))
);
comment on table public.amara_handoffs is 'open while it is not returned; then the conversation is Amara''s again';
comment on column public.amara_handoffs.summary is 'what is needed, in one sentence of the person''s or Amara''s';
comment on column public.amara_handoffs.taken_by is 'whoever of staff speaks in it now';
create unique index if not exists amara_handoffs_open on public.amara_handoffs (conversation_id) where state <> 'returned';
create index if not exists amara_handoffs_conversation on public.amara_handoffs (conversation_id);

-- What people of staff write for each other.
create table if not exists public.amara_handoff_notes (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.amara_conversations (id) on delete cascade,
  author_id uuid not null,
  author_name text,
  content text not null check (length(content) between 1 and 4000),
  created_at timestamptz not null default clock_timestamp()
);
comment on table public.amara_handoff_notes is 'read by staff while the conversation is in their hands; never by its owner, never by the model';
create index if not exists amara_handoff_notes_conversation on public.amara_handoff_notes (conversation_id, created_at);

-- Who did what, and who looked. Nobody changes or deletes a line, and no conversation takes its lines along.
create table if not exists amara_private.handoff_deeds (
  id bigint generated always as identity primary key,
  handoff_id uuid not null,
  conversation_id uuid not null,
  who uuid,
  deed text not null check (deed in ('asked', 'read', 'taken', 'said', 'noted', 'suggested', 'returned')),
  done_at timestamptz not null default clock_timestamp()
);

alter table public.amara_handoffs enable row level security;
alter table public.amara_handoff_notes enable row level security;
alter table amara_private.handoff_deeds enable row level security;

revoke all on public.amara_handoffs, public.amara_handoff_notes from public, anon, authenticated;
revoke all on amara_private.handoff_deeds from public, anon, authenticated, service_role;
grant select on public.amara_handoffs, public.amara_handoff_notes to authenticated;
grant all on public.amara_handoffs, public.amara_handoff_notes to service_role;
grant select, insert, update on public.amara_handoffs to amara_service;
grant insert on public.amara_handoff_notes to amara_service;
grant insert on amara_private.handoff_deeds to amara_service;

-- The one place where staff's right stands: everything below asks this table, and gets an answer only through this policy.
drop policy if exists "Staff can view open hand-offs" on public.amara_handoffs;
create policy "Staff can view open hand-offs" on public.amara_handoffs for select to authenticated using (
  state <> 'returned'
  and exists (select 1 from public.profiles where id = (select auth.uid()) and role::text = 'admin')
);

-- Beside the owner's right and in the same policy: two of them for one verb are asked one after the other for every row.
alter policy "Users can view their own Amara conversations" on public.amara_conversations using (
  user_id = (select auth.uid())
  or exists (select 1 from public.amara_handoffs h where h.conversation_id = amara_conversations.id)
);
alter policy "Users can view their own Amara messages" on public.amara_messages using (
  exists (
    select 1 from public.amara_conversations
    where id = amara_messages.conversation_id and user_id = (select auth.uid())
  )
  or exists (select 1 from public.amara_handoffs h where h.conversation_id = amara_messages.conversation_id)
);
drop policy if exists "Staff can view notes of what is handed off" on public.amara_handoff_notes;
create policy "Staff can view notes of what is handed off" on public.amara_handoff_notes for select to authenticated using (
  exists (select 1 from public.amara_handoffs h where h.conversation_id = amara_handoff_notes.conversation_id)
);

do $do$
declare
  rule record;
begin
  for rule in
    select t.of_table, v.verb,
      case when v.verb <> 'insert' then ' using (true)' else '' end
        || case when v.verb in ('insert', 'update') then ' with check (true)' else '' end as test
    from (values
      ('public.amara_handoffs', '{select,insert,update}'), ('public.amara_handoff_notes', '{insert}'),
      ('amara_private.handoff_deeds', '{insert}')
    ) t (of_table, verbs) cross join lateral unnest(t.verbs::text[]) v (verb)
  loop
    execute format('drop policy if exists %I on %s', 'Amara service: ' || rule.verb, rule.of_table);
    execute format(
      'create policy %I on %s for %s to amara_service%s', 'Amara service: ' || rule.verb, rule.of_table, rule.verb, rule.test
    );
  end loop;
end
$do$;
