"""What a tool is: a name the model may call, typed arguments, and one transaction as the caller.

A tool never learns who is asking except through the database: the connection it is handed already carries the caller's
role and claims, so row level security decides what it sees. No argument names a user.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

import asyncpg
import msgspec

from amara import terms

Locale = Literal["es", "en"]
Json = dict[str, Any]
Reason = Literal["asked", "failures", "safety", "billing", "dispute"]


class BookingDesk(Protocol):
    """Where a tool asks for free hours, leaves its offers and calls a person of the team, in the person's name; nothing
    here books anything.
    """

    async def free(self, professional_id: UUID, first: date, last: date, minutes: int) -> Sequence[datetime]:
        """When a visit of this length can start, on the professional's own days from the first to the last."""
        ...

    async def free_of(
        self, professional_ids: Sequence[UUID], since: datetime, until: datetime, minutes: int
    ) -> Mapping[UUID, Sequence[datetime]]:
        """Who of these can begin a visit of this length from one moment until before another, and when."""
        ...

    async def offer(self, wish: terms.Wish) -> terms.Answer:
        """A draft for this visit."""
        ...

    async def offer_cancellation(self, booking_id: UUID) -> terms.Answer:
        """A draft that quotes what comes back.

        Raises:
            errors.NotFound: the person has no such booking.
        """
        ...

    async def offer_move(self, booking_id: UUID, starts_at: datetime) -> terms.Answer:
        """A draft that holds other hours for a booking.

        Raises:
            errors.NotFound: the person has no such booking.
        """
        ...

    async def request_human(self, reason: Reason, summary: str | None) -> Json:
        """Puts this very conversation, and no other, into the hands of a person of the team: the `handoff` card."""
        ...


class Refusal(Exception):
    """The tool cannot do this, and the model can use the reason: it becomes a tool result with `is_error`."""

    def __init__(self, code: str, detail: str, **more: Any) -> None:
        """Args: code is stable and snake_case; detail is an English sentence of ours to the model; more is what the
        database says beside it, because nothing that people wrote may stand inside a sentence of ours.
        """
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.more = more


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds one call."""

    db: asyncpg.pool.PoolConnectionProxy[Any]
    """Inside a transaction whose role and claims are the caller's."""
    now: datetime
    """Aware, UTC; the only clock a tool may read."""
    time_zone: str
    """The person's IANA zone."""
    locale: Locale
    desk: BookingDesk


class Run(Protocol):
    """The deed itself: arguments already decoded into the tool's own struct."""

    def __call__(self, context: Context, args: Any, /) -> Awaitable[Json]:
        """A JSON object; with `card` when the client draws it.

        Raises:
            Refusal: the model should hear why.
        """
        ...


@dataclass(frozen=True, slots=True)
class Happened:
    """What a call that went well means for the funnel; the service says so in the call's own commit."""

    type: str
    properties: Json
    key: str
    """What makes it this deed and no other: said again under the same key, it counts once."""


Happenings = Callable[[UUID, Any, Json], Sequence[Happened]]
"""Of the run, the arguments and the answer of one call."""


def _nothing(_run_id: UUID, _args: Any, _card: Json, /) -> Sequence[Happened]:
    return ()


@dataclass(frozen=True, slots=True)
class Tool:
    """One entry of the catalogue."""

    name: str
    description: str
    """English, for the model: when to call it, what it answers."""
    args: type[msgspec.Struct]
    """`forbid_unknown_fields=True`; its docstrings and Meta become the schema the model sees."""
    run: Run
    labels: Mapping[Locale, str]
    """The status line a person reads while it runs."""
    streams_args: bool = True
    """The arguments may be seen on the wire as they come; False where they hold what only the record may."""
    happened: Happenings = _nothing

    def decode(self, raw: bytes | str) -> Any:
        """The arguments as the tool's struct.

        Raises:
            Refusal: `bad_arguments`, naming the field and what is wrong with it.
        """
        try:
            return msgspec.json.decode(raw or b"{}", type=self.args)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Refusal("bad_arguments", f"Arguments of {self.name}: {error}") from error

    def schema(self) -> Json:
        """JSON Schema of the arguments, inline: the model's side takes no `$ref` at the top."""
        (schema,), components = msgspec.json.schema_components([self.args], ref_template="#/$defs/{name}")
        inlined: Json = _inline(schema, components)
        inlined.pop("title", None)
        inlined.pop("description", None)
        inlined["additionalProperties"] = False
        return inlined


def _inline(node: Any, components: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            name = str(node["$ref"]).rsplit("/", 1)[-1]
            return _inline(components[name], components)
        return {key: _inline(value, components) for key, value in node.items()}
    if isinstance(node, list):
        return [_inline(item, components) for item in node]
    return node
