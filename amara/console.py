"""What the commands share: the settings, a database to work on, and one message instead of a traceback."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import asyncpg
import click

from amara import migrate, opening, postgres
from amara import settings as settings_
from amara.db import Database, open_database
from amara.settings import Settings


def cluster(settings: Settings) -> postgres.Cluster:
    """The embedded database.

    Raises:
        click.ClickException: the settings name one of one's own.
    """
    if not settings.is_embedded:
        raise click.ClickException("AMARA_DATABASE_URL names a database of your own; this command is for the embedded.")
    return postgres.Cluster.at(settings.data_dir)


@contextlib.asynccontextmanager
async def owner_url(settings: Settings) -> AsyncIterator[str]:
    """The owner's URL; an embedded database runs for as long as the block lasts."""
    if not settings.is_embedded:
        yield settings.migration_database_url or settings.database_url
        return
    cluster = postgres.Cluster.at(settings.data_dir)
    await cluster.join()
    try:
        yield cluster.owner_url
    finally:
        await cluster.leave()


@contextlib.asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[Database]:
    """The service's own pool; an embedded database runs for as long as the block lasts."""
    async with contextlib.AsyncExitStack() as stack:
        url = settings.database_url
        if settings.is_embedded:
            cluster = postgres.Cluster.at(settings.data_dir)
            await cluster.join()
            stack.push_async_callback(cluster.leave)
            url = cluster.login_url
        database = await open_database(url, size=1)
        stack.push_async_callback(database.close)
        yield database


def settings() -> Settings:
    """What the environment says.

    Raises:
        click.ClickException: naming everything that is wrong with it.
    """
    try:
        return settings_.read(os.environ)
    except settings_.SettingsWrong as error:
        lines = "\n  ".join(error.problems)
        raise click.ClickException(f"Settings:\n  {lines}") from error


def run(main_: Coroutine[Any, Any, Any]) -> Any:
    """Runs to the end; what we foresaw is one message, not a traceback."""
    loop_factory = None
    if sys.platform != "win32":
        import uvloop  # noqa: PLC0415 - not there on Windows

        loop_factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(main_)
    except (opening.CannotStart, postgres.PostgresError, migrate.MigrationError, settings_.SettingsWrong) as error:
        raise click.ClickException(str(error)) from error
    except BrokenPipeError:  # who reads what we print has gone, as `head` does; click ends without a word
        raise
    except (OSError, asyncpg.PostgresError) as error:
        raise click.ClickException(f"The database: {type(error).__name__}: {error}") from error
    except KeyboardInterrupt:
        sys.exit(130)


def say(text: str) -> None:
    """Tells the person at the terminal; what a script reads goes elsewhere."""
    click.echo(text, err=True)
