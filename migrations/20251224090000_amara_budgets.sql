-- What the model may cost a day, by whoever is asking. Ours alone: no client reads it or writes it.

create table if not exists amara_private.token_budgets (
  day date not null,
  scope text not null check (length(scope) between 1 and 128),
  held bigint not null default 0,
  spent bigint not null default 0,
  primary key (day, scope)
);
comment on table amara_private.token_budgets is 'scope: all, u:<account>, g:<visitor>, a:<hash of an address>; held: calls on their way';

alter table amara_private.token_budgets enable row level security;
revoke all on amara_private.token_budgets from public, anon, authenticated;
grant select, insert, update, delete on amara_private.token_budgets to amara_service;
grant select, insert, update, delete on amara_private.token_budgets to service_role;

drop policy if exists "Amara service: all" on amara_private.token_budgets;
create policy "Amara service: all" on amara_private.token_budgets for all to amara_service using (true) with check (true);

-- Holds tokens in every purse or in none. Purses are taken in one order, so that no two calls wait for each other in a circle.
create or replace function amara_private.hold_tokens(p_day date, p_scopes text[], p_limits bigint[], p_tokens bigint)
  returns text language plpgsql set search_path = '' as $fn$
declare
  empty_purse text;
begin
  with asked as (
    select a.scope, a.most from unnest(p_scopes, p_limits) as a (scope, most) order by a.scope
  ),
  taken as (
    insert into amara_private.token_budgets as b (day, scope, held)
    select p_day, asked.scope, p_tokens from asked
    on conflict (day, scope) do update set held = b.held + excluded.held
    returning b.scope, b.held + b.spent as used
  )
  select taken.scope into empty_purse
  from taken join asked on asked.scope = taken.scope
  where taken.used > asked.most
  order by taken.scope
  limit 1;
  if empty_purse is not null then
    update amara_private.token_budgets b set held = b.held - p_tokens where b.day = p_day and b.scope = any (p_scopes);
  end if;
  return empty_purse;
end
$fn$;
comment on function amara_private.hold_tokens is 'null, or the purse that has not got that much left';

create or replace function amara_private.spend_tokens(p_day date, p_scopes text[], p_held bigint, p_spent bigint)
  returns void language sql set search_path = '' as $fn$
  with ours as (
    select b.day, b.scope from amara_private.token_budgets b
    where b.day = p_day and b.scope = any (p_scopes) order by b.scope for update
  )
  update amara_private.token_budgets b
  set held = greatest(b.held - p_held, 0), spent = b.spent + p_spent
  from ours where b.day = ours.day and b.scope = ours.scope;
$fn$;

revoke execute on function amara_private.hold_tokens(date, text[], bigint[], bigint) from public, anon, authenticated;
revoke execute on function amara_private.spend_tokens(date, text[], bigint, bigint) from public, anon, authenticated;
grant execute on function amara_private.hold_tokens(date, text[], bigint[], bigint) to amara_service;
grant execute on function amara_private.spend_tokens(date, text[], bigint, bigint) to amara_service;
