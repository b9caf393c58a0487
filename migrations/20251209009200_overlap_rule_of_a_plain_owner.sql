-- Where the owner of the database is no superuser, as on Supabase, PostgreSQL gave the constructors of the overlap rule's type to
-- somebody else all the same, and the owner cannot fix their path as the next file does. So there the type is made again where no
-- client's path ever leads; the rule is the very same, and its type keeps its name.
do $do$
begin
  if not exists (
    select from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in ('uuid_range', 'uuid_multirange')
      and p.proconfig is null and not pg_catalog.pg_has_role(current_user, p.proowner, 'usage')
  ) then
    return;
  end if;
  create schema if not exists amara_private;
  alter table public.bookings drop constraint bookings_no_overlap;
  drop type public.uuid_range;
  create type amara_private.uuid_range as range (subtype = uuid);
  alter type amara_private.uuid_range set schema public; -- by this name the foundation knows that it was here
  alter table public.bookings add constraint bookings_no_overlap
    exclude using gist (
      amara_private.uuid_range(professional_id, professional_id, '[]') with &&,
      tstzrange(scheduled_start, scheduled_end) with &&
    ) where (
      status in ('pending', 'confirmed', 'in_progress')
      and professional_id is not null and scheduled_start is not null and scheduled_end is not null
      and not predates_overlap_rule
    );
end
$do$;
