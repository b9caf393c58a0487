"""An event's life, from the bytes of a request to its row.

*decode*: the bytes become an event → *limit*: it is no larger than allowed → *identify*: the token says who, or nobody
where the sender asks not to be followed → *clean*: what the database can hold, of the kinds its type has, at a time
that can be true, and no crawler's → *dedup*: which event it is, once → *store*: one commit for all that wait, and only
then the answer. Each step keeps an event or drops it with a reason; in a list, a bad one costs one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID, uuid4

import msgspec

from analytics import errors
from analytics.registry import Registry
from analytics.settings import Settings
from analytics.shapes import Event, Receipt, Rejected, Told

# U+0000 is good JSON that PostgreSQL cannot hold. Behind an odd number of backslashes it is only six letters.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HIGH, _LOW = rb"u[dD][89abAB][0-9a-fA-F]{2}", rb"u[dD][c-fC-F][0-9a-fA-F]{2}"
# Every escape from left to right: a pair of surrogates, half of one, or any other.
_ESCAPES = re.compile(rb"\\(?:" + _HIGH + rb"\\" + _LOW + rb"|(" + _HIGH + rb"|" + _LOW + rb")|.)", re.DOTALL)
_POWER = re.compile(rb"[0-9]e[+-]?[0-9]")
_OPEN_LIST, _OPEN_OBJECT = b"[", b"{"
_TURN = 50  # events after which others on the loop, a chat's words first, have theirs


@dataclass(frozen=True, slots=True)
class Moment:
    """What is the same for every event of a request."""

    now: datetime
    settings: Settings
    registry: Registry
    read: Callable[[bytes], Told]
    """The door's own words."""
    user_id: UUID | None = None
    sent_at: datetime | None = None
    is_crawler: bool = False
    is_private: bool = False
    """The sender asks not to be followed. Source: Global Privacy Control, `Sec-GPC: 1`."""
    new_id: Callable[[], UUID] = uuid4
    seen: set[UUID] = field(default_factory=set)


@dataclass(slots=True)
class Arrival:
    """One event on its way; each step fills what the next one needs."""

    raw: bytes
    told: Told | None = None
    event_id: UUID | None = None
    user_id: UUID | None = None
    session_id: str | None = None
    properties: str = "{}"
    created_at: datetime | None = None


class _Envelope(msgspec.Struct):
    events: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    sent_at: Any = None


_TOLD = msgspec.json.Decoder(Told)
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class Kept(Protocol):
    """Where events are kept: a buffer, or something before one."""

    def count(self, became: str, number: int = 1) -> None:
        """As Buffer has it."""

    async def keep(self, events: Sequence[Event]) -> int:
        """As Buffer has it."""
        ...


async def capture(raws: Sequence[bytes], moment: Moment, buffer: Kept, *, is_alone: bool) -> Receipt:
    """Keeps these events; answers after the commit.

    Raises:
        TooLarge: there are too many of them.
        EventDropped: there is one event alone, and it is refused; in a list it would be listed.
        AccountGone: the caller's account is no more.
        Busy: more wait already than we keep waiting.
    """
    kept: list[Event] = []
    rejected: list[Rejected] = []
    repeated = 0
    for index, raw in enumerate(raws):
        try:
            kept.append(live(Arrival(raw), moment))
        except errors.Repeated:
            repeated += 1
        except errors.EventDropped as reason:
            buffer.count("bot" if isinstance(reason, errors.Crawler) else "rejected")
            if is_alone and not isinstance(reason, errors.Crawler):
                raise
            rejected.append(Rejected(index, reason.code, reason.detail))
        if index % _TURN == _TURN - 1:
            await asyncio.sleep(0)
    accepted = await buffer.keep(kept) if kept else 0
    buffer.count("accepted", accepted)
    buffer.count("duplicate", len(kept) - accepted + repeated)
    return Receipt(accepted, len(kept) - accepted + repeated, rejected)


def arrive(body: bytes) -> tuple[list[bytes], bool, datetime | None]:
    """The events of a body, still as bytes; whether it was one alone; when it was sent, by its sender's clock.

    Raises:
        BadRequest: broken JSON, or neither an event, a list nor `{"events": […]}`.
    """
    opening, sent_at = body.lstrip()[:1], None
    try:
        if opening == _OPEN_LIST:
            raws = _LIST.decode(body)
        elif opening == _OPEN_OBJECT:
            envelope = _ENVELOPE.decode(body)
            if isinstance(envelope.events, msgspec.UnsetType):
                return [body], True, None
            raws = envelope.events
            sent_at = None if envelope.sent_at is None else msgspec.convert(envelope.sent_at, datetime)
        else:
            raise errors.BadRequest("The body is not an event, a list of events or an object with `events`.")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.BadRequest("The body is not JSON, or `events` is not a list.") from error
    return [bytes(raw) for raw in raws], False, sent_at


def live(arrival: Arrival, moment: Moment) -> Event:
    """One event through every step but the last, which is everybody's.

    Raises:
        EventDropped: the first step that would not keep it says why.
    """
    for step in STEPS:
        step(arrival, moment)
    assert arrival.event_id is not None  # dedup names it
    assert arrival.created_at is not None  # clean dates it
    return Event(
        arrival.event_id,
        _told(arrival).event_type.strip(),
        arrival.user_id,
        arrival.session_id,
        arrival.properties,
        arrival.created_at,
    )


def decode(arrival: Arrival, moment: Moment) -> None:
    """The bytes, as an event's fields."""
    try:
        arrival.told = moment.read(arrival.raw)
    except msgspec.ValidationError as error:
        raise errors.EventInvalid(f"{error}.") from error  # names the field and the kind, never the value
    except UnicodeDecodeError as error:
        raise errors.TextRefused from error
    except msgspec.DecodeError as error:
        raise errors.EventInvalid("The event is not JSON.") from error
    except RecursionError as error:
        raise errors.EventInvalid("The event is nested too deeply.") from error


def limit(arrival: Arrival, moment: Moment) -> None:
    """No event, and no name in it, is larger than allowed."""
    told, settings = _told(arrival), moment.settings
    if len(arrival.raw) > settings.event_bytes:
        raise errors.EventTooLarge
    if not 1 <= len(told.event_type) <= settings.type_characters or not told.event_type.strip():
        raise errors.EventInvalid(f"`event_type` has 1 to {settings.type_characters} characters.")
    if told.session_id is not None and len(told.session_id) > settings.session_characters:
        raise errors.EventInvalid(f"`session_id` has at most {settings.session_characters} characters.")


def identify(arrival: Arrival, moment: Moment) -> None:
    """Who did it is the token's word, in which visit the sender's; neither is kept of who asks not to be followed."""
    if not moment.is_private:
        arrival.user_id = moment.user_id
        arrival.session_id = (_told(arrival).session_id or "").strip() or None


def clean(arrival: Arrival, moment: Moment) -> None:
    """What the database can hold, of the right kinds, at a time that can be true, and told by somebody."""
    told = _told(arrival)
    if moment.is_crawler:
        raise errors.Crawler
    if b"\\u0000" in arrival.raw and _NUL.search(arrival.raw):
        raise errors.TextRefused
    for name in ("occurred_at", "sent_at"):
        at = getattr(told, name)
        if at is not None and at.tzinfo is None:
            raise errors.EventInvalid(f"`{name}` is a time with an offset (RFC 3339).")
    if told.properties:
        moment.registry.check(told.event_type, told.properties)
        arrival.properties = _written(told.properties, moment.settings.event_bytes)
    else:
        moment.registry.check(told.event_type, {})
    arrival.created_at = happened(told.occurred_at, told.sent_at or moment.sent_at, moment)


def dedup(arrival: Arrival, moment: Moment) -> None:
    """Which event it is says its sender, so that a repeated one is known again: here, or by the store."""
    event_id = _told(arrival).event_id or moment.new_id()
    if event_id in moment.seen:
        raise errors.Repeated
    moment.seen.add(event_id)
    arrival.event_id = event_id


STEPS: tuple[Callable[[Arrival, Moment], None], ...] = (decode, limit, identify, clean, dedup)


def happened(occurred_at: datetime | None, sent_at: datetime | None, moment: Moment) -> datetime:
    """When it was, by our clock: as long before its arrival as it was before it was sent, by the sender's own.

    Where that cannot be true it was now, so that no device's clock moves the past or the future.
    """
    now = moment.now
    if occurred_at is None:
        return now
    try:
        if sent_at is not None:
            occurred_at = now - max(sent_at - occurred_at, timedelta())
        return occurred_at.astimezone(UTC) if now - moment.settings.lateness <= occurred_at <= now else now
    except (OverflowError, TypeError):  # the first and last days of the calendar; a naive `sent_at`
        return now


def native(raw: bytes) -> Told:
    """The words of our own door."""
    return _TOLD.decode(raw)


def without_halves(body: bytes) -> bytes:
    """Half a surrogate pair breaks the decoding of the whole list; as U+0000 it costs its own event alone."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPES.sub(lambda found: rb"\u0000" if found[1] else found[0], body)


def _written(properties: dict[str, Any], most: int) -> str:
    """As JSON anew, so that no number is stored that JSON allows and PostgreSQL cannot hold.

    Raises:
        EventTooLarge: it would be as PostgreSQL writes it: with a space behind each comma and colon, and all the
            digits of a number that comes as a power of ten.
    """
    try:
        written = msgspec.json.encode(properties)
    except RecursionError as error:
        raise errors.EventInvalid("The event is nested too deeply.") from error
    has_powers = _POWER.search(written) is not None
    if has_powers or len(written) * 2 > most:
        size = len(msgspec.json.format(written, indent=0))
        if has_powers:
            numbers = [msgspec.json.encode(number).decode() for number in _floats(properties)]
            size += sum(len(f"{Decimal(number):f}") - len(number) for number in numbers)
        if size > most:
            raise errors.EventTooLarge
    return written.decode()


def _floats(value: Any) -> list[float]:
    """Every such number in it, however deep."""
    found, open_ = [], [value]
    while open_:
        each = open_.pop()
        if isinstance(each, float):
            found.append(each)
        elif isinstance(each, dict):
            open_.extend(each.values())
        elif isinstance(each, list):
            open_.extend(each)
    return found


def _told(arrival: Arrival) -> Told:
    assert arrival.told is not None  # decode came before
    return arrival.told
