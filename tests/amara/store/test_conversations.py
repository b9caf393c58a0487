"""Conversation SQL as the person: row level security decides what is there."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from amara import auth
from amara.auth import SERVICE
from amara.store import conversations
from tests.builders import a_conversation, a_person


@pytest.fixture
async def laura(owner):
    return auth.person(await a_person(owner, city="Cali"), is_anonymous=False)


@pytest.fixture
async def stranger(owner):
    return auth.person(await a_person(owner), is_anonymous=False)


async def test_a_conversation_is_there_for_its_owner_alone(db, owner, laura, stranger):
    conversation_id = await a_conversation(owner, user_id=laura.owner, thread_key="t")
    async with db.transaction(laura) as mine:
        assert (await conversations.conversation_by_id(mine, conversation_id))["user_id"] == laura.owner
        assert await conversations.conversation_by_thread(mine, laura.owner, "t")
        assert await conversations.lock_conversation(mine, conversation_id)
    async with db.transaction(stranger) as other:
        assert await conversations.conversation_by_id(other, conversation_id) is None
        assert await conversations.conversation_by_thread(other, laura.owner, "t") is None
        assert not await conversations.lock_conversation(other, conversation_id)
        assert await conversations.messages(other, conversation_id, limit=10) == []
        assert not await conversations.delete_conversation(other, conversation_id)


async def test_a_taken_id_is_not_taken_over(db, owner, laura, stranger):
    conversation_id = await a_conversation(owner, user_id=laura.owner)
    async with db.transaction(stranger) as other:
        assert not await conversations.add_conversation(
            other, stranger.owner, conversation_id=conversation_id, locale="es"
        )
        assert await conversations.add_conversation(other, stranger.owner, conversation_id=uuid4(), locale="es")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(stranger) as other:
            await conversations.add_conversation(other, laura.owner, conversation_id=uuid4(), locale="es")


async def test_a_message_is_found_by_the_id_its_client_gave_it_and_given_once(db, owner, laura):
    conversation_id = await a_conversation(owner, user_id=laura.owner)
    metadata = {"client_message_id": "m1"}
    async with db.transaction(laura) as mine:
        message_id = await conversations.add_user_message(mine, conversation_id, "Hola", metadata)
        assert (await conversations.message_by_client_id(mine, conversation_id, "m1"))["id"] == message_id
        assert await conversations.message_by_client_id(mine, conversation_id, "m2") is None
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.transaction(laura) as mine:
            await conversations.add_user_message(mine, conversation_id, "Adiós", metadata)


async def test_what_is_known_of_a_frame_is_told_to_its_conversations_owner_alone(db, owner, laura, stranger):
    conversation_id = await a_conversation(owner, user_id=laura.owner)
    async with db.transaction(laura) as mine:
        message_id = await conversations.add_user_message(mine, conversation_id, "Hola", {"client_message_id": "m1"})
        known = await conversations.open_word(mine, conversation_id, laura.owner, run_key="r1", client_id="m1")
        assert dict(known) == {
            "is_there": True,
            "run_id": None,
            "run_conversation_id": None,
            "run_key": None,
            "run_status": None,
            "message_id": message_id,
            "message_content": "Hola",
        }
        unsaid = await conversations.open_word(mine, conversation_id, laura.owner, run_key="r1", client_id="m2")
        assert (unsaid["is_there"], unsaid["message_id"]) == (True, None)
    async with db.transaction(stranger) as other:
        known = await conversations.open_word(other, conversation_id, laura.owner, run_key="r1", client_id="m1")
        assert set(dict(known).values()) <= {None, False}


async def test_who_says_something_waits_for_who_speaks_there_and_then_sees_it(db, owner, laura):
    conversation_id = await a_conversation(owner, user_id=laura.owner)
    ids = {"run_key": "r1", "client_id": "m1"}
    async with db.transaction(laura) as first:
        await conversations.open_word(first, conversation_id, laura.owner, **ids)

        async def say_next() -> asyncpg.Record:
            async with db.transaction(laura) as second:
                return await conversations.open_word(second, conversation_id, laura.owner, **ids)

        saying = asyncio.create_task(say_next())
        while not await owner.fetchval("select exists (select from pg_locks where not granted)"):
            assert not saying.done()
        message_id = await conversations.add_user_message(first, conversation_id, "Hola", {"client_message_id": "m1"})
    assert (await saying)["message_id"] == message_id


async def test_a_reply_stands_at_its_reserved_place_and_its_results_beside_its_calls(db, owner, laura):
    conversation_id, reply_id = await a_conversation(owner, user_id=laura.owner), uuid4()
    call = {"id": "c", "name": "list_my_bookings", "input": {}, "result": None}
    async with db.transaction(SERVICE) as service:
        place = await conversations.reserve_sequence(service)
    async with db.transaction(laura) as mine:
        await conversations.add_user_message(mine, conversation_id, "Después", {})
    async with db.transaction(SERVICE) as service:
        await conversations.add_reply(
            service, reply_id, conversation_id, sequence=place, content="Antes", tool_calls=[call], metadata={}
        )
        await conversations.record_result(service, reply_id, [call | {"result": {"found": 0}}])
    async with db.transaction(laura) as mine:
        newest, oldest = await conversations.messages(mine, conversation_id, limit=10)
        assert (newest["content"], oldest["content"]) == ("Después", "Antes")
        assert oldest["tool_calls"] == [call | {"result": {"found": 0}}]
        assert await conversations.messages(mine, conversation_id, limit=10, before=newest["sequence"]) == [oldest]


async def test_a_person_reads_their_own_profile(db, laura, stranger):
    async with db.transaction(laura) as mine:
        assert (await conversations.person(mine, laura.owner))["city"] == "Cali"
        assert await conversations.person(mine, stranger.owner) is None
