"""The group commit behind the words of many conversations, and who shares a feed."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

import pytest

from amara import errors, frames
from amara.feeds import Feeds
from amara.store import log
from tests.amara.test_feed import Ear, logged, started
from tests.builders import a_conversation


@pytest.fixture
async def conversation_id(owner) -> UUID:
    return await a_conversation(owner)


async def test_many_conversations_flush_in_one_commit(db, owner):
    feeds = Feeds(db)
    ids = [await a_conversation(owner) for _ in range(3)]
    for conversation_id in ids:
        feed = feeds.open(conversation_id)
        async with feed.writing() as writing:
            writing.say(started())
        feed.tell(frames.words("m", "uno"))
        feed.tell(frames.words("m", "dos"))
    await feeds.flush()
    rows = await owner.fetch("select seq_from, seq_to, xmin::text from public.amara_run_events where seq_from > 1")
    assert [(row["seq_from"], row["seq_to"]) for row in rows] == [(2, 3)] * 3
    assert len({row["xmin"] for row in rows}) == 1
    await feeds.flush()
    assert await owner.fetchval("select count(*) from public.amara_run_events") == 6


async def test_words_that_could_not_be_logged_yet_are_logged_later(db, owner, conversation_id, monkeypatch):
    feeds = Feeds(db)
    async with feeds.using(conversation_id) as feed:
        async with feed.writing() as writing:
            writing.say(started())
        feed.tell(frames.words("m", "uno"))
        with monkeypatch.context() as patch:
            patch.setattr(log, "keep", _away)
            await feeds.flush()
        feed.tell(frames.words("m", "dos"))
        await feeds.flush()
        assert [json.loads(line)["chunk"].get("delta") for line in await logged(owner, conversation_id)] == [
            None,
            "uno",
            "dos",
        ]


async def _away(*_: object) -> None:
    raise errors.Unavailable


async def test_a_replaced_writer_is_stopped_by_the_group_commit_too(db, owner, conversation_id):
    old, new = Feeds(db), Feeds(db)
    async with old.using(conversation_id) as first, new.using(conversation_id) as second:
        async with first.writing() as writing:
            writing.say(started("r1"))
        first.tell(frames.words("m", "uno"))
        async with second.writing() as writing:
            writing.say(started("r2"))
        await old.flush()
        with pytest.raises(errors.Fenced):
            first.tell(frames.words("m", "dos"))
        assert len(await logged(owner, conversation_id)) == 2


async def test_a_feed_is_one_for_all_who_use_it_and_forgotten_after_the_last(db, conversation_id):
    feeds = Feeds(db)
    async with feeds.using(conversation_id) as one:
        async with feeds.using(conversation_id) as two:
            assert one is two
        async with feeds.using(conversation_id) as three:
            assert three is one
    async with feeds.using(conversation_id) as later:
        assert later is not one


async def test_the_flusher_goes_round_by_itself_and_flushes_once_more_when_it_ends(db, owner, conversation_id):
    ticks: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(_seconds: float) -> None:
        await ticks.get()

    feeds = Feeds(db, sleep=sleep)
    feeds.start()
    async with feeds.using(conversation_id) as feed:
        async with feed.writing() as writing:
            writing.say(started())
        feed.tell(frames.words("m", "uno"))
        assert len(await logged(owner, conversation_id)) == 1
        ticks.put_nowait(None)
        async with asyncio.timeout(5):
            while len(await logged(owner, conversation_id)) < 2:
                pass
        feed.tell(frames.words("m", "dos"))
        await feeds.stop()
        assert len(await logged(owner, conversation_id)) == 3


async def test_who_comes_to_a_replaced_writers_feed_gets_a_new_one_while_the_old_listeners_leave(
    db, owner, conversation_id
):
    feeds = Feeds(db)
    ear = Ear()
    async with feeds.using(conversation_id) as old:
        old.listeners.add(ear)
        async with old.writing() as writing:
            writing.say(started("r1"))
        old.tell(frames.words("m", "uno"))
        await owner.execute("update public.amara_conversations set epoch = epoch + 1")
        await feeds.flush()
        assert ear.was_let_go
        async with feeds.using(conversation_id) as new:
            assert new is not old
            async with new.writing() as writing:
                writing.say(started("r2"))
        async with feeds.using(conversation_id) as same:
            assert same is new
    async with feeds.using(conversation_id) as later:
        assert later is not new
    assert len(await logged(owner, conversation_id)) == 2
