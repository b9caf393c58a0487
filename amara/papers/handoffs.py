"""What the rooms of hand-offs say of themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from amara import errors, shapes
from amara.papers import answers
from amara.papers.operation import Operation

_CONVERSATION = "/v1/amara/conversations/{conversation_id:uuid}"


class HandedOff(Struct):
    """In whose hands it is now; null where it is Amara's."""

    handoff: answers.Handoff | None


class HandoffAsked(HandedOff):
    """Whether somebody is there, and when somebody will be."""

    staffed: bool
    staffed_from: Any


class Inbox(Struct):
    """A page of conversations that wait for people, or are theirs."""

    items: list[dict[str, Any]]
    next: str | None


class StaffMessageKept(Struct):
    """As everybody hears it."""

    id: str
    content: str
    author: answers.Author
    created_at: datetime


def operations() -> list[Operation]:
    """All of them."""

    def one(method: str, path: str, summary: str, **more: Any) -> Operation:
        return Operation(method=method, path=path, room="A person of the team", who="person", summary=summary, **more)

    refused = (errors.NotAllowed, errors.Busy)
    query = {
        "state": Literal["open", "waiting", "mine", "others"],
        "q": Annotated[str, Meta(max_length=100)],
        "limit": Annotated[int, Meta(ge=1, le=200)],
        "before": str,
    }
    return [
        one(
            "post",
            f"{_CONVERSATION}/handoff",
            "Asks for a person",
            body=shapes.HandoffWanted,
            body_needed=False,
            answers={200: HandoffAsked},
            problems=(errors.TooMany,),
        ),
        one("post", f"{_CONVERSATION}/return", "Gives it back to Amara", answers={200: HandedOff}),
        one(
            "get",
            "/v1/admin/conversations",
            "What is in people's hands, whoever waited longest first",
            query=query,
            answers={200: Inbox},
            problems=refused,
        ),
        one(
            "post",
            f"{_CONVERSATION}/take",
            "Whoever is first has it",
            answers={200: HandedOff},
            problems=refused,
        ),
        one(
            "post",
            f"{_CONVERSATION}/staff-messages",
            "A person of the team speaks",
            body=shapes.StaffMessage,
            answers={201: StaffMessageKept, 200: StaffMessageKept},
            problems=(*refused, errors.TextTooLong, errors.TextRefused, errors.MessageChanged),
        ),
    ]
