"""What one process tells is heard at the others as it is told; whatever becomes of the broker, nothing is missed."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID, uuid4

import pytest

from amara import frames
from amara.feed import Feed
from amara.feed_redis import WAITING_MAX, Streams, connect
from amara.feeds import Feeds
from amara.following import Following
from amara.frames import Cursor
from amara.runs import Runs
from tests import wire
from tests.amara.test_feed import Ear, started
from tests.builders import a_conversation
from tests.faulty import silent


class Side:
    """One process's view of the conversations, with somebody who listens there."""

    def __init__(self, db, broker) -> None:
        self.streams = Streams(connect(broker.url), sleep=lambda _: asyncio.sleep(0.01))
        self.feeds = Feeds(db, publish=self.streams.tell)
        runs = Runs(db, self.feeds, owner="elsewhere.example/1/x")
        self.following = Following(db, self.feeds, runs, streams=self.streams, sleep=lambda _: asyncio.sleep(0.01))
        self.ear = Ear()
        self.streams.start()

    async def listening(self, conversation_id: UUID) -> Feed:
        feed = self.feeds.open(conversation_id)
        await feed.follow()
        feed.listeners.add(self.ear)
        return feed

    async def hear(self, number: int) -> None:
        """Listens, and asks the log nothing, until so many frames were heard."""
        async with asyncio.timeout(5):
            while len(self.ear.frames) < number:
                await self.following.listen()


@pytest.fixture
async def conversation_id(owner) -> UUID:
    return await a_conversation(owner)


@pytest.fixture
async def sides(db, broker):
    both = Side(db, broker), Side(db, broker)
    yield both
    for side in both:
        await side.following.stop()
        await side.streams.stop()


def finished() -> frames.Event:
    return frames.RunFinished(thread_id="t", run_id="r", outcome={"type": "success"})


async def begin(side: Side, conversation_id: UUID) -> Feed:
    writer = side.feeds.open(conversation_id)
    async with writer.writing() as writing:
        writing.say(started())
    return writer


async def test_words_are_heard_as_they_are_told_and_before_they_are_logged(sides, owner, conversation_id):
    here, there = sides
    writer = await begin(there, conversation_id)
    listened = await here.listening(conversation_id)
    for delta in ("uno", "dos", "tres"):
        writer.tell(frames.words("m", delta))
    await here.hear(3)
    assert len(await wire.kept(owner, str(conversation_id))) == 1
    async with writer.writing() as writing:
        writing.say(finished())
    await here.hear(4)
    assert [json.loads(frame) for frame in here.ear.frames] == (await wire.kept(owner, str(conversation_id)))[1:]
    assert (listened.head, listened.run_id, listened.recent) == (writer.head, writer.run_id, writer.recent)


async def test_of_another_writer_the_log_is_asked_so_that_nothing_it_had_logged_is_missed(
    sides, db, owner, conversation_id
):
    here, there = sides
    old = Feeds(db)  # logs its last words and dies before it tells anybody
    writer = old.open(conversation_id)
    async with writer.writing() as writing:
        writing.say(started())
    listened = await here.listening(conversation_id)
    writer.tell(frames.words("m", "uno"))
    await old.flush()
    new = await there.listening(conversation_id)
    async with new.writing() as writing:
        writing.say(finished())
    async with asyncio.timeout(5):
        while conversation_id not in here.following._behind:
            await here.following.listen()
    assert here.ear.frames == []
    await here.following.look()
    assert [json.loads(frame) for frame in here.ear.frames] == (await wire.kept(owner, str(conversation_id)))[1:]
    assert listened.head == new.head


async def test_a_gap_in_a_stream_is_filled_from_the_log(sides, owner, broker, conversation_id):
    here, there = sides
    writer = await begin(there, conversation_id)
    await here.listening(conversation_id)
    publish, writer._publish = writer._publish, None  # the broker never hears of this one
    writer.tell(frames.words("m", "uno"))
    writer._publish = publish
    writer.tell(frames.words("m", "dos"))
    async with asyncio.timeout(5):
        while conversation_id not in here.following._behind:
            await here.following.listen()
    assert here.ear.frames == []
    await there.feeds.flush()
    await here.following.look()
    assert [json.loads(frame) for frame in here.ear.frames] == (await wire.kept(owner, str(conversation_id)))[1:]


async def test_a_replaced_writer_adds_nothing_to_a_stream(sides, conversation_id):
    here, there = sides
    old = await begin(there, conversation_id)
    before = old.head
    new = await begin(here, conversation_id)
    new.tell(frames.words("m", "nuevo"))
    await here.streams.read({conversation_id: new.head._replace(seq=new.head.seq - 1)}, wait_s=5)
    old.tell(frames.words("m", "viejo"))
    marker = uuid4()
    there.streams.tell(marker, None, frames.envelope(Cursor(1, 1), "{}"))
    await there.streams.read({marker: Cursor(0, 1)}, wait_s=5)  # by now the other one was sent as well
    pieces = await here.streams.read({conversation_id: before}, wait_s=0.01)
    assert {piece.epoch for piece in pieces} == {new.head.epoch}
    assert there.streams.is_well


async def test_without_a_broker_the_log_is_followed_and_with_it_again_nothing_needs_a_restart(
    sides, owner, broker, conversation_id
):
    here, there = sides
    here.following.start()
    writer = await begin(there, conversation_id)
    await here.listening(conversation_id)

    async def said(*deltas: str) -> None:
        for delta in deltas:
            writer.tell(frames.words("m", delta))
        await there.feeds.flush()
        async with asyncio.timeout(10):
            while here.feeds.open(conversation_id).head != writer.head:  # noqa: ASYNC110 - until it has heard
                await asyncio.sleep(0.01)

    await said("uno", "dos")
    broker.kill()
    await said("tres", "cuatro")
    assert not there.streams.is_well
    broker.start()
    await said("cinco")
    async with asyncio.timeout(10):
        while not (there.streams.is_well and here.streams.is_well):
            await said("y seis")
    assert [json.loads(frame) for frame in here.ear.frames] == (await wire.kept(owner, str(conversation_id)))[1:]


async def test_what_waits_for_a_broker_that_is_away_is_bounded(broker):
    broker.kill()
    streams = Streams(connect(broker.url))
    for _ in range(WAITING_MAX + 10):
        streams.tell(uuid4(), None, "x")
    assert len(streams._told) == WAITING_MAX
    assert await streams.read({uuid4(): Cursor(1, 1)}, wait_s=0.01) is None
    await streams.stop()


async def test_a_broker_that_says_nothing_is_as_good_as_away(monkeypatch):
    monkeypatch.setattr("amara.feed_redis.SOCKET_S", 600)
    monkeypatch.setattr("amara.feed_redis.SILENT_S", 0.01)
    with silent() as port:
        streams = Streams(connect(f"redis://127.0.0.1:{port}"))
        assert await streams.read({uuid4(): Cursor(1, 1)}, wait_s=0.01) is None
        assert not streams.is_well
        await streams.stop()
