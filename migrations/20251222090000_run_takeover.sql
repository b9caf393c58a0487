-- Runs that wait, and runs that outlive their process: what a run was asked with, so that another process can go on in its
-- place; the queue of a conversation, and whose answer a message that waited became part of.

alter table public.amara_runs
  add column if not exists leader_id uuid,
  add column if not exists asked jsonb not null default '{}',
  add column if not exists queued_at timestamptz;
comment on column public.amara_runs.leader_id is 'the run that answers for this one; both waited and became one turn';
comment on column public.amara_runs.asked is
  'thread, language, zone, kind of principal, messages; what another process needs to go on in its place';
comment on column public.amara_runs.queued_at is 'its place among those that wait; null where it never waited';

alter table public.amara_runs drop constraint if exists amara_runs_status_check;
alter table public.amara_runs add constraint amara_runs_status_check check (
  status in ('queued', 'running', 'merged', 'finished', 'cancelled', 'failed', 'interrupted')
);
alter table public.amara_tool_runs drop constraint if exists amara_tool_runs_state_check;
alter table public.amara_tool_runs add constraint amara_tool_runs_state_check check (
  state in ('started', 'done', 'failed', 'not_started')
);

do $do$
begin
  if not exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'public.amara_runs'::regclass and conname = 'amara_runs_leader'
  ) then
    alter table public.amara_runs add constraint amara_runs_leader
      foreign key (leader_id) references public.amara_runs (id) on delete cascade;
    alter table public.amara_runs add constraint amara_runs_merged_has_leader
      check ((status = 'merged') = (leader_id is not null));
    alter table public.amara_runs add constraint amara_runs_queued_has_place
      check (status <> 'queued' or queued_at is not null);
  end if;
end
$do$;

create index if not exists amara_runs_waiting on public.amara_runs (conversation_id, queued_at) where status = 'queued';
create index if not exists amara_runs_leader_id on public.amara_runs (leader_id) where leader_id is not null;
