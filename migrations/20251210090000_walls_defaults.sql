-- What nobody gets by default: a function to call, a sequence to run up, a schema to make things in, a statement for ever.

create schema if not exists amara_private;
revoke all on schema amara_private from public, anon, authenticated;
grant usage on schema amara_private to service_role, amara_service;

-- PostgreSQL lets everybody call every new function, Supabase says so once more by name. From here on each one is granted.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated;

revoke create on schema public from public, anon, authenticated; -- a database that was upgraded still has the old default
revoke all on sequence public.amara_messages_sequence_seq from public, anon, authenticated;

-- A fixed path for what was made without one: nobody's schema in front decides what a word in it means.
alter function amara_api.fold(text) set search_path = '';
do $do$
declare
  made regprocedure;
begin
  -- The constructors that came with the type behind the overlap rule; they must stay callable, an index calls them.
  for made in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in ('uuid_range', 'uuid_multirange')
      and p.proconfig is null
  loop
    execute format('alter function %s set search_path = %L', made, '');
  end loop;
end
$do$;

-- A browser's statement ends by itself. PostgREST applies a role's settings when it takes the role on; where the platform has
-- its own figures they stay, and an owner who may not alter these roles leaves them as they are.
do $do$
declare
  person text;
begin
  foreach person in array '{anon, authenticated}'::text[] loop
    if not exists (
      select from pg_catalog.pg_roles, unnest(rolconfig) setting
      where rolname = person and setting like 'statement_timeout=%'
    ) then
      execute format('alter role %I set statement_timeout = %L', person, '8s');
    end if;
  end loop;
exception when insufficient_privilege then
  null;
end
$do$;
