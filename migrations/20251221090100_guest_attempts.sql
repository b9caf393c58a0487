-- How often somebody may try: by a keyed hash of whoever it is, so that no address stands here, and for an hour.

create table if not exists amara_private.guest_attempts (
  key bytea primary key check (octet_length(key) = 32),
  times timestamptz[] not null check (cardinality(times) between 1 and 100),
  expires_at timestamptz not null
);
comment on table amara_private.guest_attempts is 'when whoever hides behind the hash opened a guest session or asked for a code';
create index if not exists guest_attempts_age on amara_private.guest_attempts (expires_at);

alter table amara_private.guest_attempts enable row level security;
revoke all on amara_private.guest_attempts from public, anon, authenticated;
grant select, insert, update, delete on amara_private.guest_attempts to amara_service;

do $do$
declare
  rule record;
begin
  for rule in
    select v.verb, case when v.verb <> 'insert' then ' using (true)' else '' end
      || case when v.verb in ('insert', 'update') then ' with check (true)' else '' end as test
    from unnest(array['select', 'insert', 'update', 'delete']) v (verb)
  loop
    execute format('drop policy if exists %I on amara_private.guest_attempts', 'Amara service: ' || rule.verb);
    execute format(
      'create policy %I on amara_private.guest_attempts for %s to amara_service%s',
      'Amara service: ' || rule.verb, rule.verb, rule.test
    );
  end loop;
end
$do$;
