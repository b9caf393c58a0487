"""What the guest's doors say of themselves, for the document of all doors."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from guest import errors, shapes
from guest.recovery import Asked, Recovery, Tried

Limit = Annotated[int, Meta(ge=1, le=200, description="How many at most; 50 if not said.")]
Before = Annotated[str, Meta(description="The `next` of an earlier page.")]
Key = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[ -~]+$", description="The same key: done once.")]

Json = dict[str, Any]


def operations(answer: Any, booking: Any, bookings: Any, problems: dict[str, Any]) -> list[Json]:
    """All of them.

    Args:
        answer: what comes of a deed at the counter.
        booking: as the counter shows it.
        bookings: a page of them.
        problems: of the counter, by code.
    """
    rows = [*_sessions(), *_bookings(answer, booking, bookings, problems), *_recovery()]
    return [{"room": "Guests", **row} for row in rows]


def codes() -> set[str]:
    """Of all situations there are here."""
    return {one.code for one in errors.GuestError.__subclasses__()}


def _sessions() -> list[Json]:
    return [
        {
            "method": "post",
            "path": "/v1/guest/sessions",
            "who": "anybody",
            "summary": "Open a guest session",
            "detail": "The token is shown this once. A visitor's bearer makes the session theirs.",
            "body": shapes.Form,
            "answers": {201: shapes.OpenedSession},
            "problems": (
                *(errors.ConsentMissing, errors.ConsentOutdated, errors.EmailInvalid, errors.NameInvalid),
                *(errors.PhoneInvalid, errors.TextRefused, errors.TooMany),
            ),
        },
        {
            "method": "get",
            "path": "/v1/guest/session",
            "who": "guest",
            "summary": "The guest session of this token",
            "answers": {200: shapes.Session},
            "problems": (errors.SessionUnknown,),
        },
        {
            "method": "post",
            "path": "/v1/guest/convert",
            "who": "account and guest",
            "summary": "What a guest has becomes an account's",
            "answers": {200: shapes.Claim},
            "problems": (errors.SessionUnknown, errors.ClaimRefused),
        },
    ]


def _bookings(answer: Any, booking: Any, bookings: Any, problems: dict[str, Any]) -> list[Json]:
    once = {"Idempotency-Key": Key}
    spent, busy = problems["key_reused"], problems["contact_needed"]
    return [
        {
            "method": "post",
            "path": "/v1/guest/bookings",
            "who": "guest or visitor",
            "summary": "Book a draft of the chat's, or a visit in full",
            "detail": "A draft of the chat needs the visitor's bearer too.",
            "body": (shapes.Pick, shapes.Wish),
            "headers": once,
            "answers": {200: answer},
            "problems": (errors.SessionUnknown, errors.TextRefused, spent, busy),
        },
        {
            "method": "get",
            "path": "/v1/guest/bookings",
            "who": "guest",
            "summary": "The guest's bookings, newest first",
            "query": {"limit": Limit, "before": Before},
            "answers": {200: bookings},
            "problems": (errors.SessionUnknown,),
        },
        {
            "method": "get",
            "path": "/v1/guest/bookings/{booking_id:uuid}",
            "who": "guest",
            "summary": "One booking of the guest's",
            "answers": {200: booking},
            "problems": (errors.SessionUnknown,),
        },
        {
            "method": "post",
            "path": "/v1/guest/bookings/{booking_id:uuid}/cancel",
            "who": "guest",
            "summary": "The refund first; with `confirm`, the deed",
            "body": shapes.Cancellation,
            "body_needed": False,
            "headers": once,
            "answers": {200: answer},
            "problems": (errors.SessionUnknown, spent),
        },
    ]


def _recovery() -> list[Json]:
    return [
        {
            "method": "post",
            "path": "/v1/guest/recovery",
            "summary": "Ask for a code, by a booking and its address",
            "detail": "The answer, and how long it takes, are the same whether they belong together or not.",
            "body": Asked,
            "answers": {202: Recovery},
            "problems": (errors.TooMany,),
        },
        {
            "method": "post",
            "path": "/v1/guest/recovery/consume",
            "summary": "A new token for the code",
            "body": Tried,
            "answers": {200: shapes.OpenedSession},
            "problems": (errors.CodeRefused, errors.TooMany),
        },
    ]
