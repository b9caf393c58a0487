"""`amara person`: what is known of somebody, and how it is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import click
import msgspec

from amara import VERSION, console
from amara.settings import Settings
from amara.store import lifecycle


@click.group()
def person() -> None:
    """Export or erase everything of one person (Ley 1581: access and erasure).

    Make sure who is asking before you answer: nothing here does.
    """


def _whom(command: Any) -> Any:
    for option in (
        click.option("--email", help="An address: every account and guest session that has it."),
        click.option("--user", "user_id", type=click.UUID, help="An account, or a visitor's principal."),
    ):
        command = option(command)
    return command


@person.command()
@_whom
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file, instead of the terminal.")
def export(user_id: UUID | None, email: str | None, output: Path | None) -> None:
    """Write everything that is known of somebody, as JSON, table by table, without secrets."""
    settings = _checked(user_id, email)

    async def write() -> bytes:
        async with console.owner_url(settings) as url:
            owner = await _connect(url)
            try:
                async with owner.transaction(isolation="repeatable_read", readonly=True):
                    found = await _found(owner, user_id, email)
                    tables = await lifecycle.everything(owner, found)
            finally:
                await owner.close()
        document = {"exported_at": datetime.now(UTC), "by": f"amara {VERSION}", "tables": tables}
        return msgspec.json.format(msgspec.json.encode(document))

    document = console.run(write())
    if output is None:
        click.echo(document.decode())
    else:
        output.write_bytes(document)
        output.chmod(0o600)
        console.say(f"Written to {output}.")


@person.command()
@_whom
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(user_id: UUID | None, email: str | None, *, yes: bool) -> None:
    """Erase a person: account, visits, conversations and the name in events go, for good.

    Bookings stay as records of nobody, without address and instructions: they are the professional's income, and books.
    Whoever has a booking that is not over cannot be erased yet.
    """
    settings = _checked(user_id, email)

    async def carry_out() -> dict[str, int]:
        async with console.owner_url(settings) as url:
            owner = await _connect(url)
            try:
                found = await _found(owner, user_id, email)
                against = await lifecycle.standing_in_the_way(owner, found)
                if against is not None:
                    raise click.ClickException(against)
                console.say(
                    f"{len(found.people)} accounts or visitors, {len(found.sessions)} guest sessions,"
                    f" {len(found.conversations)} conversations, {len(found.bookings)} bookings."
                )
                if not yes:
                    click.confirm("Erase all of it, for good?", abort=True, err=True)
                return dict(await lifecycle.forget(owner, found))
            finally:
                await owner.close()

    for what, count in console.run(carry_out()).items():
        click.echo(f"{what}: {count}")


def _checked(user_id: UUID | None, email: str | None) -> Settings:
    if (user_id is None) == (email is None):
        raise click.UsageError("Name one: --user or --email.")
    return console.settings()


async def _connect(url: str) -> lifecycle.Owner:
    owner = await asyncpg.connect(url)
    await owner.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda said: msgspec.json.encode(said).decode(),
        decoder=msgspec.json.decode,
    )
    return owner


async def _found(owner: lifecycle.Owner, user_id: UUID | None, email: str | None) -> lifecycle.Person:
    found = await lifecycle.find(owner, user_id=user_id, email=email)
    if not found:
        raise click.ClickException("Nobody is known by that.")
    return found
