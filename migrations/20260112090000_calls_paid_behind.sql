-- What a call did cost was added to every purse it touches in the commit of its answer. The purse of all, and that of an
-- address many people share, was held meanwhile until the disk had that commit: where a disk takes 20 ms, all processes
-- together ended 50 calls a second and no more. Now the commit of an answer writes down, in a row of the call's own, what
-- it did cost; the purses hear of many calls at once, behind it, and before a purse is called empty. Until then more is held
-- than was spent, never less: a call that did cost more than it held is paid at once, as before.

alter table amara_private.open_calls add column if not exists spent bigint;
comment on column amara_private.open_calls.spent is
  'what it did cost, from its end until its purses have heard of it; none while it is on its way';

-- A hold alone is not worth a wait for the disk: whoever asked is told nothing by it. If the machine of the database fails in
-- the moment after, hold and call are forgotten together, and what the call did cost is still in the ledger.
create or replace function amara_private.begin_call(
  p_id uuid, p_run uuid, p_conversation uuid, p_user uuid, p_is_visitor boolean, p_model text, p_round integer, p_purpose text,
  p_day date, p_scopes text[], p_limits bigint[], p_held bigint, p_asked bigint
) returns text language plpgsql set search_path = '' as $fn$
declare
  empty_purse text;
begin
  perform pg_catalog.set_config('synchronous_commit', 'off', true);
  empty_purse := amara_private.hold_tokens(p_day, p_scopes, p_limits, p_held);
  if empty_purse is null then
    insert into amara_private.open_calls
      (id, run_id, conversation_id, user_id, is_visitor, model, round, purpose, day, scopes, held, asked_tokens)
    values (p_id, p_run, p_conversation, p_user, p_is_visitor, p_model, p_round, p_purpose, p_day, p_scopes, p_held, p_asked);
  end if;
  return empty_purse;
end
$fn$;
comment on function amara_private.begin_call is
  'null, or the purse that has not got that much left; then nothing is held. For a transaction of its own: it waits for no disk';

create or replace function amara_private.end_call(p_id uuid, p_spent bigint)
  returns boolean language plpgsql set search_path = '' as $fn$
declare
  call amara_private.open_calls;
begin
  update amara_private.open_calls c set spent = p_spent where c.id = p_id and c.spent is null returning c.* into call;
  if call.id is null then
    return false;
  end if;
  if p_spent > call.held then
    delete from amara_private.open_calls c where c.id = p_id;
    perform amara_private.spend_tokens(call.day, call.scopes, call.held, p_spent);
  end if;
  return true;
end
$fn$;
comment on function amara_private.end_call is 'writes down what a call did cost, for settle_calls; what is more than it held is paid at once; false: that was done before';

-- Purses are taken in one order here as in hold_tokens, so that nobody waits in a circle.
create or replace function amara_private.settle_calls(p_most integer)
  returns integer language plpgsql set search_path = '' as $fn$
declare
  settled integer;
begin
  with ended as (
    delete from amara_private.open_calls c
    where c.id in (
      select o.id from amara_private.open_calls o where o.spent is not null limit p_most for update skip locked
    )
    returning c.day, c.scopes, c.held, c.spent
  ),
  purses as (
    select e.day, s.scope, sum(e.held)::bigint as held, sum(e.spent)::bigint as spent
    from ended e cross join lateral unnest(e.scopes) as s (scope)
    group by e.day, s.scope
  ),
  ours as (
    select b.day, b.scope, p.held, p.spent
    from amara_private.token_budgets b join purses p on p.day = b.day and p.scope = b.scope
    order by b.day, b.scope
    for update of b
  ),
  told as (
    update amara_private.token_budgets b
    set held = greatest(b.held - ours.held, 0), spent = b.spent + ours.spent
    from ours where b.day = ours.day and b.scope = ours.scope
  )
  select count(*) into settled from ended;
  return settled;
end
$fn$;
comment on function amara_private.settle_calls is
  'tells the purses of calls that ended, at most so many, and how many there were; for a transaction of its own';

revoke execute on function amara_private.settle_calls(integer) from public, anon, authenticated;
grant execute on function amara_private.settle_calls(integer) to amara_service;
