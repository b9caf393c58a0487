-- Whatever changes what is kept leaves a mark, and who it was about.

-- The name under which the funnel finds an event. A browser's booking counts for nothing; it lends its visit.
create or replace function amara_private.event_name(pe public.platform_events) returns text
  language sql immutable set search_path = '' as $fn$
  select case
    when pe.event_type = 'BookingConfirmed' and (pe.source = 'client' or pe.user_id is null and pe.session_id is null)
      then 'b:' || left(pe.properties ->> 'booking_id', 200)
    when pe.event_type in ('SearchStarted', 'ProfessionalViewed', 'CheckoutStarted', 'BookingConfirmed')
      then coalesce('u:' || pe.user_id, 's:' || pe.session_id)
  end;
$fn$;

-- One row a statement, whatever the statement wrote. More than ten thousand at once is somebody loading a history.
create or replace function amara_private.mark_names(
  p_names text[], p_count bigint, p_since timestamptz, p_until timestamptz
) returns void language sql set search_path = '' as $fn$
  insert into public.platform_event_marks (names, since, until)
  select case when p_count <= 10000 and p_until - p_since < interval '400 days' then coalesce(p_names, '{}') end,
    p_since, p_until
  where p_count > 0;
$fn$;

-- Definer, as the others here: whoever sends events may not write numbers.
create or replace function amara_private.mark_events() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
declare
  -- What is older is final; what has no year of ours is no day's.
  oldest timestamptz := (
    select greatest(n.kept_from::timestamp at time zone n.zone, timestamptz '0001-01-01 00:00+00') from public.platform_numbers n
  );
  number bigint;
  first_at timestamptz;
  last_at timestamptz;
  names text[];
begin
  select count(*), min(a.created_at), max(a.created_at) into number, first_at, last_at
  from arrived a where a.created_at >= oldest and a.created_at < timestamptz '9999-01-01 00:00+00';
  if number between 1 and 10000 then
    select array_agg(distinct amara_private.event_name(a)) filter (where amara_private.event_name(a) is not null) into names
    from arrived a where a.created_at >= oldest;
  end if;
  perform amara_private.mark_names(names, number, first_at, last_at);
  return null;
end
$fn$;

-- An account that goes takes its name out of its events and of what is kept of them; what it did stays counted, as somebody's.
create or replace function amara_private.mark_changed_events() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
begin
  update public.platform_funnel_people p set who = 's:' || g.session_id
  from (
    select distinct w.user_id, a.session_id from was w join arrived a using (id)
    where w.user_id is not null and a.user_id is null and a.session_id like 'gone:%'
  ) g
  where p.who = 'u:' || g.user_id;
  perform amara_private.mark_names(
    array_agg(distinct c.name) filter (where c.name is not null), count(*), min(c.created_at), max(c.created_at)
  )
  from (
    select w.created_at, amara_private.event_name(w) as name from was w join arrived a using (id)
    where a.user_id is not null or w.user_id is null or a.session_id not like 'gone:%'
    union all
    select a.created_at, amara_private.event_name(a) from was w join arrived a using (id)
    where a.user_id is not null or w.user_id is null or a.session_id not like 'gone:%'
  ) c
  where c.created_at >= timestamptz '0001-01-01 00:00+00' and c.created_at < timestamptz '9999-01-01 00:00+00';
  return null;
end
$fn$;

create or replace function amara_private.mark_everything() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
begin
  insert into public.platform_event_marks (since) values (now());
  return null;
end
$fn$;

-- A name that turned out to be somebody's: theirs and both accounts' days are read again from where it was used without one.
create or replace function amara_private.mark_learned() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
begin
  insert into public.platform_event_marks (names, since)
  select array_agg(distinct name), min(s.at)
  from arrived a
  cross join lateral (
    select case when a.alias like 'u:%' then '-infinity'
      else (
        select min(e.created_at) from (
          select h.created_at, h.user_id from public.platform_events h where h.session_id = substr(a.alias, 3) offset 0
        ) e where e.user_id is null
      )
    end as at
  ) s
  cross join unnest(array[a.alias, 'u:' || a.user_id]) name
  where s.at is not null
  having count(*) > 0;
  return null;
end
$fn$;

create or replace function amara_private.mark_moved() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
begin
  insert into public.platform_event_marks (names, since)
  select array_agg(distinct name), '-infinity'
  from was w left join arrived a using (alias)
  cross join unnest(array[w.alias, 'u:' || w.user_id, 'u:' || a.user_id]) name
  where name is not null and w.user_id is distinct from a.user_id
  having count(*) > 0;
  return null;
end
$fn$;

-- Where the account itself went, its numbers stay as they are.
create or replace function amara_private.mark_forgotten() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
begin
  insert into public.platform_event_marks (names, since)
  select array_agg(distinct name), '-infinity'
  from was w
  cross join unnest(array[w.alias, 'u:' || w.user_id]) name
  where exists (select from auth.users u where u.id = w.user_id)
    and (
      exists (select from public.platform_events e where e.session_id = substr(w.alias, 3) and w.alias like 's:%')
      or exists (
        select from public.platform_events e
        where e.user_id = case when w.alias ~ '^u:[0-9a-f-]{36}$' then substr(w.alias, 3)::uuid end
      )
    )
  having count(*) > 0;
  return null;
end
$fn$;

-- A booking of the server's without a visit takes the one of the first browser that told of it. Found by the booking first:
-- `offset 0` keeps the planner from going through all bookings there are, for each, because that index looks short as well.
create or replace function amara_private.lend_visits(p_bookings text[]) returns void
  language sql set search_path = '' as $fn$
  update public.platform_events e set session_id = lender.session_id
  from unnest(p_bookings) b (booking_id)
  cross join lateral (
    select
      (array_agg(t.session_id order by t.created_at, t.id) filter (where t.source = 'client' and t.session_id is not null))[1]
        as session_id,
      array_agg(t.id) filter (where t.source = 'server' and t.user_id is null and t.session_id is null) as ids
    from (
      select * from public.platform_events h where h.properties @> jsonb_build_object('booking_id', b.booking_id) offset 0
    ) t
    where t.event_type = 'BookingConfirmed'
  ) lender
  where lender.session_id is not null and e.id = any (lender.ids);
$fn$;

create or replace function amara_private.lend_arrived_visits() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
declare
  bookings text[] := (
    select array_agg(distinct a.properties ->> 'booking_id') from arrived a
    where a.event_type = 'BookingConfirmed' and (a.source = 'client' and a.session_id is not null
      or a.source = 'server' and a.user_id is null and a.session_id is null) and a.properties ->> 'booking_id' is not null
  );
begin
  if bookings is not null then
    perform amara_private.lend_visits(bookings);
  end if;
  return null;
end
$fn$;

-- What a visitor did stays with the account it became. What an account did that is no more has a name that is nobody's, one
-- for all its events. Definer: whoever takes an account away may not look at the others.
create or replace function amara_private.forget_account() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
declare
  gone text[] := string_to_array(current_setting('amara.gone', true), ' ');
begin
  if exists (select from auth.users u where u.id = old.user_id) then
    return new;
  end if;
  new.user_id := (
    select i.user_id from public.platform_identities i join auth.users u on u.id = i.user_id
    where i.alias = 'u:' || old.user_id
  );
  if new.user_id is not null then
    return new;
  end if;
  if gone[1] is distinct from old.user_id::text then
    gone := array[old.user_id::text, 'gone:' || gen_random_uuid()];
    perform set_config('amara.gone', array_to_string(gone, ' '), true);
  end if;
  new.session_id := gone[2];
  return new;
end
$fn$;

revoke execute on function amara_private.event_name(public.platform_events),
  amara_private.mark_names(text[], bigint, timestamptz, timestamptz), amara_private.mark_events(),
  amara_private.mark_changed_events(), amara_private.mark_everything(), amara_private.mark_learned(),
  amara_private.mark_moved(), amara_private.mark_forgotten(), amara_private.lend_visits(text[]),
  amara_private.lend_arrived_visits(), amara_private.forget_account()
  from public, anon, authenticated;

create or replace trigger forget_account_of_platform_events before update of user_id on public.platform_events
  for each row when (old.user_id is not null and new.user_id is null) execute function amara_private.forget_account();
create or replace trigger mark_platform_events after insert on public.platform_events
  referencing new table as arrived for each statement execute function amara_private.mark_events();
create or replace trigger mark_deleted_platform_events after delete on public.platform_events
  referencing old table as arrived for each statement execute function amara_private.mark_events();
create or replace trigger mark_changed_platform_events after update on public.platform_events
  referencing old table as was new table as arrived for each statement execute function amara_private.mark_changed_events();
create or replace trigger mark_emptied_platform_events after truncate on public.platform_events
  for each statement execute function amara_private.mark_everything();
create or replace trigger lend_platform_events after insert on public.platform_events
  referencing new table as arrived for each statement execute function amara_private.lend_arrived_visits();
create or replace trigger mark_learned_identities after insert on public.platform_identities
  referencing new table as arrived for each statement execute function amara_private.mark_learned();
create or replace trigger mark_moved_identities after update on public.platform_identities
  referencing old table as was new table as arrived for each statement execute function amara_private.mark_moved();
create or replace trigger mark_forgotten_identities after delete on public.platform_identities
  referencing old table as was for each statement execute function amara_private.mark_forgotten();

-- From here on every change is marked; what is there by now is rolled up day by day.
insert into public.platform_numbers (raw_through)
select coalesce((
  select (e.created_at at time zone 'America/Bogota')::date from public.platform_events e
  where e.created_at < timestamptz '9999-01-01 00:00+00' order by e.created_at desc limit 1
), '-infinity')
on conflict do nothing;
