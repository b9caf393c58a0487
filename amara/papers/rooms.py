"""What Amara's own rooms say of themselves."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from amara import errors, shapes
from amara.papers import answers
from amara.papers.operation import Operation
from amara.reading import RunAgentInput

Limit = Annotated[int, Meta(ge=1, le=200, description="How many at most; 50 if not said.")]
Before = Annotated[str, Meta(description="The `next` of an earlier page.")]
Key = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[ -~]+$", description="The same key: done once.")]
Cursor = Annotated[str, Meta(max_length=64, description="A cursor, or `-1` for the run's beginning.")]
Text = Annotated[str, Meta(description="A text of the internet's kind that the address names.")]

_LIST: dict[str, Any] = {"limit": Limit, "before": Before}
_ONCE: dict[str, Any] = {"Idempotency-Key": Key}
_CONVERSATION = "/v1/amara/conversations/{conversation_id:uuid}"
_DRAFT = "/v1/amara/drafts/{draft_id:uuid}"
_BOOKING = "/v1/bookings/{booking_id:uuid}"
_HTML = ("text/html", Text)
_FILE = ("*/*", Text)


def operations() -> list[Operation]:
    """All of them, in the order of the page."""
    return [*_people(), *_conversations(), *_stream(), *_drafts(), *_bookings(), *_demo(), *_service(), *_pages()]


def _people() -> list[Operation]:
    return [
        Operation(
            method="post",
            path="/v1/auth/anonymous",
            room="People",
            who="anybody",
            summary="A visitor's own principal, for 24 hours",
            detail="With a valid bearer, a fresh token for the same person. 404 where somebody else signs the tokens.",
            answers={201: answers.Granted},
            problems=(errors.NotFound,),
        ),
    ]


def _conversations() -> list[Operation]:
    def one(method: str, path: str, summary: str, **more: Any) -> Operation:
        return Operation(method=method, path=path, room="Conversations", who="person", summary=summary, **more)

    return [
        one(
            "get",
            "/v1/amara/conversations",
            "The caller's conversations, newest first",
            query=_LIST,
            answers={200: answers.Conversations},
        ),
        one("get", _CONVERSATION, "One conversation", answers={200: answers.ConversationInFull}),
        one(
            "patch",
            _CONVERSATION,
            "Renames a conversation, or puts it away",
            body=shapes.ConversationChange,
            answers={200: answers.ConversationInFull},
            detail="A title of nothing visible, or `null`, takes the name away. Whoever speaks again brings it back.",
        ),
        one("delete", _CONVERSATION, "Deletes a conversation for good", answers={204: None}),
        one(
            "get",
            f"{_CONVERSATION}/messages",
            "Its messages, newest first",
            query=_LIST,
            answers={200: answers.Messages},
        ),
        one(
            "get",
            f"{_CONVERSATION}/export",
            "All of a conversation, as one file",
            answers={200: answers.Export},
            detail="Sent as it is read, whatever its length. A file that was cut short is no JSON.",
        ),
        one(
            "post",
            "/v1/amara/messages/{message_id:uuid}/feedback",
            "What an answer was worth",
            body=shapes.Feedback,
            answers={200: answers.FeedbackGiven},
            detail="The last word stands, as `metadata.feedback` of the message.",
        ),
        one(
            "post",
            "/v1/amara/runs/{run_id:str}/cancel",
            "Stops a run, from any device of its owner",
            answers={202: answers.Stopping},
        ),
        one(
            "post",
            "/v1/amara/tickets",
            "A ticket to the socket, for a browser",
            body=shapes.TicketWanted,
            answers={201: answers.Ticket},
            problems=(errors.NotFound, errors.TooMany),
            detail=(
                "Offer it as the second subprotocol, `Sec-WebSocket-Protocol: amara.v1, ticket.<ticket>`, within a"
                " minute. It opens that conversation, once, for the page that asked."
            ),
        ),
    ]


def _stream() -> list[Operation]:
    events = ("text/event-stream", Any)
    refusals = (errors.BadFrame, errors.NotAllowed, errors.NotFound, errors.TooMany, errors.TextTooLong)
    return [
        Operation(
            method="post",
            path="/v1/agui",
            room="The chat over SSE",
            who="person",
            summary="Say something and hear its run: AG-UI over SSE",
            body=RunAgentInput,
            headers={"Last-Event-ID": Cursor},
            answers={200: events},
            problems=(*refusals, errors.TextRefused, errors.MessageChanged, errors.Unavailable),
            detail="What is refused after the stream has begun is `RUN_STARTED` and `RUN_ERROR` in it.",
        ),
        Operation(
            method="get",
            path="/v1/agui",
            room="The chat over SSE",
            who="person",
            summary="The rest of a run, from a cursor",
            query={"runId!": Annotated[str, Meta(max_length=128)], "offset": Cursor},
            headers={"Last-Event-ID": Cursor},
            answers={200: events},
            problems=refusals,
        ),
    ]


def _drafts() -> list[Operation]:
    def one(method: str, path: str, summary: str, **more: Any) -> Operation:
        return Operation(method=method, path=path, room="Drafts", who="person", summary=summary, **more)

    said = {"headers": _ONCE, "answers": {200: answers.Answer}}
    mine = (errors.KeyReused, errors.ContactNeeded)
    return [
        one("get", _DRAFT, "A draft as it stands", answers={200: answers.Draft}),
        one(
            "patch",
            _DRAFT,
            "Another version of a draft; never a booking",
            body=shapes.DraftChange,
            body_needed=False,
            problems=mine,
            **said,
        ),
        one("delete", _DRAFT, "Withdraws a draft and frees its hour", problems=mine, **said),
        one(
            "post",
            f"{_DRAFT}/confirm",
            "Carries out this version of a draft, once",
            body=shapes.DraftConfirmation,
            problems=mine,
            detail="A lost hour, another price or a newer version are no problems but outcomes: nothing was booked.",
            **said,
        ),
    ]


def _bookings() -> list[Operation]:
    def one(method: str, path: str, summary: str, **more: Any) -> Operation:
        return Operation(method=method, path=path, room="Bookings", who="person", summary=summary, **more)

    said = {"headers": _ONCE, "answers": {200: answers.Answer}, "problems": (errors.KeyReused, errors.ContactNeeded)}
    return [
        one(
            "get",
            "/v1/bookings",
            "The caller's bookings, newest first",
            query=_LIST,
            answers={200: answers.Bookings},
        ),
        one("get", _BOOKING, "One booking", answers={200: answers.Booking}),
        one(
            "post",
            f"{_BOOKING}/cancel",
            "The refund first; with `confirm`, the deed",
            body=shapes.BookingCancellation,
            body_needed=False,
            **said,
        ),
        one(
            "post",
            f"{_BOOKING}/reschedule",
            "Holds the hour; with `confirm`, the deed",
            body=shapes.BookingMove,
            **said,
        ),
    ]


def _demo() -> list[Operation]:
    word = Annotated[str, Meta(min_length=1, max_length=80)]
    return [
        Operation(
            method="post",
            path="/v1/demo/customer",
            room="The demo",
            summary="The demo's customer, under `--demo` alone",
            answers={201: answers.GrantedByName},
            problems=(errors.NotFound,),
        ),
        Operation(
            method="post",
            path="/v1/demo/account",
            room="The demo",
            summary="An account of one's own, under `--demo` alone",
            body=shapes.AccountWanted,
            answers={201: answers.GrantedByName, 202: answers.CodeSent},
            problems=(errors.NotFound, errors.CodeRefused, errors.TooMany),
            detail="Without `code` one is printed on the terminal; with it, the token of a confirmed account.",
        ),
        Operation(
            method="get",
            path="/v1/demo/professionals",
            room="The demo",
            summary="The professionals card of a search, under `--demo` alone",
            query={"city": word, "service": word, "locale": Literal["es", "en"]},
            answers={200: answers.Card},
        ),
        Operation(
            method="get",
            path="/v1/demo/catalogue",
            room="The demo",
            summary="Everybody of a city and a service, best first, under `--demo` alone",
            query={"city": word, "service": word, "locale": Literal["es", "en"]},
            answers={200: dict[str, Any]},
        ),
        Operation(
            method="get",
            path="/v1/demo/professionals/{professional_id:uuid}",
            room="The demo",
            summary="One of them, under `--demo` alone",
            query={"locale": Literal["es", "en"]},
            answers={200: dict[str, Any]},
        ),
        Operation(
            method="get",
            path="/v1/demo/professionals/{professional_id:uuid}/hours",
            room="The demo",
            summary="The availability card of one of them",
            query={"minutes": Annotated[int, Meta(ge=120, le=480)]},
            answers={200: answers.Card},
        ),
    ]


def _service() -> list[Operation]:
    def one(path: str, summary: str, **answers: Any) -> Operation:
        told = {int(status.removeprefix("as_")): answer for status, answer in answers.items()}
        return Operation(method="get", path=path, room="The service", summary=summary, answers=told)

    return [
        one("/health/live", "The process lives", as_200=answers.Live),
        one("/health/ready", "The service can serve", as_200=answers.Readiness, as_503=answers.Readiness),
        one("/v1/amara/about", "Who answers here", as_200=answers.About),
        one("/openapi.json", "HTTP, described: this document", as_200=dict[str, Any]),
        one("/asyncapi.json", "The socket, described", as_200=dict[str, Any]),
        Operation(
            method="post",
            path="/v1/csp-reports",
            room="The service",
            summary="What a browser reports of a page's policy",
            detail="Counted and logged in words of ours alone; sixty a minute are heard.",
            body=shapes.PolicyReport,
            forms=("application/csp-report",),
            answers={204: None},
            problems=(errors.TooMany,),
        ),
    ]


def _pages() -> list[Operation]:
    def one(path: str, summary: str, answer: Any = _HTML) -> Operation:
        return Operation(method="get", path=path, room="Pages", summary=summary, answers={200: answer, 304: None})

    return [
        one("/", "The page"),
        one("/guest", "Booking without an account, by hand"),
        one("/docs", "These documents, for people"),
        one("/docs/style.css", "How that page looks", ("text/css", Text)),
        one("/widget/v1/frame", "The chat alone, for a frame or a WebView"),
        one("/widget/v1/{name:path}", "The widget's files", _FILE),
    ]
