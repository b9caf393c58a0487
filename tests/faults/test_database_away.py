"""The database goes away and comes back: nothing is acknowledged that is not stored, and nobody restarts anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from amara import errors, frames, migrate, postgres
from tests import upstream as scripted
from tests import visits, wire
from tests.amara.test_socket import refusal
from tests.builders import a_person, a_professional
from tests.conftest import Urls, connect
from tests.rig import Service, chatting, serving, text_of


@pytest.fixture
async def own(open_directory, postgres_bin, tmp_path) -> AsyncIterator[postgres.Cluster]:
    """A migrated server of this test's own, to be stopped and started."""
    place = open_directory / tmp_path.name
    place.mkdir(mode=0o755)
    cluster = postgres.Cluster.at(place, binaries=postgres_bin, durable=False)
    await cluster.join()
    await migrate.apply(cluster.owner_url)
    owner = await connect(cluster.owner_url)
    await migrate.ensure_login(owner, postgres.LOGIN)
    await owner.close()
    yield cluster
    await cluster.ensure_running()
    await cluster.leave()


@pytest.fixture
async def away(own, upstream) -> AsyncIterator[Service]:
    urls = Urls(own.owner_url, own.login_url)
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=600) as running:
        yield running


async def test_what_is_said_while_the_database_is_away_is_refused_and_may_be_said_again(own, away, upstream):
    owner = await connect(own.owner_url)
    token = away.token(await a_person(owner))
    await owner.close()
    async with chatting(away, token) as chat, aiohttp.ClientSession(away.url) as http:
        await chat.ask("Hola")
        await own.stop()
        await chat.say("¿Sigue ahí?", message_id="m2", run_id="r2")
        heard = await chat.hear_until("error")
        assert [frame["status"] for frame in heard if frame["type"] == "ack"] == ["rejected"]
        assert (heard[-1]["code"], heard[-1]["retryable"]) == (errors.Unavailable.code, True)
        assert await refusal(away, token=token) == frames.TOO_SLOW
        async with http.get("/health/live") as live, http.get("/health/ready") as ready:
            assert (live.status, ready.status) == (200, 503)
            assert (await ready.json())["reasons"] == ["database"]
        async with http.get("/v1/amara/conversations", headers={"authorization": f"Bearer {token}"}) as answer:
            assert answer.status == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert (await answer.json())["code"] == errors.Unavailable.code
        await own.ensure_running()
        assert text_of(await chat.ask("¿Sigue ahí?", message_id="m2", run_id="r2")) == "Claro."
        async with http.get("/health/ready") as ready:
            assert ready.status == 200
    owner = await connect(own.owner_url)
    said = [row[1] for row in await wire.record(owner, chat.thread_id)]
    assert said == ["Hola", "Claro.", "¿Sigue ahí?", "Claro."]
    assert await wire.kept(owner, chat.thread_id) == [frame for frame in chat.frames if "chunk" in frame]
    await owner.close()


async def test_an_answer_that_loses_its_database_is_settled_once_it_is_back(own, away, upstream):
    tried = asyncio.Event()

    async def wait(_seconds: float) -> None:
        tried.set()
        await own.ensure_running()

    object.__setattr__(away.door.house, "sleep", wait)
    owner = await connect(own.owner_url)
    token = away.token(await a_person(owner))
    await owner.close()
    held = asyncio.Event()
    answer = scripted.says("Uno, ", "dos.")
    answer.until = held
    upstream.then(answer)
    async with chatting(away, token) as chat:
        await chat.say("Cuente")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await own.stop()
        held.set()
        await chat.hear_until("RUN_FINISHED", "RUN_ERROR")
        wire.check_run(wire.last_run(chat))
        assert tried.is_set()
        assert text_of(chat.frames) == "Uno, dos."
    owner = await connect(own.owner_url)
    assert (await wire.record(owner, chat.thread_id))[-1][:2] == ("assistant", "Uno, dos.")
    assert await wire.kept(owner, chat.thread_id) == [frame for frame in chat.frames if "chunk" in frame]
    await owner.close()


async def test_what_was_confirmed_is_told_once_the_database_is_back(own, away, upstream):
    owner = await connect(own.owner_url)
    ana, laura = await a_professional(owner), await a_person(owner)
    start = (await visits.free_starts(owner, ana, now=datetime.now(UTC)))[0]
    async with chatting(away, away.token(laura)) as chat:
        question = await visits.offered(chat, upstream, visits.drafts(ana, start))
        writer = await connect(own.owner_url)
        await writer.execute("begin")
        await writer.execute(
            "select from amara_conversations for no key update"
        )  # the words wait for this, the deed does not
        telling = asyncio.create_task(visits.decide(chat, question["id"], {"approved": True}))
        booked = "select exists (select from bookings) and exists (select from pg_locks where not granted)"
        while not await owner.fetchval(booked):  # what is told beside the answers may wait there as well
            assert not telling.done()
        await own.stop()
        await own.ensure_running()
        card, finished, words = await telling
    assert (card["outcome"], finished["outcome"]) == ("confirmed", {"type": "success"})
    assert words.startswith("Listo")
    for connection in (owner, writer):
        connection.terminate()
