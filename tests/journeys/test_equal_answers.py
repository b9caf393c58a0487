"""Somebody else's booking or draft, and one that never was: nobody can tell the two apart."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from amara import demo
from tests import upstream as scripted
from tests import visits
from tests.calendars import a_hold
from tests.rig import chatting, events

Json = dict[str, Any]

START = "2031-03-05T09:00:00-05:00"


@pytest.fixture
async def foreign(owner, service) -> dict[str, UUID]:
    """A live booking and an open draft of the other customer."""
    free = await visits.somebody_free(owner)
    start = free.starts[-1]
    theirs = "select id from bookings where customer_id = $1 and status in ('pending', 'confirmed') limit 1"
    return {
        "booking": await owner.fetchval(theirs, demo.SECOND_CUSTOMER_ID),
        "draft": await a_hold(
            owner, free.id, demo.SECOND_CUSTOMER_ID, start, start + timedelta(hours=4), expires_at=start
        ),
    }


TOOLS = {"get_booking": {}, "cancel_booking": {}, "reschedule_booking": {"starts_at": START}}
REQUESTS: list[tuple[str, str, str, Json | None]] = [
    ("booking", "GET", "/v1/bookings/{id}", None),
    ("booking", "POST", "/v1/bookings/{id}/cancel", {}),
    ("booking", "POST", "/v1/bookings/{id}/cancel", {"confirm": True, "refund_cop": 0}),
    ("booking", "POST", "/v1/bookings/{id}/reschedule", {"starts_at": START}),
    ("booking", "POST", "/v1/bookings/{id}/reschedule", {"starts_at": START, "confirm": True}),
    ("draft", "GET", "/v1/amara/drafts/{id}", None),
    ("draft", "PATCH", "/v1/amara/drafts/{id}", {"version": 1, "duration_minutes": 180}),
    ("draft", "DELETE", "/v1/amara/drafts/{id}", None),
    ("draft", "POST", "/v1/amara/drafts/{id}/confirm", {"version": 1}),
]


async def standing(owner: Any) -> list[Any]:
    """Every booking and every draft, with all there is to them."""
    rows = [await owner.fetch(f"select * from {table} order by id") for table in ("bookings", "amara_booking_drafts")]
    return [dict(row) for table in rows for row in table]


@pytest.mark.parametrize("tool", TOOLS)
async def test_a_tool_says_the_same_of_both(service, upstream, owner, foreign, tool):
    before, told, read = await standing(owner), [], []
    for asked in (foreign["booking"], uuid4()):
        given = TOOLS[tool] | {"booking_id": str(asked)}
        upstream.then(scripted.calls(tool, given), scripted.says("No la encuentro."))
        async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
            heard = events(await chat.ask("Mi reserva"))
        told.append([event["content"] for event in heard if event["type"] == "TOOL_CALL_RESULT"])
        read.append(scripted.spoken(upstream.requests[-1])[-1]["content"])
    assert told[0] == told[1]
    assert read[0] == read[1]
    assert json.loads(told[0][0])["error"]["code"] == "not_found"
    assert await standing(owner) == before


@pytest.mark.parametrize(("kind", "method", "path", "body"), REQUESTS)
@pytest.mark.parametrize("key", [None, "once"], ids=["without a key", "with a key"])
async def test_http_says_the_same_of_both(service, owner, foreign, kind, method, path, body, key):
    before, answers = await standing(owner), []
    headers = {"authorization": f"Bearer {service.token(demo.CUSTOMER_ID)}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers) as client:
        for asked in (foreign[kind], uuid4()):
            more = {} if key is None else {"idempotency-key": f"{key} {asked}"}
            answers.append((asked, await client.request(method, path.format(id=asked), json=body, headers=more)))
    (theirs, first), (nobodys, second) = answers
    assert first.status_code == second.status_code == 404
    assert len(first.content) == len(second.content)
    assert first.text.replace(str(theirs), "…") == second.text.replace(str(nobodys), "…")
    unsteady = {"date", "content-length", "x-request-id"}
    kept = [{name: value for name, value in a.headers.items() if name not in unsteady} for a in (first, second)]
    assert kept[0] == kept[1]
    assert first.json()["code"] == "not_found"
    assert await standing(owner) == before


@pytest.mark.parametrize(
    ("status", "payload"),
    [
        ("resolved", {"approved": True}),
        ("resolved", {"approved": False}),
        ("resolved", {"approved": True, "edits": {"address": "Calle 1 # 2-3"}}),
        ("cancelled", None),
    ],
    ids=["approved", "declined", "edited", "taken back"],
)
async def test_an_answered_question_says_the_same_of_both(service, upstream, owner, foreign, status, payload):
    before, told = await standing(owner), []
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        await chat.ask("Hola")
        for asked in (foreign["draft"], uuid4()):
            card, finished, words = await visits.decide(chat, f"{asked}.1.{uuid4()}", payload, status=status)
            told.append((card, finished["outcome"], words))
    assert told[0] == told[1]
    assert told[0][0]["outcome"] == "impossible"
    assert await standing(owner) == before


async def test_a_list_holds_ones_own_alone(service, foreign):
    headers = {"authorization": f"Bearer {service.token(demo.CUSTOMER_ID)}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers) as client:
        items = (await client.get("/v1/bookings")).json()["items"]
    assert items
    assert str(foreign["booking"]) not in {item["id"] for item in items}
