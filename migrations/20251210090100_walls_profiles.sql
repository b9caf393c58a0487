-- Nobody makes oneself an administrator: neither by an update, nor by an insert, nor by what the sign-up form said. Here no
-- grant reaches the column; a platform that has its own profiles may have granted it, so the table itself holds too.

create or replace function amara_private.keep_profile_role() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if tg_op = 'INSERT' then
    -- Inside another trigger: a sign-up, whatever made the profile read from its form.
    if current_user in ('anon', 'authenticated') or pg_trigger_depth() > 1 then
      new.role := 'customer';
    end if;
  elsif new.role is distinct from old.role and current_user in ('anon', 'authenticated') then
    raise insufficient_privilege using message = 'permission denied for column role of table profiles';
  end if;
  return new;
end
$fn$;
revoke execute on function amara_private.keep_profile_role() from public, anon, authenticated;

drop trigger if exists keep_profiles_role on public.profiles;
create trigger keep_profiles_role before insert or update of role on public.profiles
  for each row execute function amara_private.keep_profile_role();

-- Two policies for one question are asked twice for every row. Where both are ours they become one.
do $do$
begin
  if exists (
    select from pg_catalog.pg_policy
    where polrelid = 'public.professional_profiles'::regclass and polname = 'Anyone can view active professionals'
  ) and exists (
    select from pg_catalog.pg_policy
    where polrelid = 'public.professional_profiles'::regclass
      and polname = 'Professionals can view their own professional profile'
  ) then
    drop policy "Anyone can view active professionals" on public.professional_profiles;
    drop policy "Professionals can view their own professional profile" on public.professional_profiles;
    create policy "Visitors can view active professionals" on public.professional_profiles
      for select to anon using (status = 'active');
    create policy "People can view active professionals and themselves" on public.professional_profiles
      for select to authenticated using (status = 'active' or profile_id = (select auth.uid()));
  end if;
end
$do$;
