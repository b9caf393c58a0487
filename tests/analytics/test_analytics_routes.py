"""Capture over HTTP, and what stands in the database behind it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from tests.builders import a_person

EVENTS = "/v1/events"


def an_event(**fields):
    return {"event_type": "SearchStarted", "session_id": "visit-1", "properties": {"city": "Bogotá"}, **fields}


async def sent(door, body, headers=None, content_type="application/json"):
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    async with door.post(EVENTS, data=data, headers={"Content-Type": content_type, **(headers or {})}) as answer:
        return answer.status, await answer.json()


async def stored(owner):
    return [dict(row) for row in await owner.fetch("select * from public.platform_events order by created_at, id")]


def kept(accepted, duplicates=0):
    return 202, {"accepted": accepted, "duplicates": duplicates, "rejected": []}


async def test_an_anonymous_event_is_stored_as_it_was_told(door, owner, clock):
    event_id = uuid4()
    assert await sent(door, an_event(event_id=str(event_id))) == kept(1)
    assert await stored(owner) == [
        {
            "id": event_id,
            "event_type": "SearchStarted",
            "user_id": None,
            "session_id": "visit-1",
            "properties": {"city": "Bogotá"},
            "created_at": clock(),
            "source": "client",
            "channel": "web",
        }
    ]


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "text/plain;charset=UTF-8"]
)
async def test_a_page_that_closes_may_send_plain_text(door, content_type):
    assert await sent(door, an_event(), content_type=content_type) == kept(1)


async def test_other_media_types_are_refused(door):
    status, said = await sent(door, b"event_type=A", content_type="application/x-www-form-urlencoded")
    assert (status, said["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("wrap", [list, lambda events: {"events": events}], ids=["list", "envelope"])
async def test_many_events_come_in_one_request(door, owner, wrap):
    assert await sent(door, wrap([an_event() for _ in range(100)])) == kept(100)
    assert len(await stored(owner)) == 100


@pytest.mark.parametrize("is_anonymous", [False, True])
async def test_the_token_says_who_whatever_the_body_says(door, owner, tokens, is_anonymous):
    user_id, other = await a_person(owner, is_anonymous=is_anonymous), await a_person(owner)
    spoof = an_event(user_id=str(other), created_at="2020-01-01T00:00:00Z", source="server")
    assert await sent(door, spoof, tokens.bearer(user_id, is_anonymous=is_anonymous)) == kept(1)
    assert await sent(door, spoof) == kept(1)
    rows = await stored(owner)
    assert {row["user_id"] for row in rows} == {user_id, None}
    assert {row["created_at"].year for row in rows} != {2020}


async def test_a_bad_token_is_refused_though_no_token_is_needed(door, owner, tokens, customer):
    for headers in ({"Authorization": "Bearer x"}, tokens.bearer(customer, ttl_s=-3600)):
        assert (await sent(door, an_event(), headers))[0] == 401
    assert await stored(owner) == []


async def test_a_token_whose_account_is_gone_is_refused(door, owner, tokens):
    status, said = await sent(door, an_event(), tokens.bearer(uuid4()))
    assert (status, said["code"]) == (401, "token_invalid")
    assert await stored(owner) == []


async def test_an_id_repeated_in_one_request_is_one_event(door, owner):
    event = an_event(event_id=str(uuid4()))
    assert await sent(door, [event, event, an_event(), event]) == kept(2, duplicates=2)
    assert len(await stored(owner)) == 2


async def test_an_id_repeated_later_leaves_the_first_as_it_was(door, owner, tokens, customer):
    event_id = str(uuid4())
    assert await sent(door, an_event(event_id=event_id)) == kept(1)
    later = an_event(event_id=event_id, properties={"city": "Cali"})
    assert await sent(door, later, tokens.bearer(customer)) == kept(0, duplicates=1)
    (row,) = await stored(owner)
    assert (row["user_id"], row["properties"]) == (None, {"city": "Bogotá"})


async def test_racing_requests_with_the_same_events_store_each_once(door, owner):
    events = [an_event(event_id=str(uuid4())) for _ in range(20)]
    answers = await asyncio.gather(*(sent(door, events[:: 1 if racer % 2 else -1]) for racer in range(30)))
    assert {status for status, _ in answers} == {202}
    assert sum(said["accepted"] for _, said in answers) == 20
    assert sum(said["duplicates"] for _, said in answers) == 29 * 20
    assert len(await stored(owner)) == 20


BAD = {
    "no type": (b'{"session_id":"x"}', "event_invalid"),
    "no object": (b"17", "event_invalid"),
    "too large": (b'{"event_type":"A","properties":{"a":"' + b"x" * 33 * 1024 + b'"}}', "event_too_large"),
    "long type": (b'{"event_type":"' + b"A" * 9600 + b'"}', "event_invalid"),
    "NUL": (b'{"event_type":"A","properties":{"a":"\\u0000"}}', "text_refused"),
    "lone surrogate": (b'{"event_type":"A","properties":{"a":"\\ud800"}}', "text_refused"),
    "bytes": (b'{"event_type":"A","properties":{"a":"\xff"}}', "text_refused"),
    "infinity": (b'{"event_type":"A","properties":{"a":1e999}}', "event_invalid"),
}


@pytest.mark.parametrize("name", BAD)
async def test_one_bad_event_of_a_hundred_costs_one(door, owner, name):
    bad, code = BAD[name]
    good = [msgspec.json.encode(an_event()) for _ in range(99)]
    status, said = await sent(door, b"[" + b",".join([*good[:41], bad, *good[41:]]) + b"]")
    assert status == 202
    assert (said["accepted"], said["duplicates"]) == (99, 0)
    assert [(each["index"], each["code"]) for each in said["rejected"]] == [(41, code)]
    assert said["rejected"][0]["detail"]
    assert len(await stored(owner)) == 99


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_event_alone_is_a_refused_request(door, owner, name):
    bad, code = BAD[name]
    status, said = await sent(door, bad)
    assert status in {400, 413, 422}
    assert said["code"] in {code, "bad_request"}
    assert await stored(owner) == []


async def test_a_list_of_bad_events_alone_is_answered_one_by_one(door):
    status, said = await sent(door, [{}, {"event_type": 1}])
    assert (status, said["accepted"], [each["index"] for each in said["rejected"]]) == (202, 0, [0, 1])


async def test_an_empty_list_is_no_mistake(door):
    assert await sent(door, []) == kept(0)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, "bad_request")),
        (b"{broken", (400, "bad_request")),
        (b'[{"event_type":"A"}', (400, "bad_request")),
        (b"[" * 20_000 + b"]" * 20_000, (400, "bad_request")),
        (b"[" + b",".join([b'{"event_type":"A"}'] * 101) + b"]", (413, "too_large")),
        (b'{"event_type":"A","properties":{"a":"' + b"x" * 501 * 1024 + b'"}}', (413, "too_large")),
    ],
    ids=["empty", "broken", "cut", "deep", "101 events", "501 KB"],
)
async def test_a_body_that_cannot_be_taken_stores_nothing(door, owner, body, expected):
    status, said = await sent(door, body)
    assert (status, said["code"]) == expected
    assert await stored(owner) == []


async def test_what_json_allows_and_postgresql_does_not_is_never_our_fault(door, owner):
    """Numbers with long exponents, keys without letters, the deepest nesting that decodes."""
    odd = b'{"event_type":"A","properties":{"":1e-99999,"n":-0.0,"i":' + b"9" * 4000 + b',"d":%s}}'
    deep = [odd % (b"[" * depth + b"]" * depth) for depth in (1, 500, 900, 990, 1000, 1100)]
    status, said = await sent(door, b"[" + b",".join(deep[:3]) + b"]")
    assert (status, said["accepted"]) == (202, 3)
    for event in deep[3:]:
        assert (await sent(door, event))[0] in {202, 400, 422}


async def test_events_that_waited_offline_keep_their_order(door, owner, clock):
    names = ["SearchStarted", "ProfessionalViewed", "CheckoutStarted"]
    seen = {"pro_id": "pro-123", "subtotal": 50_000}
    told = [
        an_event(
            event_type=name, properties=seen, occurred_at=(clock() - timedelta(minutes=30 - 10 * step)).isoformat()
        )
        for step, name in enumerate(names)
    ]
    assert await sent(door, list(reversed(told))) == kept(3)
    assert [row["event_type"] for row in await stored(owner)] == names


async def test_nobody_reads_the_events_through_capture(door):
    async with door.get(EVENTS) as answer:
        assert answer.status == 405


async def test_an_event_that_is_larger_in_the_database_than_on_the_wire_costs_only_itself(door, owner):
    dense = {"event_type": "SearchStarted", "properties": {"x": [1] * 12_000}}
    body = [{"event_type": "SearchStarted"}, dense]
    async with door.post("/v1/events", json=body) as answer:
        said = await answer.json()
    assert (said["accepted"], [each["code"] for each in said["rejected"]]) == (1, ["event_too_large"])
    huge = {"event_type": "SearchStarted", "properties": {"x": [1e300] * 200}}
    async with door.post("/v1/events", json=huge) as answer:
        assert (answer.status, (await answer.json())["code"]) == (413, "event_too_large")
    assert await owner.fetchval("select count(*) from public.platform_events") == 1
