"""`amara webhooks`: what the platform's service was not told yet, told once more, and a secret to sign with."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import click
import msgspec
from rich.console import Console
from rich.table import Table

from amara import console
from amara.notices import a_secret
from amara.settings import Settings
from amara.store import notices

COLUMNS = ("id", "type", "subject", "state", "attempts", "cause", "created at", "due at")


@click.group()
def webhooks() -> None:
    """See what your own service was told, and tell it once more."""


@webhooks.command("list")
@click.option("--dead", "state", flag_value="dead", help="Those that were given up.")
@click.option("--waiting", "state", flag_value="waiting", help="Those that are due, or will be.")
@click.option("--delivered", "state", flag_value="delivered", help="Those of the last seven days that arrived.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="The latest so many.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(state: str | None, limit: int, *, as_json: bool) -> None:
    """List notices, the latest first; without an option all that did not arrive yet."""
    rows = console.run(_listed(console.settings(), state, limit))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([dict(row) for row in rows])).decode())
    elif rows:
        Console().print(table(rows))
    else:
        console.say("Nothing of that kind." if state else "Everything was delivered.")


async def _listed(settings: Settings, state: str | None, limit: int) -> list[asyncpg.Record]:
    async with console.service(settings) as database, database.service() as db:
        return await notices.listed(db, state=state, limit=limit)


def table(rows: Sequence[asyncpg.Record]) -> Table:
    """A line a notice; an id is never cut, because it is what `retry` takes."""
    shown = Table()
    for column in COLUMNS:
        shown.add_column(column, no_wrap=column == "id", justify="right" if column == "attempts" else "left")
    for row in rows:
        cells = (row[column.replace(" ", "_")] for column in COLUMNS)
        shown.add_row(
            *(
                "" if cell is None else f"{cell:%Y-%m-%d %H:%M:%S}" if hasattr(cell, "hour") else str(cell)
                for cell in cells
            )
        )
    return shown


@webhooks.command()
@click.argument("ids", nargs=-1, type=click.UUID, metavar="[ID]...")
@click.option("--dead", is_flag=True, help="All that were given up.")
def retry(ids: tuple[UUID, ...], *, dead: bool) -> None:
    """Try these again, at once and from the first attempt on. The service does it; it need not run now."""
    if bool(ids) == dead:
        raise click.UsageError("Either ids, or --dead.")
    done = console.run(_retried(console.settings(), None if dead else ids))
    if not dead and done < len(set(ids)):
        console.say("What was delivered, or is not there, is left alone.")
    click.echo(f"{done} will be tried again.")


async def _retried(settings: Settings, ids: Sequence[UUID] | None) -> int:
    async with console.service(settings) as database, database.service() as db:
        return await notices.retry(db, ids)


@webhooks.command()
def secret() -> None:
    """Print a new secret for AMARA_WEBHOOK_SECRET."""
    click.echo(a_secret())
