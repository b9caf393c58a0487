"""The process that hands a conversation over is killed between the deed and the telling, at every step of the way."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from uuid import uuid4

import aiohttp
import pytest

from amara.auth import Tokens
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person
from tests.conftest import connect
from tests.faults.stage import Process, Stage, stage
from tests.faults.test_killed_owner import TAKEN_OVER_S, chatting
from tests.handing import asides, states
from tests.rig import SECRET, events, text_of


async def post(process: Process, token: str, thread_id: str, deed: str, **body: str) -> int:
    address = f"http://127.0.0.1:{process.port}/v1/amara/conversations/{thread_id}/{deed}"
    async with (
        aiohttp.ClientSession(headers={"authorization": f"Bearer {token}"}) as http,
        http.post(address, json=body) as answer,
    ):
        return answer.status


async def killed_while(playing: Stage, process: Process, token: str, thread_id: str, deed: str, **body: str) -> None:
    """The deed is committed, and nobody can tell of it yet; there the process dies."""
    behind = await connect(playing.cluster.owner_url)
    try:
        async with behind.transaction():
            await behind.execute("lock table amara_run_events in exclusive mode")  # what is told stands there first
            asked = asyncio.create_task(post(process, token, thread_id, deed, **body))
            async with asyncio.timeout(TAKEN_OVER_S):
                while not await behind.fetchval("select exists (select from amara_private.asides)"):
                    assert not asked.done()
            process.signal(signal.SIGKILL)
            await process.gone()
            with suppress(aiohttp.ClientError):
                pytest.fail(f"it was answered with {await asked}")
    finally:
        await behind.close()


@pytest.mark.timeout(300)  # a database is made, and a process starts four times
async def test_a_hand_off_outlives_the_process_at_every_step_and_each_is_told_once(open_directory, postgres_bin):
    place = open_directory / f"handed-{uuid4()}"
    place.mkdir(mode=0o755)
    async with stage(place, lambda _: scripted.says("Sigo yo con usted."), binaries=postgres_bin) as playing:
        one, two = playing.processes
        owner = playing.owner
        token = Tokens(SECRET).sign(await a_person(owner), ttl_s=3600)
        staff = Tokens(SECRET).sign(await a_person(owner, full_name="Camila Torres", role="admin"), ttl_s=3600)
        thread_id = str(uuid4())
        async with chatting(two, token, thread_id) as there, asyncio.timeout(240):
            await there.ask("Hola")
            since = len(there.frames)

            await killed_while(playing, one, token, thread_id, "handoff")
            await there.hear_until("RUN_FINISHED")  # Amara says so
            assert await post(two, token, thread_id, "handoff") == 200  # the button once more, for want of an answer
            await there.ask("¿Siguen ahí?")

            await one.start()
            await one.is_ready()
            await killed_while(playing, one, staff, thread_id, "take")
            while states(there.frames)[-1:] != [("taken", "Camila Torres")]:
                await there.hear()
            assert await post(two, staff, thread_id, "take") == 200  # she has it, and may say so again

            await one.start()
            await one.is_ready()
            said = {"id": "s1", "content": "Señora Ríos, ya reviso."}
            await killed_while(playing, one, staff, thread_id, "staff-messages", **said)
            while [name for name, _ in asides(there.frames)][-1:] != ["staff_message"]:
                await there.hear()
            assert await post(two, staff, thread_id, "staff-messages", **said) == 200  # it was kept: the same, once
            await there.ask("¿Y mi reserva?")

            await one.start()
            await one.is_ready()
            await killed_while(playing, one, token, thread_id, "return")
            await there.hear_until("RUN_FINISHED")
            assert await post(two, token, thread_id, "return") == 200
            heard = there.frames[since:]
            await there.ask("Gracias")  # whatever were told twice would come before the answer
            assert asides(there.frames[since:]) == asides(heard)

        assert states(heard) == [("waiting", None), ("taken", "Camila Torres"), ("returned", "Camila Torres")]
        assert [value["content"] for name, value in asides(heard) if name == "staff_message"] == [said["content"]]
        assert text_of(heard).count("una persona de nuestro equipo") == 1
        assert text_of(heard).count("Sigo yo con usted.") == 1
        assert events(there.frames) == [
            frame["chunk"] for frame in await wire.kept(owner, thread_id) if "chunk" in frame
        ]
        told = [content for _, content, *_ in await wire.record(owner, thread_id)]
        assert [told.count(content) for content in ("¿Siguen ahí?", said["content"], "¿Y mi reserva?")] == [1, 1, 1]
        assert await owner.fetchval("select count(*) from amara_private.asides") == 0
        assert [row["state"] for row in await owner.fetch("select state from amara_handoffs")] == ["returned"]
        deeds = await owner.fetch("select deed from amara_private.handoff_deeds order by id")
        assert [row["deed"] for row in deeds] == ["asked", "taken", "said", "returned"]
