"""Tells a conversation what happened beside its answers: a hand-off, a person's message, a change from the platform.

A deed leaves its aside in its own transaction. It is told by the conversation's writer, or by whoever becomes it where
nobody writes an answer: one commit takes the aside away and puts it into the log. Whatever dies in between, the next
look finds it there.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from amara import errors
from amara.db import Database
from amara.feeds import Feeds
from amara.store import asides, conversations, ledger
from amara.writing import Writing


async def tell(feeds: Feeds, conversation_id: UUID, *, owner: str) -> None:
    """Tells what there is to tell, unless another process is writing an answer there: that one does it.

    Args:
        feeds: of this process.
        conversation_id: where.
        owner: the name this process holds its runs under.

    Raises:
        Unavailable: the database is away; it is told another time.
    """
    with suppress(errors.Fenced):  # another process has just begun to write here, and it looks
        async with feeds.using(conversation_id) as feed, feed.writing() as writing:
            if not await conversations.lock_conversation(writing.connection, conversation_id):
                return
            live = await ledger.live_run(writing.connection, conversation_id)
            if live is None or live["owner"] == owner:
                writing.run_id = None
                await within(writing, conversation_id)


async def within(writing: Writing, conversation_id: UUID) -> None:
    """*Service, holding the conversation's row.* The same inside a transaction that writes to the log anyway."""
    for row in await asides.take(writing.connection, conversation_id):
        writing.aside(row["name"], row["value"])


async def tell_all(database: Database, feeds: Feeds, *, owner: str) -> None:
    """Whatever somebody left and did not come to tell, wherever it is.

    Args:
        database: the pool.
        feeds: of this process.
        owner: the name this process holds its runs under.

    Raises:
        Unavailable: the database is away.
    """
    async with database.service() as db:
        waiting = await asides.left(db, owner=owner)
    for conversation_id, _ in waiting:
        await tell(feeds, conversation_id, owner=owner)
