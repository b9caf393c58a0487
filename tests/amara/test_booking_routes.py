"""Drafts and bookings over HTTP: what a page or another client of the platform sees."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from tests.builders import a_booking, a_person, a_professional
from tests.counter import ADDRESS, Person


@pytest.fixture
async def ana(owner):
    professional = await a_professional(owner)
    await owner.execute("update public.professional_working_hours set start_time = '00:00', end_time = '24:00'::time")
    return professional


@pytest.fixture
def start(service):
    """Ten in the morning, some days from the service's own clock, never a Sunday."""
    day = service.door.house.now() + timedelta(days=5)
    day += timedelta(days=day.weekday() == 6)
    return day.replace(hour=15, minute=0, second=0, microsecond=0)


@pytest.fixture
def person(service, db):
    """Somebody at the desk by the service's clock."""
    return lambda user_id: Person(db, user_id, service.door.house.now())


@pytest.fixture
async def http(service, laura):
    async with httpx.AsyncClient(base_url=service.url, headers=bearer(service, laura)) as client:
        yield client


def bearer(service, user_id):
    return {"authorization": f"Bearer {service.token(user_id)}"}


@pytest.fixture
async def draft(person, laura, ana, start):
    return await person(laura).draft(ana, start)


async def test_a_draft_is_read_changed_and_confirmed(owner, http, draft, start):
    path = f"/v1/amara/drafts/{draft.id}"
    shown = (await http.get(path)).json()
    assert (shown["id"], shown["version"], shown["status"], shown["total_price"]) == (str(draft.id), 1, "open", 100_000)
    assert datetime.fromisoformat(shown["starts_at"]) == start
    assert shown["starts_at"].endswith("-05:00")
    changed = (await http.patch(path, json={"version": 1, "duration_minutes": 180})).json()
    assert (changed["outcome"], changed["draft"]["version"], changed["draft"]["total_price"]) == ("offered", 2, 75_000)
    stale = (await http.post(f"{path}/confirm", json={"version": 1})).json()
    assert (stale["outcome"], stale["draft"]["version"]) == ("version_changed", 2)
    done = await http.post(f"{path}/confirm", json={"version": 2})
    assert (done.status_code, done.headers["cache-control"]) == (200, "no-store")
    assert done.json()["outcome"] == "confirmed"
    assert done.json()["booking"]["total_price"] == await owner.fetchval("select total_price from bookings") == 75_000


async def test_twenty_clicks_with_one_key_are_one_booking_and_one_answer(owner, http, draft):
    path = f"/v1/amara/drafts/{draft.id}/confirm"
    answers = await asyncio.gather(
        *(http.post(path, json={"version": 1}, headers={"idempotency-key": "click"}) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert await owner.fetchval("select count(*) from public.bookings") == 1
    other = await http.post(path, json={"version": 2}, headers={"idempotency-key": "click"})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    await owner.execute("update public.bookings set status = 'declined'")
    again = await http.post(path, json={"version": 1}, headers={"idempotency-key": "click"})
    assert again.content == answers[0].content  # the first answer, not today's
    fresh = await http.post(path, json={"version": 1}, headers={"idempotency-key": "next"})
    assert fresh.json()["booking"]["status"] == "declined"


async def test_a_key_belongs_to_its_person(owner, service, http, draft):
    path = f"/v1/amara/drafts/{draft.id}/confirm"
    camilo = bearer(service, await a_person(owner))
    await http.post(path, json={"version": 1}, headers={"idempotency-key": "click"})
    refused = await http.post(path, json={"version": 1}, headers={**camilo, "idempotency-key": "click"})
    assert refused.status_code == 404
    assert await owner.fetchval("select count(*) from public.idempotency_keys") == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "llave-ñ".encode("latin-1")])
async def test_a_key_that_is_none_is_refused(owner, http, draft, key):
    answer = await http.post(
        f"/v1/amara/drafts/{draft.id}/confirm", json={"version": 1}, headers={"idempotency-key": key}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert await owner.fetchval("select count(*) from public.bookings") == 0


async def test_another_persons_draft_or_booking_and_a_random_id_answer_alike(owner, service, http, draft, ana):
    camilo = bearer(service, await a_person(owner))
    booking = await a_booking(owner, professional_id=ana)
    moment = {"starts_at": "2030-03-05T10:00"}
    for verb, path, body in [
        ("GET", "/v1/amara/drafts/{}", None),
        ("PATCH", "/v1/amara/drafts/{}", {}),
        ("DELETE", "/v1/amara/drafts/{}", None),
        ("POST", "/v1/amara/drafts/{}/confirm", {"version": 1}),
        ("GET", "/v1/bookings/{}", None),
        ("POST", "/v1/bookings/{}/cancel", {"confirm": True}),
        ("POST", "/v1/bookings/{}/reschedule", moment),
    ]:
        there = draft.id if "drafts" in path else booking
        foreign = await http.request(verb, path.format(there), json=body, headers=camilo)
        unknown = await http.request(verb, path.format(uuid4()), json=body, headers=camilo)
        assert foreign.status_code == unknown.status_code == 404, (verb, path, foreign.text)
        assert len(foreign.content) == len(unknown.content)
        assert {**foreign.json(), "instance": ""} == {**unknown.json(), "instance": ""}
        nobody = await http.request(verb, path.format(there), json=body, headers={"authorization": ""})
        assert nobody.status_code == 401


async def test_a_withdrawn_draft_says_so(http, draft):
    path = f"/v1/amara/drafts/{draft.id}"
    assert (await http.delete(path)).json()["outcome"] == "withdrawn"
    assert (await http.get(path)).json()["status"] == "cancelled"
    assert (await http.post(f"{path}/confirm", json={"version": 1})).json()["outcome"] == "withdrawn"


async def test_a_lost_hour_is_an_answer_with_others_and_no_error(owner, http, draft, ana, start):
    await a_booking(owner, professional_id=ana, scheduled_start=start, scheduled_end=start + timedelta(hours=2))
    lost = await http.post(f"/v1/amara/drafts/{draft.id}/confirm", json={"version": 1})
    assert (lost.status_code, lost.json()["outcome"]) == (200, "slot_lost")
    assert len(lost.json()["alternatives"]) == 3


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"version": "1"}', b"{}", b'{"version": 1, "user_id": "x"}', b"\xff"])
async def test_a_confirmation_that_cannot_be_read_books_nothing(owner, http, draft, body):
    answer = await http.post(f"/v1/amara/drafts/{draft.id}/confirm", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert await owner.fetchval("select count(*) from public.bookings") == 0


async def test_bookings_are_listed_newest_first_and_paged(owner, http, laura, ana, start):
    made = [
        await a_booking(
            owner,
            customer_id=laura,
            professional_id=ana,
            scheduled_start=start + timedelta(days=day),
            created_at=start + timedelta(minutes=day),
        )
        for day in range(3)
    ]
    await a_booking(owner, professional_id=ana, scheduled_start=start - timedelta(days=1))
    first = (await http.get("/v1/bookings", params={"limit": 2})).json()
    rest = (await http.get("/v1/bookings", params={"limit": 2, "before": first["next"]})).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [str(booking) for booking in reversed(made)]
    assert rest["next"] is None
    assert (await http.get("/v1/bookings", params={"before": "yesterday"})).status_code == 400
    one = (await http.get(f"/v1/bookings/{made[0]}")).json()
    assert (one["address"], one["professional"]["id"]) == (ADDRESS, str(ana))


async def test_a_cancellation_is_quoted_first(owner, http, laura, ana, start):
    booking = await a_booking(owner, customer_id=laura, professional_id=ana, scheduled_start=start)
    path = f"/v1/bookings/{booking}/cancel"
    quote = (await http.post(path)).json()
    assert (quote["outcome"], quote["draft"]["refund"]["amount"]) == ("offered", 100_000)
    assert await owner.fetchval("select status from public.bookings") == "confirmed"
    hoped = (await http.post(path, json={"confirm": True, "refund_cop": 100_001})).json()
    assert hoped["outcome"] == "offered"
    done = (await http.post(path, json={"confirm": True, "refund_cop": 100_000})).json()
    assert (done["outcome"], done["booking"]["status"]) == ("confirmed", "cancelled")
    again = (await http.post(path, json={"confirm": True})).json()
    assert (again["outcome"], again["reason"], again["booking"]["status"]) == (
        "impossible",
        "already_over",
        "cancelled",
    )


async def test_a_move_is_held_first(owner, http, laura, ana, start):
    booking = await a_booking(owner, customer_id=laura, professional_id=ana, scheduled_start=start)
    path, elsewhere = f"/v1/bookings/{booking}/reschedule", (start + timedelta(days=7)).isoformat()
    held = (await http.post(path, json={"starts_at": elsewhere})).json()
    assert (held["outcome"], held["draft"]["kind"]) == ("offered", "reschedule")
    assert await owner.fetchval("select scheduled_start from public.bookings") == start
    done = (await http.post(path, json={"starts_at": elsewhere, "confirm": True})).json()
    assert (done["outcome"], done["booking"]["status"]) == ("confirmed", "pending")
    assert done["draft"]["id"] == held["draft"]["id"]
    assert await owner.fetchval("select scheduled_start from public.bookings") == start + timedelta(days=7)
    assert (await http.post(path, json={"starts_at": "9999-12-31T23:59"})).status_code == 400
