"""One thing that can be asked over HTTP, described once for machines and once for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Who = Literal[
    "nobody", "anybody", "person", "guest", "guest or visitor", "account and guest", "admin", "session", "key"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method on a path."""

    method: str
    """In small letters."""
    path: str
    """As the router writes it, with its parameters' kinds: `/v1/bookings/{booking_id:uuid}`."""
    room: str
    """Under which heading it stands."""
    summary: str
    who: Who = "nobody"
    body: Any = None
    """The type of the body, or several of which it is one; none where there is none."""
    forms: tuple[str, ...] = ("application/json",)
    """The media types the body may come in."""
    body_needed: bool = True
    query: Mapping[str, Any] = field(default_factory=dict)
    """Types by name; one whose name ends in `!` is required."""
    headers: Mapping[str, Any] = field(default_factory=dict)
    """Likewise."""
    answers: Mapping[int, Any]
    """By status: a type, a pair of media type and type, or none for an empty answer."""
    problems: tuple[Any, ...] = ()
    """Situations of its own, beside those that any request may meet."""
    detail: str = ""
    """More than the summary, in Markdown's paragraphs and code marks alone."""


def of(many: Iterable[Mapping[str, Any]]) -> list[Operation]:
    """Those that another package describes as plain data.

    Raises:
        TypeError: a field is missing, or there is no such field.
    """
    return [Operation(**one) for one in many]


def media(answer: Any) -> tuple[str, Any] | None:
    """The media type and the type of an answer; none where it is empty."""
    if answer is None:
        return None
    if isinstance(answer, tuple):
        return answer[0], answer[1]
    return "application/json", answer


def alternatives(one: Operation) -> tuple[Any, ...]:
    """The types its body may be of."""
    if one.body is None:
        return ()
    return one.body if isinstance(one.body, tuple) else (one.body,)
