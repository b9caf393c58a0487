-- What each call to the model cost, whatever its end: whole, stopped, failed, or lost with its process.

alter table public.amara_usage
  add column if not exists is_estimated boolean not null default false,
  add column if not exists is_visitor boolean,
  add column if not exists purpose text not null default 'answer',
  add column if not exists cost_usd numeric(18, 10);
comment on column public.amara_usage.is_estimated is 'the vendor did not come to count: what was asked and heard, counted by us';
comment on column public.amara_usage.is_visitor is 'who asked had no account; null before this was kept';
comment on column public.amara_usage.cost_usd is 'by the price of that moment; null where there was none, never a guess';

do $do$
begin
  if not exists (select from pg_catalog.pg_constraint where conname = 'amara_usage_purpose_check') then
    alter table public.amara_usage
      add constraint amara_usage_purpose_check check (purpose in ('answer', 'title')),
      add constraint amara_usage_cost_usd_check check (cost_usd >= 0);
  end if;
end
$do$;
create index if not exists amara_usage_created on public.amara_usage (created_at);

-- A call on its way: what it holds of whose purses, and what to write down of it when its process is gone. The row goes when
-- the call is paid. No reference to its run: what is held must be given back though the conversation is deleted meanwhile.
create table if not exists amara_private.open_calls (
  id uuid primary key,
  run_id uuid not null,
  conversation_id uuid not null,
  user_id uuid not null,
  is_visitor boolean not null,
  model text not null,
  round integer not null,
  purpose text not null check (purpose in ('answer', 'title')),
  day date not null,
  scopes text[] not null,
  held bigint not null,
  asked_tokens bigint not null,
  began_at timestamptz not null default clock_timestamp()
);
comment on column amara_private.open_calls.asked_tokens is 'of the request, counted by us';
create index if not exists open_calls_run on amara_private.open_calls (run_id);

alter table amara_private.open_calls enable row level security;
revoke all on amara_private.open_calls from public, anon, authenticated;
grant select, insert, update, delete on amara_private.open_calls to amara_service;
grant select, insert, update, delete on amara_private.open_calls to service_role;
drop policy if exists "Amara service: all" on amara_private.open_calls;
create policy "Amara service: all" on amara_private.open_calls for all to amara_service using (true) with check (true);

create or replace function amara_private.begin_call(
  p_id uuid, p_run uuid, p_conversation uuid, p_user uuid, p_is_visitor boolean, p_model text, p_round integer, p_purpose text,
  p_day date, p_scopes text[], p_limits bigint[], p_held bigint, p_asked bigint
) returns text language plpgsql set search_path = '' as $fn$
declare
  empty_purse text := amara_private.hold_tokens(p_day, p_scopes, p_limits, p_held);
begin
  if empty_purse is null then
    insert into amara_private.open_calls
      (id, run_id, conversation_id, user_id, is_visitor, model, round, purpose, day, scopes, held, asked_tokens)
    values (p_id, p_run, p_conversation, p_user, p_is_visitor, p_model, p_round, p_purpose, p_day, p_scopes, p_held, p_asked);
  end if;
  return empty_purse;
end
$fn$;
comment on function amara_private.begin_call is 'null, or the purse that has not got that much left; then nothing is held';

create or replace function amara_private.end_call(p_id uuid, p_spent bigint)
  returns boolean language plpgsql set search_path = '' as $fn$
declare
  call amara_private.open_calls;
begin
  delete from amara_private.open_calls c where c.id = p_id returning c.* into call;
  if call.id is null then
    return false;
  end if;
  perform amara_private.spend_tokens(call.day, call.scopes, call.held, p_spent);
  return true;
end
$fn$;
comment on function amara_private.end_call is 'false: it was paid before';

-- At most so many answers of one person are being written at once. Whoever begins one holds this to the end of the transaction.
create or replace function amara_private.runs_elsewhere(p_user uuid, p_conversation uuid)
  returns bigint language plpgsql set search_path = '' as $fn$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('amara.runs:' || p_user::text, 0));
  return (
    select count(*) from public.amara_runs r
    where r.user_id = p_user and r.status = 'running' and r.conversation_id <> p_conversation
  );
end
$fn$;
comment on function amara_private.runs_elsewhere is 'how many answers are being written for this person in other conversations';
create index if not exists amara_runs_running on public.amara_runs (user_id) where status in ('running', 'queued');

revoke execute on function amara_private.begin_call(uuid, uuid, uuid, uuid, boolean, text, integer, text, date, text[], bigint[], bigint, bigint)
  from public, anon, authenticated;
revoke execute on function amara_private.end_call(uuid, bigint) from public, anon, authenticated;
revoke execute on function amara_private.runs_elsewhere(uuid, uuid) from public, anon, authenticated;
grant execute on function amara_private.begin_call(uuid, uuid, uuid, uuid, boolean, text, integer, text, date, text[], bigint[], bigint, bigint)
  to amara_service;
grant execute on function amara_private.end_call(uuid, bigint) to amara_service;
grant execute on function amara_private.runs_elsewhere(uuid, uuid) to amara_service;
