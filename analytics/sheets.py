"""The numbers as somebody takes them along: JSON for programs, CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, TypeAlias

import msgspec

from analytics import errors, funnel
from analytics.settings import Connection, Settings
from analytics.shapes import Counts, Funnel

Service: TypeAlias = Callable[[], AbstractAsyncContextManager[Connection]]
Form = Literal["json", "csv"]

# A spreadsheet takes a text that begins like this for a formula, and runs it.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def form_wanted(asked: str | None, accept: str) -> Form:
    """By `?format=`, else by what the caller accepts (RFC 9110, 12.5.1); a list that has both wants JSON.

    Raises:
        BadQuestion: there is no such form.
    """
    if asked == "csv":
        return "csv"
    if asked == "json":
        return "json"
    if asked:
        raise errors.BadQuestion
    accepted = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return "csv" if "text/csv" in accepted and not accepted & {"application/json", "*/*"} else "json"


def told(found: Funnel | Counts, form: str) -> dict[str, Any]:
    """Content, headers and media type of the answer; nobody keeps it on the way."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept"}
    if form == "json":
        return {"content": msgspec.json.encode(found), "headers": headers, "media_type": "application/json"}
    name = "funnel" if isinstance(found, Funnel) else "event-counts"
    headers["Content-Disposition"] = f'attachment; filename="{name}_{found.first}_{found.last}.csv"'
    return {"content": sheet(found).encode(), "headers": headers, "media_type": "text/csv"}


async def of_service(
    what: str, asked: Mapping[str, str], form: str, service: Service, clock: funnel.Clock, settings: Settings
) -> bytes:
    """`funnel` or `counts`, asked by the service itself.

    Raises:
        BadRange, BadQuestion: there is no such thing.
    """
    wish = funnel.wish_of(asked, clock, settings)
    async with service() as connection:
        found = await funnel.answer(what, connection, wish, clock, settings)
    content: bytes = told(found, form)["content"]
    return content


def sheet(found: Funnel | Counts) -> str:
    """A table with its head; by days where there are days.

    Source: RFC 4180.
    """
    if isinstance(found, Funnel):
        return _table(*_funnel(found))
    return _table(*_counts(found))


def _funnel(found: Funnel) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    if found.days is msgspec.UNSET:
        return ("stage", "unique_users", "conversion_rate"), [msgspec.structs.astuple(each) for each in found.stages]
    names = [each.stage for each in found.stages]
    return ("day", *names), ([of_day.day, *(of_day.stages[name] for name in names)] for of_day in found.days)


def _counts(found: Counts) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    if found.days is msgspec.UNSET:
        return ("event_type", "event_count"), [msgspec.structs.astuple(each) for each in found.counts]
    return ("day", "event_type", "event_count"), (
        (of_day.day, name, number) for of_day in found.days for name, number in sorted(of_day.counts.items())
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(map(_harmless, head))
    writer.writerows(map(_harmless, row) for row in rows)
    return written.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
