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
    is_visited: bool = False
    """It is somebody else's, and handed off: the caller is of staff, and may follow it."""
    is_new: bool = False
    """There was no such conversation when it was looked for."""


async def find(database: Database, caller: Caller, thread_id: str, *, may_visit: bool = False) -> Thread:
    """The conversation behind this name: the owner's, or one still empty; of a visit also one that is handed off.

    A name that is no UUID gets an id derived from owner and name, so that two devices which open it at the same moment
    mean the same conversation before either has written.

    Raises:
        NotFound: it is somebody else's.
    """
    conversation_id = _uuid(thread_id)
    if conversation_id is None:
        async with database.transaction(caller) as db:
            row = await conversations.conversation_by_thread(db, caller.owner, thread_id)
        conversation_id = row["id"] if row else uuid5(caller.owner, thread_id)
        return Thread(thread_id, conversation_id, thread_id, is_new=row is None)
    async with database.service() as db:
        row = await conversations.conversation_by_id(db, conversation_id)
    if row is None or row["user_id"] == caller.owner:
        return Thread(thread_id, conversation_id, None, is_new=row is None)
    if not (may_visit and await is_shown(database, caller, conversation_id)):
        raise errors.NotFound
    return Thread(thread_id, conversation_id, None, is_visited=True)


async def is_shown(database: Database, caller: Caller, conversation_id: UUID) -> bool:
    """Whether the policies let this caller read it: its owner, or staff while it is handed off."""
    async with database.transaction(caller) as db:
        return await conversations.conversation_by_id(db, conversation_id) is not None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
