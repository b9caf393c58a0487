"""What another process writes is told here: in order, once, and whole; and what it wants stopped is stopped."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from amara import db as amara_db
from amara import errors, frames
from amara.feed import Feed
from amara.feeds import Feeds
from amara.following import LATE_S, SURE_LOOKS, Following
from amara.runs import Runs
from tests import wire
from tests.amara.test_feed import Ear, started
from tests.builders import a_conversation


class Side:
    """One process's view of the conversations, with somebody who listens there."""

    def __init__(self, db: amara_db.Database, **following: Any) -> None:
        self.feeds = Feeds(db)
        self.following = Following(db, self.feeds, Runs(db, self.feeds, owner="elsewhere.example/1/x"), **following)
        self.ear = Ear()

    async def listening(self, conversation_id: UUID) -> Feed:
        feed = self.feeds.open(conversation_id)
        await feed.follow()
        feed.listeners.add(self.ear)
        return feed

    async def missing(self, there: Side, conversation_id: UUID) -> tuple[Feed, Feed]:
        """Listens, has looked once, and has not heard yet what was written there. Returns: the feed here, and there."""
        listened = await self.listening(conversation_id)
        await self.following.look()
        writer = there.feeds.open(conversation_id)
        await write(writer, "uno")
        return listened, writer


@pytest.fixture
async def conversation_id(owner) -> UUID:
    return await a_conversation(owner)


@pytest.fixture
def here(db) -> Side:
    return Side(db)


@pytest.fixture
def crowded(db) -> Side:
    """Where so many listen that not everybody's conversation is asked about every time."""
    return Side(db, few=0)


@pytest.fixture
def there(db) -> Side:
    return Side(db)


def finished() -> frames.Event:
    return frames.RunFinished(thread_id="t", run_id="r", outcome={"type": "success"})


async def write(feed: Feed, *deltas: str, whole: bool = True) -> None:
    async with feed.writing() as writing:
        writing.say(started())
    for delta in deltas:
        feed.tell(frames.words("m", delta))
    if whole:
        async with feed.writing() as writing:
            writing.say(finished())


async def test_what_another_process_logs_is_told_once_and_in_order(here, there, owner, conversation_id):
    writer = there.feeds.open(conversation_id)
    listened = await here.listening(conversation_id)
    await write(writer, "uno", "dos", whole=False)
    await here.following.look()
    assert len(here.ear.frames) == 1  # the words are not in the log yet
    await there.feeds.flush()
    await here.following.look()
    await here.following.look()
    async with writer.writing() as writing:
        writing.say(finished())
    await here.following.look()
    assert [json.loads(frame) for frame in here.ear.frames] == await wire.kept(owner, str(conversation_id))
    assert (listened.head, listened.recent) == (writer.head, here.ear.frames)


async def test_who_writes_in_turn_tells_everything_that_was_written_before(here, there, owner, conversation_id):
    mine, theirs = await here.listening(conversation_id), await there.listening(conversation_id)
    await write(theirs, "uno")
    await write(mine, "dos")  # nobody has looked: what was missed is told first
    await there.following.look()
    await write(theirs, "tres")
    await here.following.look()
    assert here.ear.frames == there.ear.frames
    assert [json.loads(frame) for frame in here.ear.frames] == await wire.kept(owner, str(conversation_id))


async def test_who_comes_later_has_the_run_in_the_making_from_its_start(here, there, conversation_id):
    writer = there.feeds.open(conversation_id)
    await write(writer, "antes")
    await write(writer, "uno", whole=False)
    await there.feeds.flush()
    listened = await here.listening(conversation_id)
    assert listened.recent == writer.recent
    assert listened.is_unfinished
    assert not listened.is_told_here


async def test_nobody_who_writes_is_followed_and_nobody_whom_no_one_hears(here, there, conversation_id):
    mine = await here.listening(conversation_id)
    there.feeds.open(conversation_id)
    assert here.feeds.followed() == [mine]
    assert there.feeds.followed() == []
    await write(mine, "uno", whole=False)
    assert here.feeds.followed() == []
    async with mine.writing() as writing:
        writing.say(finished())
        assert here.feeds.followed() == []  # busy
    assert here.feeds.followed() == [mine]


async def test_an_answer_about_another_place_is_passed_over(here, there, owner, conversation_id, monkeypatch):
    """While the log was asked, this process wrote itself: what comes back was true before."""
    mine = await here.listening(conversation_id)
    await write(there.feeds.open(conversation_id), "uno")
    ask = amara_db.Database.service

    def service(self):
        monkeypatch.undo()
        return Meanwhile(ask(self))

    class Meanwhile:
        def __init__(self, inner):
            self.inner = inner

        async def __aenter__(self):
            return await self.inner.__aenter__()

        async def __aexit__(self, *raised):
            await self.inner.__aexit__(*raised)
            await write(mine, "dos")

    monkeypatch.setattr(amara_db.Database, "service", service)
    await here.following.look()
    assert [json.loads(frame) for frame in here.ear.frames] == await wire.kept(owner, str(conversation_id))


async def test_words_that_never_reached_the_log_send_their_listeners_to_who_writes_now(here, there, conversation_id):
    mine = await here.listening(conversation_id)
    await write(mine, "uno", whole=False)
    await write(there.feeds.open(conversation_id), "otra cosa")
    async with mine.turn, mine._database.service() as db:
        mine.take(await mine._missed(db, None))
    assert here.ear.was_let_go
    assert mine.is_fenced


async def test_a_run_that_was_left_in_the_middle_is_followed_to_the_end_another_gives_it(
    here, there, owner, conversation_id
):
    mine = await here.listening(conversation_id)
    await write(mine, "uno", whole=False)
    await here.feeds.flush()
    mine.leave()
    async with (await there.listening(conversation_id)).writing() as writing:
        writing.say(finished())
    await here.following.look()
    assert [json.loads(frame) for frame in here.ear.frames] == await wire.kept(owner, str(conversation_id))


async def test_who_left_words_that_were_never_logged_writes_nothing_after_them(here, conversation_id):
    mine = await here.listening(conversation_id)
    await write(mine, "uno", whole=False)
    mine.leave()
    with pytest.raises(errors.Fenced):
        await write(mine)
    assert here.ear.was_let_go


async def test_it_looks_until_it_is_stopped_and_a_database_that_is_away_does_not_end_it(here, there, conversation_id):
    ticks: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(_seconds: float) -> None:
        await ticks.get()

    here.following._sleep = sleep
    here.following.start()
    listened = await here.listening(conversation_id)
    writer = there.feeds.open(conversation_id)
    for number in range(2):
        await write(writer, "uno")
        ticks.put_nowait(None)
        async with asyncio.timeout(5):
            while listened.head != writer.head:  # noqa: ASYNC110 - until it has looked
                await asyncio.sleep(0)
        assert len(here.ear.frames) == 3 * (number + 1)
    await here.following.stop()
    await here.following.stop()


async def test_in_a_crowd_what_was_logged_since_the_last_look_is_told_at_the_next(
    crowded, there, owner, conversation_id
):
    quiet = [await crowded.listening(await a_conversation(owner)) for _ in range(3)]
    writer = there.feeds.open(conversation_id)
    listened = await crowded.listening(conversation_id)
    await crowded.following.look()  # the first asks about all
    for _ in range(SURE_LOOKS):
        await write(writer, "uno", "dos")
        await crowded.following.look()
        assert listened.head == writer.head
    assert len(crowded.ear.frames) == 4 * SURE_LOOKS
    assert all(feed.head is None for feed in quiet)


async def test_in_a_crowd_what_was_committed_too_late_is_told_when_its_turn_has_come(db, there, owner, conversation_id):
    crowded = Side(db, few=0, clock=lambda: 0.0)
    listened, writer = await crowded.missing(there, conversation_id)
    await owner.execute("update amara_run_events set created_at = created_at - make_interval(secs => $1)", LATE_S + 1)
    for _ in range(SURE_LOOKS):
        await crowded.following.look()
    assert listened.head == writer.head


async def test_a_look_after_a_long_pause_looks_back_as_long(db, there, owner, conversation_id):
    now = 0.0
    crowded = Side(db, few=0, clock=lambda: now)
    listened, writer = await crowded.missing(there, conversation_id)
    await owner.execute("update amara_run_events set created_at = created_at - interval '1 hour'")
    now = 3600.0
    await crowded.following.look()
    assert listened.head == writer.head
