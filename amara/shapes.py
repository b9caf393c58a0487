"""The words of HTTP: what may be asked of Amara's own rooms. What is answered is described in `papers.answers`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from amara.frames import Id

TITLE_MAX = 200  # characters
REASON_MAX = 1_000  # characters

Moment = Annotated[str, Meta(max_length=40, description="As `2025-12-09T08:00-05:00`; without an offset, Bogotá's.")]
Minutes = Annotated[int, Meta(ge=1, le=1440)]


class ConversationChange(Struct, forbid_unknown_fields=True):
    """What changes in a conversation; what is left out stays."""

    title: Annotated[str, Meta(max_length=TITLE_MAX)] | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class Feedback(Struct, forbid_unknown_fields=True):
    """What somebody thinks of an answer."""

    score: Literal["up", "down"]
    reason: Annotated[str, Meta(max_length=REASON_MAX)] | None = None


class TicketWanted(Struct, forbid_unknown_fields=True):
    """For which conversation: its id, or the threadId it will be opened with."""

    conversation_id: Id


class AccountWanted(Struct, frozen=True):
    """Whose account; with the code, the account itself."""

    email: str
    code: str | None = None


class DraftConfirmation(Struct, forbid_unknown_fields=True):
    """The version that was seen."""

    version: int


class DraftChange(Struct, forbid_unknown_fields=True):
    """What changes in a draft; what is left out stays."""

    version: int | None = None
    starts_at: Moment | None = None
    duration_minutes: Minutes | None = None
    address: Annotated[str, Meta(max_length=300)] | None = None
    instructions: Annotated[str, Meta(max_length=1000)] | None = None


class BookingCancellation(Struct, forbid_unknown_fields=True):
    """Without `confirm` the quote; with it the deed, at the refund that was seen where it is named."""

    confirm: bool = False
    refund_cop: int | None = None


class BookingMove(Struct, forbid_unknown_fields=True):
    """Without `confirm` a draft that holds the hour; with it the deed."""

    starts_at: Moment
    confirm: bool = False


class HandoffWanted(Struct, forbid_unknown_fields=True):
    """Why, by one of five words, or in the person's own."""

    reason: Annotated[str, Meta(max_length=500)] | None = None


class StaffMessage(Struct, forbid_unknown_fields=True):
    """A message under an id of the client's own: sent twice, it is said once."""

    id: Id
    content: str


class Complaint(Struct, rename="kebab"):
    """What a page asked for against its policy; browsers say more, and some say the third or the fourth alone.

    Source: Content Security Policy Level 3, `report-uri`.
    """

    document_uri: str = ""
    blocked_uri: str = ""
    effective_directive: str = ""
    violated_directive: str = ""


class PolicyReport(Struct):
    """One report, as a browser sends it."""

    complaint: Complaint = field(name="csp-report")
