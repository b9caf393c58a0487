-- A turn asked the same four or five things in a row at three places, and each question is a way to the database and back.
-- Here each of these steps is one. They are plpgsql and not one statement, because what is read after a lock was waited
-- for must be read anew. Nobody may do more by them than by asking one thing after the other: none runs as its owner.

-- As whoever speaks: their conversation's row is held, and what is known of a frame.
create or replace function amara_api.open_word(
  p_conversation uuid, p_user uuid, p_run_key text, p_client_id text,
  out is_there boolean, out run_id uuid, out run_conversation_id uuid, out run_key text, out run_status text,
  out message_id uuid, out message_content text
) language plpgsql set search_path = '' as $fn$
begin
  perform 1 from public.amara_conversations c where c.id = p_conversation for no key update;
  is_there := found;
  if not is_there then
    return;
  end if;
  select l.id, l.conversation_id, l.run_key, l.status into run_id, run_conversation_id, run_key, run_status
  from public.amara_runs r
  join public.amara_runs l on l.id = coalesce(r.leader_id, r.id)
  where r.user_id = p_user and r.run_key = p_run_key;
  select m.id, m.content into message_id, message_content
  from public.amara_messages m
  where m.conversation_id = p_conversation
    and m.metadata ? 'client_message_id' and m.metadata ->> 'client_message_id' = p_client_id;
end
$fn$;
comment on function amara_api.open_word is
  'holds the caller''s conversation until the transaction ends, and tells the run and the message a frame already has';

-- As the service, while the conversation's row is held: the run begins, unless another goes before it.
create or replace function amara_private.begin_run(
  p_id uuid, p_conversation uuid, p_user uuid, p_run_key text, p_parent_run_key text, p_message uuid, p_owner text,
  p_lease_s double precision, p_authority_until timestamptz, p_asked jsonb, p_at_once integer,
  out is_begun boolean, out live_id uuid, out is_waited_for boolean
) language plpgsql set search_path = '' as $fn$
begin
  is_begun := false;
  is_waited_for := false;
  select r.id into live_id from public.amara_runs r where r.conversation_id = p_conversation and r.status = 'running';
  if live_id is not null then
    return;
  end if;
  perform 1 from public.amara_runs r where r.conversation_id = p_conversation and r.status = 'queued' for update;
  is_waited_for := found;
  if is_waited_for or amara_private.runs_elsewhere(p_user, p_conversation) >= p_at_once then
    return;
  end if;
  insert into public.amara_runs (
    id, conversation_id, user_id, run_key, parent_run_key, user_message_id, owner, lease_expires_at, authority_until, asked
  ) values (
    p_id, p_conversation, p_user, p_run_key, p_parent_run_key, p_message, p_owner,
    clock_timestamp() + make_interval(secs => p_lease_s), p_authority_until, p_asked
  );
  is_begun := true;
end
$fn$;
comment on function amara_private.begin_run is
  'writes a run down as begun, unless one is live here, one waits here, or its person has so many elsewhere';

-- As the service, before an answer: all that only the service may know of a conversation.
create or replace function amara_private.recall(
  p_run uuid, p_conversation uuid, p_limit integer,
  out is_silent boolean, out begins_at bigint, out summary text, out ours uuid[], out later uuid[]
) language plpgsql stable set search_path = '' as $fn$
begin
  is_silent := exists (
    select from public.amara_runs r
    join public.amara_handoffs h
      on h.conversation_id = r.conversation_id and h.state <> 'returned' and h.asked_at <= r.started_at
    where r.id = p_run
  );
  if is_silent then
    return;
  end if;
  select r.begins_at, r.summary into begins_at, summary
  from amara_private.recollections r
  where r.conversation_id = p_conversation
  order by r.begins_at desc
  limit 1;
  begins_at := coalesce(begins_at, 0);
  ours := array(select s.id from amara_private.speaking(p_conversation, begins_at, p_limit) as s (id));
  later := array(
    select w.id::uuid
    from public.amara_runs q
    cross join lateral jsonb_array_elements_text(q.asked -> 'messages') as w (id)
    where q.conversation_id = p_conversation and q.status = 'queued'
  );
end
$fn$;
comment on function amara_private.recall is
  'whether a person of the team has the conversation; from where it is read, what was before, what in it speaks, what waits';

-- As the service, before an answer ends: the conversation's row is held, and what is being written in it.
create or replace function amara_private.hold_run(
  p_conversation uuid,
  out is_there boolean, out title text, out id uuid, out owner text, out is_waited_for boolean
) language plpgsql set search_path = '' as $fn$
begin
  select c.title into title from public.amara_conversations c where c.id = p_conversation for no key update;
  is_there := found;
  select r.id, r.owner into id, owner
  from public.amara_runs r
  where r.conversation_id = p_conversation and r.status = 'running';
  is_waited_for := exists (
    select from public.amara_runs r where r.conversation_id = p_conversation and r.status = 'queued'
  );
end
$fn$;
comment on function amara_private.hold_run is
  'holds a conversation until the transaction ends, and tells its live run, and whether another waits for that';

revoke execute on function amara_api.open_word(uuid, uuid, text, text) from public, anon, authenticated;
revoke execute on function amara_private.begin_run(
  uuid, uuid, uuid, text, text, uuid, text, double precision, timestamptz, jsonb, integer
) from public, anon, authenticated;
revoke execute on function amara_private.recall(uuid, uuid, integer) from public, anon, authenticated;
revoke execute on function amara_private.hold_run(uuid) from public, anon, authenticated;
grant execute on function amara_api.open_word(uuid, uuid, text, text) to authenticated, amara_service;
grant execute on function amara_private.begin_run(
  uuid, uuid, uuid, text, text, uuid, text, double precision, timestamptz, jsonb, integer
) to amara_service;
grant execute on function amara_private.recall(uuid, uuid, integer) to amara_service;
grant execute on function amara_private.hold_run(uuid) to amara_service;
