"""The pool, and the one way to run a statement: a transaction that set role and claims locally."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import asyncpg
import msgspec
import structlog

from amara import errors, primary, traces
from amara.auth import ANONYMOUS, SERVICE, Caller

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"  # generic in the stubs alone

ACQUIRE_S = 2.0  # a caller who waits longer for a connection is better told to come back (D15)
PATIENT_S = 8.0  # an answer that is being written is worth more: nobody can come back to it
COMMAND_S = 10.0  # no statement of ours needs longer; a hung one must not hold the pool
CLOSE_S = 3.0  # for statements still under way when the service ends

# The time-out is one below the pool's own, so that it is PostgreSQL who ends a statement, and says so. A process that
# was stopped or cut off in the middle of a transaction must not hold what it has locked, the purse of all above all.
_BECOME = (
    "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true),"
    " set_config('statement_timeout', '9s', true), set_config('idle_in_transaction_session_timeout', '5s', true)"
)

_STATEMENTS_MAX = 400  # each prepared once a connection and then kept: its plan costs more than its execution

_BEGIN = "BEGIN;"  # as asyncpg says it

_is_patient: ContextVar[bool] = ContextVar("is_patient", default=False)

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
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that ended in the middle of a word
    OSError,  # refused, reset, too late; a stopped server takes its socket's file away as well
)


class Lent(asyncpg.Connection):
    """A connection that needs no washing: whoever borrows one leaves nothing behind but what their transaction held.

    asyncpg would send `RESET ALL`, `UNLISTEN *`, `CLOSE ALL` and an unlock after every loan, which doubles the cost of
    a short one. Role, claims and time-out are the transaction's own, locks and cursors end with it, nobody listens, and
    an open transaction is rolled back all the same. `tests/rules/test_sql_rooms.py` keeps it so.
    """

    _begins_as: Caller | None = None
    _role = SERVICE.database_role

    def transaction_of(self, who: Caller) -> asyncpg.transaction.Transaction:
        """A transaction that is this caller's from its first moment."""
        self._begins_as = who
        return self.transaction()

    def as_nobody(self) -> Lent:
        """For a question that becomes the service by itself."""
        self._role = SERVICE.database_role
        return self

    def get_reset_query(self) -> str:
        """Nothing to put back."""
        return ""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        """A transaction begins and becomes its caller's in one message instead of two.

        If that ever failed to happen, the transaction would be the bare login's, which may do nothing at all.
        """
        if self._begins_as is not None and query == _BEGIN:
            who, self._begins_as = self._begins_as, None
            self._role = who.database_role
            query += _BECOME.replace("$1", _literal(who.database_role)).replace("$2", _literal(who.claims))
        elif query is _BECOME:
            self._role = args[0]
        elif args:  # else it is not prepared, and has no plan
            query = self._as_role(query)
        return await super().execute(query, *args, timeout=timeout)

    async def fetch(self, query: str, *args: Any, **more: Any) -> list[Any]:
        """See asyncpg."""
        rows: list[Any] = await super().fetch(self._as_role(query), *args, **more)
        return rows

    async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
        """See asyncpg."""
        return await super().fetchrow(self._as_role(query), *args, **more)

    async def fetchval(self, query: str, *args: Any, **more: Any) -> Any:
        """See asyncpg."""
        return await super().fetchval(self._as_role(query), *args, **more)

    def _as_role(self, query: str) -> str:
        """The statement under its role's name, so that each has its own plan.

        A plan that policies went into is thrown away when another role comes with it: half a millisecond each time.
        """
        return query if self._role == SERVICE.database_role else f"/* {self._role} */ {query}"


class Database:
    """A pool whose connections are never lent without a role."""

    def __init__(self, pool: asyncpg.Pool[Any], *, keeps_statements: bool = True) -> None:
        """Args: pool is closed by `close()`; its connections keep no statements where a pooler stands in front."""
        self._pool = pool
        self._keeps_statements = keeps_statements
        self.is_well = True
        """The last transaction that was begun came to its end."""

    @asynccontextmanager
    async def transaction(self, who: Caller) -> AsyncIterator[Connection]:
        """A connection inside a transaction as this caller.

        Raises:
            Unavailable: the database is away, full or read-only, or no connection was free in time.
        """
        lent = await self._lend()
        try:
            with traces.span("transaction", role=who.database_role):
                async with lent.transaction_of(who):
                    yield lent
            self.is_well = True
        except _AWAY as error:
            raise self._lost(lent, error) from error
        finally:
            await self._take_back(lent)

    async def once(self, question: str, *args: Any) -> list[asyncpg.Record]:
        """*Service.* A question that is a transaction by itself: one way to the database where `transaction` has three.

        Args:
            question: calls a function of `amara_once`, which becomes the service before anything else; a connection
                that nothing else was said to is the bare login's, and may do nothing at all.
            args: what it is asked.

        Raises:
            Unavailable: as `transaction`; where it broke off, the question may have been committed.
        """
        lent = await self._lend()
        try:
            with traces.span("transaction", role=SERVICE.database_role):
                nobody = lent.as_nobody()
                if self._keeps_statements:
                    rows: list[asyncpg.Record] = await nobody.fetch(question, *args)
                else:  # what is parsed and what is run would meet two servers
                    async with nobody.transaction():
                        rows = await nobody.fetch(question, *args)
            self.is_well = True
        except _AWAY as error:
            raise self._lost(lent, error) from error
        else:
            return rows
        finally:
            await self._take_back(lent)

    async def _lend(self) -> Any:
        """A connection: a proxy of one of ours, which the stubs cannot know."""
        try:
            # Given the time itself, asyncpg would make a task of each loan.
            async with asyncio.timeout(PATIENT_S if _is_patient.get() else ACQUIRE_S):
                return await self._pool.acquire()
        except _AWAY as error:
            self.is_well = False
            raise errors.Unavailable from error

    def _lost(self, lent: Any, error: BaseException) -> errors.Unavailable:
        # An interface error may also be a mistake of ours: its class in the log tells the two apart.
        self.is_well = False
        _logger.warning("database_away", cause=type(error).__name__)
        if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
            lent.terminate()  # a primary that has become a standby: the next connection looks for the new one
        return errors.Unavailable()

    async def _take_back(self, lent: Any) -> None:
        try:
            await self._pool.release(lent, timeout=ACQUIRE_S)
        except _AWAY as error:  # it broke while it was put back: what was committed stays so
            _logger.warning("database_away", cause=type(error).__name__)

    def service(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction as `amara_service`: what only the service may say."""
        return self.transaction(SERVICE)

    def visitor(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction as `anon`: nobody in particular."""
        return self.transaction(ANONYMOUS)

    @property
    def pool_use(self) -> tuple[int, int, int]:
        """Connections lent, open and allowed."""
        size = self._pool.get_size()
        return size - self._pool.get_idle_size(), size, self._pool.get_max_size()

    async def safety(self) -> primary.Safety:
        """What the server and the login role are like, as nobody but the login itself."""
        async with self._pool.acquire(timeout=ACQUIRE_S) as connection:
            return await primary.safety(connection)

    async def close(self) -> None:
        """Ends every connection; waits for those still lent, three seconds at most."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


def be_patient() -> None:
    """Whatever this task asks from now on may wait longer for a connection: a disk that stalls for a few seconds, as
    some do at the end of a checkpoint, is no reason to give up an answer that is half written.
    """
    _is_patient.set(True)


async def become(connection: Connection, who: Caller) -> None:
    """Goes on as somebody else inside the same transaction, so that two roles' words commit together."""
    await connection.execute(_BECOME, who.database_role, who.claims)


@asynccontextmanager
async def attempt(connection: Connection) -> AsyncIterator[None]:
    """What fails inside is undone, and the transaction goes on; for once in it. The error is the caller's to catch.

    asyncpg's own lets the savepoint go again, which is one way more to the database; it goes with the transaction.
    """
    await connection.execute("savepoint attempt")
    try:
        yield
    except asyncpg.PostgresError:
        await connection.execute("rollback to savepoint attempt")
        raise


async def open_database(url: str, *, size: int = 10) -> Database:
    """A pool on this URL, its first connection already proved. It may lead through a pooler, or name several hosts."""
    pooled = await primary.is_pooled(url, command_timeout=COMMAND_S)
    reach: Any = primary.connect  # the stubs would have it take every argument by its name
    pool = await asyncpg.create_pool(
        url,
        connect=reach,
        min_size=1,
        max_size=size,
        max_queries=2**31,  # a connection that knows its statements is worth keeping,
        max_inactive_connection_lifetime=0,  # idle or not
        statement_cache_size=0 if pooled else _STATEMENTS_MAX,
        max_cached_statement_lifetime=0,
        command_timeout=COMMAND_S,
        connection_class=Lent,
        init=_prepare,
        server_settings={"application_name": "amara", **({} if pooled else primary.LINE)},
    )
    assert pool is not None  # create_pool awaited always answers a pool
    return Database(pool, keeps_statements=not pooled)


async def _prepare(connection: asyncpg.Connection[Any]) -> None:
    async with connection.transaction():  # a pooler may not change the server in the middle
        for kind in ("jsonb", "json"):
            await connection.set_type_codec(
                kind,
                schema="pg_catalog",
                encoder=_to_jsonb if kind == "jsonb" else msgspec.json.encode,
                decoder=_from_jsonb if kind == "jsonb" else msgspec.json.decode,
                format="binary",
            )


def _literal(text: str) -> str:
    """The text as SQL writes it, whatever stands in it and however the server reads backslashes.

    Source: libpq's PQescapeLiteral.
    """
    quoted = text.replace("'", "''")
    return f" E'{quoted.replace(chr(92), chr(92) * 2)}'" if chr(92) in quoted else f"'{quoted}'"


def _to_jsonb(value: Any) -> bytes:
    return b"\x01" + msgspec.json.encode(value)  # the binary form of jsonb opens with its version


def _from_jsonb(value: bytes) -> Any:
    return msgspec.json.decode(value[1:])
