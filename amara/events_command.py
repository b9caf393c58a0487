"""`amara events`: the numbers of the page in a terminal, and old events taken away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from amara import console, errors
from amara.app import legs
from amara.settings import Settings
from amara.store import upkeep

BATCH = 10_000  # events of one transaction


@click.group()
def events() -> None:
    """Count events, see the funnel, take old events away."""


def _asking(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both share."""
    day = click.DateTime(["%Y-%m-%d"])
    for option in (
        click.option("--from", "first", type=day, help="First day, included [thirty days until --to]."),
        click.option("--to", "last", type=day, help="Last day, included [today]."),
        click.option("--channel", type=click.Choice(["assistant", "guest", "web"]), help="Of this channel alone."),
        click.option("--by-day", is_flag=True, help="A row a day."),
        click.option("--csv", "form", flag_value="csv", help="As CSV."),
        click.option("--json", "form", flag_value="json", help="As JSON."),
    ):
        command = option(command)
    return command


@events.command()
@_asking
def counts(**asked: Any) -> None:
    """How often each type of event happened."""
    _show("counts", asked)


@events.command()
@_asking
@click.option("--city", help="Of who searched there alone.")
def funnel(**asked: Any) -> None:
    """How many people went how far within a day of their search."""
    _show("funnel", asked)


def _show(what: str, asked: dict[str, Any]) -> None:
    form = asked.pop("form") or "table"
    told = console.run(_numbers(console.settings(), what, _query(**asked), "csv" if form == "csv" else "json"))
    if form == "csv":
        click.echo(told, nl=False)
    elif form == "json":
        click.echo(msgspec.json.format(told))
    else:
        Console().print(table(msgspec.json.decode(told)))


def _query(
    first: datetime | None, last: datetime | None, channel: str | None, city: str | None = None, *, by_day: bool
) -> dict[str, str]:
    query = {
        "from": first and str(first.date()),
        "to": last and str(last.date()),
        "channel": channel,
        "city": city,
        "by": "day" if by_day else None,
    }
    return {name: value for name, value in query.items() if value}


async def _numbers(settings: Settings, what: str, asked: dict[str, str], form: str) -> bytes:
    async with console.service(settings) as database:
        try:
            return await legs.numbers(settings, database, what, asked, form)
        except errors.BadRequest as error:
            raise click.ClickException(error.detail) from error


def table(told: dict[str, Any]) -> Table:
    """What the numbers' JSON says; by days where it has days."""
    kind, name = ("stages", "stage") if "stages" in told else ("counts", "event_type")
    rows: list[dict[str, Any]] = told[kind]
    if "days" in told:
        names = [row[name] for row in rows]
        rows = [{"day": of_day["day"]} | {name: of_day[kind].get(name, 0) for name in names} for of_day in told["days"]]
    shown = Table(title=f"{told['from']} – {told['to']}", title_justify="left")
    for column in rows[0] if rows else (name,):
        shown.add_column(column.replace("_", " "), justify="left" if column in {"day", name} else "right")
    for row in rows:
        shown.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row.values()))
    return shown


@events.command()
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
def purge(*, dry_run: bool) -> None:
    """Take events older than 90 days away; their numbers stay, without anybody's name.

    The service does the same by itself. Each batch is a transaction: what is done stays done when it is interrupted.
    """
    gone = console.run(_purge(console.settings(), is_trial=dry_run))
    click.echo(f"{gone:,} events older than 90 days{'.' if dry_run else ' are gone.'}")


async def _purge(settings: Settings, *, is_trial: bool) -> int:
    async with console.service(settings) as database:
        async with database.service() as db:
            old = await upkeep.events_to_purge(db)
        if is_trial or not old:
            return old
        total = 0
        bar = (TextColumn("Purging"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*bar, console=Console(stderr=True)) as progress:
            task = progress.add_task("purge", total=old)
            while True:
                async with database.service() as db:
                    gone = await upkeep.purge_events(db, limit=BATCH)
                if not gone:
                    break
                total += gone
                progress.update(task, completed=total)
        if total < old:
            console.say("Another process is at the numbers; the rest goes another time.")
        return total
