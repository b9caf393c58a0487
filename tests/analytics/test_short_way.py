"""Past the framework an event becomes the same, and is answered in the same words, as by its way."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import aiohttp
import pytest

from amara import errors as amara_errors
from analytics import short_way
from tests.rig import serving

ONE = {"event_type": "SearchStarted", "session_id": "v", "properties": {"city": "Bogotá"}}


@pytest.fixture
async def service(urls):
    async with serving(urls) as running:
        yield running


@pytest.fixture
def ways(monkeypatch):
    """How requests to capture went: by the short way, or handed on."""
    taken = []
    real = short_way._answer

    async def answer(request, doorway):
        body = await real(request, doorway)
        taken.append("short" if body else "long")
        return body

    monkeypatch.setattr(short_way, "_answer", answer)
    return taken


async def post(service, body, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession(service.url) as http,
        http.post("/v1/events", data=data, headers=headers) as answer,
    ):
        return answer.status, {name.lower(): said for name, said in answer.headers.items()}, await answer.json()


async def counted(service):
    async with aiohttp.ClientSession(service.url) as http, http.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if "amara_events_total{" in line}


async def by_the_long_way(service, body, monkeypatch, **headers):
    with monkeypatch.context() as patched:
        patched.setattr(short_way, "PATH", "/nowhere")
        return await post(service, body, **headers)


@pytest.mark.parametrize(
    "body",
    [
        ONE,
        [ONE, ONE],
        {"events": [ONE, {"event_type": ""}]},
        {"event_type": ""},
        [],
        b"{",
        b"\xff",
        b"",
        {"event_type": "x" * 9_000},
        [ONE] * 101,
        {**ONE, "properties": {"city": 1}},
        {**ONE, "occurred_at": "2026-01-01T00:00:00"},
        b'{"event_type": "SearchStarted", "properties": {"a": "\\u0000"}}',
    ],
)
async def test_both_ways_say_the_same(service, owner, monkeypatch, body):
    said = []
    for way in (post, lambda *args: by_the_long_way(*args, monkeypatch)):
        before = await counted(service)
        status, headers, told = await way(service, body)
        after = await counted(service)
        rows = await owner.fetch(
            "delete from platform_events returning event_type, session_id, user_id, properties, source, channel"
        )
        headers = {
            name.lower(): value for name, value in headers.items() if name.lower() not in {"date", "x-request-id"}
        }
        told.pop("request_id", None)
        said.append(
            (
                *(status, headers, told, sorted(map(repr, map(tuple, rows)))),
                {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)},
            )
        )
    assert said[0] == said[1]


async def test_a_plain_event_goes_the_short_way_and_its_number_is_told(service, ways):
    status, headers, told = await post(service, ONE, x_request_id="mine-1")
    assert (status, headers["x-request-id"], told["accepted"]) == (202, "mine-1", 1)
    _, headers, _ = await post(service, ONE, x_request_id="not one of ours!")
    assert len(headers["x-request-id"]) == 16
    assert ways == ["short", "short"]


async def test_who_did_it_says_the_token_by_the_short_way_as_well(service, owner, ways):
    user_id = uuid4()
    await owner.execute("insert into auth.users (id) values ($1)", user_id)
    token = service.token(user_id)
    await post(service, ONE, authorization=f"Bearer {token}")
    assert await owner.fetchval("select user_id from platform_events") == user_id
    status, *_ = await post(service, ONE, authorization="Bearer a.b.c")
    assert status == 401
    assert ways == ["short", "long"]


async def test_an_event_that_is_sent_again_is_known_by_either_way(service, owner, ways, monkeypatch):
    event = ONE | {"event_id": str(uuid4())}
    assert (await post(service, event))[2]["accepted"] == 1
    assert (await post(service, event))[2]["duplicates"] == 1
    assert (await by_the_long_way(service, event, monkeypatch))[2]["duplicates"] == 1
    assert await owner.fetchval("select count(*) from platform_events") == 1
    assert ways == ["short", "short"]


async def test_a_body_in_pieces_and_a_header_said_twice_are_the_frameworks(service, owner, ways):
    body = json.dumps(ONE).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))
    head = "POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    writer.write(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
    for piece in (body[:9], body[9:]):
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 202")
    writer.close()
    assert ways in ([], ["short"])  # as the reads fell
    reader, writer = await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))
    writer.write(f"{head}sec-gpc: 1\r\nsec-gpc: 0\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 202")
    writer.close()
    assert ways in ([], ["short"])
    assert await owner.fetchval("select count(*) from platform_events") == 2


async def test_where_the_database_is_away_the_sender_hears_when_to_come_back(service, ways, monkeypatch):
    async def gone():
        raise amara_errors.Unavailable

    monkeypatch.setattr(service.door.house.database, "_lend", gone)
    status, headers, told = await post(service, ONE)
    assert int(headers["retry-after"]) > 0
    assert (status, ways) == (503, ["long"])
    assert told["code"] == "unavailable"
