"""What the service itself says happened, in the commit of the deed: told once, however often the deed is repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from analytics import store
from analytics.settings import Connection

Channel: TypeAlias = Literal["assistant", "guest", "web"]


class Happened(Protocol):
    """One event of the server's."""

    @property
    def type(self) -> str:
        """A declared one, or it is kept and not counted."""

    @property
    def properties(self) -> dict[str, object]:
        """As the registry has them for that type."""

    @property
    def key(self) -> str:
        """What makes it this deed and no other; the event's id is made from it, so a repeated key writes nothing."""


async def emit(
    connection: Connection,
    happened: Sequence[Happened],
    *,
    user_id: UUID | None,
    session_id: str | None,
    channel: Channel,
) -> None:
    """Events of the server's, inside the caller's open transaction and in one statement.

    Args:
        connection: In a transaction that is `amara_service` by now: nobody else may say so.
        happened: What did, at once.
        user_id: Whose deed it was, from the token.
        session_id: Of the visit, as the page named it.
        channel: Where it was done.
    """
    await store.record(
        connection,
        [UUID(bytes=hashlib.md5(one.key.encode(), usedforsecurity=False).digest()) for one in happened],
        [one.type for one in happened],
        [one.properties for one in happened],
        user_id,
        session_id,
        channel,
    )
