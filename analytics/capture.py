"""An event's life, from the bytes of a request to its row.

*decode*: the bytes become events → *limit*: none is larger than allowed → *identify*: the token says who, the event or
we say which → *clean*: what the database can hold, at a time that can be true → *store*: one statement, one commit, and
only then the answer. Each of the first four keeps an event or drops it with a reason; in a list, a bad one costs one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec

from analytics import errors, store
from analytics.settings import Caller, Handed, Settings
from analytics.shapes import Event, Receipt, Rejected, Told

# U+0000 is good JSON that PostgreSQL cannot hold. Behind an odd number of backslashes it is only six letters.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HIGH, _LOW = rb"u[dD][89abAB][0-9a-fA-F]{2}", rb"u[dD][c-fC-F][0-9a-fA-F]{2}"
# Every escape from left to right: a pair of surrogates, half of one, or any other.
_ESCAPES = re.compile(rb"\\(?:" + _HIGH + rb"\\" + _LOW + rb"|(" + _HIGH + rb"|" + _LOW + rb")|.)", re.DOTALL)
_OPEN_LIST, _OPEN_OBJECT = b"[", b"{"


@dataclass(frozen=True, slots=True)
class Moment:
    """What is the same for every event of a request."""

    user_id: UUID | None
    now: datetime
    settings: Settings
    new_id: Callable[[], UUID]


@dataclass(slots=True)
class Arrival:
    """One event on its way; each step fills what the next one needs."""

    raw: bytes
    told: Told | None = None
    event_id: UUID | None = None
    user_id: UUID | None = None
    event: Event | None = None


class _Envelope(msgspec.Struct):
    events: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


_TOLD = msgspec.json.Decoder(Told)
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


async def capture(
    body: bytes, caller: Caller, handed: Handed, settings: Settings, *, new_id: Callable[[], UUID] = uuid4
) -> Receipt:
    """Keeps the events of this body; answers after the commit.

    Raises:
        BadRequest: the body holds no events at all.
        TooLarge: too many of them.
        EventDropped: the body is one event alone, and it is refused; in a list it would be listed.
        AccountGone: the caller's account is no more.
    """
    arrivals, is_alone = arrive(body, settings)
    moment = Moment(caller.user_id, handed.now(), settings, new_id)
    kept: list[Event] = []
    rejected: list[Rejected] = []
    for index, arrival in enumerate(arrivals):
        try:
            kept.append(live(arrival, moment))
        except errors.EventDropped as reason:
            if is_alone:
                raise
            rejected.append(Rejected(index, reason.code, reason.detail))
    accepted = 0
    if kept:
        async with handed.transaction(caller) as connection:
            accepted = await store.append(connection, kept)
    return Receipt(accepted, len(kept) - accepted, rejected)


def arrive(body: bytes, settings: Settings) -> tuple[list[Arrival], bool]:
    """The events of a body, still as bytes, and whether it was one event alone.

    Raises:
        BadRequest: broken JSON, or neither an event, a list nor `{"events": […]}`.
        TooLarge: more events than a request may carry.
    """
    body = _without_halves(body)
    opening = body.lstrip()[:1]
    try:
        if opening == _OPEN_LIST:
            raws = _LIST.decode(body)
        elif opening == _OPEN_OBJECT:
            events = _ENVELOPE.decode(body).events
            if isinstance(events, msgspec.UnsetType):
                return [Arrival(body)], True
            raws = events
        else:
            raise errors.BadRequest("The body is not an event, a list of events or an object with `events`.")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.BadRequest("The body is not JSON, or `events` is not a list.") from error
    if len(raws) > settings.events:
        raise errors.TooLarge(f"A request carries at most {settings.events} events.")
    return [Arrival(bytes(raw)) for raw in raws], False


def live(arrival: Arrival, moment: Moment) -> Event:
    """One event through every step.

    Raises:
        EventDropped: the first step that would not keep it says why.
    """
    for step in STEPS:
        step(arrival, moment)
    assert arrival.event is not None  # the last step makes it or drops it
    return arrival.event


def decode(arrival: Arrival, _moment: Moment) -> None:
    """The bytes, as an event's fields."""
    try:
        arrival.told = _TOLD.decode(arrival.raw)
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
    if len(told.session_id or "") > settings.session_characters:
        raise errors.EventInvalid(f"`session_id` has at most {settings.session_characters} characters.")


def identify(arrival: Arrival, moment: Moment) -> None:
    """Who did it is the token's word; which event it is, the sender's, so that a repeated one is known again."""
    arrival.user_id = moment.user_id
    arrival.event_id = _told(arrival).event_id or moment.new_id()


def clean(arrival: Arrival, moment: Moment) -> None:
    """What the database can hold, at a time that can be true."""
    told = _told(arrival)
    if _NUL.search(arrival.raw):
        raise errors.TextRefused
    if told.occurred_at is not None and told.occurred_at.tzinfo is None:
        raise errors.EventInvalid("`occurred_at` is a time with an offset (RFC 3339).")
    try:
        # Written anew, so that no number is stored that JSON allows and PostgreSQL cannot hold.
        properties = msgspec.json.encode(told.properties or {}).decode()
    except RecursionError as error:
        raise errors.EventInvalid("The event is nested too deeply.") from error
    if len(msgspec.json.format(properties.encode(), indent=0)) > moment.settings.event_bytes:
        raise errors.EventTooLarge  # PostgreSQL writes a space behind each comma and colon, and counts them
    assert arrival.event_id is not None  # identify came before
    arrival.event = Event(
        id=arrival.event_id,
        event_type=told.event_type.strip(),
        user_id=arrival.user_id,
        session_id=(told.session_id or "").strip() or None,
        properties=properties,
        created_at=happened(told.occurred_at, moment),
    )


STEPS: tuple[Callable[[Arrival, Moment], None], ...] = (decode, limit, identify, clean)


def happened(occurred_at: datetime | None, moment: Moment) -> datetime:
    """The sender's time where it can be true; else ours, so that no device's clock moves the past or the future."""
    if occurred_at is None:
        return moment.now
    earliest = moment.now - moment.settings.lateness
    try:
        return occurred_at.astimezone(UTC) if earliest <= occurred_at <= moment.now else moment.now
    except OverflowError:  # the first and last days of the calendar have no UTC time in every zone
        return moment.now


def _without_halves(body: bytes) -> bytes:
    """Half a surrogate pair breaks the decoding of the whole list; as U+0000 it costs its own event alone."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPES.sub(lambda found: rb"\u0000" if found[1] else found[0], body)


def _told(arrival: Arrival) -> Told:
    assert arrival.told is not None  # decode came before
    return arrival.told
