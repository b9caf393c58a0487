"""Plain SQL files, one transaction each, recorded so that `supabase db push --include-all` agrees by version."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_LOCK = 0x616D617261  # "amara": one runner at a time in a database, ours or another process's
# A migration that queues behind a long query stops everyone queueing behind it, so it steps back and tries again. Less
# than the second after which PostgreSQL looks for deadlocks: in one with a request it is the migration that yields.
_LOCK_WAIT = "500ms"
_ATTEMPTS = 240
_PAUSE_S = 0.25

_RECORDS = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text primary key, statements text[], name text
);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
create schema if not exists amara_private;
create table if not exists amara_private.migration_hashes (
  version text primary key, sha256 text not null, applied_at timestamptz not null default now()
);
"""

_READABLE = """
grant usage on schema supabase_migrations, amara_private to amara_service;
grant select on supabase_migrations.schema_migrations, amara_private.migration_hashes to amara_service;
"""

_KNOWN = """
select m.version, h.sha256
from supabase_migrations.schema_migrations m left join amara_private.migration_hashes h using (version)
"""

# In quotes: asyncpg has no generic classes when it runs, its stubs do.
Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"
Say = Callable[[str], None]


class MigrationError(Exception):
    """The schema could not be brought to, or is not at, what this version needs."""


class MigrationChanged(MigrationError):
    """A file was edited after it had been applied; its old text is what the database has."""


class MigrationRefused(MigrationError):
    """PostgreSQL refused a statement of a file; nothing of that file was kept."""


class MigrationsMissing(MigrationError):
    """There are no migration files where they should be."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. Its version is the digits before the first underscore, as the Supabase CLI has it."""

    path: Path
    version: str
    name: str
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A file the database does not agree with."""

    file: str
    state: Literal["pending", "changed"]

    def __str__(self) -> str:
        return f"{self.file} is {self.state}"


def migrations(directory: Path | None = None) -> list[Migration]:
    """The files in their order: inside the installed package, else at the top of the checkout.

    Raises:
        MigrationsMissing: neither place has any.
    """
    here = Path(__file__).resolve().parent
    for place in (directory,) if directory else (here / "migrations", here.parent / "migrations"):
        if found := [_read(path) for path in sorted(place.glob("*_*.sql"))]:
            return found
    raise MigrationsMissing("No migration files beside the package.")


def _read(path: Path) -> Migration:
    raw = path.read_bytes()
    version, _, name = path.stem.partition("_")
    return Migration(path, version, name, raw.decode(), hashlib.sha256(raw).hexdigest())


async def apply(owner_url: str, *, say: Say = lambda _: None, files: Iterable[Migration] | None = None) -> list[str]:
    """Applies what is missing and returns the names of the files it applied.

    Versions the platform recorded without us count as applied and are never compared.

    Raises:
        MigrationChanged: a file we applied has another text now.
        MigrationRefused: PostgreSQL refused one; those before it are kept.
    """
    applied = []
    connection = await asyncpg.connect(owner_url, server_settings={"application_name": "amara migrate"})
    try:
        async with connection.transaction():
            await _alone(connection)
            await connection.execute(_RECORDS)
        for migration in migrations() if files is None else files:
            if await _apply_patiently(connection, migration):
                applied.append(migration.path.name)
                say(f"applied {migration.path.name}")
        async with connection.transaction():
            await _alone(connection)  # two grants on one table at once are refused
            if await connection.fetchval("select to_regrole('amara_service') is not null"):
                await connection.execute(_READABLE)
    finally:
        await connection.close()
    return applied


async def _apply_patiently(connection: asyncpg.Connection[Any], migration: Migration) -> bool:
    for _ in range(_ATTEMPTS):
        with suppress(asyncpg.LockNotAvailableError):
            return await _apply_one(connection, migration)
        await asyncio.sleep(_PAUSE_S)
    raise MigrationRefused(
        f"{migration.path.name}: somebody holds a lock on what it changes, and did not let go of it."
    )


async def _apply_one(connection: asyncpg.Connection[Any], migration: Migration) -> bool:
    try:
        async with connection.transaction():
            await _alone(connection)
            known = {row["version"]: row["sha256"] for row in await connection.fetch(_KNOWN)}
            if migration.version in known:
                if known[migration.version] not in {None, migration.sha256}:
                    raise MigrationChanged(f"{migration.path.name} was changed after it had been applied.")
                return False
            await connection.execute("select set_config('lock_timeout', $1, true)", _LOCK_WAIT)
            await connection.execute(migration.text)
            await connection.execute(
                "insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)",
                migration.version,
                [migration.text],
                migration.name,
            )
            await connection.execute(
                "insert into amara_private.migration_hashes (version, sha256) values ($1, $2)",
                migration.version,
                migration.sha256,
            )
    except asyncpg.LockNotAvailableError:
        raise
    except asyncpg.PostgresError as error:
        raise MigrationRefused(f"{migration.path.name}{_line(error, migration.text)}: {error}") from error
    return True


async def _alone(connection: Connection) -> None:
    """Waits for other runners. Held to the end of the transaction: a pooler in between cannot lose it."""
    await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)


def _line(error: asyncpg.PostgresError, text: str) -> str:
    position = getattr(error, "position", None)
    return f", line {text.count(chr(10), 0, int(position)) + 1}" if position else ""


async def check(connection: Connection, *, files: Iterable[Migration] | None = None) -> list[Difference]:
    """What is pending or changed, read in a transaction of `amara_service` or of the owner; empty when all is well."""
    known: dict[str, str | None] = {}
    # One question at a time: to_regclass would be refused in a schema this role may not enter.
    if await connection.fetchval(
        "select count(*) = 2 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where (n.nspname, c.relname) in"
        " (('supabase_migrations', 'schema_migrations'), ('amara_private', 'migration_hashes'))"
    ):
        known = {row["version"]: row["sha256"] for row in await connection.fetch(_KNOWN)}
    differences = []
    for migration in migrations() if files is None else files:
        if migration.version not in known:
            differences.append(Difference(migration.path.name, "pending"))
        elif known[migration.version] not in {None, migration.sha256}:
            differences.append(Difference(migration.path.name, "changed"))
    return differences


async def ensure_login(owner: Connection, role_name: str, *, password: str | None = None) -> bool:
    """The role the service logs in as: nothing of its own, member of the three roles it may become.

    Args:
        owner: A connection that may create roles, after `apply`.
        role_name: As written in the service's URL.
        password: For a role that has to be created; an existing role keeps its own.

    Returns:
        Whether it was created now.
    """
    async with owner.transaction():
        await _alone(owner)
        is_new = not await owner.fetchval("select count(*) from pg_catalog.pg_roles where rolname = $1", role_name)
        if is_new:
            statement = await owner.fetchval(
                "select format('create role %I login noinherit', $1::text)"
                " || coalesce(format(' password %L', $2::text), '')",
                role_name,
                password,
            )
            await owner.execute(statement)
        missing = await owner.fetch(
            "select format('grant %I to %I', r.rolname, l.rolname) as statement"
            " from pg_catalog.pg_roles r, pg_catalog.pg_roles l"
            " where r.rolname in ('anon', 'authenticated', 'amara_service') and l.rolname = $1"
            " and not exists (select from pg_catalog.pg_auth_members m where m.roleid = r.oid and m.member = l.oid)",
            role_name,
        )
        for row in missing:
            await owner.execute(row["statement"])
    return is_new
