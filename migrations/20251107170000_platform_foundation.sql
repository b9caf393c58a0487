-- What the four tables of the assistant stand on. On Supabase most of it is already there and is left alone: each part is
-- made only where it is missing, with its policies and grants; a table that exists gains missing columns, nullable.

-- Roles ------------------------------------------------------------------------------------------------------------------

do $do$
declare
  missing text;
begin
  foreach missing in array '{anon, authenticated, service_role, amara_service}'::text[] loop
    if to_regrole(missing) is null then
      execute format('create role %I nologin', missing);
      if missing = 'service_role' then
        begin
          alter role service_role bypassrls;
        exception when insufficient_privilege then
          null;  -- an owner without that power cannot give it; the policies for service_role carry it then
        end;
      end if;
    end if;
  end loop;
end
$do$;

grant usage on schema public to anon, authenticated, service_role, amara_service;

-- Accounts and claims ----------------------------------------------------------------------------------------------------

do $do$
begin
  if to_regnamespace('auth') is null then
    create schema auth;
    grant usage on schema auth to anon, authenticated, service_role, amara_service;
  end if;

  if to_regclass('auth.users') is null then
    create table auth.users (
      id uuid primary key default gen_random_uuid(),
      email text, email_confirmed_at timestamptz,
      is_anonymous boolean not null default false,
      raw_user_meta_data jsonb not null default '{}'::jsonb,
      created_at timestamptz not null default now()
    );
    create unique index users_email_key on auth.users (lower(email));
    alter table auth.users enable row level security;
  end if;

  -- The setting reads '' and not null on a pooled connection that had it set locally once.
  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb language sql stable
      return nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  end if;
  if to_regprocedure('auth.uid()') is null then
    create function auth.uid() returns uuid language sql stable
      return nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid;
  end if;
  if to_regprocedure('auth.role()') is null then
    create function auth.role() returns text language sql stable
      return nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role', '');
  end if;

  if to_regprocedure('public.handle_updated_at()') is null then
    create function public.handle_updated_at() returns trigger language plpgsql set search_path = '' as $fn$
    begin
      new.updated_at := now();
      return new;
    end
    $fn$;
    revoke execute on function public.handle_updated_at() from public, anon, authenticated;
  end if;

  -- Profiles
  if to_regclass('public.profiles') is null then
    create table public.profiles (
      id uuid primary key references auth.users (id) on delete cascade,
      role text not null default 'customer' check (role in ('customer', 'professional', 'admin')),
      locale text not null default 'es-CO', full_name text, phone text, city text,
      time_zone text not null default 'America/Bogota',
      created_at timestamptz not null default now(), updated_at timestamptz not null default now()
    );
    create trigger set_profiles_updated_at before update on public.profiles for each row execute function public.handle_updated_at();

    alter table public.profiles enable row level security;
    create policy "Users can view their own profile" on public.profiles
      for select to authenticated using (id = (select auth.uid()));
    create policy "Users can update their own profile" on public.profiles
      for update to authenticated using (id = (select auth.uid())) with check (id = (select auth.uid()));

    -- No grant on role: nobody promotes oneself.
    revoke all on public.profiles from public, anon, authenticated;
    grant select on public.profiles to authenticated;
    grant update (locale, full_name, phone, city, time_zone) on public.profiles to authenticated;

    -- Whatever the sign-up form sends, the role is customer. Definer: whoever may add a user need not be able to write profiles.
    create function public.handle_new_user() returns trigger
      language plpgsql security definer set search_path = '' as $fn$
    begin
      insert into public.profiles (id, role, locale, full_name)
      values (
        new.id, 'customer', case new.raw_user_meta_data ->> 'locale' when 'en-US' then 'en-US' else 'es-CO' end,
        left(nullif(btrim(new.raw_user_meta_data ->> 'full_name'), ''), 200)
      ) on conflict (id) do nothing;
      return new;
    end
    $fn$;
    revoke execute on function public.handle_new_user() from public, anon, authenticated;
    create trigger on_auth_user_created after insert on auth.users for each row execute function public.handle_new_user();
  end if;

  -- Professionals
  if to_regclass('public.professional_profiles') is null then
    create table public.professional_profiles (
      profile_id uuid primary key references public.profiles (id) on delete cascade,
      status text not null default 'draft',
      full_name text, bio text, city text, country text not null default 'CO',
      languages text[] not null default '{}',
      services jsonb not null default '[]'::jsonb,
      rating numeric(3, 2), review_count integer not null default 0,
      experience_years integer, on_time_rate integer check (on_time_rate between 0 and 100), verification_level text,
      time_zone text not null default 'America/Bogota',
      buffer_minutes integer not null default 30 check (buffer_minutes >= 0),
      max_bookings_per_day integer check (max_bookings_per_day > 0),
      instant_booking boolean not null default false,
      created_at timestamptz not null default now(), updated_at timestamptz not null default now()
    );
    create trigger set_professional_profiles_updated_at before update on public.professional_profiles
      for each row execute function public.handle_updated_at();

    alter table public.professional_profiles enable row level security;
    create policy "Anyone can view active professionals" on public.professional_profiles
      for select to anon, authenticated using (status = 'active');
    create policy "Professionals can view their own professional profile" on public.professional_profiles
      for select to authenticated using (profile_id = (select auth.uid()));
    revoke all on public.professional_profiles from public, anon, authenticated;
    grant select on public.professional_profiles to anon, authenticated;
  end if;

  if to_regclass('public.professional_working_hours') is null then
    create table public.professional_working_hours (
      id uuid primary key default gen_random_uuid(),
      professional_id uuid not null references public.professional_profiles (profile_id) on delete cascade,
      weekday smallint not null check (weekday between 0 and 6),
      start_time time not null, end_time time not null, check (start_time < end_time),
      unique (professional_id, weekday, start_time)
    );
    comment on column public.professional_working_hours.weekday is '0 is Sunday; times are in the professional''s own zone';
    alter table public.professional_working_hours enable row level security;
    create policy "Anyone can view working hours of active professionals" on public.professional_working_hours
      for select to anon, authenticated
      using (exists (select from public.professional_profiles p where p.profile_id = professional_id));
    revoke all on public.professional_working_hours from public, anon, authenticated;
    grant select on public.professional_working_hours to anon, authenticated;
  end if;

  if to_regclass('public.professional_blocked_dates') is null then
    create table public.professional_blocked_dates (
      professional_id uuid not null references public.professional_profiles (profile_id) on delete cascade,
      date date not null, primary key (professional_id, date)
    );
    alter table public.professional_blocked_dates enable row level security;
    create policy "Anyone can view blocked dates of active professionals" on public.professional_blocked_dates
      for select to anon, authenticated
      using (exists (select from public.professional_profiles p where p.profile_id = professional_id));
    revoke all on public.professional_blocked_dates from public, anon, authenticated;
    grant select on public.professional_blocked_dates to anon, authenticated;
  end if;

  -- Bookings
  if to_regclass('public.bookings') is null then
    create table public.bookings (
      id uuid primary key default gen_random_uuid(),
      customer_id uuid references auth.users (id) on delete set null,
      guest_session_id uuid,
      professional_id uuid not null references public.professional_profiles (profile_id) on delete restrict,
      status text not null default 'pending'
        check (status in ('pending', 'confirmed', 'declined', 'in_progress', 'completed', 'cancelled')),
      service_name text, service_date date not null,
      scheduled_start timestamptz, scheduled_end timestamptz,
      duration_minutes integer check (duration_minutes > 0),
      total_price bigint check (total_price >= 0), currency text not null default 'COP',
      address text, special_instructions text,
      booking_source text not null default 'direct'
        check (booking_source in ('amara', 'guest', 'direct', 'concierge', 'phone', 'email')),
      source_details jsonb not null default '{}'::jsonb, anonymized_at timestamptz,
      created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
      constraint bookings_have_somebody
        check (customer_id is not null or guest_session_id is not null or anonymized_at is not null),
      constraint bookings_end_after_start check (scheduled_start < scheduled_end)
    );
    create index bookings_customer on public.bookings (customer_id, scheduled_start);
    create index bookings_professional on public.bookings (professional_id, service_date);
    create index bookings_guest_session on public.bookings (guest_session_id) where guest_session_id is not null;
    create trigger set_bookings_updated_at before update on public.bookings for each row execute function public.handle_updated_at();

    -- A deleted account leaves the booking to the professional, without the person in it.
    create function public.anonymize_booking() returns trigger language plpgsql set search_path = '' as $fn$
    begin
      new.anonymized_at := coalesce(new.anonymized_at, now());
      new.address := null; new.special_instructions := null;
      return new;
    end
    $fn$;
    revoke execute on function public.anonymize_booking() from public, anon, authenticated;
    create trigger anonymize_bookings_of_deleted_accounts before update of customer_id on public.bookings
      for each row when (old.customer_id is not null and new.customer_id is null)
      execute function public.anonymize_booking();

    alter table public.bookings enable row level security;
    create policy "Customers can view their own bookings" on public.bookings
      for select to authenticated using (customer_id = (select auth.uid()));
    create policy "Professionals can view their own bookings" on public.bookings
      for select to authenticated using (professional_id = (select auth.uid()));
    create policy "Customers can create their own bookings" on public.bookings
      for insert to authenticated with check (customer_id = (select auth.uid()) and status = 'pending');
    create policy "Guests can create bookings of a guest session" on public.bookings
      for insert to anon, authenticated
      with check (customer_id is null and guest_session_id is not null and status = 'pending');

    revoke all on public.bookings from public, anon, authenticated;
    grant select on public.bookings to authenticated;
    grant insert (
      id, customer_id, guest_session_id, professional_id, status, service_name, service_date, scheduled_start, scheduled_end,
      duration_minutes, total_price, currency, address, special_instructions, booking_source, source_details
    ) on public.bookings to anon, authenticated;
  end if;
end
$do$;

grant all on public.profiles, public.professional_profiles, public.professional_working_hours, public.professional_blocked_dates,
  public.bookings to service_role;

-- What a platform that has grown lacks is added, nullable -----------------------------------------------------------------

do $do$
declare
  lack record;
begin
  for lack in
    select t.name as of_table, trim(c.definition) as definition
    from (values
      ('profiles', 'role text, locale text, full_name text, phone text, city text, time_zone text'),
      ('professional_profiles', 'status text, full_name text, bio text, city text, country text, languages text[],
        services jsonb, rating numeric, review_count integer, experience_years integer, on_time_rate integer,
        verification_level text, time_zone text, buffer_minutes integer, max_bookings_per_day integer, instant_booking boolean'),
      ('bookings', 'customer_id uuid, guest_session_id uuid, professional_id uuid, status text, service_name text,
        service_date date, scheduled_start timestamptz, scheduled_end timestamptz, duration_minutes integer,
        total_price bigint, currency text, address text, special_instructions text, booking_source text,
        source_details jsonb, anonymized_at timestamptz, created_at timestamptz, updated_at timestamptz')
    ) t (name, columns) cross join lateral regexp_split_to_table(t.columns, ',\s*') c (definition)
  loop
    execute format('alter table public.%I add column if not exists %s', lack.of_table, lack.definition);
  end loop;
end
$do$;

-- Two live bookings of one professional cannot overlap. A uuid has no GiST operator class in core, a range of uuids has one;
-- so each professional is a range of one value.
do $do$
begin
  if to_regtype('public.uuid_range') is not null then
    return;
  end if;
  create type public.uuid_range as range (subtype = uuid);
  alter table public.bookings add column predates_overlap_rule boolean not null default false;

  -- Rows that break the rule already keep their times; they are named by `amara doctor`, not moved.
  update public.bookings b set predates_overlap_rule = true
  where b.scheduled_end <= b.scheduled_start
    or b.status::text in ('pending', 'confirmed', 'in_progress') and exists (
      select from public.bookings o
      where o.professional_id = b.professional_id and o.id <> b.id
        and o.status::text in ('pending', 'confirmed', 'in_progress')
        and o.scheduled_start < b.scheduled_end and b.scheduled_start < o.scheduled_end
    );

  -- Literals, not a cast of the column: a platform's status may be an enum, and a cast from it is not immutable.
  alter table public.bookings add constraint bookings_no_overlap
    exclude using gist (
      public.uuid_range(professional_id, professional_id, '[]') with &&,
      tstzrange(scheduled_start, scheduled_end) with &&
    ) where (
      status in ('pending', 'confirmed', 'in_progress')
      and professional_id is not null and scheduled_start is not null and scheduled_end is not null
      and not predates_overlap_rule
    );

  -- No new row predates the rule, and no old one regains the exemption once it lost it.
  create function public.keep_overlap_rule() returns trigger language plpgsql set search_path = '' as $fn$
  begin
    new.predates_overlap_rule := tg_op = 'UPDATE' and old.predates_overlap_rule and new.predates_overlap_rule;
    return new;
  end
  $fn$;
  revoke execute on function public.keep_overlap_rule() from public, anon, authenticated;
  create trigger keep_bookings_overlap_rule before insert or update on public.bookings
    for each row execute function public.keep_overlap_rule();
end
$do$;
