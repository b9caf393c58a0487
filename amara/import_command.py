"""`amara import`: what an empty marketplace is filled with."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from amara import console, intake
from amara.settings import Settings

SHOWN_MAX = 200  # problems on one screen; a file with more has one mistake everywhere


@click.group("import")
def import_() -> None:
    """Bring your marketplace in."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Try everything, keep nothing.")
def professionals(file: Path, *, dry_run: bool) -> None:
    """Bring in the professionals of FILE, a CSV or JSON; all of them, or none and everything that is wrong.

    Needed are email, full_name, city and services (Limpieza=25000 | Cocina=30.000, in whole pesos an hour). Further:
    hours (lun-vie 08:00-18:00 | sáb 08:00-12:00), blocked_dates (2026-12-24 | …), languages (es | en), bio,
    experience_years, rating, review_count, on_time_rate, verification_level, time_zone, buffer_minutes,
    max_bookings_per_day, instant_booking, status. docs/integrate.md says more.

    The e-mail address is who somebody is: a file may come again, and what it leaves empty stays as it is.
    """
    try:
        done = console.run(_import(console.settings(), file, is_trial=dry_run))
    except intake.NothingThere:
        raise click.ClickException("This database has no marketplace yet: amara migrate makes one.") from None
    except intake.Refused as refused:
        for problem in refused.problems[:SHOWN_MAX]:
            click.echo(f"{file.name}{',' if problem.line else ''} {problem}", err=True)
        more = len(refused.problems) - SHOWN_MAX
        if more > 0:
            console.say(f"… and {more:,} more.")
        count = len(refused.problems)
        raise click.ClickException(
            f"{count:,} {'problem' if count == 1 else 'problems'}; nothing was written."
        ) from None
    console.say(f"Read as {done.read_as}.")
    what = "would be" if dry_run else "were"
    click.echo(f"{done.added:,} {what} added, {done.changed:,} {what} changed.")


async def _import(settings: Settings, file: Path, *, is_trial: bool) -> intake.Done:
    async with console.owner_url(settings) as url:
        bar = (TextColumn("Trying" if is_trial else "Writing"), BarColumn(), MofNCompleteColumn())
        with Progress(*bar, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("professionals", total=None)
            return await intake.write(
                url,
                file.read_bytes(),  # noqa: ASYNC240 - nothing else waits here
                is_json=file.suffix.lower() == ".json",
                is_trial=is_trial,
                advance=lambda done, of: progress.update(task, completed=done, total=of),
            )
