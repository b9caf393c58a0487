"""What a Segment SDK says, in our words.

The sender's `userId` is a claim that anybody with the public key can make, so it never names a person of ours: it
labels a visit where there is no `anonymousId`, and who it really was is the token's word. `context` and `traits` are
not kept: they hold addresses, names and mail, and no count needs them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from analytics import errors
from analytics.shapes import Told

CALLS = {
    "t": "track",
    "i": "identify",
    "p": "page",
    "s": "screen",
    "a": "alias",
    "g": "group",
}
BATCHES = ("batch", "b", "import")
_WORDS = frozenset(CALLS.values())
_SEEN = frozenset({"page", "screen"})

_Id = str | int | float | None


class _Message(msgspec.Struct, rename="camel", gc=False):
    type: str | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    message_id: _Id = None
    anonymous_id: _Id = None
    user_id: _Id = None
    previous_id: _Id = None
    group_id: _Id = None
    properties: dict[str, Any] | None = None
    timestamp: Any = None
    sent_at: Any = None


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw] | None = None
    write_key: str | None = None
    sent_at: Any = None


_MESSAGE = msgspec.json.Decoder(_Message)
_BATCH = msgspec.json.Decoder(_Batch)


@dataclass(frozen=True, slots=True)
class Sent:
    """The messages of a body, still as bytes, and what stands around them."""

    raws: list[bytes]
    write_key: str | None
    sent_at: datetime | None


def opened(body: bytes, *, is_batch: bool) -> Sent:
    """A batch's messages, or the one that is the body.

    Raises:
        BadRequest: no JSON object, or a batch without its list.
    """
    try:
        around = _BATCH.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.BadRequest("The body is not a JSON object as Segment's libraries send it.") from error
    if is_batch and around.batch is None:
        raise errors.BadRequest("`batch` is a list of messages.")
    raws = [body] if not is_batch or around.batch is None else [bytes(raw) for raw in around.batch]
    return Sent(raws, around.write_key, _time(around.sent_at))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the messages of one request."""

    write_key: str
    call: str | None
    """Of a path that is for one call alone; in a batch each message says its own."""
    sent_at: datetime | None

    def told(self, raw: bytes) -> Told:
        """One message in our words.

        Raises:
            EventInvalid: it is none of the six calls, or a `track` of nothing.
            msgspec.DecodeError, UnicodeDecodeError, RecursionError: it cannot be read.
        """
        said = _MESSAGE.decode(raw)
        call = self.call or said.type
        if call not in _WORDS:
            raise errors.EventInvalid("`type` is track, identify, page, screen, alias or group.")
        properties = dict(said.properties or {})
        if call in _SEEN:
            properties |= {"name": said.name, "category": said.category}
        elif call != "track":
            properties = {}  # what these tell is about people
        elif not (said.event or "").strip():
            raise errors.EventInvalid("`event` names what was done.")
        if None in properties.values():
            properties = {name: value for name, value in properties.items() if value is not None}
        return Told(
            (call == "track" and said.event) or call,
            event_id=self._id(said.message_id),
            properties=properties,
            session_id=_session(said, call),
            occurred_at=_time(said.timestamp),
            sent_at=self.sent_at or _time(said.sent_at),
        )

    def _id(self, message_id: _Id) -> UUID | None:
        """The same message is the same event, whoever resends it how often; two keys' messages are two."""
        if message_id is None or message_id == "":
            return None
        text = str(message_id)
        try:
            found = UUID(text)
        except ValueError:
            found = None
        if found is not None and str(found) == text.lower():
            return found
        return UUID(bytes=hashlib.md5(f"{self.write_key}:{text}".encode(), usedforsecurity=False).digest())


def _session(said: _Message, call: str) -> str | None:
    """Whose visit it was. An alias is about the name the visit had before: with a token it becomes that person's."""
    if call == "alias" and _text(said.previous_id):
        return _text(said.previous_id)
    anonymous = _text(said.anonymous_id)
    if anonymous:
        return anonymous
    claimed = _text(said.user_id)
    return f"claimed:{claimed}" if claimed else None


def _text(value: _Id) -> str:
    return "" if value is None else str(value).strip()


def _time(value: Any) -> datetime | None:
    """A time as libraries write it, or nothing: for a date that cannot be read no event is lost."""
    if not isinstance(value, str):
        return None
    try:
        found = msgspec.convert(value.strip(), datetime)
    except msgspec.ValidationError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
