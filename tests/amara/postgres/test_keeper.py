"""Whoever started the embedded server for people starts it again when it is gone, and never makes empty data."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
import structlog

from amara import postgres
from amara.postgres import keeper as keeping
from tests.amara.postgres.test_process import ask, pid_of
from tests.receiver import until


@pytest.fixture
async def cluster(place, postgres_bin):
    cluster = postgres.Cluster.at(place, binaries=postgres_bin, durable=False)
    await cluster.join()
    yield cluster
    await cluster.leave()


@pytest.fixture
async def kept(cluster, monkeypatch):
    monkeypatch.setattr(keeping, "LOOK_S", 0.01)
    keeper = postgres.Keeper(cluster)
    keeper.start()
    yield cluster
    await keeper.stop()


async def answers_again(cluster: postgres.Cluster) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(cluster.server.answers):
            pass


async def test_a_server_that_was_killed_is_there_again_with_all_that_was_committed(kept):
    await ask(kept.server, "create table kept as select 1")
    first = pid_of(kept.server)
    for _ in range(2):
        os.kill(pid_of(kept.server), signal.SIGKILL)
        await answers_again(kept)
        assert await ask(kept.server, "select count(*) from kept") == 1
    assert pid_of(kept.server) != first


async def test_a_server_that_somebody_stopped_is_there_again(kept):
    await kept.stop()
    await answers_again(kept)


async def test_one_server_is_started_by_the_keepers_of_two_processes(kept, place, postgres_bin):
    other = postgres.Cluster.at(place, binaries=postgres_bin, durable=False)
    await other.join()
    beside = postgres.Keeper(other)
    beside.start()
    os.kill(pid_of(kept.server), signal.SIGKILL)
    await answers_again(kept)
    pid = pid_of(kept.server)
    await beside.stop()
    assert not await other.leave()  # the first one still uses it
    assert pid_of(kept.server) == pid


async def test_data_that_are_gone_are_missed_and_not_made_anew(kept):
    with structlog.testing.capture_logs() as logged:
        kept.server.data.rename(kept.server.home / "elsewhere")
        try:
            async with asyncio.timeout(60):
                await until(lambda: any(line["event"] == "embedded_database_not_started" for line in logged))
            assert not kept.server.has_data
        finally:
            (kept.server.home / "elsewhere").rename(kept.server.data)
    assert "is gone" in next(line["cause"] for line in logged if "cause" in line)
    await answers_again(kept)


async def test_a_keeper_that_ends_leaves_a_server_that_runs_as_it_is(cluster):
    keeper = postgres.Keeper(cluster)
    keeper.start()
    pid = pid_of(cluster.server)
    await keeper.stop()
    assert pid_of(cluster.server) == pid
    assert not cluster.server.is_gone()
