"""The log as others read it."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest

from amara.auth import SERVICE
from amara.store import tail
from tests.builders import a_conversation, a_person


@pytest.fixture
async def mine(owner) -> UUID:
    return await a_conversation(owner, user_id=await a_person(owner))


async def a_run(owner, conversation_id: UUID, *, status: str = "running") -> UUID:
    return await owner.fetchval(
        "insert into public.amara_runs (conversation_id, user_id, run_key, owner, lease_expires_at, status, ended_at)"
        " select id, user_id, $2, 'o', clock_timestamp(), $3, case when $3 <> 'running' then clock_timestamp() end"
        " from public.amara_conversations where id = $1 returning id",
        conversation_id,
        str(uuid4()),
        status,
    )


async def logs(owner, conversation_id: UUID, run_id: UUID | None, *rows: tuple[int, int, int]) -> None:
    for epoch, first, last in rows:
        lines = "\n".join(json.dumps({"id": f"{epoch}-{seq}"}) for seq in range(first, last + 1))
        await owner.execute(
            "insert into public.amara_run_events (conversation_id, epoch, seq_from, seq_to, run_id, frames)"
            " values ($1, $2, $3, $4, $5, $6)",
            *(conversation_id, epoch, first, last, run_id, lines),
        )


def places(pieces: list[tail.Piece]) -> list[tuple[UUID, int, int]]:
    return [(piece.conversation_id, piece.epoch, piece.seq_from) for piece in pieces]


async def test_many_conversations_are_read_at_once_each_from_its_own_place(db, owner, mine):
    other = await a_conversation(owner)
    await logs(owner, mine, None, (5, 1, 2), (5, 3, 3), (7, 1, 1))
    await logs(owner, other, None, (5, 1, 2), (6, 1, 1))
    async with db.transaction(SERVICE) as service:
        found = places(await tail.pieces_after(service, [(mine, 5, 2), (other, 5, 1), (uuid4(), 0, 0)]))
        assert [place for place in found if place[0] == mine] == [(mine, 5, 3), (mine, 7, 1)]
        assert [place for place in found if place[0] == other] == [(other, 5, 1), (other, 6, 1)]
        assert await tail.pieces_after(service, [(mine, 7, 1)]) == []


async def test_the_latest_run_is_read_whole_over_all_its_writers(db, owner, mine):
    first, second = await a_run(owner, mine, status="finished"), await a_run(owner, mine)
    await logs(owner, mine, first, (5, 1, 2))
    await logs(owner, mine, second, (5, 3, 3), (9, 1, 4))
    async with db.transaction(SERVICE) as service:
        assert places(await tail.latest_run(service, mine)) == [(mine, 5, 3), (mine, 9, 1)]
        assert places(await tail.of_run(service, mine, first)) == [(mine, 5, 1)]
        assert await tail.latest_run(service, uuid4()) == []


async def test_a_place_is_known_within_an_epoch_and_beyond_its_end_and_not_where_something_is_gone(db, owner, mine):
    await logs(owner, mine, None, (5, 3, 4), (5, 5, 6), (7, 1, 1))
    expected = {(5, 2): False, (5, 3): True, (5, 6): True, (5, 9): True, (6, 1): False, (7, 2): True, (8, 1): False}
    async with db.transaction(SERVICE) as service:
        assert {place: await tail.knows(service, mine, place) for place in expected} == expected


async def test_a_stop_is_asked_for_runs_that_still_run(db, owner, mine):
    live = await a_run(owner, mine)
    over = await a_run(owner, await a_conversation(owner), status="finished")
    async with db.transaction(SERVICE) as service:
        assert await tail.stop_requests(service, [live, over]) == []
        await owner.execute("update public.amara_runs set stop_requested_at = clock_timestamp()")
        assert await tail.stop_requests(service, [live, over]) == [live]
