"""A client's name for a conversation, and whose it is."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from amara import auth, errors, thread
from amara.store import conversations
from tests.builders import a_conversation, a_person


def caller(user_id) -> auth.Caller:
    return auth.person(user_id, is_anonymous=False)


async def test_a_uuid_is_the_conversation_itself(db, owner):
    user_id = await a_person(owner)
    conversation_id = await a_conversation(owner, user_id=user_id)
    found = await thread.find(db, caller(user_id), str(conversation_id))
    assert found == thread.Thread(str(conversation_id), conversation_id, None)


async def test_an_id_nobody_used_is_an_empty_conversation(db, owner):
    unused = uuid4()
    found = await thread.find(db, caller(await a_person(owner)), str(unused).upper())
    assert (found.conversation_id, found.key) == (unused, None)
    assert await owner.fetchval("select count(*) from amara_conversations") == 0  # looking makes nothing


async def test_somebody_elses_conversation_is_not_there(db, owner):
    conversation_id = await a_conversation(owner)
    with pytest.raises(errors.NotFound):
        await thread.find(db, caller(await a_person(owner)), str(conversation_id))


async def test_a_name_means_the_same_on_every_device_before_anything_was_written(db, owner):
    user_id = await a_person(owner)
    first, second = [await thread.find(db, caller(user_id), "thread-abc") for _ in range(2)]
    assert first == second
    assert first.key == "thread-abc"


async def test_the_same_name_of_two_people_is_two_conversations(db, owner):
    found = {(await thread.find(db, caller(await a_person(owner)), "main")).conversation_id for _ in range(2)}
    assert len(found) == 2


async def test_a_name_finds_the_conversation_it_was_given_to(db, owner):
    user_id = await a_person(owner)
    conversation_id = await a_conversation(owner, user_id=user_id, thread_key="main")
    assert await a_conversation(owner, thread_key="main") != conversation_id  # another's, of the same name
    found = await thread.find(db, caller(user_id), "main")
    assert (found.id, found.conversation_id, found.key) == ("main", conversation_id, "main")


@pytest.mark.parametrize(
    "name", ["x", "ñ" * 128, "thread-" + "1" * 29, "'; drop table amara_conversations; --", "0" * 32]
)
async def test_any_name_is_a_name(db, owner, name):
    found = await thread.find(db, caller(await a_person(owner)), name)
    assert found.key == name
    assert isinstance(found.conversation_id, UUID)


async def test_a_name_written_at_once_from_two_devices_is_one_conversation(db, owner):
    """Both ask before either writes: the id is derived, so the second insert meets the first."""
    user_id = await a_person(owner)
    devices = [await thread.find(db, caller(user_id), "main") for _ in range(2)]
    made = []
    for device in devices:
        async with db.transaction(caller(user_id)) as connection:
            made.append(
                await conversations.add_conversation(
                    connection, user_id, conversation_id=device.conversation_id, locale="es"
                )
            )
    assert made == [True, False]
    assert await owner.fetchval("select count(*) from amara_conversations where user_id = $1", user_id) == 1


async def test_nobody_has_no_threads(db):
    with pytest.raises(errors.TokenMissing):
        await thread.find(db, auth.ANONYMOUS, "main")
