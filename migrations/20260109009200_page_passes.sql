-- Who may look at the pages of the team: a link that lets somebody in once, and the session it becomes. Any process may be the
-- one that is asked, so what stands open is written here; what is used up or left is taken away, and then no process knows it.

create table if not exists amara_private.page_passes (
  pass_hash bytea primary key check (octet_length(pass_hash) = 32),
  kind text not null check (kind in ('link', 'session')),
  user_id uuid not null,
  token_issued_at timestamptz,
  good_until timestamptz not null,
  ends_at timestamptz not null,
  check (good_until <= ends_at)
);
comment on table amara_private.page_passes is
  'the hash of a link or of a session''s cookie, and whose it is: good until then unless it is used, and never beyond its end';
-- No reference to the account: see the revocations.

alter table amara_private.page_passes enable row level security;
revoke all on amara_private.page_passes from public, anon, authenticated, service_role, amara_service;
grant select, insert, delete on amara_private.page_passes to amara_service;
grant update (good_until) on amara_private.page_passes to amara_service;

drop policy if exists "Amara service: all" on amara_private.page_passes;
create policy "Amara service: all" on amara_private.page_passes for all to amara_service using (true) with check (true);
