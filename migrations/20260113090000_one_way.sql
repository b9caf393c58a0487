-- A transaction of one question has three ways to the database: it begins as somebody, asks, and commits. The questions of a
-- turn that nothing else belongs to are asked here in one: a statement is a transaction by itself, and each of these functions
-- becomes the service before anything else. None runs as its owner. Everybody may call them, because the service's login has
-- no name here and nothing of its own; and everybody but such a login gets no further than the first step: a person's request
-- has become somebody already, and whoever is nobody yet must be a member of the service to become it.

create schema if not exists amara_once;
comment on schema amara_once is 'questions that are a transaction by themselves: each becomes the service first';
grant usage on schema amara_once to public;

create or replace function amara_once.serve() returns void language plpgsql set search_path = '' as $fn$
begin
  if current_user <> session_user then
    raise exception 'whoever has become somebody does not become the service' using errcode = 'insufficient_privilege';
  end if;
  perform pg_catalog.set_config('role', 'amara_service', true), pg_catalog.set_config('request.jwt.claims', '', true);
end
$fn$;
comment on function amara_once.serve is 'a bare login that may becomes the service until its transaction ends; nobody else';

-- The log ------------------------------------------------------------------------------------------------------------------------

-- As the service. The conversation's row is held until the commit, so that whoever takes over has seen these rows, or has
-- raised the epoch first and then none is written.
create or replace function amara_private.keep_frames(
  p_conversations uuid[], p_epochs bigint[], p_firsts bigint[], p_lasts bigint[], p_runs uuid[], p_frames text[],
  p_takes_place boolean
) returns table (conversation uuid, place bigint) language plpgsql set search_path = '' as $fn$
begin
  return query
  with kept as (
    insert into public.amara_run_events (conversation_id, epoch, seq_from, seq_to, run_id, frames)
    select n.conversation_id, n.epoch, n.seq_from, n.seq_to, n.run_id, n.frames
    from unnest(p_conversations, p_epochs, p_firsts, p_lasts, p_runs, p_frames)
      as n (conversation_id, epoch, seq_from, seq_to, run_id, frames)
    join public.amara_conversations c on c.id = n.conversation_id and c.epoch = n.epoch
    for share of c
    on conflict do nothing
    returning conversation_id
  )
  select k.conversation_id, case when p_takes_place then
    nextval(pg_catalog.pg_get_serial_sequence('public.amara_messages', 'sequence')::regclass) end
  from kept k;
end
$fn$;
comment on function amara_private.keep_frames is
  'writes the rows whose epoch still stands, and answers their conversations, each with a place among its messages if asked';

create or replace function amara_once.keep_frames(
  p_conversations uuid[], p_epochs bigint[], p_firsts bigint[], p_lasts bigint[], p_runs uuid[], p_frames text[],
  p_takes_place boolean
) returns table (conversation uuid, place bigint) language plpgsql set search_path = '' as $fn$
begin
  perform amara_once.serve();
  return query select k.conversation, k.place from amara_private.keep_frames(
    p_conversations, p_epochs, p_firsts, p_lasts, p_runs, p_frames, p_takes_place
  ) k;
end
$fn$;
comment on function amara_once.keep_frames is 'amara_private.keep_frames';

-- What a call may cost -------------------------------------------------------------------------------------------------------------

create or replace function amara_once.begin_call(
  p_id uuid, p_run uuid, p_conversation uuid, p_user uuid, p_is_visitor boolean, p_model text, p_round integer, p_purpose text,
  p_day date, p_scopes text[], p_limits bigint[], p_held bigint, p_asked bigint
) returns text language plpgsql set search_path = '' as $fn$
begin
  perform amara_once.serve();
  return amara_private.begin_call(
    p_id, p_run, p_conversation, p_user, p_is_visitor, p_model, p_round, p_purpose, p_day, p_scopes, p_limits, p_held, p_asked
  );
end
$fn$;
comment on function amara_once.begin_call is 'amara_private.begin_call';

-- What is read before an answer ------------------------------------------------------------------------------------------------------

-- What only the service may know is asked as the service; what people wrote, as the person who is answered.
create or replace function amara_once.recall(
  p_run uuid, p_conversation uuid, p_limit integer, p_role text, p_claims text, p_user uuid,
  out is_silent boolean, out begins_at bigint, out summary text, out ours uuid[], out later uuid[],
  out messages json, out city text, out full_name text
) language plpgsql set search_path = '' as $fn$
begin
  perform amara_once.serve();
  select r.is_silent, r.begins_at, r.summary, r.ours, r.later into is_silent, begins_at, summary, ours, later
  from amara_private.recall(p_run, p_conversation, p_limit) r;
  if is_silent then
    return;
  end if;
  perform pg_catalog.set_config('role', p_role, true), pg_catalog.set_config('request.jwt.claims', p_claims, true);
  select json_agg(said order by said.sequence) into messages
  from (
    select m.id, m.role, m.content, m.tool_calls, m.metadata, m.sequence
    from public.amara_messages m
    where m.conversation_id = p_conversation and m.sequence >= begins_at
      and (m.metadata ->> 'status') is distinct from 'superseded'
    order by m.sequence desc
    limit p_limit
  ) said;
  select p.city, p.full_name into city, full_name from public.profiles p where p.id = p_user;
end
$fn$;
comment on function amara_once.recall is
  'amara_private.recall, then as the person who is answered: their newest messages from there, in order, and who they are';

-- What is said -------------------------------------------------------------------------------------------------------------------------

-- The plain cases of a turn's beginning: one new message in a conversation that is there and in which nothing is being
-- written or waits, or the first of a new one. Anything else is left as it was, and for whoever asked to find out step by step.
create or replace function amara_once.remember(
  p_role text, p_claims text, p_conversation uuid, p_user uuid, p_client_id text, p_message uuid, p_content text,
  p_metadata jsonb, p_run uuid, p_run_key text, p_parent_run_key text, p_owner text, p_lease_s double precision,
  p_authority_until timestamptz, p_asked jsonb, p_at_once integer,
  p_epoch bigint, p_first bigint, p_last bigint, p_frames text,
  p_is_new boolean, p_locale text, p_thread_key text, p_title text
) returns boolean language plpgsql set search_path = '' as $fn$
declare
  word record;
begin
  perform amara_once.serve();
  perform pg_catalog.set_config('role', p_role, true), pg_catalog.set_config('request.jwt.claims', p_claims, true);
  if p_is_new then
    insert into public.amara_conversations (id, user_id, locale) values (p_conversation, p_user, p_locale)
    on conflict do nothing;
    if not found then
      return false;
    end if;
  end if;
  select * into word from amara_api.open_word(p_conversation, p_user, p_run_key, p_client_id);
  if not word.is_there or word.run_id is not null or word.message_id is not null then
    if p_is_new then
      raise exception 'not so plain: this was said elsewhere';
    end if;
    return false;
  end if;
  if exists (
    select from public.amara_runs r where r.conversation_id = p_conversation and r.status in ('running', 'queued')
  ) then
    return false;
  end if;
  insert into public.amara_messages (id, conversation_id, role, content, metadata)
  values (p_message, p_conversation, 'user', p_content, p_metadata);
  update public.amara_conversations c set last_message_at = clock_timestamp(), is_active = true where c.id = p_conversation;
  perform pg_catalog.set_config('role', 'amara_service', true), pg_catalog.set_config('request.jwt.claims', '', true);
  if p_is_new then
    update public.amara_conversations c set thread_key = p_thread_key, title = p_title, epoch = p_epoch
    where c.id = p_conversation;
  end if;
  perform from amara_private.begin_run(
    p_run, p_conversation, p_user, p_run_key, p_parent_run_key, p_message, p_owner, p_lease_s, p_authority_until, p_asked,
    p_at_once
  ) r where r.is_begun;
  if not found then
    raise exception 'not so plain: another run goes before this one';
  end if;
  perform from amara_private.keep_frames(
    array[p_conversation], array[p_epoch], array[p_first], array[p_last], array[p_run], array[p_frames], false
  );
  if not found then
    raise exception 'not so plain: another process writes here';
  end if;
  return true;
end
$fn$;
comment on function amara_once.remember is
  'keeps what was said, begins its run and logs that, in the plain cases; false, or an error, leaves everything as it was';

-- An answer's end ---------------------------------------------------------------------------------------------------------------------

-- As the service, before an answer ends: as hold_run, and whether there is a draft to be asked about.
create or replace function amara_private.hold_answer(
  p_conversation uuid,
  out is_there boolean, out title text, out id uuid, out owner text, out is_waited_for boolean, out has_draft boolean
) language plpgsql set search_path = '' as $fn$
begin
  select h.is_there, h.title, h.id, h.owner, h.is_waited_for into is_there, title, id, owner, is_waited_for
  from amara_private.hold_run(p_conversation) h;
  has_draft := exists (
    select from public.amara_booking_drafts d where d.conversation_id = p_conversation and d.status = 'open'
  );
end
$fn$;
comment on function amara_private.hold_answer is 'amara_private.hold_run, and whether a draft is open';

revoke execute on function amara_private.keep_frames(uuid[], bigint[], bigint[], bigint[], uuid[], text[], boolean)
  from public, anon, authenticated;
grant execute on function amara_private.keep_frames(uuid[], bigint[], bigint[], bigint[], uuid[], text[], boolean)
  to amara_service;
revoke execute on function amara_private.hold_answer(uuid) from public, anon, authenticated;
grant execute on function amara_private.hold_answer(uuid) to amara_service;
grant execute on all functions in schema amara_once to public;
