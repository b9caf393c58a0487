-- Who was signed out: tokens issued before a moment open nothing any more. Ours alone: no client reads it or writes it.

create schema if not exists amara_private;

create table if not exists amara_private.revocations (
  user_id uuid primary key,
  issued_before timestamptz not null
);
comment on table amara_private.revocations is 'tokens of this user that were issued before this moment are refused';
-- No reference to the account: a platform may keep its accounts where nothing may refer to them.

alter table amara_private.revocations enable row level security;
revoke all on amara_private.revocations from public, anon, authenticated;
grant usage on schema amara_private to amara_service, service_role;
grant select on amara_private.revocations to amara_service;
grant select, insert, update, delete on amara_private.revocations to service_role; -- the platform signs people out too

drop policy if exists "Amara service: select" on amara_private.revocations;
create policy "Amara service: select" on amara_private.revocations for select to amara_service using (true);
