"""A guest who goes through the checkout by HTTP, and somebody to book."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp

from tests.builders import a_professional
from tests.visits import free_starts

Json = dict[str, Any]

MAIL = "maria@example.com"
FORM = {
    "email": MAIL,
    "full_name": "María González",
    "phone": "300 123 4567",
    "consent": {"version": "1", "accepted": True},
    "analytics_session_id": "visit-7",
}


@dataclass
class Guest:
    """One token, and what can be done with it."""

    door: aiohttp.ClientSession
    id: UUID
    token: str
    bearer: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Json | None = None, **headers: str) -> tuple[int, Json]:
        sent = {"X-Guest-Session": self.token, **self.bearer, **{n.replace("_", "-"): v for n, v in headers.items()}}
        async with self.door.request(method, f"/v1/guest{path}", json=body, headers=sent) as answer:
            assert answer.status >= 400 or answer.headers["Cache-Control"] == "no-store"
            return answer.status, await answer.json()

    async def book(self, order: Json, **headers: str) -> tuple[int, Json]:
        return await self.ask("POST", "/bookings", order, **headers)

    async def booked(self, order: Json) -> Json:
        """A booking that certainly came of it."""
        status, said = await self.book(order)
        assert (status, said["outcome"]) == (200, "confirmed"), said
        return said["booking"]

    async def cancel(self, booking_id: Any, **said: Any) -> tuple[int, Json]:
        return await self.ask("POST", f"/bookings/{booking_id}/cancel", said)

    async def convert(self, bearer: dict[str, str]) -> tuple[int, Json]:
        return await Guest(self.door, self.id, self.token, bearer).ask("POST", "/convert")


async def a_guest(door: aiohttp.ClientSession, bearer: dict[str, str] | None = None, **changes: Any) -> Guest:
    async with door.post("/v1/guest/sessions", json=FORM | changes, headers=bearer) as answer:
        assert answer.status == 201, await answer.text()
        said = await answer.json()
    return Guest(door, UUID(said["id"]), said["session_token"], bearer or {})


@dataclass(frozen=True)
class Helper:
    """Somebody who cleans, and when she can begin."""

    id: UUID
    starts: list[datetime]

    def visit(self, number: int = 0, **changes: Any) -> Json:
        """Four hours on one of those days; others begin on other days."""
        days = sorted({start.date(): start for start in reversed(self.starts)}.items())
        start = days[number][1]
        return {
            "professional_id": str(self.id),
            "service": "cleaning",
            "starts_at": start.isoformat(),
            "duration_minutes": 240,
            "address": "Calle 10 # 5-20",
            "instructions": "Timbre dañado",
        } | changes


async def a_helper(owner: Any, now: datetime, **columns: Any) -> Helper:
    professional_id = await a_professional(owner, **columns)
    starts = await free_starts(owner, professional_id, now=now + timedelta(hours=1))
    return Helper(professional_id, starts)
