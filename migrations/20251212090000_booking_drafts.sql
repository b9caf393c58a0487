-- What Amara and the checkout offer before anything is booked: a draft that holds its slot for a while, and becomes a booking
-- by an explicit act of its owner alone. Owners read their drafts; only the service writes them.

create table if not exists public.amara_booking_drafts (
  id uuid primary key default gen_random_uuid(),
  kind text not null default 'book' check (kind in ('book', 'cancel', 'reschedule')),
  user_id uuid references auth.users (id) on delete cascade,
  guest_session_id uuid references public.guest_sessions (id) on delete cascade,
  conversation_id uuid references public.amara_conversations (id) on delete set null,
  professional_id uuid not null references public.professional_profiles (profile_id) on delete cascade,
  target_booking_id uuid references public.bookings (id) on delete cascade,
  service_slug text check (length(service_slug) <= 80),
  service_name text check (length(service_name) <= 120),
  starts_at timestamptz not null,
  duration_minutes integer not null check (duration_minutes > 0),
  price_cop bigint not null check (price_cop >= 0),
  currency text not null default 'COP',
  refund_cop bigint check (refund_cop >= 0),
  refund_percent integer check (refund_percent between 0 and 100),
  address text check (length(address) <= 300),
  instructions text check (length(instructions) <= 1000),
  version integer not null default 1 check (version > 0),
  status text not null default 'open' check (status in ('open', 'confirmed', 'superseded', 'cancelled', 'expired')),
  offered_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > offered_at),
  booking_id uuid references public.bookings (id) on delete set null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint drafts_have_somebody check (user_id is not null or guest_session_id is not null),
  constraint drafts_change_a_booking check ((kind = 'book') = (target_booking_id is null)),
  constraint drafts_quote_a_refund check ((kind = 'cancel') = (refund_cop is not null))
);
comment on table public.amara_booking_drafts is 'offers of Amara and the checkout; a confirmed one names its booking';
comment on column public.amara_booking_drafts.target_booking_id is 'the booking that a cancel or reschedule is about';
comment on column public.amara_booking_drafts.booking_id is 'the booking that came of it';
comment on column public.amara_booking_drafts.offered_at is 'when this version was offered; lead time and horizon count from here';

create unique index if not exists amara_booking_drafts_one_open on public.amara_booking_drafts (conversation_id)
  where status = 'open' and conversation_id is not null;
create unique index if not exists amara_booking_drafts_one_booking on public.amara_booking_drafts (booking_id)
  where kind = 'book' and booking_id is not null;
create index if not exists amara_booking_drafts_holds on public.amara_booking_drafts (professional_id, starts_at)
  where status = 'open';
create index if not exists amara_booking_drafts_user on public.amara_booking_drafts (user_id, created_at desc);
create index if not exists amara_booking_drafts_guest on public.amara_booking_drafts (guest_session_id)
  where guest_session_id is not null;
create index if not exists amara_booking_drafts_target on public.amara_booking_drafts (target_booking_id)
  where target_booking_id is not null;

drop trigger if exists set_amara_booking_drafts_updated_at on public.amara_booking_drafts;
create trigger set_amara_booking_drafts_updated_at before update on public.amara_booking_drafts
  for each row execute function public.handle_updated_at();

-- Who agreed to what, and when: written once, changed by nobody, and readable to no client.
create schema if not exists amara_private;
create table if not exists amara_private.confirmations (
  draft_id uuid not null,
  version integer not null,
  kind text not null,
  user_id uuid,
  guest_session_id uuid,
  booking_id uuid not null,
  price_cop bigint not null,
  refund_cop bigint,
  confirmed_at timestamptz not null,
  primary key (draft_id)
);
comment on table amara_private.confirmations is 'an explicit act of a person for each draft that was carried out; append-only';

-- A repeated request gets the answer of the first one.
create table if not exists public.idempotency_keys (
  scope text not null check (length(scope) <= 200),
  key text not null check (length(key) between 1 and 200),
  body_hash bytea not null,
  status integer,
  answer json,
  created_at timestamptz not null default clock_timestamp(),
  primary key (scope, key)
);
create index if not exists idempotency_keys_age on public.idempotency_keys (created_at);

-- Since when a booking waits for its professional: a moved one waits anew.
alter table public.bookings add column if not exists pending_since timestamptz;
comment on column public.bookings.pending_since is 'when it became pending; nothing there means created_at';

alter table public.amara_booking_drafts enable row level security;
alter table public.idempotency_keys enable row level security;
alter table amara_private.confirmations enable row level security;

revoke all on public.amara_booking_drafts, public.idempotency_keys, amara_private.confirmations
  from public, anon, authenticated;
grant select on public.amara_booking_drafts to authenticated;
grant all on public.amara_booking_drafts, public.idempotency_keys to service_role;

drop policy if exists "Users can view their own booking drafts" on public.amara_booking_drafts;
create policy "Users can view their own booking drafts" on public.amara_booking_drafts
  for select to authenticated using (user_id = (select auth.uid()));

-- The service ------------------------------------------------------------------------------------------------------------

grant usage on schema amara_private to amara_service;
grant select, insert, update on public.amara_booking_drafts to amara_service;
grant select, insert, update, delete on public.idempotency_keys to amara_service;
grant insert on amara_private.confirmations to amara_service;
grant select on public.bookings, public.professional_profiles, public.professional_working_hours,
  public.professional_blocked_dates to amara_service;
grant insert (
  id, customer_id, guest_session_id, professional_id, status, service_name, service_date, scheduled_start, scheduled_end,
  duration_minutes, total_price, currency, address, special_instructions, booking_source, source_details, pending_since
) on public.bookings to amara_service;
grant update (status, service_date, scheduled_start, scheduled_end, source_details, pending_since)
  on public.bookings to amara_service;

do $do$
declare
  rule record;
begin
  for rule in
    select t.place, v.verb,
      case when v.verb <> 'insert' then ' using (true)' else '' end
        || case when v.verb in ('insert', 'update') then ' with check (true)' else '' end as test
    from (values
      ('public.amara_booking_drafts', '{select,insert,update}'),
      ('public.idempotency_keys', '{select,insert,update,delete}'),
      ('amara_private.confirmations', '{insert}'), ('public.bookings', '{insert,update}'),
      ('public.professional_profiles', '{select}'), ('public.professional_working_hours', '{select}'),
      ('public.professional_blocked_dates', '{select}')
    ) t (place, verbs) cross join lateral unnest(t.verbs::text[]) v (verb)
  loop
    execute format('drop policy if exists %I on %s', 'Amara service: ' || rule.verb, rule.place);
    execute format(
      'create policy %I on %s for %s to amara_service%s', 'Amara service: ' || rule.verb, rule.place, rule.verb, rule.test
    );
  end loop;
end
$do$;
