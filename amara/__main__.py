"""The command line: `amara serve · migrate · token · revoke · bookings · db`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import click

from amara import app, auth, log, migrate, postgres, server
from amara import settings as settings_
from amara.db import Database, open_database
from amara.settings import Settings
from amara.store import bookings, people

TOKEN_TTL_S = 3600


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name=None, version="0.1.0", prog_name="amara")
def main() -> None:
    """Amara, the chat assistant of MaidConnect.

    Everything is set from the environment; the README lists the variables. Without any, an embedded PostgreSQL under
    .amara/ is used, and without ANTHROPIC_API_KEY an offline concierge answers.
    """


@main.command()
@click.option("--host", help="Address to listen on [AMARA_HOST, 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one [AMARA_PORT, 8000].")
@click.option("--demo", is_flag=True, help="Load the demo marketplace, and let anybody be its customer.")
def serve(host: str | None, port: int | None, *, demo: bool) -> None:
    """Serve the chat, guest checkout and event capture in one process.

    The first Ctrl-C (or SIGTERM) lets answers finish; the second one ends at once.
    """
    settings = _settings()
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    log.configure(form=settings.log_format, level=settings.log_level)
    _run(_serve(settings, has_demo=demo))


async def _serve(settings: Settings, *, has_demo: bool) -> None:
    began = time.monotonic()
    try:
        listener = server.listen(settings.host, settings.port)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. Choose another --port."
        ) from error
    port = listener.getsockname()[1]
    address = settings.public_url or f"http://{_printable(settings.host)}:{port}"
    with contextlib.closing(listener):
        async with app.open_door(settings, port=port, has_demo=has_demo, say=_say) as door:
            model = "the offline concierge (no ANTHROPIC_API_KEY)" if settings.is_concierge else settings.model
            async with server.running(door.app, listener, lambda: door.drain(server.GRACE_S)) as running:
                _say(f"{model} answers. Ready in {time.monotonic() - began:.1f} s.")
                click.echo(f"\n  {'Demo page' if has_demo else 'Page'}:  {address}/\n\n  Ctrl-C to stop.", err=True)
                await running.has_left()
    _say("Stopped.")


@main.command("migrate")
@click.option("--check", is_flag=True, help="Only say what is missing or changed; exit code 1 if anything is.")
def migrate_(*, check: bool) -> None:
    """Apply the migrations, and create the service's login role where it is missing.

    Uses AMARA_MIGRATION_DATABASE_URL (the owner), else AMARA_DATABASE_URL, else the embedded database.
    """
    _run(_migrate(_settings(), check_only=check))


async def _migrate(settings: Settings, *, check_only: bool) -> None:
    async with _owner_url(settings) as url:
        if not check_only:
            applied = await migrate.apply(url, say=_say)
            await _ensure_login(settings, url)
            _say("Nothing to apply." if not applied else f"Applied {len(applied)}.")
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                differences = await migrate.check(connection)
        finally:
            await connection.close()
    for difference in differences:
        click.echo(str(difference))
    if differences:
        sys.exit(1)
    if check_only:
        _say("Everything is applied.")


async def _ensure_login(settings: Settings, owner_url: str) -> None:
    parts = urlsplit(settings.database_url)
    role = postgres.LOGIN if settings.is_embedded else parts.username
    if role is None or role == urlsplit(owner_url).username:
        return
    owner = await asyncpg.connect(owner_url)
    try:
        if await migrate.ensure_login(owner, role, password=parts.password):
            _say(f"Created the login role {role}.")
    finally:
        await owner.close()


@main.command()
@click.option("--user", required=True, type=click.UUID, help="Whose token; on plain PostgreSQL made when missing.")
@click.option("--email", help="Counts as confirmed unless --unconfirmed.")
@click.option("--unconfirmed", is_flag=True, help="The e-mail is not confirmed yet.")
@click.option("--role", type=click.Choice(["customer", "admin"]), default="customer", show_default=True)
@click.option("--anonymous", is_flag=True, help="A visitor's principal.")
@click.option("--ttl", type=click.IntRange(1), default=TOKEN_TTL_S, show_default=True, help="Seconds it is good for.")
def token(user: UUID, email: str | None, role: str, ttl: int, *, unconfirmed: bool, anonymous: bool) -> None:
    """Print a token signed with our secret: for development, tests and operators.

    The role is the profile's; the token's own `role` is always authenticated.
    """
    settings = _settings()
    if settings.jwks_url:
        raise click.ClickException("AMARA_JWKS_URL says that somebody else signs the tokens: ask them for one.")

    async def make() -> str:
        secret = settings.secret()
        await _person(settings, user, email=email, is_confirmed=not unconfirmed, role=role, is_anonymous=anonymous)
        tokens = auth.Tokens(secret, audience=settings.jwt_audience or None, issuer=settings.jwt_issuer or None)
        return tokens.sign(user, ttl_s=ttl, is_anonymous=anonymous, email=email)

    click.echo(_run(make()))


async def _person(
    settings: Settings, user_id: UUID, *, email: str | None, is_confirmed: bool, role: str, is_anonymous: bool
) -> None:
    async with _owner_url(settings) as url:
        owner = await asyncpg.connect(url)
        try:
            await people.ensure(
                owner, user_id, email=email, is_confirmed=is_confirmed, role=role, is_anonymous=is_anonymous
            )
        finally:
            await owner.close()


@main.command()
@click.option("--user", required=True, type=click.UUID, help="Whose tokens.")
def revoke(user: UUID) -> None:
    """Sign somebody out: tokens made until now open nothing any more, open connections end within a minute."""
    _run(_sign_out(_settings(), user))
    _say("Signed out.")


async def _sign_out(settings: Settings, user_id: UUID) -> None:
    async with _owner_url(settings) as url:
        owner = await asyncpg.connect(url)
        try:
            await people.sign_out(owner, user_id, issued_before=datetime.now(UTC))
        finally:
            await owner.close()


@main.command("bookings")
@click.argument("answer", type=click.Choice(["accept", "decline"]))
@click.argument("booking", type=click.UUID)
def bookings_(answer: str, booking: UUID) -> None:
    """Accept or decline a booking that waits, in its professional's place."""
    _run(_answer(_settings(), booking, "confirmed" if answer == "accept" else "declined"))


async def _answer(settings: Settings, booking_id: UUID, status: str) -> None:
    async with _service(settings) as database, database.service() as connection:
        is_answered = await bookings.answer_booking(connection, booking_id, status)
    if not is_answered:
        raise click.ClickException("No booking with this id waits for an answer.")
    _say(f"{booking_id} is {status}.")


@main.group()
def db() -> None:
    """Look inside the embedded database."""


@db.command("url")
def db_url() -> None:
    """Print the owner's URL, for any PostgreSQL tool. It works while the service runs."""
    click.echo(_cluster(_settings()).owner_url)


@db.command("psql", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def db_psql(arguments: tuple[str, ...]) -> None:
    """Open psql as the owner; further arguments are psql's own."""
    cluster = _cluster(_settings())
    beside = (cluster.server.binaries or postgres.find().directory) / "psql"
    program = str(beside) if beside.exists() else shutil.which("psql")
    if program is None:
        raise click.ClickException("There is no psql on this machine; `amara db url` prints where to connect.")

    async def run() -> int:
        await cluster.join()
        try:
            process = await asyncio.create_subprocess_exec(program, cluster.owner_url, *arguments)
            return await process.wait()
        finally:
            await cluster.leave()

    sys.exit(_run(run()))


def _cluster(settings: Settings) -> postgres.Cluster:
    if not settings.is_embedded:
        raise click.ClickException("AMARA_DATABASE_URL names a database of your own; this command is for the embedded.")
    return postgres.Cluster.at(settings.data_dir)


@contextlib.asynccontextmanager
async def _owner_url(settings: Settings) -> AsyncIterator[str]:
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
async def _service(settings: Settings) -> AsyncIterator[Database]:
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


def _settings() -> Settings:
    try:
        return settings_.read(os.environ)
    except settings_.SettingsWrong as error:
        lines = "\n  ".join(error.problems)
        raise click.ClickException(f"Settings:\n  {lines}") from error


def _run(main_: Coroutine[Any, Any, Any]) -> Any:
    """Runs to the end; what we foresaw is one message, not a traceback."""
    loop_factory = None
    if sys.platform != "win32":
        import uvloop  # noqa: PLC0415 - not there on Windows

        loop_factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(main_)
    except (app.CannotStart, postgres.PostgresError, migrate.MigrationError, settings_.SettingsWrong) as error:
        raise click.ClickException(str(error)) from error
    except (OSError, asyncpg.PostgresError) as error:
        raise click.ClickException(f"The database: {type(error).__name__}: {error}") from error
    except KeyboardInterrupt:
        sys.exit(130)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _printable(host: str) -> str:
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    main()
