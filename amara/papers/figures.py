"""What the rooms say of themselves that tell what one may begin with, what the model cost, and how a process does."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from amara import errors
from amara.papers.operation import Operation

Locale = Annotated[str, Meta(max_length=16, description="`en…` is English, everything else Spanish.")]
Page = Annotated[str, Meta(max_length=2000, description="Where they are: an address, a path or a title.")]
Day = Annotated[date, Meta(description="Inclusive, in the service's time zone.")]
Exposition = Annotated[str, Meta(description="Prometheus' text format, 0.0.4.")]


class Starter(Struct):
    """What may be said first, for a tap."""

    label: str
    """What the tap says."""
    text: str
    """What it sends."""


class Starters(Struct):
    """At most four, the likeliest first."""

    items: list[Starter]


class Expense(Struct):
    """What calls to the model used, in tokens, and cost, in US dollars."""

    calls: int
    estimated_calls: int
    """Those whose answer broke off: what they wrote is reckoned, not reported."""
    unpriced_calls: int
    """Those of a model without a price; they are not in `cost_usd`."""
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cached_share: float | None
    """Of all that was read; null where nothing was."""
    cost_usd: float | None
    """Null where no call had a price."""


class ExpenseItem(Expense):
    """The same of one day, one model or one kind of caller: the field that `by` names is there, the others are not."""

    day: str | UnsetType = UNSET
    model: str | UnsetType = UNSET
    caller: str | UnsetType = UNSET


class Usage(Struct, rename={"first": "from", "last": "to"}):
    """What the model cost, in whole days."""

    first: date
    last: date
    by: Literal["day", "model", "caller"]
    items: list[ExpenseItem]
    total: Expense


def operations() -> list[Operation]:
    """All of them."""

    def one(path: str, summary: str, **more: Any) -> Operation:
        return Operation(method="get", path=path, summary=summary, **more)

    return [
        one(
            "/v1/amara/starters",
            "What somebody may begin with",
            room="Conversations",
            who="anybody",
            query={"locale": Locale, "page": Page},
            answers={200: Starters},
            detail="Who shows a token is reminded of visits to come.",
        ),
        one(
            "/v1/admin/usage",
            "What the model cost, by day, model or kind of caller",
            room="The numbers",
            who="admin",
            query={
                "from": Day,
                "to": Day,
                "by": Literal["day", "model", "caller"],
                "format": Literal["json", "csv"],
            },
            answers={200: Usage},
            problems=(errors.NotAllowed,),
            detail="The last thirty days if no others are named, at most 366. `format=csv` answers `text/csv`.",
        ),
        one(
            "/metrics",
            "What is counted of this process",
            room="The service",
            who="anybody",
            answers={200: ("text/plain", Exposition)},
            problems=(errors.NotFound,),
            detail="For a scraper on this machine, or for who shows `AMARA_METRICS_TOKEN`; otherwise it is not there.",
        ),
    ]
