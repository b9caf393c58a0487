"""A client's threadId and the conversation it names."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from amara import errors
from amara.auth import Caller
from amara.db import Database
from amara.store import conversations


@dataclass(frozen=True, slots=True)
class Thread:
    """What the client calls it, and what it is."""

    id: str
    conversation_id: UUID
    key: str | None
    """The client's own name; none where the id itself is the conversation's."""


async def find(database: Database, caller: Caller, thread_id: str) -> Thread:
    """The conversation behind this name: the owner's, or one that is still empty.

    A name that is no UUID gets an id derived from owner and name, so that two devices which open it at the same moment
    mean the same conversation before either has written.

    Raises:
        NotFound: it is somebody else's.
    """
    conversation_id = _uuid(thread_id)
    if conversation_id is None:
        async with database.transaction(caller) as db:
            row = await conversations.conversation_by_thread(db, caller.owner, thread_id)
        return Thread(thread_id, row["id"] if row else uuid5(caller.owner, thread_id), thread_id)
    async with database.service() as db:
        row = await conversations.conversation_by_id(db, conversation_id)
    if row is not None and row["user_id"] != caller.owner:
        raise errors.NotFound
    return Thread(thread_id, conversation_id, None)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
