"""How a socket opens: what its address and headers say, and who comes by them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amara import auth, frames, tickets
from amara.auth import Caller
from amara.doorkeeper import Doorkeeper
from amara.house import House
from amara.outbox import Closing


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a peer said before its first frame."""

    thread_id: str
    run_id: str
    offset: str | None
    """It comes back for the rest of that run, from here; this alone means so."""
    origin: str | None
    """Of a browser's page."""
    authorization: str | None
    subprotocols: Sequence[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who may come in."""

    caller: Caller
    only_listens: bool = False
    """By a ticket that was spent before: for the rest of a run, and nothing new."""


def read(headers: Any, query: Mapping[str, str], subprotocols: Sequence[str], origins: Collection[str]) -> Handshake:
    """What was said.

    Args:
        headers: with `get` and `getall`.
        query: of the address.
        subprotocols: that the peer offers.
        origins: whose pages may come.

    Raises:
        Closing: another protocol is spoken, that origin may not come, or no conversation is named.
    """
    if subprotocols and frames.VERSION not in subprotocols:
        raise Closing(frames.PROTOCOL_VERSION, f"This service speaks {frames.VERSION}.")
    named = headers.getall("origin", [])
    if named and (len(named) > 1 or named[0] not in origins):
        raise Closing(frames.ORIGIN, "This origin is not allowed.")
    thread_id = query.get("threadId", "")
    if not 1 <= len(thread_id) <= frames.ID_MAX or "\x00" in thread_id:
        raise Closing(frames.BAD_FRAME, "threadId is required, 1 to 128 characters.")
    return Handshake(
        thread_id,
        query.get("runId", ""),
        query.get("offset"),
        named[0] if named else None,
        headers.get("authorization"),
        subprotocols,
    )


async def admit(house: House, doorkeeper: Doorkeeper, said: Handshake) -> Entry | None:
    """Who comes with a header, or else with a ticket; without either a hello has to say it.

    Raises:
        TokenInvalid, TokenExpired: what was shown does not hold.
    """
    token = auth.bearer(said.authorization)
    if token is not None:
        return Entry(await doorkeeper.admit(token))
    ticket = tickets.offered(said.subprotocols)
    if ticket is None:
        return None
    caller, is_again = await tickets.admit(
        house.database,
        doorkeeper,
        ticket,
        said.thread_id,
        origin=said.origin,
        is_return=said.offset is not None,
        now=house.now(),
    )
    return Entry(caller, only_listens=is_again)
