-- A connection keeps the plans of what is in plpgsql; a function in SQL that cannot be inlined is planned with every statement
-- that calls it. Before and after every answer it is asked what of a conversation stands as the service recorded it: now
-- in one question for all its rows. And the purse of all is held while a call is paid.

create or replace function amara_private.reply_hash(said public.amara_messages) returns bytea
  language plpgsql stable set search_path = '' as $fn$
begin
  return sha256(convert_to(
    jsonb_build_array(
      said.id, said.conversation_id, said.role, said.content, said.tool_calls,
      case when jsonb_typeof(said.metadata) = 'object' then said.metadata - 'feedback' else said.metadata end,
      said.sequence
    )::text,
    'UTF8'
  ));
end
$fn$;

create or replace function amara_private.speaks(said public.amara_messages) returns boolean
  language plpgsql stable set search_path = '' as $fn$
begin
  return said.origin = 'service' and said.role = 'assistant' and coalesce((
    select r.content_hash = amara_private.reply_hash(said)
    from amara_private.replies r
    left join public.amara_runs u on u.id = r.run_id and u.conversation_id = said.conversation_id
    left join public.amara_handoffs h on h.id = r.handoff_id and h.conversation_id = said.conversation_id
    where r.message_id = said.id and (u.id is not null or h.id is not null)
    order by r.id desc
    limit 1
  ), false);
end
$fn$;

create or replace function amara_private.speaking(p_conversation uuid, p_since bigint, p_limit integer) returns setof uuid
  language plpgsql stable set search_path = '' as $fn$
begin
  return query
  select m.id
  from (
    select * from public.amara_messages
    where conversation_id = p_conversation and sequence >= p_since
    order by sequence desc
    limit p_limit
  ) m
  cross join lateral (
    select r.content_hash
    from amara_private.replies r
    left join public.amara_runs u on u.id = r.run_id and u.conversation_id = m.conversation_id
    left join public.amara_handoffs h on h.id = r.handoff_id and h.conversation_id = m.conversation_id
    where r.message_id = m.id and (u.id is not null or h.id is not null)
    order by r.id desc
    limit 1
  ) latest
  where m.origin = 'service' and m.role = 'assistant'
    and latest.content_hash = amara_private.reply_hash(m::public.amara_messages);
end
$fn$;
comment on function amara_private.speaking(uuid, bigint, integer) is
  'of the newest messages from a place on, those that speak: see speaks()';
revoke execute on function amara_private.speaking(uuid, bigint, integer) from public, anon, authenticated;
grant execute on function amara_private.speaking(uuid, bigint, integer) to amara_service;

create or replace function amara_private.spend_tokens(p_day date, p_scopes text[], p_held bigint, p_spent bigint)
  returns void language plpgsql set search_path = '' as $fn$
begin
  with ours as (
    select b.day, b.scope from amara_private.token_budgets b
    where b.day = p_day and b.scope = any (p_scopes) order by b.scope for update
  )
  update amara_private.token_budgets b
  set held = greatest(b.held - p_held, 0), spent = b.spent + p_spent
  from ours where b.day = ours.day and b.scope = ours.scope;
end
$fn$;
