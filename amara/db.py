"""The pool, and the one way to run a statement: a transaction that set role and claims locally."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
import msgspec
import structlog

from amara import errors
from amara.auth import ANONYMOUS, SERVICE, Caller

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"  # generic in the stubs alone

ACQUIRE_S = 2.0  # a caller who waits longer for a connection is better told to come back (D15)
COMMAND_S = 10.0  # no statement of ours needs longer; a hung one must not hold the pool

CLOSE_S = 3.0  # for statements still under way when the service ends

# The time-out is one below the pool's own, so that it is PostgreSQL who ends a statement, and says so.
_BECOME = (
    "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true),"
    " set_config('statement_timeout', '9s', true)"
)

_logger = structlog.get_logger(__name__)

_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.DiskFullError,
    asyncpg.QueryCanceledError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that ended in the middle of a word
    OSError,  # refused, reset, too late; a stopped server takes its socket's file away as well
)


@dataclass(frozen=True, slots=True)
class Safety:
    """What must hold before the service starts."""

    is_durable: bool
    """A commit that was answered is on disk."""
    is_above_policies: bool
    """The login is a superuser or bypasses row level security."""
    version: int
    """PostgreSQL's major version."""


class Database:
    """A pool whose connections are never lent without a role."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        """Args: pool is closed by `close()`."""
        self._pool = pool

    @asynccontextmanager
    async def transaction(self, who: Caller) -> AsyncIterator[Connection]:
        """A connection inside a transaction as this caller.

        Raises:
            Unavailable: the database is away, full, read-only or has no connection free within two seconds.
        """
        try:
            connection = await self._pool.acquire(timeout=ACQUIRE_S)
        except _AWAY as error:
            raise errors.Unavailable from error
        try:
            async with connection.transaction():
                await connection.execute(_BECOME, who.database_role, who.claims)
                yield connection
        except _AWAY as error:
            # An interface error may also be a mistake of ours: its class in the log tells the two apart.
            _logger.warning("database_away", cause=type(error).__name__)
            raise errors.Unavailable from error
        finally:
            try:
                await self._pool.release(connection)
            except _AWAY as error:  # it broke while it was put back: what was committed stays so
                _logger.warning("database_away", cause=type(error).__name__)

    def service(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction as `amara_service`: what only the service may say."""
        return self.transaction(SERVICE)

    def visitor(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction as `anon`: nobody in particular."""
        return self.transaction(ANONYMOUS)

    async def safety(self) -> Safety:
        """What the server and the login role are like, as nobody but the login itself."""
        async with self._pool.acquire(timeout=ACQUIRE_S) as connection:
            row = await connection.fetchrow(
                "select current_setting('synchronous_commit') <> 'off' as is_durable,"
                " r.rolsuper or r.rolbypassrls as is_above_policies, current_setting('server_version_num')::int / 10000"
                " as version from pg_catalog.pg_roles r where r.rolname = session_user"
            )
        assert row is not None  # the session's user is always there
        return Safety(row["is_durable"], row["is_above_policies"], row["version"])

    async def close(self) -> None:
        """Ends every connection; waits for those still lent, three seconds at most."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


async def become(connection: Connection, who: Caller) -> None:
    """Goes on as somebody else inside the same transaction, so that two roles' words commit together."""
    await connection.execute(_BECOME, who.database_role, who.claims)


async def open_database(url: str, *, size: int = 10) -> Database:
    """A pool on this URL, its first connection already proved."""
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=COMMAND_S,
        init=_prepare,
        server_settings={"application_name": "amara"},
    )
    assert pool is not None  # create_pool awaited always answers a pool
    return Database(pool)


async def _prepare(connection: asyncpg.Connection[Any]) -> None:
    for kind in ("jsonb", "json"):
        await connection.set_type_codec(
            kind,
            schema="pg_catalog",
            encoder=_to_jsonb if kind == "jsonb" else msgspec.json.encode,
            decoder=_from_jsonb if kind == "jsonb" else msgspec.json.decode,
            format="binary",
        )


def _to_jsonb(value: Any) -> bytes:
    return b"\x01" + msgspec.json.encode(value)  # the binary form of jsonb opens with its version


def _from_jsonb(value: bytes) -> Any:
    return msgspec.json.decode(value[1:])
