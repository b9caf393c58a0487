"""How often somebody may try, counted in the database and by nothing that says who it is.

The key is a hash under a secret that the database does not have: IPv4 addresses are so few that without one, somebody
with the table could try them all.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Literal

from guest import errors, store
from guest.settings import Connection

WINDOW = timedelta(hours=1)
What = Literal["address", "email", "code from address"]


def key(pepper: bytes, what: What, who: str) -> bytes:
    """What stands for somebody in the table."""
    return hmac.new(pepper, f"{what} {who}".encode(), hashlib.sha256).digest()


async def count(connection: Connection, counted: bytes, *, limit: int, now: datetime) -> None:
    """Counts this try, in the transaction of what is tried: what is rolled back was never tried.

    Raises:
        TooMany: with the time after which another one is let in.
    """
    free_at = await store.attempt(connection, counted, limit=limit, now=now, since=now - WINDOW)
    if free_at is not None:
        raise errors.TooMany(retry_after_s=max(1.0, (free_at + WINDOW - now).total_seconds()))
