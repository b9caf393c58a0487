"""What the service itself says happened, in the commit of the deed: told once, however often the deed is repeated."""

from __future__ import annotations

import hashlib
from typing import Literal, TypeAlias
from uuid import UUID

from analytics import store
from analytics.settings import Connection

Channel: TypeAlias = Literal["assistant", "guest", "web"]


async def emit(
    connection: Connection,
    event_type: str,
    properties: dict[str, object],
    *,
    user_id: UUID | None,
    session_id: str | None,
    channel: Channel,
    key: str,
) -> None:
    """One event of the server's, inside the caller's open transaction.

    Args:
        connection: In a transaction that is `amara_service` by now: nobody else may say so.
        event_type: A declared one, or it is kept and not counted.
        properties: As the registry has them for that type.
        user_id: Whose deed it was, from the token.
        session_id: Of the visit, as the page named it.
        channel: Where it was done.
        key: What makes it this deed and no other; the event's id is made from it, so a repeated key writes nothing.
    """
    event_id = UUID(bytes=hashlib.md5(key.encode(), usedforsecurity=False).digest())
    await store.record(connection, event_id, event_type, properties, user_id, session_id, channel)
