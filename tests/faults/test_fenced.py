"""Another process writes a conversation now: who wrote it before tells nothing more, and sends the listeners there."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
import websockets

from tests import upstream as scripted
from tests.builders import a_person
from tests.rig import chatting


async def test_a_replaced_writer_tells_nothing_more_and_lets_its_listeners_go(service, upstream, owner):
    token, hold = service.token(await a_person(owner)), asyncio.Event()
    upstream.then(scripted.Answer([scripted.start(), *scripted.text("Un ", "momento"), *scripted.end()], until=hold))
    async with chatting(service, token, thread_id=str(uuid4())) as chat:
        await chat.say("Hola")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await owner.execute("update amara_conversations set epoch = epoch + 1 where id = $1", chat.thread_id)
        hold.set()
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await chat.hear_until("RUN_FINISHED", "RUN_ERROR")
    assert closed.value.rcvd.code == 1012
    assert chat.frames[-1]["type"] == "reconnect"
    status = await owner.fetchval("select status from amara_runs where conversation_id = $1", chat.thread_id)
    assert status == "running"  # it is the new writer's to end
