-- What the platform's own service is to be told, written with the deed itself and sent afterwards. A notice holds ids, states
-- and times, and nothing that a person wrote. Where nobody is to be told, nothing is written.

create table if not exists amara_private.webhook_receiver (
  is_only boolean not null default true constraint webhook_receiver_pkey primary key constraint webhook_receiver_only check (is_only),
  is_there boolean not null default false
);
comment on table amara_private.webhook_receiver is 'whether notices are written; the service says so when it starts';
insert into amara_private.webhook_receiver default values on conflict do nothing;

create table if not exists amara_private.webhook_notices (
  id uuid primary key default gen_random_uuid(),
  sequence bigint generated always as identity,
  subject uuid not null,
  type text not null check (type in (
    'booking.created', 'booking.confirmed', 'booking.cancelled', 'booking.rescheduled', 'booking.declined',
    'conversation.handed_off', 'message.completed'
  )),
  data jsonb not null constraint webhook_notices_size check (octet_length(data::text) <= 4000),
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null default '-infinity',
  cause text,
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz
);
comment on table amara_private.webhook_notices is 'what the platform''s service is to be told, in its order for each subject';
comment on column amara_private.webhook_notices.subject is 'the booking or conversation; a waiting notice holds back its later ones';
comment on column amara_private.webhook_notices.due_at is 'not before; while somebody sends it, until when nobody else does';
comment on column amara_private.webhook_notices.cause is 'why the last attempt failed: a status or an error''s class';
create index if not exists webhook_notices_due on amara_private.webhook_notices (due_at) where state = 'waiting';
create index if not exists webhook_notices_order on amara_private.webhook_notices (subject, sequence) where state = 'waiting';
create index if not exists webhook_notices_settled on amara_private.webhook_notices (settled_at) where state <> 'waiting';

-- Definer: whoever does the deed writes no notice. The lock makes the order of the numbers the order of the commits, for each
-- subject, also where whoever calls does not hold its row.
create or replace function amara_private.notify(p_type text, p_subject uuid, p_data jsonb, p_after interval default '0')
  returns void language plpgsql security definer set search_path = '' as $fn$
begin
  if not (select r.is_there from amara_private.webhook_receiver r) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('amara.webhook:' || p_subject::text, 0));
  insert into amara_private.webhook_notices (subject, type, data, due_at)
  values (p_subject, p_type, p_data, case when p_after > '0' then clock_timestamp() + p_after else '-infinity' end);
end
$fn$;

-- Definer: who books or answers writes no notice. A platform's own trigger may change what an update did not name, so that no
-- list of columns is given.
create or replace function amara_private.notify_of_booking() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
declare
  status text := new.status::text;
  is_new boolean := tg_op = 'INSERT';
  is_moved boolean := not is_new
    and (old.scheduled_start, old.scheduled_end) is distinct from (new.scheduled_start, new.scheduled_end);
  what text;
begin
  foreach what in array array_remove(array[
    case when is_new then 'booking.created' end,
    case when is_moved and status not in ('cancelled', 'declined') then 'booking.rescheduled' end,
    case when status = 'confirmed' and (is_new or old.status::text <> status) then 'booking.confirmed' end,
    case when status in ('cancelled', 'declined') and not is_new and old.status::text <> status then 'booking.' || status end
  ], null) loop
    perform amara_private.notify(what, new.id, jsonb_build_object(
      'booking_id', new.id,
      'status', status,
      'starts_at', to_char(new.scheduled_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      'ends_at', to_char(new.scheduled_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      'professional_id', new.professional_id,
      'customer_id', new.customer_id,
      'guest_session_id', new.guest_session_id
    ));
  end loop;
  return null;
end
$fn$;
revoke execute on function amara_private.notify(text, uuid, jsonb, interval), amara_private.notify_of_booking()
  from public, anon, authenticated;
grant execute on function amara_private.notify(text, uuid, jsonb, interval) to amara_service;

drop trigger if exists notify_of_bookings on public.bookings;
create trigger notify_of_bookings after insert or update on public.bookings
  for each row execute function amara_private.notify_of_booking();

alter table amara_private.webhook_receiver enable row level security;
alter table amara_private.webhook_notices enable row level security;
revoke all on amara_private.webhook_receiver, amara_private.webhook_notices from public, anon, authenticated, service_role;
grant select, update (is_there) on amara_private.webhook_receiver to amara_service;
grant select, update (state, attempts, due_at, cause, settled_at), delete on amara_private.webhook_notices to amara_service;

drop policy if exists "Amara service: select" on amara_private.webhook_receiver;
create policy "Amara service: select" on amara_private.webhook_receiver for select to amara_service using (true);
drop policy if exists "Amara service: update" on amara_private.webhook_receiver;
create policy "Amara service: update" on amara_private.webhook_receiver for update to amara_service
  using (true) with check (true);
drop policy if exists "Amara service: select" on amara_private.webhook_notices;
create policy "Amara service: select" on amara_private.webhook_notices for select to amara_service using (true);
drop policy if exists "Amara service: update" on amara_private.webhook_notices;
create policy "Amara service: update" on amara_private.webhook_notices for update to amara_service
  using (true) with check (true);
drop policy if exists "Amara service: delete" on amara_private.webhook_notices;
create policy "Amara service: delete" on amara_private.webhook_notices for delete to amara_service using (true);
