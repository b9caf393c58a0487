"""A visit on its way: who is free for it, the model that drafts it, the question it ends in, and who answers that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests import upstream as scripted
from tests.rig import Chat, events, text_of

Json = dict[str, Any]

ADDRESS = "Calle 10 # 5-20"


@dataclass
class Clock:
    """A wall clock that a test sets."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(frozen=True)
class Free:
    """Somebody who cleans in Bogotá, and when she can begin a visit of four hours."""

    id: UUID
    name: str
    starts: list[datetime]


async def somebody_free(owner: Any, *, now: datetime | None = None, instant: bool = True) -> Free:
    now = now or datetime.now(UTC)
    row = await owner.fetchrow(
        "select id, full_name from amara_api.professionals where city = 'Bogotá'"
        ' and services @> \'[{"slug":"cleaning"}]\' and instant_booking = $1 order by id limit 1',
        instant,
    )
    return Free(row["id"], row["full_name"], await free_starts(owner, row["id"], now=now))


async def free_starts(owner: Any, professional_id: UUID, *, now: datetime) -> list[datetime]:
    """Within three weeks, for a visit of four hours."""
    rows = await owner.fetch(
        "select starts_at from amara_api.free_starts($1, $2, $3, 240, $4) order by 1",
        professional_id,
        now.date(),
        now.date() + timedelta(21),
        now,
    )
    return [row["starts_at"] for row in rows]


def visit(professional_id: UUID, start: datetime) -> Json:
    """What the model gives `draft_booking`."""
    return {
        "professional_id": str(professional_id),
        "service": "cleaning",
        "starts_at": start.isoformat(),
        "hours": 4,
        "address": ADDRESS,
    }


def drafts(professional_id: UUID, start: datetime, *, call_id: str = "toolu_draft") -> scripted.Answer:
    """The model calls `draft_booking`."""
    return scripted.calls("draft_booking", visit(professional_id, start), call_id=call_id)


async def offered(chat: Chat, upstream: scripted.Upstream, call: scripted.Answer) -> Json:
    """The question that ends a run in which the model made this call."""
    upstream.then(call, scripted.says("Aquí está el borrador."))
    finished = events(await chat.ask("Por favor"))[-1]
    assert finished["outcome"]["type"] == "interrupt"
    return finished["outcome"]["interrupts"][0]


async def decide(chat: Chat, interrupt_id: str, payload: Json, *, status: str = "resolved") -> tuple[Json, Json, str]:
    """Answers a question: the card that tells what came of it, the end of its run, and its words."""
    resume = [{"interruptId": interrupt_id, "status": status, "payload": payload}]
    await chat.send({"threadId": chat.thread_id, "runId": f"run-{uuid4()}", "messages": [], "resume": resume})
    heard = await chat.hear_until("RUN_FINISHED", "RUN_ERROR")
    told = events(heard)
    card = next(event["metadata"]["amara"]["card"] for event in told if event["type"] == "TEXT_MESSAGE_START")
    return card, told[-1], text_of(heard)


async def bookings_of(owner: Any, professional_id: UUID, start: datetime) -> list[Any]:
    """Whatever was ever booked with her for this hour."""
    return await owner.fetch(
        "select id, status, total_price, customer_id, duration_minutes, address, source_details from bookings"
        " where professional_id = $1 and scheduled_start = $2 order by created_at",
        professional_id,
        start,
    )
