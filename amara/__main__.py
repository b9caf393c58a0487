"""The command line: `amara serve · chat · migrate · token · bookings · events · usage · import · webhooks · db · …`."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import click
import msgspec

from amara import VERSION, asyncapi, auth, console, described, doctor, migrate, postgres
from amara.app import legs
from amara.events_command import events
from amara.house import utc_now
from amara.import_command import import_
from amara.person_command import person
from amara.serve_command import serve
from amara.settings import Settings
from amara.store import bookings, people
from amara.terminal.command import chat
from amara.upkeep import Upkeep
from amara.usage_command import usage
from amara.webhooks_command import webhooks

TOKEN_TTL_S = 3600
_SIGNS = {"well": "✓", "note": "·", "ill": "✗"}


@click.group(
    commands=[chat, events, import_, person, serve, usage, webhooks],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name=None, version=VERSION, prog_name="amara")
def main() -> None:
    """Amara, the chat assistant of MaidConnect.

    Everything is set from the environment; the README lists the variables. Without any, an embedded PostgreSQL under
    .amara/ is used, and without ANTHROPIC_API_KEY an offline concierge answers.
    """


@main.command("migrate")
@click.option("--check", is_flag=True, help="Only say what is missing or changed; exit code 1 if anything is.")
def migrate_(*, check: bool) -> None:
    """Apply the migrations, and create the service's login role where it is missing.

    Uses AMARA_MIGRATION_DATABASE_URL (the owner), else AMARA_DATABASE_URL, else the embedded database. With --check the
    service's own login is enough.
    """
    console.run(_migrate(console.settings(), check_only=check))


async def _migrate(settings: Settings, *, check_only: bool) -> None:
    async with console.owner_url(settings) as url:
        if not check_only:
            applied = await migrate.apply(url, say=console.say)
            await _ensure_login(settings, url)
            console.say("Nothing to apply." if not applied else f"Applied {len(applied)}.")
        differences = await _differences(settings, url)
    for difference in differences:
        click.echo(str(difference))
    if differences:
        sys.exit(1)
    if check_only:
        console.say("Everything is applied.")


async def _differences(settings: Settings, url: str) -> list[migrate.Difference]:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            return await migrate.check(connection)
    except asyncpg.InsufficientPrivilegeError:  # the service's own login reads as the service alone
        async with console.service(settings) as database, database.service() as service:
            return await migrate.check(service)
    finally:
        await connection.close()


async def _ensure_login(settings: Settings, owner_url: str) -> None:
    parts = urlsplit(settings.database_url)
    role = postgres.LOGIN if settings.is_embedded else parts.username
    if role is None or role == urlsplit(owner_url).username:
        return
    owner = await asyncpg.connect(owner_url)
    try:
        if await migrate.ensure_login(owner, role, password=parts.password):
            console.say(f"Created the login role {role}.")
    finally:
        await owner.close()


@main.command()
def maintain() -> None:
    """Tidy once: holds that ended, bookings nobody answered for a day, old logs, the two clean-ups of the tables; and
    send what guests are to be told.

    The service does the same by itself every minute; this is for cron, where none runs.
    """
    done = console.run(_maintain(console.settings()))
    for what, count in done.items():
        click.echo(f"{what.replace('_', ' ')}: {count}")


async def _maintain(settings: Settings) -> dict[str, int]:
    async with console.service(settings) as database:
        zone, days = settings.time_zone, settings.conversations_days
        done = await Upkeep(database, utc_now, time_zone=zone, conversations_days=days).once()
        if not done:
            console.say("Another process is tidying.")
        return done | {"letters_sent": await legs.mailroom(settings, database).once()}


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
    settings = console.settings()
    if settings.jwks_url:
        raise click.ClickException("AMARA_JWKS_URL says that somebody else signs the tokens: ask them for one.")

    async def make() -> str:
        secret = settings.secret()
        await _person(settings, user, email=email, is_confirmed=not unconfirmed, role=role, is_anonymous=anonymous)
        tokens = auth.Tokens(secret, audience=settings.jwt_audience or None, issuer=settings.jwt_issuer or None)
        return tokens.sign(user, ttl_s=ttl, is_anonymous=anonymous, email=email)

    click.echo(console.run(make()))


async def _person(
    settings: Settings, user_id: UUID, *, email: str | None, is_confirmed: bool, role: str, is_anonymous: bool
) -> None:
    async with console.owner_url(settings) as url:
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
    console.run(_sign_out(console.settings(), user))
    console.say("Signed out.")


async def _sign_out(settings: Settings, user_id: UUID) -> None:
    async with console.owner_url(settings) as url:
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
    console.run(_answer(console.settings(), booking, "confirmed" if answer == "accept" else "declined"))


async def _answer(settings: Settings, booking_id: UUID, status: str) -> None:
    async with console.service(settings) as database, database.service() as connection:
        is_answered = await bookings.answer_booking(connection, booking_id, status)
    if not is_answered:
        raise click.ClickException("No booking with this id waits for an answer.")
    console.say(f"{booking_id} is {status}.")


@main.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="A list of findings.")
def doctor_(*, as_json: bool) -> None:
    """Look whether the service can work here: settings, database, migrations, model, a round trip on the socket.

    Nothing is changed. The exit code is 1 when something stands in the way.
    """

    async def examine() -> list[doctor.Finding]:
        found = []
        async for finding in doctor.Examination(console.settings(), os.environ).findings():
            found.append(finding)
            if not as_json:
                click.echo(f"{_SIGNS[finding.verdict]} {finding.about:<12}{finding.says}")
        return found

    found = console.run(examine())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    sys.exit(any(finding.verdict == "ill" for finding in found))


@main.command("asyncapi")
@click.option("--typescript", is_flag=True, help="As TypeScript types instead.")
def asyncapi_(*, typescript: bool) -> None:
    """Print the description of the socket: AsyncAPI 3."""
    if typescript:
        click.echo(asyncapi.typescript(), nl=False)
    else:
        click.echo(msgspec.json.format(msgspec.json.encode(asyncapi.document(version=VERSION))).decode())


@main.command("openapi")
def openapi_() -> None:
    """Print the description of HTTP: OpenAPI 3.1."""
    click.echo(msgspec.json.format(msgspec.json.encode(described.document())).decode())


@main.group()
def db() -> None:
    """Look inside the embedded database."""


@db.command("url")
def db_url() -> None:
    """Print the owner's URL, for any PostgreSQL tool. It works while the service runs."""
    click.echo(console.cluster(console.settings()).owner_url)


@db.command("psql", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def db_psql(arguments: tuple[str, ...]) -> None:
    """Open psql as the owner; further arguments are psql's own."""
    cluster = console.cluster(console.settings())
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

    sys.exit(console.run(run()))


if __name__ == "__main__":
    main()
