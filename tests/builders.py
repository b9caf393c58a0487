"""Rows for tests, each with everything a sensible one has; a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

_NUMBERS = count(1)

NEXT_MORNING = datetime(2030, 3, 5, 14, 0, tzinfo=UTC)  # a Tuesday, nine o'clock in Bogotá


async def settle(owner: Any) -> int:
    """The purses are told of every call that ended, as upkeep would; how many there were."""
    settled: int = await owner.fetchval("select amara_private.settle_calls(1000)")
    return settled


async def a_person(
    owner: Any,
    *,
    email: str | None = None,
    full_name: str = "Laura Gómez",
    role: str = "customer",
    confirmed: bool = True,
    is_anonymous: bool = False,
    **profile: Any,
) -> UUID:
    """An account with its profile; further arguments are columns of the profile."""
    user_id = uuid4()
    if email is None and not is_anonymous:
        email = f"person{next(_NUMBERS)}@example.com"
    await owner.execute(
        "insert into auth.users (id, email, email_confirmed_at, is_anonymous, raw_user_meta_data)"
        " values ($1, $2, case when $3 then now() end, $4, jsonb_build_object('full_name', $5::text))",
        user_id,
        email,
        confirmed and not is_anonymous,
        is_anonymous,
        full_name,
    )
    for column, value in {"role": role, **profile}.items():
        await owner.execute(f"update public.profiles set {column} = $2 where id = $1", user_id, value)
    return user_id


async def a_professional(owner: Any, **columns: Any) -> UUID:
    """An active professional who cleans in Bogotá for $ 25.000 an hour, Monday to Saturday from eight to six."""
    values: dict[str, Any] = {
        "status": "active",
        "full_name": "Ana Milena Rojas",
        "bio": "Trabajo en hogares desde hace ocho años.",
        "city": "Bogotá",
        "languages": ["es"],
        "services": [{"name": "Limpieza", "slug": "cleaning", "hourly_rate_cop": 25_000}],
        "rating": 4.8,
        "review_count": 40,
        "experience_years": 8,
        "on_time_rate": 97,
        "verification_level": "enhanced",
        **columns,
    }
    values["profile_id"] = await a_person(owner, full_name=values["full_name"], role="professional")
    await _insert(owner, "public.professional_profiles", values)
    await owner.execute(
        "insert into public.professional_working_hours (professional_id, weekday, start_time, end_time)"
        " select $1, day, '08:00', '18:00' from generate_series(1, 6) as day",
        values["profile_id"],
    )
    return values["profile_id"]


async def a_booking(owner: Any, **columns: Any) -> UUID:
    """A confirmed cleaning of four hours; its customer and professional are made when none is given."""
    start = columns.get("scheduled_start", NEXT_MORNING)
    values: dict[str, Any] = {
        "id": uuid4(),
        "status": "confirmed",
        "service_name": "Limpieza",
        "service_date": start.date(),
        "scheduled_start": start,
        "scheduled_end": start + timedelta(hours=4),
        "duration_minutes": 240,
        "total_price": 100_000,
        "address": "Calle 72 # 10-34, Bogotá",
        "booking_source": "amara",
        **columns,
    }
    if "customer_id" not in values and "guest_session_id" not in values:
        values["customer_id"] = await a_person(owner)
    if "professional_id" not in values:
        values["professional_id"] = await a_professional(owner)
    await _insert(owner, "public.bookings", values)
    return values["id"]


async def a_guest(owner: Any, **columns: Any) -> UUID:
    """A guest's session that lasts an hour."""
    values: dict[str, Any] = {
        "id": uuid4(),
        "session_token": uuid4().hex,
        "email": f"guest{next(_NUMBERS)}@example.com",
        "full_name": "María González",
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
        **columns,
    }
    await _insert(owner, "public.guest_sessions", values)
    return values["id"]


async def a_conversation(owner: Any, **columns: Any) -> UUID:
    """An active conversation in Spanish; its owner is made when none is given."""
    values: dict[str, Any] = {"id": uuid4(), "locale": "es", **columns}
    if "user_id" not in values:
        values["user_id"] = await a_person(owner)
    await _insert(owner, "public.amara_conversations", values)
    return values["id"]


async def _insert(owner: Any, table: str, values: dict[str, Any]) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await owner.execute(f"insert into {table} ({', '.join(values)}) values ({places})", *values.values())
