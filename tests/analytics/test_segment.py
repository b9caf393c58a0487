"""The Segment door: everything but the libraries themselves, which have a journey of their own."""

from __future__ import annotations

import asyncio
import base64
import gzip
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from tests.builders import a_person
from tests.rig import WRITE_KEY

BASIC = {"Authorization": "Basic " + base64.b64encode(f"{WRITE_KEY}:".encode()).decode()}
PATHS = {
    "track": ("track", "t"),
    "identify": ("identify", "i"),
    "page": ("page", "p"),
    "screen": ("screen", "s"),
    "alias": ("alias", "a"),
    "group": ("group", "g"),
}
STORED = (
    "select event_type, user_id, session_id, properties, source, created_at from platform_events order by created_at"
)


def a_track(**fields):
    return {"type": "track", "event": "SearchStarted", "anonymousId": "visit", "properties": {"city": "Cali"}, **fields}


async def sent(door, path, body, headers=BASIC, content_type="application/json"):
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    async with door.post(f"/v1/{path}", data=data, headers={"Content-Type": content_type, **headers}) as answer:
        return answer.status, await answer.json(content_type=None)


def taken(accepted, duplicates=0):
    return 200, {"success": True, "accepted": accepted, "duplicates": duplicates, "rejected": []}


@pytest.mark.parametrize(("call", "path"), [(call, path) for call, both in PATHS.items() for path in both])
async def test_every_path_of_one_call_takes_that_call(door, owner, call, path):
    assert await sent(door, path, a_track(type="whatever")) == taken(1)
    (row,) = await owner.fetch(STORED)
    assert (row["event_type"], row["session_id"]) == ("SearchStarted" if call == "track" else call, "visit")
    assert (row["user_id"], row["source"]) == (None, "client")


@pytest.mark.parametrize("path", ["batch", "b", "import"])
async def test_one_bad_message_of_a_hundred_costs_one(door, owner, path):
    batch = [a_track(messageId=f"m-{number}") for number in range(99)]
    batch.insert(41, {"type": "track", "event": "CheckoutStarted", "properties": {"pro_id": "p", "subtotal": "much"}})
    status, said = await sent(door, path, {"batch": batch})
    assert (status, said["accepted"], said["duplicates"]) == (200, 99, 0)
    assert [(each["index"], each["code"]) for each in said["rejected"]] == [(41, "event_invalid")]
    assert "subtotal" in said["rejected"][0]["detail"]
    status, said = await sent(door, path, {"batch": batch})
    assert (said["accepted"], said["duplicates"]) == (0, 99)
    assert await owner.fetchval("select count(*) from platform_events") == 99


async def test_racing_copies_of_a_batch_store_it_once(door, owner):
    batch = {"batch": [a_track(messageId=f"m-{number}") for number in range(20)], "writeKey": WRITE_KEY}
    said = await asyncio.gather(*(sent(door, "b", batch, {"X-Retry-Count": str(racer)}) for racer in range(20)))
    assert {status for status, _ in said} == {200}
    assert sum(each["accepted"] for _, each in said) == 20
    assert await owner.fetchval("select count(*) from platform_events") == 20


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic ???"}, {"Authorization": "Basic " + base64.b64encode(b"other:").decode()}],
)
async def test_without_a_key_of_ours_nothing_is_taken(door, owner, headers):
    for path, body in (("t", a_track()), ("b", {"batch": [a_track()]}), ("t", a_track(writeKey="another-key"))):
        status, said = await sent(door, path, body, headers)
        assert (status, said["code"]) == (401, "write_key_unknown")
    assert await owner.fetch(STORED) == []


async def test_the_key_may_stand_in_the_body_as_text_or_form(door, owner):
    whole = a_track(writeKey=WRITE_KEY, messageId="m-1")
    assert await sent(door, "t", whole, {}, "text/plain") == taken(1)
    form = f"event=SearchStarted&anonymousId=visit&writeKey={WRITE_KEY}&messageId=m-2&properties[city]=Cali".encode()
    assert await sent(door, "t", form, {}, "application/x-www-form-urlencoded") == taken(1)
    packed = gzip.compress(msgspec.json.encode({"batch": [whole]}))
    assert await sent(door, "batch", packed, BASIC | {"Content-Encoding": "gzip"}) == taken(0, duplicates=1)
    assert [row["properties"] for row in await owner.fetch(STORED)] == [{"city": "Cali"}] * 2


async def test_a_claimed_user_is_nobody_and_a_token_says_who(door, owner, tokens, customer):
    for headers in ({}, tokens.bearer(customer)):
        assert await sent(door, "t", a_track(userId=str(uuid4()), writeKey=WRITE_KEY), headers) == taken(1)
    assert {row["user_id"] for row in await owner.fetch(STORED)} == {None, customer}


async def test_the_first_to_say_whose_visit_it_was_is_right(door, owner, tokens, customer):
    """And an account is never another's alias, whatever an `alias` says."""
    other = await a_person(owner)
    for person in (customer, other):
        said = a_track(writeKey=WRITE_KEY, userId="u")
        assert await sent(door, "identify", said, tokens.bearer(person)) == taken(1)
        alias = {"previousId": str(customer), "userId": str(person), "writeKey": WRITE_KEY}
        assert await sent(door, "alias", alias, tokens.bearer(other)) == taken(1)
    known = await owner.fetch("select alias, user_id from platform_identities order by alias")
    assert [tuple(row) for row in known] == [(f"s:{customer}", other), ("s:visit", customer)]


async def test_a_clock_that_is_wrong_is_set_right(door, owner, clock):
    then = datetime(2031, 1, 1, tzinfo=UTC)
    message = a_track(timestamp=then.isoformat())
    assert await sent(door, "b", {"batch": [message], "sentAt": (then + timedelta(minutes=10)).isoformat()}) == taken(1)
    (row,) = await owner.fetch(STORED)
    assert row["created_at"] == clock() - timedelta(minutes=10)


@pytest.mark.parametrize("path", ["t", "b"])
async def test_who_asks_not_to_be_followed_leaves_no_name(door, owner, tokens, customer, path):
    message = a_track(userId="u", writeKey=WRITE_KEY)
    body = message if path == "t" else {"batch": [message], "writeKey": WRITE_KEY}
    assert await sent(door, path, body, tokens.bearer(customer) | {"Sec-GPC": "1"}) == taken(1)
    (row,) = await owner.fetch(STORED)
    assert (row["user_id"], row["session_id"], row["properties"]) == (None, None, {"city": "Cali"})


async def test_a_crawler_is_told_so_and_not_kept(door, owner):
    googlebot = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    status, said = await sent(door, "t", a_track(), BASIC | googlebot)
    assert (status, said["accepted"], said["rejected"][0]["code"]) == (200, 0, "crawler")
    status, said = await sent(door, "events", {"event_type": "SearchStarted"}, googlebot)
    assert (status, said["accepted"], said["rejected"][0]["code"]) == (202, 0, "crawler")
    assert await owner.fetch(STORED) == []


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("b", {"batch": [a_track()] * 1001}, 413),
        ("b", b"{", 400),
        ("b", {"batch": None}, 400),
        ("t", a_track(properties={"x": "y" * 33 * 1024}), 413),
        ("t", {"anonymousId": "visit"}, 422),
        ("b", {"batch": [], "x": "y" * 501 * 1024}, 413),
        ("b", gzip.compress(b"\0" * 20_000_000), 400),
    ],
    ids=["1001 messages", "broken", "no list", "33 KB", "no event", "501 KB", "a bomb that is not said to be gzip"],
)
async def test_what_would_be_refused_again_is_refused_at_once(door, owner, path, body, expected):
    assert (await sent(door, path, body))[0] == expected
    assert await owner.fetch(STORED) == []


async def test_a_bomb_is_refused(door):
    bomb = gzip.compress(b"\0" * 50_000_000)
    for path in ("b", "t", "events"):
        assert (await sent(door, path, bomb, BASIC | {"Content-Encoding": "gzip"}))[0] in {401, 413}


async def test_a_pages_library_is_told_to_send_to_us_alone(door):
    async with door.get(f"/v1/projects/{WRITE_KEY}/settings") as answer:
        said = await answer.json()
    ours = said["integrations"]["Segment.io"]
    assert list(said["integrations"]) == ["Segment.io"]
    assert (ours["apiKey"], ours["protocol"]) == (WRITE_KEY, "http")
    assert ours["apiHost"] == f"{answer.url.host}:{answer.url.port}/v1"
    assert said["metrics"]["sampleRate"] == 0
    async with door.get("/v1/projects/another-key/settings") as answer:
        assert answer.status == 401
