"""What a person changes of a conversation over HTTP: its name, and whether it is put away."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from amara import frames
from tests.builders import a_conversation, a_person
from tests.rig import chatting
from tests.web import browsing, check_problem


@pytest.fixture
async def http(service, token):
    async with browsing(service.url, token) as session:
        yield session


async def read(http, conversation_id):
    async with http.get(f"/v1/amara/conversations/{conversation_id}") as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def changed(http, conversation_id, status=200, **body):
    async with http.patch(f"/v1/amara/conversations/{conversation_id}", json=body) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_a_conversation_is_renamed_and_put_away_and_what_is_left_out_stays(http, owner, laura):
    conversation_id = await a_conversation(owner, user_id=laura, title="Hola")
    assert (await changed(http, conversation_id, title="  Aseo del\u202e martes\n "))["title"] == "Aseo del martes"
    after = await changed(http, conversation_id, is_active=False)
    assert (after["title"], after["is_active"]) == ("Aseo del martes", False)
    assert await read(http, conversation_id) == after
    assert (await changed(http, conversation_id)) == after
    assert (await changed(http, conversation_id, title=None))["title"] is None
    assert (await changed(http, conversation_id, title="\u200b "))["title"] is None


async def test_a_new_title_is_heard_at_every_device_once_and_in_the_order_of_the_log(
    service, http, owner, token, laura
):
    async with chatting(service, token) as chat, chatting(service, token, thread_id=chat.thread_id) as second:
        since = (await chat.ask("Hola"))[-1]["id"]
        await second.hear_until("RUN_FINISHED")
        after = await changed(http, chat.thread_id, title="Aseo del martes")
        told = [await chat.hear(), await second.hear()]
        assert [(one["type"], one["name"], one["value"]) for one in told] == [
            ("event", "title", {"title": "Aseo del martes"})
        ] * 2
        assert told[0]["id"] == told[1]["id"] == after["head"]
        assert frames.Cursor.parse(since) < frames.Cursor.parse(after["head"])
        for same in ({"title": "Aseo del martes"}, {"title": " Aseo del  martes "}, {"is_active": False}, {}):
            assert (await changed(http, chat.thread_id, **same))["head"] == after["head"]
        await changed(http, chat.thread_id, title=None)
        assert (await chat.hear())["value"] == {"title": None}
        names = [{"title": str(number)} for number in range(8)]
        await asyncio.gather(*(changed(http, chat.thread_id, **name) for name in names))
        heard = [(await chat.hear())["value"] for _ in names]
        assert sorted(one["title"] for one in heard) == [name["title"] for name in names]
        last = await read(http, chat.thread_id)
        assert heard[-1] == {"title": last["title"]}  # in the order in which they were written
        stranger = service.token(await a_person(owner))
        async with browsing(service.url, stranger) as other:
            await changed(other, chat.thread_id, 404, title="Mía")
        assert await owner.fetchval("select count(*) from amara_private.asides") == 0
        assert await owner.fetchval("select user_id from public.amara_conversations") == laura


async def test_a_change_that_cannot_be_made_changes_nothing(http, owner, laura):
    conversation_id = await a_conversation(owner, user_id=laura, title="Hola")
    before = await owner.fetchrow("select * from public.amara_conversations where id = $1", conversation_id)
    for body in ({"title": "x" * 201}, {"title": 1}, {"is_active": None}, {"locale": "en"}, {"user_id": str(uuid4())}):
        async with http.patch(f"/v1/amara/conversations/{conversation_id}", json=body) as answer:
            await check_problem(answer, 400, "bad_request")
    assert await owner.fetchrow("select * from public.amara_conversations where id = $1", conversation_id) == before
