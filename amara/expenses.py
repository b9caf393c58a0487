"""What the model cost, for who pays it: by day, by model, by kind of caller; as JSON or for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from amara import errors
from amara.db import Connection
from amara.store import expenses as store
from amara.store.expenses import By

Json = dict[str, Any]

DAYS = 30  # where no first day is asked for
DAYS_MAX = 366

_COUNTED = (
    "calls",
    "estimated_calls",
    "unpriced_calls",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
)
_BY: dict[str, By] = {"day": "day", "model": "model", "caller": "caller"}
_FORMULA = tuple("=+-@\t\r")  # a spreadsheet takes a text that begins like this for a formula


@dataclass(frozen=True, slots=True)
class Question:
    """Whole days of one zone, both included."""

    first: date
    last: date
    zone: str
    by: By = "day"

    @property
    def begins(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, datetime.min.time(), ZoneInfo(self.zone))

    @property
    def ends(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), datetime.min.time(), ZoneInfo(self.zone))


def question(asked: Mapping[str, str], *, now: datetime, zone: str) -> Question:
    """What a query asks: `from`, `to`, `by`.

    Raises:
        BadRequest: a day that is none, a range that is turned round or too long, another grouping.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    by = _BY.get(asked.get("by") or "day")
    try:
        last = date.fromisoformat(asked["to"]) if asked.get("to") else today
        first = date.fromisoformat(asked["from"]) if asked.get("from") else last - timedelta(days=DAYS - 1)
    except (ValueError, OverflowError) as error:
        raise errors.BadRequest("`from` and `to` are days such as 2026-01-31.") from error
    if not (timedelta() <= last - first < timedelta(days=DAYS_MAX)) or last.year > 2199 or first.year < 2000:
        raise errors.BadRequest(f"`from` is not after `to`, and a range has at most {DAYS_MAX} days.")
    if by is None:
        raise errors.BadRequest("`by` is day, model or caller.")
    return Question(first, last, zone, by)


async def report(db: Connection, asked: Question) -> Json:
    """*Service.* `{from, to, by, items, total}`; a cost is none where no call in it had a price. Units: tokens, USD."""
    rows = [dict(row) for row in await store.expenses(db, asked.begins, asked.ends, asked.zone, asked.by)]
    items = [{str(asked.by): row["name"], **_figures([row])} for row in rows]
    return {
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "by": asked.by,
        "items": items,
        "total": _figures(rows),
    }


async def with_usage(db: Connection, told: Json, begins: datetime, ends: datetime) -> Json:
    """*Service.* This, and under `usage` the items by model from one instant to another, both included."""
    rows = await store.expenses(db, begins, ends + timedelta(microseconds=1), "UTC", "model")
    return told | {"usage": [{"model": row["name"], **_figures([dict(row)])} for row in rows]}


def _figures(rows: Iterable[Mapping[str, Any]]) -> Json:
    rows = list(rows)
    told: Json = {name: sum(row[name] for row in rows) for name in _COUNTED}
    read = told["input_tokens"] + told["cache_read_tokens"] + told["cache_write_tokens"]
    costs: list[Decimal] = [row["cost_usd"] for row in rows if row["cost_usd"] is not None]
    return told | {
        "cached_share": round(told["cache_read_tokens"] / read, 4) if read else None,
        "cost_usd": float(round(sum(costs, Decimal(0)), 6)) if costs else None,
    }


def sheet(told: Json) -> str:
    """The items as CSV with a head.

    Source: RFC 4180.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([told["by"], *told["total"]])
    writer.writerows(["" if cell is None else _harmless(cell) for cell in item.values()] for item in told["items"])
    return written.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
