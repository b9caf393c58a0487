"""Who uses the server keeps it; whoever is killed lets go; the last one stops it."""

import signal
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import asyncpg

from amara import postgres
from amara.postgres import process

# A process that uses the server until its standard input ends, or until it is killed.
USER = """
import asyncio, sys, pathlib
from amara import postgres
cluster = postgres.Cluster.at(pathlib.Path(sys.argv[1]), binaries=sys.argv[2] and pathlib.Path(sys.argv[2]) or None)
asyncio.run(cluster.join())
print("joined", flush=True)
sys.stdin.read()
print(asyncio.run(cluster.leave()), flush=True)
"""


def a_user(place, postgres_bin, *, has_joined=True):
    command = [sys.executable, "-c", USER, place, str(postgres_bin or "")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if has_joined:
        assert process.stdout.readline() == "joined\n"
    return process


def pid_of(cluster):
    return (cluster.server.data / "postmaster.pid").read_text().splitlines()[0]


async def test_the_urls_lead_to_the_owner_and_to_the_login(place, postgres_bin):
    cluster = postgres.Cluster.at(place, binaries=postgres_bin)
    await cluster.join()
    try:
        for url, role in ((cluster.owner_url, "amara_owner"), (cluster.login_url, "amara_login")):
            connection = await asyncpg.connect(url)
            row = await connection.fetchrow("select current_user, current_database()")
            await connection.close()
            assert tuple(row) == (role, "amara")
            assert parse_qs(urlsplit(url).query)["host"] == [str(cluster.server.socket_dir)]
    finally:
        assert await cluster.leave()


async def test_the_last_of_two_stops_it(place, postgres_bin):
    first, second = (postgres.Cluster.at(place, binaries=postgres_bin) for _ in range(2))
    await first.join()
    await second.join()
    assert await first.leave() is False
    assert second.server.answers()
    assert await second.leave() is True
    assert not second.server.answers()
    assert await second.leave() is False


async def test_it_outlives_a_killed_process_and_the_next_one_takes_it_over(place, postgres_bin):
    cluster = postgres.Cluster.at(place, binaries=postgres_bin)
    with a_user(place, postgres_bin) as killed:
        before = pid_of(cluster)
        killed.send_signal(signal.SIGKILL)
    assert cluster.server.answers()
    await cluster.join()
    assert pid_of(cluster) == before
    assert await cluster.leave() is True  # the killed one's claim died with it, and the server holds none
    assert not cluster.server.answers()


async def test_another_process_keeps_it_running(place, postgres_bin):
    cluster = postgres.Cluster.at(place, binaries=postgres_bin)
    await cluster.join()
    with a_user(place, postgres_bin) as other:
        assert await cluster.leave() is False
        assert cluster.server.answers()
        said, _ = other.communicate("")
    assert said == "True\n"
    assert not cluster.server.answers()


async def test_two_that_start_at_once_get_one_server(place, postgres_bin):
    with a_user(place, postgres_bin, has_joined=False) as one, a_user(place, postgres_bin, has_joined=False) as other:
        assert [process.stdout.readline() for process in (one, other)] == ["joined\n"] * 2
        assert [process.communicate("")[0] for process in (one, other)] == ["False\n", "True\n"]


async def test_it_stays_when_it_was_only_needed_for_a_moment(place, postgres_bin):
    cluster = postgres.Cluster.at(place, binaries=postgres_bin)
    await cluster.ensure_running()
    assert await cluster.leave() is False
    assert cluster.server.answers()
    await cluster.stop()
    assert not cluster.server.answers()


def test_data_are_kept_where_the_servers_user_can_get_to_them(bare_place):
    bare_place.chmod(0o700)
    home = postgres.Cluster.at(bare_place).server.home
    expected = process.SYSTEM_HOME if postgres.account().switches else bare_place
    assert home.is_relative_to(expected)
