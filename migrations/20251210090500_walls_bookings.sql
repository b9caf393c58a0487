-- A booking that a browser writes says what is wanted; whose it is, what it costs and how it stands is said here.

-- Whoever touches a professional's calendar waits for the one before: racers who met in the overlap constraint alone would
-- wait for each other, and PostgreSQL would end one of them as a deadlock.
create or replace function amara_private.lock_professional() returns trigger language plpgsql set search_path = '' as $fn$
begin
  perform pg_advisory_xact_lock(hashtextextended('amara.booking:' || new.professional_id::text, 0));
  return new;
end
$fn$;

create or replace function amara_private.is_proved_guest(p_guest_session_id uuid) returns boolean
  language sql stable set search_path = '' as $fn$
  select exists (
    select from public.guest_sessions g
    where g.id = p_guest_session_id and g.expires_at > now() and g.session_token = any (amara_api.guest_proof())
      and not coalesce(g.metadata ? 'converted_to_user_id', false)
  );
$fn$;

-- Definer: the price list and the guest's session are looked up whatever the caller may read of them.
create or replace function amara_private.true_booking() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
declare
  rate numeric;
begin
  if new.guest_session_id is not null and not amara_private.is_proved_guest(new.guest_session_id) then
    raise insufficient_privilege using message = 'new row violates row-level security policy for table "bookings"';
  end if;
  new.customer_id := case
    when new.guest_session_id is null or auth.jwt() -> 'is_anonymous' is distinct from 'true'::jsonb then auth.uid()
  end;

  if new.scheduled_start is not null then
    new.scheduled_end := coalesce(new.scheduled_end, new.scheduled_start + make_interval(mins => new.duration_minutes));
  end if;
  if new.scheduled_end is not null then
    if new.scheduled_start is null or not isfinite(new.scheduled_start) or not isfinite(new.scheduled_end)
      or not new.scheduled_end - new.scheduled_start between interval '1 minute' and interval '24 hours' then
      raise check_violation using message = 'A booking has a start, and an end within a day of it.';
    end if;
    new.duration_minutes := extract(epoch from new.scheduled_end - new.scheduled_start) / 60;
    new.service_date := coalesce(
      (select (new.scheduled_start at time zone p.time_zone)::date from amara_api.professionals p
       where p.id = new.professional_id),
      new.service_date
    );
  end if;
  if length(new.address) > 500 or length(new.special_instructions) > 4000 or length(new.service_name) > 200
    or octet_length(new.source_details::text) > 8192 then
    raise check_violation using message = 'A text of this booking is too long.';
  end if;

  -- The professional's own rate for that service; several rates and no service named is no price yet.
  select min((s.offer ->> 'hourly_rate_cop')::numeric) into rate
  from amara_api.professionals p
  cross join lateral jsonb_array_elements(case jsonb_typeof(p.services) when 'array' then p.services else '[]' end) s (offer)
  where p.id = new.professional_id and jsonb_typeof(s.offer -> 'hourly_rate_cop') = 'number'
    and (
      new.service_name is null
      or replace(amara_api.fold(new.service_name), ' ', '_') in (
        replace(amara_api.fold(s.offer ->> 'slug'), ' ', '_'), replace(amara_api.fold(s.offer ->> 'name'), ' ', '_')
      )
    )
  having count(distinct s.offer -> 'hourly_rate_cop') = 1;
  new.total_price := round(rate * new.duration_minutes / 60);
  new.currency := 'COP';
  new.status := 'pending';
  new.anonymized_at := null;
  new.created_at := now();
  new.updated_at := now();
  return new;
end
$fn$;

-- Here no grant lets a browser change a booking. A platform that granted it keeps what is not ours to say; of a booking's
-- state its professional decides, of its owner, hour and price nobody who comes with a browser.
create or replace function amara_private.keep_booking() returns trigger language plpgsql set search_path = '' as $fn$
begin
  if auth.uid() is distinct from old.professional_id then
    new.status := old.status;
  end if;
  new.customer_id := old.customer_id;
  new.guest_session_id := old.guest_session_id;
  new.professional_id := old.professional_id;
  new.service_name := old.service_name;
  new.service_date := old.service_date;
  new.scheduled_start := old.scheduled_start;
  new.scheduled_end := old.scheduled_end;
  new.duration_minutes := old.duration_minutes;
  new.total_price := old.total_price;
  new.currency := old.currency;
  new.anonymized_at := old.anonymized_at;
  new.created_at := old.created_at;
  return new;
end
$fn$;

revoke execute on function amara_private.lock_professional(), amara_private.is_proved_guest(uuid),
  amara_private.true_booking(), amara_private.keep_booking() from public, anon, authenticated;

drop trigger if exists lock_bookings_professional on public.bookings;
create trigger lock_bookings_professional before insert or update of professional_id, status, scheduled_start, scheduled_end
  on public.bookings for each row when (new.professional_id is not null) execute function amara_private.lock_professional();
drop trigger if exists true_bookings on public.bookings;
create trigger true_bookings before insert on public.bookings
  for each row when (current_user in ('anon', 'authenticated')) execute function amara_private.true_booking();
drop trigger if exists keep_bookings on public.bookings;
create trigger keep_bookings before update on public.bookings
  for each row when (current_user in ('anon', 'authenticated')) execute function amara_private.keep_booking();

-- Where the table is ours: one policy a verb and role, and the guest's own bookings by the guest's own token.
do $do$
begin
  if exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'public.bookings'::regclass and conname = 'bookings_have_somebody'
  ) then
    drop policy if exists "Customers can view their own bookings" on public.bookings;
    drop policy if exists "Professionals can view their own bookings" on public.bookings;
    drop policy if exists "Customers can create their own bookings" on public.bookings;
    drop policy if exists "Guests can create bookings of a guest session" on public.bookings;
    drop policy if exists "People can view their own bookings" on public.bookings;
    drop policy if exists "Guests can view their own bookings" on public.bookings;
    drop policy if exists "People can create their own bookings" on public.bookings;
    drop policy if exists "Guests can create their own bookings" on public.bookings;

    -- Whose session it is, guest_sessions itself says: only who brings its token sees its row.
    create policy "People can view their own bookings" on public.bookings for select to authenticated using (
      customer_id = (select auth.uid()) or professional_id = (select auth.uid())
      or customer_id is null and anonymized_at is null
        and guest_session_id = any (array(select g.id from public.guest_sessions g))
    );
    create policy "Guests can view their own bookings" on public.bookings for select to anon using (
      customer_id is null and anonymized_at is null
      and guest_session_id = any (array(select g.id from public.guest_sessions g))
    );
    create policy "People can create their own bookings" on public.bookings for insert to authenticated with check (
      (customer_id = (select auth.uid()) or customer_id is null and guest_session_id is not null)
      and (guest_session_id is null or guest_session_id = any (array(select g.id from public.guest_sessions g)))
    );
    create policy "Guests can create their own bookings" on public.bookings for insert to anon with check (
      customer_id is null and guest_session_id = any (array(select g.id from public.guest_sessions g))
    );
    grant select on public.bookings to anon;
    grant select on amara_api.bookings to anon;
  end if;
end
$do$;

-- An account that goes leaves its bookings, without the person in them: they are the professional's income, and books.
create or replace function public.anonymize_booking() returns trigger language plpgsql set search_path = '' as $fn$
begin
  new.anonymized_at := coalesce(new.anonymized_at, now());
  new.address := null;
  new.special_instructions := null;
  new.source_details := '{}'::jsonb;
  return new;
end
$fn$;
revoke execute on function public.anonymize_booking() from public, anon, authenticated;
drop trigger if exists anonymize_bookings_of_deleted_accounts on public.bookings;
create trigger anonymize_bookings_of_deleted_accounts before update of customer_id on public.bookings
  for each row when (old.customer_id is not null and new.customer_id is null)
  execute function public.anonymize_booking();

do $do$
declare
  taking record;
begin
  for taking in
    select c.conname, c.confrelid::regclass as of_table, f.attname as of_column
    from pg_catalog.pg_constraint c
    join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    join pg_catalog.pg_attribute f on f.attrelid = c.confrelid and f.attnum = c.confkey[1]
    where c.conrelid = 'public.bookings'::regclass and c.contype = 'f' and c.confdeltype = 'c'
      and a.attname = 'customer_id' and cardinality(c.conkey) = 1
  loop
    alter table public.bookings alter column customer_id drop not null;
    execute format('alter table public.bookings drop constraint %I', taking.conname);
    execute format(
      'alter table public.bookings add constraint %I foreign key (customer_id) references %s (%I) on delete set null not valid',
      taking.conname, taking.of_table, taking.of_column
    );
  end loop;
end
$do$;
