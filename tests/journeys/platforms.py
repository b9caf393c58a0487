"""A platform that has grown: accounts of another service, columns of its own, no ratings, old double bookings.

As on Supabase its owner is no superuser, and the accounts are not the owner's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

CUSTOMER, ANA, LUZ = (UUID(f"00000000-0000-4000-8000-00000000000{number}") for number in (1, 2, 3))

ACCOUNTS = """
do $do$ begin
  if to_regrole('supabase_auth_admin') is null then create role supabase_auth_admin nologin; end if;
  if to_regrole('anon') is null then create role anon nologin; end if;
  if to_regrole('authenticated') is null then create role authenticated nologin; end if;
  if to_regrole('service_role') is null then create role service_role nologin bypassrls; end if;
end $do$;
create schema auth authorization supabase_auth_admin;
create table auth.users (id uuid primary key, email text, raw_user_meta_data jsonb, email_confirmed_at timestamptz,
  is_anonymous boolean not null default false, created_at timestamptz default now());
alter table auth.users owner to supabase_auth_admin;
create function auth.jwt() returns jsonb language sql stable as
  $$ select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $$;
create function auth.uid() returns uuid language sql stable as
  $$ select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid $$;
create function auth.role() returns text language sql stable as
  $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role' $$;
grant usage on schema auth to anon, authenticated;
"""

MARKETPLACE = f"""
create type public.user_role as enum ('customer', 'professional', 'admin');
create type public.booking_status as enum
  ('pending', 'confirmed', 'declined', 'in_progress', 'completed', 'cancelled');
create table public.profiles (id uuid primary key references auth.users on delete cascade,
  role public.user_role not null default 'customer', locale text, full_name text, avatar_url text);
alter table public.profiles enable row level security;
create policy "Own profile" on public.profiles for select to authenticated using (id = auth.uid());
grant select on public.profiles to authenticated;
create table public.professional_profiles (profile_id uuid primary key references public.profiles on delete cascade,
  status text not null default 'draft', bio text, primary_city text, languages text[], services jsonb,
  availability jsonb, experience_years integer, stripe_account_id text);
alter table public.professional_profiles enable row level security;
create table public.bookings (id uuid primary key default gen_random_uuid(),
  customer_id uuid not null references public.profiles on delete cascade,
  professional_id uuid not null references public.profiles on delete cascade,
  status public.booking_status not null default 'pending', service_name text, scheduled_start timestamptz,
  scheduled_end timestamptz, duration_minutes integer, amount_estimated bigint, currency text default 'COP',
  stripe_payment_intent_id text, special_instructions text, created_at timestamptz not null default now());
alter table public.bookings enable row level security;
create policy "Own bookings" on public.bookings for select to authenticated
  using (customer_id = auth.uid() or professional_id = auth.uid());
grant select on public.bookings to authenticated;

insert into auth.users (id, email, email_confirmed_at) values
  ('{CUSTOMER}', 'laura@example.com', now()), ('{ANA}', 'ana@example.com', now()), ('{LUZ}', 'luz@example.com', now());
insert into public.profiles (id, role, full_name) values
  ('{CUSTOMER}', 'customer', 'Laura Gómez'), ('{ANA}', 'professional', 'Ana Milena Rojas'),
  ('{LUZ}', 'professional', 'Luz Dary Peña');
insert into public.professional_profiles (profile_id, status, bio, primary_city, languages, services, availability)
select id, status, 'Ocho años en casas de familia.', city, '{{es}}',
  '[{{"name": "Limpieza", "slug": "cleaning", "hourly_rate_cop": 25000}}]'::jsonb,
  (select jsonb_object_agg(day, '[{{"start": "08:00", "end": "18:00"}}]'::jsonb)
   from unnest('{{monday,tuesday,wednesday,thursday,friday,saturday}}'::text[]) day)
from (values ('{ANA}'::uuid, 'active', 'Bogotá'), ('{LUZ}'::uuid, 'draft', 'Bogotá')) p (id, status, city);
insert into public.bookings
  (customer_id, professional_id, status, service_name, scheduled_start, scheduled_end, amount_estimated)
values
  ('{CUSTOMER}', '{ANA}', 'confirmed', 'Limpieza', '2025-11-15 13:00Z', '2025-11-15 17:00Z', 100000),
  ('{CUSTOMER}', '{ANA}', 'pending', 'Limpieza', '2025-11-15 16:00Z', '2025-11-15 18:00Z', 50000);
"""


@asynccontextmanager
async def grown(superuser: Any, owner_url: str) -> AsyncIterator[str]:
    """Makes it of an empty database. Args: owner_url is the superuser's; what is yielded is that of the owner there."""
    name = f"plain_{uuid4().hex[:12]}"
    await superuser.execute(ACCOUNTS)
    await superuser.execute(
        f"""
        create role {name} login createrole bypassrls;
        do $do$ declare person text; begin
          for person in select rolname from pg_roles
            where rolname in ('anon', 'authenticated', 'service_role', 'amara_service')
          loop
            execute format('grant %I to {name} with admin option', person);
          end loop;
          execute format('alter database %I owner to {name}', current_database());
        end $do$;
        grant usage on schema auth to {name};
        grant all on all tables in schema auth to {name};
        set session authorization {name};
        """
    )
    await superuser.execute(MARKETPLACE)
    await superuser.execute("reset session authorization")
    try:
        yield f"postgresql://{name}@{owner_url.partition('@')[2]}"
    finally:
        await superuser.execute(f"reassign owned by {name} to current_user; drop owned by {name}; drop role {name}")
