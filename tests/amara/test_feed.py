"""A conversation's log: numbered without a gap, kept before it is told, and written by one process only."""

from __future__ import annotations

import json
from contextlib import suppress
from uuid import UUID

import pytest

from amara import errors, frames
from amara.auth import SERVICE
from amara.feeds import Feeds
from amara.frames import Cursor
from amara.telling import Listener
from tests import wire
from tests.amara.test_socket import end_of
from tests.builders import a_conversation
from tests.rig import chatting, text_of


class Ear(Listener):
    def __init__(self) -> None:
        self.frames: list[str] = []
        self.was_let_go = False

    def hear(self, _run_id: UUID | None, frame: str) -> None:
        self.frames.append(frame)

    def let_go(self) -> None:
        self.was_let_go = True


@pytest.fixture
async def conversation_id(owner) -> UUID:
    return await a_conversation(owner)


def started(name: str = "r") -> frames.Event:
    return frames.RunStarted(thread_id="t", run_id=name)


async def logged(owner, conversation_id: UUID) -> list[str]:
    return [json.dumps(frame) for frame in await wire.kept(owner, str(conversation_id))]


async def test_structure_is_kept_before_it_is_told_and_words_go_with_the_next_of_it(db, owner, conversation_id):
    feeds = Feeds(db)
    async with feeds.using(conversation_id) as feed:
        ear = Ear()
        feed.listeners.add(ear)
        async with feed.writing() as writing:
            writing.say(started())
            assert ear.frames == []
        feed.tell(frames.words("m", "Hola"))
        assert len(ear.frames) == 2
        assert len(await logged(owner, conversation_id)) == 1  # the word runs ahead
        async with feed.writing() as writing:
            writing.say(frames.TextEnd(message_id="m"))
        assert [json.dumps(json.loads(frame)) for frame in ear.frames] == await logged(owner, conversation_id)
        assert [json.loads(frame)["id"].split("-")[1] for frame in ear.frames] == ["1", "2", "3"]


async def test_what_is_not_committed_is_neither_told_nor_numbered(db, owner, conversation_id):
    feeds = Feeds(db)
    async with feeds.using(conversation_id) as feed:
        ear = Ear()
        feed.listeners.add(ear)
        with suppress(ZeroDivisionError):
            async with feed.writing() as writing:
                writing.say(started())
                raise ZeroDivisionError
        assert (ear.frames, feed.head) == ([], None)
        async with feed.writing() as writing:
            writing.say(started())
        assert feed.head == Cursor(feed.head.epoch, 1)
        assert len(await logged(owner, conversation_id)) == 1


async def test_words_told_during_a_commit_follow_what_is_being_committed(db, owner, conversation_id):
    feeds = Feeds(db)
    async with feeds.using(conversation_id) as feed:
        ear = Ear()
        feed.listeners.add(ear)
        async with feed.writing() as writing:
            writing.say(started())
            writing.after_commit.append(lambda: feed.tell(frames.words("m", "después")))
        assert [json.loads(frame)["chunk"]["type"] for frame in ear.frames] == ["RUN_STARTED", "TEXT_MESSAGE_CONTENT"]
        await feeds.flush()
        assert [json.dumps(json.loads(frame)) for frame in ear.frames] == await logged(owner, conversation_id)


async def test_a_writer_that_was_replaced_writes_nothing_more(db, owner, conversation_id):
    old, new = Feeds(db), Feeds(db)
    async with old.using(conversation_id) as first, new.using(conversation_id) as second:
        ear = Ear()
        first.listeners.add(ear)
        async with first.writing() as writing:
            writing.say(started("r1"))
        first.tell(frames.words("m", "uno"))
        async with second.writing() as writing:
            writing.say(started("r2"))
        assert second.head > first.head
        with pytest.raises(errors.Fenced):
            async with first.writing() as writing:
                writing.say(started("r3"))
        with pytest.raises(errors.Fenced):
            first.tell(frames.words("m", "dos"))
        assert len(ear.frames) == 2
        assert [json.loads(line)["chunk"]["runId"] for line in await logged(owner, conversation_id)] == ["r1", "r2"]


async def test_a_conversation_that_is_not_there_takes_no_frame(db, conversation_id, owner):
    await owner.execute("delete from public.amara_conversations")
    feeds = Feeds(db)
    async with feeds.using(conversation_id) as feed:
        with pytest.raises(errors.NotFound):
            async with feed.writing(SERVICE) as writing:
                writing.say(started())


async def test_a_socket_on_a_replaced_writers_feed_is_told_to_come_back(service, owner, token):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
        await owner.execute("update public.amara_conversations set epoch = epoch + 1")  # another process became writer
        await chat.say("¿Sigue ahí?", message_id="m2", run_id="r2")
        assert await end_of(chat.socket) == frames.RESTARTING
    async with chatting(service, token, thread_id=chat.thread_id) as again:
        assert text_of(await again.ask("¿Sigue ahí?", message_id="m2", run_id="r2")) == "Claro."
        assert [row[1] for row in await wire.record(owner, chat.thread_id)] == [
            "Hola",
            "Claro.",
            "¿Sigue ahí?",
            "Claro.",
        ]


async def test_who_comes_back_in_the_middle_of_an_answer_hears_the_rest_from_memory(db, conversation_id):
    feeds = Feeds(db)
    async with feeds.using(conversation_id) as feed:
        ear = Ear()
        feed.listeners.add(ear)
        async with feed.writing() as writing:
            writing.say(started())
        for word in ("Hola", ", ", "Laura."):
            feed.tell(frames.words("m", word))
        told = ear.frames
        kept, feed._database = feed._database, None  # nobody is asked
        heard = []
        await feed.follow()
        for place, frame in enumerate(told):
            await feed.after(frames.cursor_of(frame), heard.append)
            assert heard.pop() == told[place + 1 :]
        feed._database = kept
        ahead = frames.cursor_of(told[-1])._replace(seq=99)
        await feed.after(ahead, heard.append)
        assert heard.pop() is None  # nobody has heard more than was told
        await feed.after(Cursor(0, 0), heard.append)
        assert heard.pop() == told  # the beginning of all is the log's
        async with feed.writing() as writing:
            writing.say(frames.RunFinished(thread_id="t", run_id="r", outcome={"type": "success"}))
        await feed.after(frames.cursor_of(told[0]), heard.append)
        assert heard.pop() == ear.frames[1:]  # what has ended is the log's too
