"""What the events' doors say of themselves, for the document of all doors."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from analytics import errors, segment, shapes
from analytics.errors import AnalyticsError, EventDropped

Json = dict[str, Any]
Text = Annotated[str, Meta(description="As its media type says.")]
Day = Annotated[date, Meta(description="Inclusive, on Bogotá's calendar.")]

_EVENTS = "Events"
_SEGMENT = "Segment's libraries"
_NUMBERS = "The numbers"
_FORMS = ("application/json", "text/plain")


class EventBatch(Struct):
    """Up to 100 of them; `sent_at` is by the same clock as their `occurred_at`."""

    events: list[dict[str, Any]]
    sent_at: str | None = None


class SegmentCall(Struct, rename="camel"):
    """One call as Segment's HTTP API has it; fields that are not read are ignored. `null` is as good as absent."""

    message_id: str | None = None
    anonymous_id: str | None = None
    user_id: str | None = None
    event: str | None = None
    properties: dict[str, Any] | None = None
    timestamp: str | None = None
    write_key: str | None = None


class SegmentBatch(Struct, rename="camel"):
    """Many calls, each with its `type`."""

    batch: list[dict[str, Any]]
    write_key: str | None = None
    sent_at: str | None = None


def operations() -> list[Json]:
    """All of them."""
    return [*_events(), *_segment(), *_numbers(), *_pages()]


def codes() -> set[str]:
    """Of all situations there are here, those of single events too."""
    return {one.code for one in (*AnalyticsError.__subclasses__(), *EventDropped.__subclasses__())}


def _events() -> list[Json]:
    return [
        {
            "method": "post",
            "path": "/v1/events",
            "room": _EVENTS,
            "who": "anybody",
            "summary": "Capture events",
            "detail": (
                "One event, a list of them, or `{events: […]}` with up to 100; as they are or in gzip, at most 500 KB,"
                " 32 KB each. Answered after the commit: each is accepted, a duplicate, or rejected with its reason."
            ),
            "body": (shapes.Told, list[shapes.Told], EventBatch),
            "forms": _FORMS,
            "answers": {202: shapes.Receipt},
            "problems": (
                *(errors.BadRequest, errors.TooLarge, errors.WrongMediaType, errors.Busy),
                *(errors.EventInvalid, errors.EventTooLarge, errors.TextRefused, errors.AccountGone),
            ),
        },
        *(
            {"method": "options", "path": path, "room": room, "summary": "What a page may send", "answers": {204: None}}
            for room, path in _permitted()
        ),
    ]


def _permitted() -> list[tuple[str, str]]:
    of_segment = [(_SEGMENT, f"/v1{path}") for path in (*segment.BATCHES, *segment.ONE_CALL)]
    return [(_EVENTS, "/v1/events"), *of_segment]


def _segment() -> list[Json]:
    told = {
        "room": _SEGMENT,
        "who": "key",
        "forms": (*_FORMS, "application/x-www-form-urlencoded"),
        "answers": {200: shapes.Taken},
        "problems": (
            *(errors.BadRequest, errors.TooLarge, errors.WrongMediaType, errors.WriteKeyUnknown, errors.Busy),
            *(errors.EventInvalid, errors.EventTooLarge, errors.TextRefused, errors.AccountGone),
        ),
    }
    many = {"method": "post", "summary": "Segment: many calls", "body": SegmentBatch, **told}
    one = {"method": "post", "summary": "Segment: one call", "body": SegmentCall, **told}
    return [
        *({"path": f"/v1{path}", **many} for path in segment.BATCHES),
        *({"path": f"/v1{path}", **one} for path in segment.ONE_CALL),
        {
            "method": "get",
            "path": "/v1/projects/{key:str}/settings",
            "room": _SEGMENT,
            "summary": "Segment: settings of a page's library",
            "answers": {200: dict[str, Any]},
            "problems": (errors.WriteKeyUnknown,),
        },
    ]


def _numbers() -> list[Json]:
    wish = {
        "from": Day,
        "to": Day,
        "channel": Literal["assistant", "guest", "web"],
        "city": Annotated[str, Meta(max_length=200)],
        "by": Literal["day"],
        "format": Literal["json", "csv"],
    }
    asked = {"method": "get", "room": _NUMBERS, "who": "admin", "query": wish, "problems": (errors.NotAllowed,)}
    return [
        {
            "path": "/v1/analytics/funnel",
            "summary": "How many people went how far",
            "answers": {200: shapes.Funnel},
            "detail": "The last thirty days if no others are named. `format=csv` answers `text/csv`.",
            **asked,
        },
        {
            "path": "/v1/analytics/event-counts",
            "summary": "How often everything happened",
            "answers": {200: shapes.Counts},
            **asked,
        },
    ]


def _pages() -> list[Json]:
    page: Json = {"method": "get", "room": "Administrators' pages", "answers": {200: ("text/html", Text)}}
    form = {**page, "method": "post", "body": dict[str, str], "body_needed": False}
    form["forms"] = ("application/json", "application/x-www-form-urlencoded")
    file: Json = {
        "method": "get",
        "room": "Administrators' pages",
        "who": "session",
        "problems": (errors.TokenMissing,),
    }
    csv, json = {200: ("text/csv", Text)}, {200: ("application/json", dict[str, Any])}
    refused = {401: ("text/html", Text), 403: ("text/html", Text)}  # to a browser; to who asks in JSON, a problem
    return [
        {**page, "path": "/admin", "summary": "Where somebody enters"},
        {**page, "path": "/admin/style.css", "summary": "How they look", "answers": {200: ("text/css", Text)}},
        {
            **form,
            "path": "/admin/session",
            "summary": "A token, or the code of a link, becomes a session",
            "detail": "`token` or `code`, in JSON or as a form.",
            "answers": {204: None, 303: None, **refused},
            "problems": (errors.TokenMissing, errors.AccountGone, errors.NotAllowed),
        },
        {**form, "path": "/admin/leave", "summary": "Ends the session", "problems": (errors.NotAllowed,)},
        {
            **page,
            "path": "/admin/funnel",
            "who": "session",
            "summary": "The page of the funnel",
            "answers": {**page["answers"], 400: ("text/html", Text), **refused},
        },
        {**file, "path": "/admin/funnel.csv", "summary": "The funnel, to take along", "answers": csv},
        {**file, "path": "/admin/funnel.json", "summary": "The same as JSON", "answers": json},
        {**file, "path": "/admin/event-counts.csv", "summary": "The counts, to take along", "answers": csv},
        {**file, "path": "/admin/event-counts.json", "summary": "The same as JSON", "answers": json},
    ]
