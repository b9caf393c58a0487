"""Which of several servers may be written to, and a line to it that ends soon when nobody is at its other end.

A server that is killed says so: its machine answers every packet with a reset. One whose machine has lost its power or
its cable says nothing at all, and TCP by itself would believe in it for a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

SILENT_S = 5  # of a server's machine, which acknowledges what it gets by itself, however busy the server is
TOUCH_S, TOUCH_AGAIN_S, TOUCHES = 2, 1, 3  # where there is nothing to say, it is asked whether it is there
NEXT_S = 0.3  # before the next server is tried beside one that has not answered yet
CONNECT_S = 5.0

_WRITABLE = frozenset({"read-write", "primary"})
_WATCHED = (
    ("TCP_KEEPIDLE", TOUCH_S),
    ("TCP_KEEPINTVL", TOUCH_AGAIN_S),
    ("TCP_KEEPCNT", TOUCHES),
    ("TCP_USER_TIMEOUT", SILENT_S * 1000),
)
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""How a server is not to be had: it is gone, refuses, is not what was asked for, or its URL says nothing."""

LINE = {
    "tcp_keepalives_idle": str(TOUCH_S),
    "tcp_keepalives_interval": str(TOUCH_AGAIN_S),
    "tcp_keepalives_count": str(TOUCHES),
}
"""The same from the server's side: who is gone with their machine must not hold what they have locked for hours."""


@dataclass(frozen=True, slots=True)
class Safety:
    """What must hold before the service starts."""

    is_durable: bool
    """A commit that was answered is on disk."""
    is_above_policies: bool
    """The login is a superuser or bypasses row level security."""
    version: int
    """PostgreSQL's major version."""


async def connect(url: str, **how: Any) -> asyncpg.Connection[Any]:
    """A connection, to the one that may be written to where the URL names several and asks for that.

    asyncpg tries them one after the other, and a server that says nothing would be waited for until the caller has no
    time left; here the next one is tried beside it.

    Raises:
        AWAY: none of them; what the last one answered.
    """
    how.setdefault("timeout", CONNECT_S)
    waiting, trying, last = each(url), set[asyncio.Task[Any]](), None
    try:
        while waiting or trying:
            if waiting:
                trying.add(asyncio.create_task(asyncpg.connect(waiting.pop(0), **how)))
            done, trying = await asyncio.wait(
                trying, timeout=NEXT_S if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                try:
                    found: asyncpg.Connection[Any] = task.result()
                    _watch(found)
                except AWAY as error:
                    last = error
                else:
                    trying |= done - {task}
                    return found
    finally:
        for task in trying:
            task.add_done_callback(_drop)
            task.cancel()
    assert last is not None  # each of them was tried, and none was found
    raise last


def each(url: str) -> list[str]:
    """The URL of every server in one that names several and asks for the one that may be written to; else itself."""
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))
    if asked.get("target_session_attrs") not in _WRITABLE:
        return [url]
    login, at, hosts = parts.netloc.rpartition("@")
    if not hosts and "host" not in asked:
        return [url]
    if hosts:
        return [urlunsplit(parts._replace(netloc=f"{login}{at}{host}")) for host in hosts.split(",")]
    names = asked["host"].split(",")
    ports = asked.get("port", "").split(",")
    ports = ports * len(names) if len(ports) == 1 else ports
    queries = [
        asked | {"host": name} | ({"port": port} if port else {}) for name, port in zip(names, ports, strict=True)
    ]
    return [urlunsplit(parts._replace(query=urlencode(query))) for query in queries]


async def is_pooled(url: str, *, command_timeout: float) -> bool:
    """Whether a pooler stands in front, which lends a server for a transaction at a time: nothing may be prepared then.

    Whoever greets us names the process to be cancelled; a pooler makes one up, and another one answers.
    """
    connection = await connect(url, statement_cache_size=0, command_timeout=command_timeout)
    try:
        async with connection.transaction():  # outside of one, what is parsed and what is run may meet two servers
            answering: int = await connection.fetchval("select pg_catalog.pg_backend_pid()")
        return answering != connection.get_server_pid()
    finally:
        await connection.close()


async def safety(connection: Any) -> Safety:
    """What a server, and the login this connection was opened as, are like."""
    row = await connection.fetchrow(
        "select current_setting('synchronous_commit') <> 'off' as is_durable,"
        " r.rolsuper or r.rolbypassrls as is_above_policies, current_setting('server_version_num')::int / 10000"
        " as version from pg_catalog.pg_roles r where r.rolname = session_user"
    )
    assert row is not None  # the session's user is always there
    return Safety(row["is_durable"], row["is_above_policies"], row["version"])


def _watch(connection: asyncpg.Connection[Any]) -> None:
    its: Any = connection
    line = its._transport.get_extra_info("socket")  # noqa: SLF001 - asyncpg sets none of these, and shows no socket
    if line is None or line.family == getattr(socket, "AF_UNIX", None):
        return
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _WATCHED:
            if (option := getattr(socket, name, None)) is not None:  # not every system has all of them
                line.setsockopt(socket.IPPROTO_TCP, option, value)
    except (OSError, ValueError) as error:  # uvloop's way to say that there is no such socket any more
        connection.terminate()
        raise ConnectionResetError("The connection went as it came.") from error


def _drop(task: asyncio.Task[Any]) -> None:
    """One that answered too late to be needed."""
    if not task.cancelled() and task.exception() is None:
        task.result().terminate()
