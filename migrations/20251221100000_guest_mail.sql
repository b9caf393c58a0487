-- A guest hears by mail what becomes of a booking, and gets back in by a code when the token is lost. Both tables are ours
-- alone, and neither holds an address, a name, a text or a code: what a letter says is looked up when it is sent.

create table if not exists amara_private.guest_mail (
  id uuid primary key default gen_random_uuid(),
  booking_id uuid not null references public.bookings (id) on delete cascade,
  kind text not null check (kind in ('requested', 'confirmed', 'moved', 'declined', 'cancelled')),
  sequence integer not null,
  starts_at timestamptz,
  ends_at timestamptz,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null default '-infinity',
  settled_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (booking_id, sequence)
);
comment on table amara_private.guest_mail is 'what guests are to be told, written with the booking itself';
comment on column amara_private.guest_mail.sequence is 'which change of the booking; also the calendar entry''s SEQUENCE';
comment on column amara_private.guest_mail.starts_at is 'the hours as they were then';
comment on column amara_private.guest_mail.due_at is 'not before; while somebody sends it, until when nobody else does';
create index if not exists guest_mail_waiting on amara_private.guest_mail (due_at) where state = 'waiting';

create table if not exists amara_private.guest_recoveries (
  id bytea primary key,
  booking_id uuid not null,
  guest_session_id uuid references public.guest_sessions (id) on delete cascade,
  code_hash bytea not null,
  tries integer not null default 0 check (tries between 0 and 5),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  consumed_at timestamptz
);
comment on table amara_private.guest_recoveries is 'codes asked for; without a session: an answer that opens nothing';
comment on column amara_private.guest_recoveries.id is 'SHA-256 of what the asker was given';
comment on column amara_private.guest_recoveries.code_hash is 'HMAC of the code under what the asker was given';
create index if not exists guest_recoveries_booking on amara_private.guest_recoveries (booking_id, created_at);
create index if not exists guest_recoveries_session on amara_private.guest_recoveries (guest_session_id, created_at)
  where guest_session_id is not null;
create index if not exists guest_recoveries_age on amara_private.guest_recoveries (created_at);

-- How many letters went to one address is asked by the address as people write it, with any capitals.
create index if not exists guest_sessions_address on public.guest_sessions (lower(btrim(email)));

-- One letter for each thing that happens, in its transaction. Definer: who books or answers writes no mail.
create or replace function amara_private.note_guest_mail() returns trigger
  language plpgsql security definer set search_path = '' as $fn$
declare
  status text := new.status::text;
  is_new boolean := tg_op = 'INSERT';
  is_answer boolean := is_new or old.status::text is distinct from status;
  what text := case
    when status in ('declined', 'cancelled') then case when is_answer and not is_new then status end
    when status not in ('pending', 'confirmed') then null
    when is_new then case status when 'pending' then 'requested' else 'confirmed' end
    when (old.scheduled_start, old.scheduled_end) is distinct from (new.scheduled_start, new.scheduled_end) then 'moved'
    when is_answer and status = 'confirmed' then 'confirmed'
  end;
begin
  if what is not null then
    insert into amara_private.guest_mail (booking_id, kind, sequence, starts_at, ends_at)
    select new.id, what, coalesce(max(m.sequence) + 1, 0), new.scheduled_start, new.scheduled_end
    from amara_private.guest_mail m where m.booking_id = new.id;
  end if;
  return null;
end
$fn$;
revoke execute on function amara_private.note_guest_mail() from public, anon, authenticated;

drop trigger if exists note_bookings_guest_mail on public.bookings;
create trigger note_bookings_guest_mail after insert or update of status, scheduled_start, scheduled_end on public.bookings
  for each row when (new.guest_session_id is not null and new.anonymized_at is null)
  execute function amara_private.note_guest_mail();

alter table amara_private.guest_mail enable row level security;
alter table amara_private.guest_recoveries enable row level security;
revoke all on amara_private.guest_mail, amara_private.guest_recoveries from public, anon, authenticated, service_role;
grant select, update (state, attempts, due_at, settled_at) on amara_private.guest_mail to amara_service;
grant select, insert, update (tries, consumed_at), delete on amara_private.guest_recoveries to amara_service;

drop policy if exists "Amara service: select" on amara_private.guest_mail;
create policy "Amara service: select" on amara_private.guest_mail for select to amara_service using (true);
drop policy if exists "Amara service: update" on amara_private.guest_mail;
create policy "Amara service: update" on amara_private.guest_mail for update to amara_service
  using (true) with check (true);
drop policy if exists "Amara service: all" on amara_private.guest_recoveries;
create policy "Amara service: all" on amara_private.guest_recoveries for all to amara_service
  using (true) with check (true);
