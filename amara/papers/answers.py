"""What is answered over HTTP. It is written where it is made, and described here; tests hold the two together."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339 with an offset."""


class Problem(Struct):
    """What went wrong. Source: RFC 9457."""

    type: str
    """`urn:amara:problem:` and the code."""
    title: str
    status: int
    detail: str
    """A sentence that may be shown."""
    code: str
    """Of a closed list."""
    instance: str
    """The path that was asked."""


class Granted(Struct):
    """A bearer token and whose it is."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    """Seconds."""
    user_id: UUID


class GrantedByName(Granted):
    """The same, with the name on record."""

    full_name: str


class CodeSent(Struct):
    """A code is on its way."""

    sent: bool
    expires_in: int
    """Seconds."""


class Conversation(Struct):
    """One conversation; `thread_id` is the name its first client gave it."""

    id: UUID
    locale: Literal["es", "en"]
    title: str | None
    is_active: bool
    last_message_at: datetime
    created_at: datetime
    thread_id: str


class Author(Struct):
    """A person of the team."""

    name: str


class Handoff(Struct):
    """In whose hands a conversation is, while it is not Amara's."""

    state: Literal["waiting", "taken"]
    since: datetime
    author: Author | None


class ConversationInFull(Conversation):
    """The same, with the cursor where its log stands, and who answers in it."""

    head: str | None
    handoff: Handoff | None


class Conversations(Struct):
    """A page, newest first."""

    items: list[Conversation]
    next: str | None
    """`before` of the next page; null on the last."""


class MessageKept(Struct):
    """One message of the record. `tool_calls` is a list of `{id, name, input, result, is_error}` or null."""

    id: UUID
    conversation_id: UUID
    role: Literal["user", "assistant", "system"]
    content: str
    tool_calls: Any
    metadata: Any
    sequence: int
    """What orders messages."""
    created_at: datetime


class Messages(Struct):
    """A page, newest first."""

    items: list[MessageKept]
    next: str | None
    """`before` of the next page; null on the last."""


class Export(Struct):
    """All of a conversation, each list oldest first."""

    exported_at: datetime
    conversation: ConversationInFull
    drafts: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    messages: list[dict[str, Any]]


class FeedbackKept(Struct):
    """What stands beside the answer now, as `metadata.feedback`."""

    score: Literal["up", "down"]
    reason: str | None
    at: datetime


class FeedbackGiven(Struct):
    """The last word stands."""

    message_id: UUID
    feedback: FeedbackKept


class Stopping(Struct):
    """The run is being stopped; its end comes over its stream."""

    run_id: str
    status: Literal["stopping"]


class Ticket(Struct):
    """For the second subprotocol, as `ticket.<ticket>`."""

    ticket: str
    expires_in: int
    """Seconds."""


class Service(Struct):
    """What is booked."""

    slug: str
    name: str


class Somebody(Struct):
    """A professional, as far as a card tells."""

    id: UUID | None
    name: str


class Refund(Struct):
    """What comes back."""

    amount: int | None
    percent: int | None
    currency: str


class Draft(Struct):
    """A versioned offer. Money in whole units of `currency`."""

    id: UUID
    version: int
    kind: Literal["book", "reschedule", "cancel"]
    status: Literal["open", "confirmed", "superseded", "cancelled", "expired"]
    booking_id: UUID | None
    service: Service
    professional: Somebody
    starts_at: Instant
    ends_at: Instant
    duration_minutes: int
    total_price: int | None
    currency: str
    refund: Refund | None
    address: str | None
    instructions: str | None
    missing: list[str]
    """What has to be known before it can be confirmed."""
    expires_at: Instant


class Booking(Struct):
    """A booking as its owner sees it. Money in whole units of `currency`."""

    id: UUID
    status: Literal["pending", "confirmed", "declined", "in_progress", "completed", "cancelled"]
    service: str
    professional: Somebody
    starts_at: Instant | None
    ends_at: Instant | None
    duration_minutes: int | None
    total_price: int | None
    currency: str
    address: str
    special_instructions: str | None
    created_at: Instant


class Bookings(Struct):
    """A page, newest first."""

    items: list[Booking]
    next: str | None
    """`before` of the next page; null on the last."""


class Answer(Struct):
    """What came of it, and what is true now.

    `outcome`: offered, confirmed, slot_lost, version_changed, price_changed, withdrawn, superseded, expired,
    incomplete, impossible.
    """

    outcome: str
    draft: Draft | UnsetType | None = UNSET
    booking: Booking | UnsetType | None = UNSET
    wished: Instant | UnsetType | None = UNSET
    """The hour that is lost."""
    alternatives: list[Instant] | UnsetType = UNSET
    """Free starts nearby."""
    reason: str | UnsetType = UNSET
    """Why it is impossible."""


class Live(Struct):
    """The process lives."""

    status: Literal["live"]


class ModelState(Struct):
    """Who answers, and whether they are well."""

    name: str
    concierge: bool
    well: bool


class Readiness(Struct):
    """Degraded is ready: only the model is away."""

    status: Literal["ready", "degraded", "unready"]
    reasons: list[str]
    model: ModelState


class About(Struct):
    """Who answers here."""

    concierge: bool
    model: str
    demo: bool
    limits: dict[str, int]


class Card(Struct):
    """What a tool shows; the kinds are told with the socket's frames."""

    kind: str = field(name="card")
