"""Staying in: what becomes of an open socket and of a running answer while time passes and people leave."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import jwt
import pytest
import websockets
from click.testing import CliRunner

from amara import __main__ as command_line
from amara import demo, frames, session
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person
from tests.rig import SECRET, Chat, chatting, end_of, events, serving, text_of


class Wall:
    """The wall clock of the service, which a test may set forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
async def service(urls, upstream, wall, monkeypatch):
    """The demo on a scripted model; it looks at its clock fifty times a second, and minds no unanswered ping."""
    monkeypatch.setattr(session, "PINGS_UNANSWERED_MAX", 1_000_000)
    async with serving(urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted", now=wall) as running:
        running.door.sockets.heartbeat_s = 0.02
        yield running


def token(user_id=demo.CUSTOMER_ID, *, good_for_s: float = 3, **more) -> str:
    claims = {"sub": str(user_id), "role": "authenticated", "iat": time.time(), "exp": time.time() + good_for_s}
    return jwt.encode(claims | more, SECRET, "HS256")


async def stays(chat: Chat) -> None:
    """Two heartbeats long from now: what was sent before the answer to a bad frame does not count."""
    await chat.send("{")
    for word in ("error", "ping", "ping"):
        await chat.hear_until(word)


async def test_an_idle_socket_ends_with_its_token_and_the_skew(service, wall):
    """B10: not before exp, and not 35 seconds after it."""
    async with chatting(service, token(good_for_s=100)) as chat:
        await stays(chat)
        wall.ahead_s = 95
        await stays(chat)
        wall.ahead_s = 126  # exp + 26
        await stays(chat)
        wall.ahead_s = 131
        assert await end_of(chat.socket) == frames.TOKEN


async def test_no_heartbeat_is_waited_for(service):
    """B10, to the moment: a timer, whatever the heartbeat is."""
    service.door.sockets.heartbeat_s = 3600
    ends = int(time.time()) + 0.0 - 29
    async with chatting(service, token(exp=ends)) as chat:
        assert await end_of(chat.socket) == frames.TOKEN
        assert ends + 30 <= time.time() < ends + 35
    header = {"authorization": f"Bearer {token(exp=ends + 2)}"}
    async with websockets.connect(service.socket_url("stock"), additional_headers=header) as socket:
        assert await end_of(socket) == frames.TOKEN
        assert ends + 32 <= time.time() < ends + 37


async def test_an_answer_goes_on_when_the_token_of_who_asked_is_over(service, upstream, wall, owner):
    """B11: the socket is closed, the answer is on record."""
    held = asyncio.Event()
    upstream.then(
        scripted.Answer([scripted.start(), *scripted.text("Hola, ", "Valentina."), *scripted.end()], until=held)
    )
    async with chatting(service, token(good_for_s=100)) as chat:
        await chat.say("Hola")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        wall.ahead_s = 131
        assert await end_of(chat.socket) == frames.TOKEN
    held.set()
    await wire.at_rest(service)
    assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", "Hola, Valentina.", "complete")
    assert await wire.runs(owner, chat.thread_id) == [("finished", None)]


def a_search(held: asyncio.Event) -> scripted.Answer:
    call = scripted.call("search_professionals", {"city": "Bogotá"})
    return scripted.Answer([scripted.start(), *call, *scripted.end("tool_use")], until=held)


async def test_nothing_is_done_in_the_name_of_somebody_whose_time_is_over(service, upstream, wall, owner):
    """B11: no tool after exp; not even within the skew."""
    held = asyncio.Event()
    upstream.then(a_search(held))
    async with chatting(service, token(good_for_s=100)) as chat:
        await chat.say("Busco aseo")
        await chat.hear_until("TOOL_CALL_START")
        wall.ahead_s = 101
        held.set()
        heard = events(await chat.hear_until("RUN_ERROR"))
    assert heard[-1]["code"] == "token_expired"
    await wire.at_rest(service)
    assert await wire.runs(owner, chat.thread_id) == [("failed", "token_expired")]
    assert await owner.fetchval("select count(*) from public.amara_tool_runs where state = 'done'") == 0


async def test_a_refresh_extends_the_socket_and_the_answer_that_is_being_written(service, upstream, wall, owner):
    """B12: the same person; and what they asked for before goes on with the new time."""
    held = asyncio.Event()
    upstream.then(a_search(held), scripted.says("Encontré tres."))
    longer = int(time.time()) + 1000
    async with chatting(service, token(good_for_s=100)) as chat:
        await chat.say("Busco aseo")
        await chat.hear_until("TOOL_CALL_START")
        await chat.send({"type": "refresh", "token": token(exp=longer)})
        await stays(chat)
        wall.ahead_s = 200
        held.set()
        assert text_of(await chat.hear_until("RUN_FINISHED")) == "Encontré tres."
        await stays(chat)
    until = await owner.fetchval("select authority_until from public.amara_runs")
    assert until == datetime.fromtimestamp(longer, UTC)


async def test_a_refresh_from_one_device_extends_what_another_asked(service, upstream, wall):
    held = asyncio.Event()
    upstream.then(a_search(held), scripted.says("Encontré tres."))
    async with (
        chatting(service, token(good_for_s=100)) as chat,
        chatting(service, token(good_for_s=100)) as other,
    ):
        await chat.say("Busco aseo")
        await chat.hear_until("TOOL_CALL_START")
        await other.send({"type": "refresh", "token": token(good_for_s=1000)})
        await stays(other)
        wall.ahead_s = 110
        held.set()
        assert text_of(await chat.hear_until("RUN_FINISHED", "RUN_ERROR")) == "Encontré tres."


@pytest.mark.parametrize(("given", "code"), [("another's", 4403), ("expired", 4401), ("forged", 4401)])
async def test_a_refresh_that_does_not_hold_ends_the_socket(service, owner, given, code):
    tokens = {
        "another's": token(await a_person(owner)),
        "expired": token(good_for_s=-31),
        "forged": jwt.encode({"sub": str(demo.CUSTOMER_ID)}, "another secret, also long enough for HS256"),
    }
    async with chatting(service, token()) as chat:
        await chat.send({"type": "refresh", "token": tokens[given]})
        assert await end_of(chat.socket) == code


async def test_a_shorter_token_ends_the_socket_sooner(service, wall):
    async with chatting(service, token(good_for_s=1000)) as chat:
        await chat.send({"type": "refresh", "token": token(good_for_s=10)})
        await stays(chat)
        wall.ahead_s = 41
        assert await end_of(chat.socket) == frames.TOKEN


async def test_who_is_deleted_is_seen_out_and_comes_in_nowhere(service, owner):
    laura, paula = await a_person(owner), await a_person(owner)
    async with (
        chatting(service, token(laura)) as chat,
        websockets.connect(
            service.socket_url("stock"), additional_headers={"authorization": f"Bearer {token(laura)}"}
        ) as stock,
        chatting(service, token(paula)) as neighbour,
    ):
        await stock.recv()
        await owner.execute("delete from auth.users where id = $1", laura)
        await service.door.sockets.go_round()
        assert await end_of(chat.socket) == frames.TOKEN
        assert await end_of(stock) == frames.TOKEN
        await stays(neighbour)
    assert await statuses(service, laura) == {401}


async def statuses(service, user_id, **more) -> set[int]:
    """What every route answers to this person."""
    header = {"authorization": f"Bearer {token(user_id, **more)}"}
    asked = [
        ("get", "/v1/amara/conversations"),
        ("get", f"/v1/amara/conversations/{uuid4()}"),
        ("get", f"/v1/amara/conversations/{uuid4()}/messages"),
        ("delete", f"/v1/amara/conversations/{uuid4()}"),
        ("post", "/v1/amara/runs/run/cancel"),
        ("post", "/v1/auth/anonymous"),
        ("post", "/v1/events"),
        ("get", "/v1/analytics/funnel?from=2026-01-01&to=2026-01-02"),
        ("get", "/v1/analytics/event-counts?from=2026-01-01&to=2026-01-02"),
    ]
    found = set()
    async with aiohttp.ClientSession(service.url, headers=header) as http:
        for method, path in asked:
            async with http.request(method, path, json={} if method == "post" else None) as answer:
                found.add(answer.status)
    return found


async def test_who_is_signed_out_is_seen_out_and_needs_a_new_token(service, owner, urls, wall):
    laura = await a_person(owner)
    environment = {"AMARA_DATABASE_URL": urls.owner_url, "AMARA_JWT_SECRET": SECRET}
    async with chatting(service, token(laura)) as chat:
        await stays(chat)
        signed_out = await asyncio.to_thread(
            CliRunner().invoke, command_line.main, ["revoke", "--user", str(laura)], env=environment
        )
        assert (signed_out.exit_code, signed_out.stderr) == (0, "Signed out.\n")
        await service.door.sockets.go_round()
        assert await end_of(chat.socket) == frames.TOKEN
    assert await statuses(service, laura, iat=int(time.time()) - 5) == {401}
    async with chatting(service, token(laura, iat=time.time())) as chat:
        assert text_of(await chat.ask("Hola")) == "Claro."


async def test_no_fresh_token_is_had_for_one_that_was_revoked(service, owner):
    """Not even in the seconds in which the old one still opens what it opened before."""
    laura = await a_person(owner)
    header = {"authorization": f"Bearer {token(laura)}"}
    async with aiohttp.ClientSession(service.url, headers=header) as http:
        async with http.post("/v1/auth/anonymous") as answer:
            assert (answer.status, (await answer.json())["user_id"]) == (201, str(laura))
        await owner.execute("insert into amara_private.revocations values ($1, now() + interval '1 second')", laura)
        async with http.post("/v1/auth/anonymous") as answer:
            assert answer.status == 401


async def test_the_rounds_are_made_by_themselves_and_outlive_a_database_that_is_away(service, owner):
    laura = await a_person(owner)
    sockets = service.door.sockets
    await sockets.stop()
    sockets.round_s = 0.02
    asked, leavers = asyncio.Event(), sockets.doorkeeper.leavers

    async def counted(callers):
        asked.set()
        return await leavers(callers)

    sockets.doorkeeper.leavers = counted
    async with chatting(service, token(laura)) as chat:
        await owner.execute("revoke usage on schema amara_private from amara_service")
        sockets.start()
        await asked.wait()
        asked.clear()
        await asked.wait()  # the round after one that failed
        await owner.execute("grant usage on schema amara_private to amara_service")
        await owner.execute("delete from auth.users where id = $1", laura)
        assert await end_of(chat.socket) == frames.TOKEN
