"""The demo marketplace: twenty-four professionals in six cities, two customers with bookings, and an admin.

The same people under the same ids every time; only the dates move with the day it is loaded on. `marketplace.json`
holds the people, `store` writes them.
"""

from __future__ import annotations

import datetime as dt
from importlib import resources
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from amara.demo import store

TIME_ZONE: Final = "America/Bogota"
_NAMESPACE: Final = UUID("5b0f9c1e-7d3a-4e7b-9a52-6f1c2d8e4a30")


def identity(kind: str, key: str) -> UUID:
    """The id of a person or booking of the demo; the same in every database."""
    return uuid5(_NAMESPACE, f"{kind}:{key}")


CUSTOMER_ID: Final = identity("person", "customer")
SECOND_CUSTOMER_ID: Final = identity("person", "second customer")
"""Has bookings too, so that a leak between customers would show."""
ADMIN_ID: Final = identity("person", "admin")


class _Professional(msgspec.Struct, frozen=True):
    name: str
    city: str
    languages: list[str]
    years: int
    rating: float | None
    reviews: int
    on_time: int | None
    verification: str
    instant: bool
    buffer: int
    per_day: int
    hours: str
    blocked: list[int]
    """Days from the day of loading."""
    services: dict[str, int]
    bio: str


class _Person(msgspec.Struct, frozen=True):
    key: str
    name: str
    email: str
    city: str
    role: str


class _Booking(msgspec.Struct, frozen=True, rename={"at": "from"}):
    customer: str
    professional: str
    service: str
    day: int
    """Days from the day of loading; moved away from it to the first day on which the professional works."""
    at: dt.time
    hours: int
    status: str
    address: str
    instructions: str | None


class _Marketplace(msgspec.Struct, frozen=True):
    services: dict[str, str]
    hours: dict[str, dict[int, list[str]]]
    professionals: list[_Professional]
    people: list[_Person]
    bookings: list[_Booking]


async def load(connection: asyncpg.Connection[asyncpg.Record], today: dt.date) -> bool:
    """Writes the marketplace in one transaction, once.

    Args:
        connection: of the database's owner; only the owner may write people's accounts.
        today: in Colombia; bookings and blocked days lie around it.

    Returns:
        True when it was written now, False when it already stood and nothing was done.
    """
    market = msgspec.json.decode(
        resources.files(__package__).joinpath("marketplace.json").read_bytes(), type=_Marketplace
    )
    async with connection.transaction():
        if await store.stands(connection, CUSTOMER_ID):
            return False
        people = [_account(person) for person in market.people]
        people += [_professional_account(professional) for professional in market.professionals]
        await store.add_people(connection, people)
        await store.add_professionals(connection, [_profile(p, market) for p in market.professionals])
        await store.add_hours(connection, [row for p in market.professionals for row in _hours(p, market)])
        await store.add_blocked(
            connection,
            [
                (identity("person", p.name), today + dt.timedelta(day))
                for p in market.professionals
                for day in p.blocked
            ],
        )
        await store.add_bookings(connection, [_visit(booking, market, today) for booking in market.bookings])
    return True


def _account(person: _Person) -> store.Person:
    return store.Person(identity("person", person.key), person.email, person.name, person.city, person.role, TIME_ZONE)


def _professional_account(professional: _Professional) -> store.Person:
    user_id = identity("person", professional.name)
    email = f"pro-{user_id.hex[:8]}@example.com"
    return store.Person(user_id, email, professional.name, professional.city, "professional", TIME_ZONE)


def _profile(professional: _Professional, market: _Marketplace) -> store.Professional:
    offers = [
        {"name": market.services[slug], "slug": slug, "hourly_rate_cop": rate}
        for slug, rate in professional.services.items()
    ]
    return store.Professional(
        identity("person", professional.name),
        professional.name,
        professional.bio,
        professional.city,
        professional.languages,
        msgspec.json.encode(offers).decode(),
        professional.rating,
        professional.reviews,
        professional.years,
        professional.on_time,
        professional.verification,
        TIME_ZONE,
        professional.buffer,
        professional.per_day,
        professional.instant,
    )


def _spans(professional: _Professional, market: _Marketplace) -> list[tuple[int, dt.time, dt.time]]:
    found = []
    for weekday, spans in market.hours[professional.hours].items():
        for span in spans:
            start, _, end = span.partition("-")
            found.append((weekday, dt.time.fromisoformat(start), dt.time.fromisoformat(end)))
    return found


def _hours(professional: _Professional, market: _Marketplace) -> list[store.Hours]:
    return [store.Hours(identity("person", professional.name), *span) for span in _spans(professional, market)]


def _visit(booking: _Booking, market: _Marketplace, today: dt.date) -> store.Booking:
    professional = next(p for p in market.professionals if p.name == booking.professional)
    date = _working_day(booking, professional, market, today)
    start = dt.datetime.combine(date, booking.at, ZoneInfo(TIME_ZONE))
    return store.Booking(
        identity("booking", f"{booking.customer}/{booking.professional}/{booking.service}"),
        identity("person", booking.customer),
        identity("person", professional.name),
        booking.status,
        market.services[booking.service],
        date,
        start,
        start + dt.timedelta(hours=booking.hours),
        booking.hours * 60,
        booking.hours * professional.services[booking.service],
        booking.address,
        booking.instructions,
        start - dt.timedelta(days=max(booking.day, 0) + 3),
    )


def _working_day(booking: _Booking, professional: _Professional, market: _Marketplace, today: dt.date) -> dt.date:
    step = 1 if booking.day > 0 else -1
    end = booking.at.replace(hour=booking.at.hour + booking.hours)
    for day in range(booking.day, booking.day + 14 * step, step):
        date = today + dt.timedelta(day)
        weekday = date.isoweekday() % 7  # 0 is Sunday, as in the hours
        works = any(w == weekday and a <= booking.at and end <= b for w, a, b in _spans(professional, market))
        if works and day not in professional.blocked:
            return date
    raise ValueError(f"{professional.name} never works at {booking.at:%H:%M} for {booking.hours} h")
