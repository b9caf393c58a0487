"""Conversation SQL as the person: row level security decides what is there."""

from __future__ import annotations

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
