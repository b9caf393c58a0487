"""An answer that nobody hears calls its person through the platform's service; one that is heard calls nobody."""

from __future__ import annotations

import asyncio

import pytest

from tests import upstream as scripted
from tests.amara.conftest import upstream
from tests.builders import a_person
from tests.handing import deed, handed
from tests.receiver import SECRET, receiving, until
from tests.rig import chatting, serving

__all__ = ["upstream"]


def held():
    answer = scripted.says("Un ", "momento.")
    answer.until = asyncio.Event()
    return answer


async def ended(owner):
    while not await owner.fetchval("select count(*) from amara_runs where status = 'finished'"):
        pass


@pytest.fixture
async def laura(owner):
    return await a_person(owner)


async def test_who_left_is_called_when_the_answer_is_there_and_told_nothing_of_it(urls, owner, upstream, laura):
    answer = held()
    upstream.then(answer)
    async with (
        receiving() as receiver,
        serving(urls, anthropic_base_url=upstream.url, webhook_url=receiver.url, webhook_secret=(SECRET,)) as service,
    ):
        async with chatting(service, service.token(laura)) as chat:
            await chat.say("Hola")
            await chat.hear_until("TEXT_MESSAGE_CONTENT")
        answer.until.set()
        await until(lambda: receiver.taken != [])
    (told,) = receiver.taken
    message_id = await owner.fetchval("select id::text from amara_messages where role = 'assistant'")
    assert told.type == "message.completed"
    assert told.data == {
        "conversation_id": chat.thread_id,
        "message_id": message_id,
        "user_id": str(laura),
        "status": "complete",
    }


@pytest.mark.parametrize("where", ["here", "in another process"])
async def test_who_hears_it_or_comes_back_at_once_is_not_called(urls, owner, upstream, laura, where):
    answer = held()
    upstream.then(answer)
    hooks = {"webhook_url": "http://127.0.0.1:9/", "webhook_secret": (SECRET,)}
    async with (
        serving(urls, owner="a.example/1/a", anthropic_base_url=upstream.url, **hooks) as service,
        serving(urls, owner="b.example/1/b", anthropic_base_url=upstream.url, **hooks) as other,
    ):
        token = service.token(laura)
        async with chatting(service, token) as chat:
            await chat.say("Hola")
            await chat.hear_until("TEXT_MESSAGE_CONTENT")
            if where == "here":
                answer.until.set()
                await chat.hear_until("RUN_FINISHED")
        if where == "here":
            assert await owner.fetchval("select count(*) from amara_private.webhook_notices") == 0
            return
        answer.until.set()
        await ended(owner)
        assert await owner.fetchval("select count(*) from amara_private.webhook_notices") == 1
        async with chatting(other, token, thread_id=chat.thread_id):
            while await owner.fetchval("select count(*) from amara_private.webhook_notices where state = 'waiting'"):
                pass
    assert await owner.fetchval("select count(*) from amara_private.webhook_notices") == 0


async def test_staff_that_listens_is_not_whom_the_answer_is_for(urls, owner, upstream, laura):
    answer = held()
    upstream.then(answer)
    async with (
        receiving() as receiver,
        serving(urls, anthropic_base_url=upstream.url, webhook_url=receiver.url, webhook_secret=(SECRET,)) as service,
    ):
        async with chatting(service, service.token(laura)) as chat:
            await chat.say("Hola")
            await chat.hear_until("TEXT_MESSAGE_CONTENT")
            assert (await deed(service, service.token(laura), chat.thread_id, "handoff"))[0] == 200
        staff = service.token(await a_person(owner, full_name="Camila Torres", role="admin"))
        async with chatting(service, staff, thread_id=chat.thread_id) as desk:
            answer.until.set()
            await desk.hear_until("RUN_FINISHED")
            await until(lambda: "message.completed" in receiver.of(chat.thread_id))


async def test_who_left_is_called_to_what_a_person_of_the_team_writes_and_to_no_silence(urls, owner, upstream, laura):
    upstream.then(scripted.says("Un momento."))
    async with (
        receiving() as receiver,
        serving(urls, anthropic_base_url=upstream.url, webhook_url=receiver.url, webhook_secret=(SECRET,)) as service,
    ):
        token, staff = (service.token(who) for who in (laura, await a_person(owner, full_name="Camila", role="admin")))
        async with chatting(service, token) as chat:
            await chat.ask("Hola")
            await handed(service, token, chat)
            await deed(service, staff, chat.thread_id, "take")
            _, heard = await deed(service, staff, chat.thread_id, "staff-messages", id="s1", content="Buenas tardes.")
            await until(lambda: receiver.of(chat.thread_id) == ["conversation.handed_off"])
            waiting = "select count(*) from amara_private.webhook_notices where state = 'waiting'"
            while await owner.fetchval(waiting):
                pass
            await chat.say("¿Siguen ahí?")
            await chat.hear_until("ack")
        while await owner.fetchval("select count(*) from amara_runs where status in ('queued', 'running')"):
            pass
        _, said = await deed(service, staff, chat.thread_id, "staff-messages", id="s2", content="Aquí estamos.")
        await until(lambda: len(receiver.taken) == 2)
    assert [(told.type, told.data.get("message_id")) for told in receiver.taken] == [
        ("conversation.handed_off", None),
        ("message.completed", said["id"]),
    ]
    assert receiver.taken[1].data["user_id"] == str(laura)
    assert heard["id"] != said["id"]


async def test_where_nobody_is_told_nothing_is_written(urls, owner, upstream, laura):
    answer = held()
    upstream.then(answer)
    async with serving(urls, anthropic_base_url=upstream.url) as service:
        async with chatting(service, service.token(laura)) as chat:
            await chat.say("Hola")
            await chat.hear_until("TEXT_MESSAGE_CONTENT")
        answer.until.set()
        await ended(owner)
    assert await owner.fetchval("select count(*) from amara_private.webhook_notices") == 0
