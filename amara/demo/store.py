"""How the demo's people, hours and bookings are written: plain inserts as the owner of the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"  # generic in its stubs alone


class Person(NamedTuple):
    """An account with its profile."""

    id: UUID
    email: str
    full_name: str
    city: str
    role: str
    time_zone: str


class Professional(NamedTuple):
    """Somebody who offers services."""

    id: UUID
    full_name: str
    bio: str
    city: str
    languages: list[str]
    services: str
    """A JSON array."""
    rating: float | None
    review_count: int
    experience_years: int
    on_time_rate: int | None
    verification_level: str
    time_zone: str
    buffer_minutes: int
    max_bookings_per_day: int
    instant_booking: bool


class Hours(NamedTuple):
    """One span of a weekday, local to the professional."""

    professional_id: UUID
    weekday: int
    start: dt.time
    end: dt.time


class Booking(NamedTuple):
    """A visit, asked for or over."""

    id: UUID
    customer_id: UUID
    professional_id: UUID
    status: str
    service_name: str
    service_date: dt.date
    scheduled_start: dt.datetime
    scheduled_end: dt.datetime
    duration_minutes: int
    total_price: int
    address: str
    special_instructions: str | None
    created_at: dt.datetime


async def stands(connection: Connection, customer_id: UUID) -> bool:
    """Whether the demo is there; a second loader waits here until the first is done."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('amara demo marketplace'))")
    return bool(await connection.fetchval("select exists (select from auth.users where id = $1)", customer_id))


async def add_people(connection: Connection, people: Iterable[Person]) -> None:
    """Accounts with confirmed addresses; the profile that comes with an account is filled in."""
    for person in people:
        await connection.execute(
            """
            insert into auth.users (id, email, email_confirmed_at, is_anonymous, raw_user_meta_data)
            values ($1, $2, now(), false, jsonb_build_object('full_name', $3::text))
            """,
            person.id,
            person.email,
            person.full_name,
        )
        await connection.execute(
            """
            insert into public.profiles (id, role, locale, full_name, city, time_zone)
            values ($1, $2, 'es-CO', $3, $4, $5)
            on conflict (id) do update set role = excluded.role, locale = excluded.locale,
                full_name = excluded.full_name, city = excluded.city, time_zone = excluded.time_zone
            """,
            person.id,
            person.role,
            person.full_name,
            person.city,
            person.time_zone,
        )


async def add_professionals(connection: Connection, professionals: Iterable[Professional]) -> None:
    """Active, all of them in Colombia."""
    await connection.executemany(
        """
        insert into public.professional_profiles (
            profile_id, status, country, full_name, bio, city, languages, services, rating, review_count,
            experience_years, on_time_rate, verification_level, time_zone, buffer_minutes, max_bookings_per_day,
            instant_booking)
        values ($1, 'active', 'CO', $2, $3, $4, $5, $6::text::jsonb, $7::float8::numeric, $8, $9, $10, $11, $12,
            $13, $14, $15)
        """,
        list(professionals),
    )


async def add_hours(connection: Connection, hours: Iterable[Hours]) -> None:
    """Working hours."""
    await connection.executemany(
        "insert into public.professional_working_hours (professional_id, weekday, start_time, end_time) "
        "values ($1, $2, $3, $4)",
        list(hours),
    )


async def add_blocked(connection: Connection, days: Iterable[tuple[UUID, dt.date]]) -> None:
    """Days on which a professional does not work."""
    await connection.executemany(
        "insert into public.professional_blocked_dates (professional_id, date) values ($1, $2)", list(days)
    )


async def add_bookings(connection: Connection, bookings: Iterable[Booking]) -> None:
    """Bookings in pesos, made on the site: what Amara books is declined when nobody answers; a demo should stand."""
    await connection.executemany(
        """
        insert into public.bookings (
            id, customer_id, professional_id, status, service_name, service_date, scheduled_start, scheduled_end,
            duration_minutes, total_price, currency, address, special_instructions, booking_source, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'COP', $11, $12, 'direct', $13)
        """,
        list(bookings),
    )
