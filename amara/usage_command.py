"""`amara usage`: what the model cost, in the terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from amara import console, errors, expenses, house
from amara.settings import Settings

_HEADS = {
    "calls": "calls",
    "input_tokens": "read",
    "cache_read_tokens": "from cache",
    "cache_write_tokens": "into cache",
    "output_tokens": "written",
    "cached_share": "cached",
    "cost_usd": "US$",
}


@click.command()
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day, included [thirty days until --to]."
)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day, included [today].")
@click.option("--by", type=click.Choice(["day", "model", "caller"]), default="day", show_default=True)
@click.option("--csv", "form", flag_value="csv", help="As CSV.")
@click.option("--json", "form", flag_value="json", help="As JSON.")
def usage(first: datetime | None, last: datetime | None, by: str, form: str | None) -> None:
    """What the model cost: tokens, and money where AMARA_PRICES has a price."""
    asked = {"from": str(first.date()) if first else "", "to": str(last.date()) if last else "", "by": by}
    told = console.run(_told(console.settings(), asked))
    if form == "csv":
        click.echo(expenses.sheet(told), nl=False)
    elif form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(told)))
    else:
        Console().print(table(told))


async def _told(settings: Settings, asked: dict[str, str]) -> dict[str, Any]:
    try:
        question = expenses.question(asked, now=house.utc_now(), zone=settings.time_zone)
    except errors.BadRequest as error:
        raise click.ClickException(error.detail) from error
    async with console.service(settings) as database, database.service() as db:
        return await expenses.report(db, question)


def table(told: dict[str, Any]) -> Table:
    """The items, and their total below a line."""
    narrow: dict[str, Any] = {"box": box.SIMPLE, "padding": (0, 1, 0, 0), "pad_edge": False}
    shown = Table(title=f"{told['from']} – {told['to']}", title_justify="left", show_footer=True, **narrow)
    shown.add_column(
        told["by"], footer="total", overflow="fold", min_width=12
    )  # a figure that is cut says something else
    for name, head in _HEADS.items():
        shown.add_column(head, justify="right", footer=_cell(name, told["total"][name]), no_wrap=True)
    for item in told["items"]:
        shown.add_row(item[told["by"]], *(_cell(name, item[name]) for name in _HEADS))
    if told["total"]["unpriced_calls"]:
        shown.caption = f"{told['total']['unpriced_calls']:,} calls have no price (AMARA_PRICES) and are not in US$."
    return shown


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.0%}" if name == "cached_share" else f"{value:,.4f}" if name == "cost_usd" else f"{value:,}"
