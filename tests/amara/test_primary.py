"""Of several servers the one that may be written to is found, though another one says nothing at all."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from amara import db as amara_db
from amara import primary
from tests.faulty import silent

WRITE = "target_session_attrs=read-write"


@pytest.mark.parametrize(
    ("url", "each"),
    [
        (f"postgresql://a:p@x:1,y:2/d?{WRITE}", [f"postgresql://a:p@x:1/d?{WRITE}", f"postgresql://a:p@y:2/d?{WRITE}"]),
        (f"postgresql://a@x,y/d?{WRITE}", [f"postgresql://a@x/d?{WRITE}", f"postgresql://a@y/d?{WRITE}"]),
        (f"postgresql://x,[::1]:2/d?{WRITE}", [f"postgresql://x/d?{WRITE}", f"postgresql://[::1]:2/d?{WRITE}"]),
        (
            "postgresql://a@/d?host=/x,y&port=1,2&target_session_attrs=primary",
            [
                "postgresql://a@/d?host=%2Fx&port=1&target_session_attrs=primary",
                "postgresql://a@/d?host=y&port=2&target_session_attrs=primary",
            ],
        ),
        (f"postgresql://a@/d?host=x,y&{WRITE}", [f"postgresql://a@/d?host={host}&{WRITE}" for host in "xy"]),
        (
            f"postgresql://a@/d?host=x,y&port=7&{WRITE}",
            [f"postgresql://a@/d?host={host}&port=7&{WRITE}" for host in "xy"],
        ),
        ("postgresql://a@x:1,y:2/d", ["postgresql://a@x:1,y:2/d"]),  # the first that answers: their order is meant
        ("postgresql://a@x/d", ["postgresql://a@x/d"]),
        (f"postgresql:///d?{WRITE}", [f"postgresql:///d?{WRITE}"]),
    ],
)
def test_a_url_of_several_servers_is_one_of_each(url, each):
    assert primary.each(url) == each


def beside(url: str, port: int) -> str:
    """The same database as the second of two servers; the first listens on this port."""
    parts = urlsplit(url)
    its = parse_qs(parts.query)
    return f"postgresql://{parts.username}@{parts.path}?host=127.0.0.1,{its['host'][0]}&port={port},{its['port'][0]}&{WRITE}"


async def test_a_server_that_says_nothing_keeps_nobody_from_the_one_that_answers(urls):
    with silent() as port:
        database = await amara_db.open_database(beside(urls.login_url, port))
        async with database.visitor() as one, database.visitor() as another:
            assert [await each.fetchval("select 1") for each in (one, another)] == [1, 1]
        await database.close()


async def test_a_server_that_refuses_keeps_nobody_either(urls):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    connection = await primary.connect(beside(urls.login_url, port))
    assert await connection.fetchval("select 1") == 1
    await connection.close()


async def test_where_none_may_be_written_to_it_is_said(urls, owner):
    name = await owner.fetchval("select current_database()")
    await owner.execute(f"alter database {name} set default_transaction_read_only = on")
    with pytest.raises(asyncpg.TargetServerAttributeNotMatched):
        await primary.connect(urls.login_url + f"&{WRITE}")
    with silent() as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        await primary.connect(f"postgresql://a@127.0.0.1:{port},127.0.0.1:{port}/d?{WRITE}")


async def test_who_has_no_time_left_leaves_nothing_behind(urls):
    with silent() as port, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await primary.connect(f"postgresql://a@127.0.0.1:{port}/d?{WRITE}")
    async with asyncio.timeout(5):
        while any("connect" in str(task.get_coro()) for task in asyncio.all_tasks()):  # noqa: ASYNC110 - their turn
            await asyncio.sleep(0)


async def test_the_line_itself_notices_when_nobody_is_there(urls):
    async with by_tcp(urls.login_url) as url:
        connection = await primary.connect(url)
        line = connection._transport.get_extra_info("socket")
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        for name, value in primary._WATCHED:
            if hasattr(socket, name):
                assert line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value
        connection.terminate()


async def test_a_server_that_goes_as_its_connection_comes_is_away(urls, monkeypatch):
    """As a primary does that is killed; who asked is told so, and tries again."""
    connect = asyncpg.connect

    async def connected(*given, **how):
        connection = await connect(*given, **how)
        connection.terminate()
        await asyncio.sleep(0)  # the loop closes the socket
        return connection

    monkeypatch.setattr(asyncpg, "connect", connected)
    async with by_tcp(urls.login_url) as url:
        with pytest.raises(ConnectionResetError):
            await primary.connect(url)


@asynccontextmanager
async def by_tcp(url: str):
    """The server of the tests has no port: this is one."""
    parts = urlsplit(url)
    its = parse_qs(parts.query)

    async def carry(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader, writer):
        far_reader, far_writer = await asyncio.open_unix_connection(f"{its['host'][0]}/.s.PGSQL.{its['port'][0]}")
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer), return_exceptions=True)
        far_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"postgresql://{parts.username}@127.0.0.1:{server.sockets[0].getsockname()[1]}{parts.path}"
    finally:
        server.close()
