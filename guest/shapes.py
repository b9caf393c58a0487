"""The words of the guest's door: what may be asked, what is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from guest import errors
from guest.settings import Place


class Consent(msgspec.Struct):
    """The ticked box and the text beside it."""

    version: str | int = ""
    accepted: bool = False


class Form(msgspec.Struct):
    """What a guest tells before a booking; unknown fields are not read."""

    email: str
    full_name: str
    phone: str | None = None
    consent: Consent | None = None
    analytics_session_id: str | None = None


class Contact(msgspec.Struct, frozen=True):
    """A form after checking: what may be stored."""

    email: str
    full_name: str
    phone: str | None
    """E.164."""
    consent_version: str
    analytics_session_id: str | None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A guest's session as its holder may read it."""

    id: UUID
    email: str
    full_name: str
    phone: str | None
    expires_at: datetime
    created_at: datetime


class OpenedSession(Session, frozen=True, kw_only=True):
    """A new session with its token: the only answer that ever carries one."""

    session_token: str
    hints: dict[str, str] = {}
    """What may have been meant, by field; only a question."""


class Held(msgspec.Struct, frozen=True):
    """A session as the checkout itself needs it."""

    id: UUID
    principal: UUID | None
    analytics_session_id: str | None


class Pick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draft of the chat's, and the version that was seen; none takes it as it is."""

    draft_id: UUID
    version: int | None = None


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A visit in full, as it is sent."""

    professional_id: UUID
    service: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    starts_at: Annotated[str, msgspec.Meta(max_length=40)]
    duration_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)]
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    instructions: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


class Visit(msgspec.Struct, frozen=True):
    """The same, its moment read."""

    professional_id: UUID
    service: str
    starts_at: datetime
    duration_minutes: int
    address: str
    instructions: str | None


Order: TypeAlias = Pick | Visit


class Cancellation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without `confirm` the quote; with it the deed, at the refund that was seen where it is named."""

    confirm: bool = False
    refund_cop: int | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a claim, and how much moved to the account."""

    status: Literal["claimed", "awaiting_confirmation"]
    bookings: int = 0
    conversations: int = 0
    drafts: int = 0


_T = TypeVar("_T")
_YEARS = range(2000, 2200)  # beyond them no clock of ours or the database's can be set


def form(body: bytes) -> Form:
    """The form in this body.

    Raises:
        BadRequest: not JSON, or a field is missing or of another kind.
    """
    return read(body, Form)


def order(body: bytes, time_zone: str) -> Order:
    """The order in this body; the moment is on this zone's clock where no offset is named.

    Raises:
        BadRequest: not JSON, or neither a draft nor a whole visit.
    """
    if "draft_id" in read(body, dict[str, Any]):
        return read(body, Pick)
    wish = read(body, Wish)
    if "\x00" in wish.service:
        raise errors.TextRefused
    return Visit(
        wish.professional_id,
        wish.service,
        _moment(wish.starts_at, time_zone),
        wish.duration_minutes,
        wish.address,
        wish.instructions,
    )


def place(before: str | None) -> Place | None:
    """Where a page begins.

    Raises:
        BadRequest: no page ended so.
    """
    if before is None:
        return None
    moment, _, last_id = before.partition("~")
    try:
        since = datetime.fromisoformat(moment.replace(" ", "+"))  # a + in a query comes as a space
        return (since if since.tzinfo else since.replace(tzinfo=UTC)), UUID(last_id)
    except ValueError as error:
        raise errors.BadRequest("`before` is the `next` of an earlier page.") from error


def _moment(said: str, time_zone: str) -> datetime:
    unreadable = errors.BadRequest("`starts_at` is a moment like 2025-12-09T08:00-05:00.")
    try:
        moment = datetime.fromisoformat(said.strip())
    except ValueError:
        raise unreadable from None
    if moment.year not in _YEARS:
        raise unreadable
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))


def read(body: bytes, kind: type[_T]) -> _T:
    """What this body says.

    Raises:
        BadRequest: not JSON, or a field is missing or of another kind.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise errors.BadRequest(f"{error}.") from error  # names the field and the kind, never the value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.BadRequest("The body is not a JSON object.") from error
