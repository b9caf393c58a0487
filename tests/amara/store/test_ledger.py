"""The record of runs: one live run a conversation, an end that only its owner may write."""

from __future__ import annotations

from uuid import UUID, uuid4

import asyncpg
import pytest

from amara.auth import SERVICE
from amara.store import ledger, queue
from tests.builders import a_conversation


@pytest.fixture
async def conversation(owner) -> asyncpg.Record:
    conversation_id = await a_conversation(owner)
    await owner.execute(
        "insert into public.amara_messages (conversation_id, role, content) values ($1, 'user', 'Hola')",
        conversation_id,
    )
    return await owner.fetchrow(
        "select c.id, c.user_id, m.id as message_id from public.amara_conversations c join public.amara_messages m"
        " on m.conversation_id = c.id where c.id = $1",
        conversation_id,
    )


async def begin(db, conversation, key: str = "r1", by: str = "us", lease_s: float = 15) -> UUID:
    run_id = uuid4()
    async with db.transaction(SERVICE) as service:
        begun = await queue.begin(
            service,
            run_id,
            conversation_id=conversation["id"],
            user_id=conversation["user_id"],
            run_key=key,
            parent_run_key=None,
            user_message_id=conversation["message_id"],
            owner=by,
            lease_s=lease_s,
            authority_until=None,
            asked={},
            at_once=2,
        )
    assert begun["is_begun"] == (begun["live_id"] is None)
    return run_id if begun["is_begun"] else begun["live_id"]


async def end(db, run_id: UUID, by: str = "us", status: str = "finished") -> bool:
    async with db.transaction(SERVICE) as service:
        return await ledger.end_run(service, run_id, owner=by, status=status, outcome=None, error_code=None)


async def test_one_run_is_live_in_a_conversation(db, conversation):
    run_id = await begin(db, conversation)
    assert await begin(db, conversation, "r2") == run_id
    assert await end(db, run_id)
    assert await begin(db, conversation, "r2") != run_id


async def test_the_database_itself_lets_no_second_run_be_live(db, owner, conversation):
    await begin(db, conversation)
    with pytest.raises(asyncpg.UniqueViolationError):
        await owner.execute(
            "insert into public.amara_runs (id, conversation_id, user_id, run_key, owner, lease_expires_at, asked)"
            " select gen_random_uuid(), conversation_id, user_id, 'r2', owner, lease_expires_at, asked"
            " from public.amara_runs"
        )


async def test_a_run_id_is_kept_for_ever(db, conversation):
    await end(db, await begin(db, conversation))
    with pytest.raises(asyncpg.UniqueViolationError):
        await begin(db, conversation)


async def test_a_run_ends_once_and_by_its_owner(db, conversation):
    run_id = await begin(db, conversation)
    assert not await end(db, run_id, by="somebody else")
    assert await end(db, run_id)
    assert not await end(db, run_id, status="failed")


async def test_a_run_is_claimed_by_the_first_who_comes(db, conversation):
    run_id = await begin(db, conversation, by="dead", lease_s=-1)
    async with db.transaction(SERVICE) as service:
        (orphan,) = await ledger.orphans(service)
        assert (orphan["id"], orphan["is_abandoned"]) == (run_id, True)
        assert await ledger.claim_run(service, run_id, of="dead", owner="first", lease_s=15)
        assert not await ledger.claim_run(service, run_id, of="dead", owner="second", lease_s=15)
        (taken,) = await ledger.orphans(service)
        assert (taken["owner"], taken["is_abandoned"]) == ("first", False)
    assert not await end(db, run_id, by="dead")  # fenced


async def test_a_stop_is_the_owners_wish_and_stands_as_first_made(db, conversation):
    run_id = await begin(db, conversation)
    async with db.transaction(SERVICE) as service:
        assert await ledger.request_stop(service, uuid4(), "r1") is None
        assert (await ledger.request_stop(service, conversation["user_id"], "r1"))["id"] == run_id
        first = await service.fetchval("select stop_requested_at from public.amara_runs")
        await ledger.request_stop(service, conversation["user_id"], "r1")
        assert await service.fetchval("select stop_requested_at from public.amara_runs") == first


async def test_the_latest_run_of_a_message_is_the_one_that_answers_it(db, conversation):
    await end(db, await begin(db, conversation), status="failed")
    run_id = await begin(db, conversation, "r2")
    async with db.transaction(SERVICE) as service:
        assert (await ledger.last_run_for(service, conversation["message_id"]))["id"] == run_id
        assert (await ledger.live_run(service, conversation["id"]))["id"] == run_id
        assert (await ledger.run_by_key(service, conversation["user_id"], "r1"))["status"] == "failed"
