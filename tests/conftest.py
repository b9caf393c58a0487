"""A real PostgreSQL for the tests: one server a session, migrated once, and a clone of that database for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import hypothesis
import msgspec
import pytest

from amara import db as amara_db
from amara import migrate, postgres
from tests.broker import Broker

# How long an example takes to make says how busy the machine is, and nothing of what is tested.
hypothesis.settings.register_profile("ours", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("ours")


@dataclass(frozen=True)
class Urls:
    """One test's own database, by who logs in."""

    owner_url: str
    login_url: str


@pytest.fixture(scope="session")
def postgres_bin() -> Path | None:
    """Another PostgreSQL than the one that would be found, so that the same tests run on the oldest and the newest."""
    given = os.environ.get("AMARA_TEST_POSTGRES_BIN")
    return Path(given) if given else None


@pytest.fixture(scope="session")
def open_directory():
    """A directory that the server's own user may enter; pytest's are for the user who runs the tests alone."""
    directory = Path(tempfile.mkdtemp(prefix="amara-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
async def cluster(open_directory, postgres_bin) -> AsyncIterator[postgres.Cluster]:
    cluster = postgres.Cluster.at(open_directory, binaries=postgres_bin, durable=False)
    await cluster.join()
    try:
        yield cluster
    finally:
        await cluster.leave()


@pytest.fixture(scope="session")
async def template(cluster) -> str:
    """The name of a database with all migrations and nothing else, to be cloned."""
    await migrate.apply(cluster.owner_url)
    connection = await asyncpg.connect(cluster.owner_url)
    try:
        await migrate.ensure_login(connection, postgres.LOGIN)
    finally:
        await connection.close()
    return postgres.DATABASE


@pytest.fixture(scope="session")
async def maintenance(cluster) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A connection beside all clones, to make and drop them."""
    connection = await asyncpg.connect(cluster.url(postgres.OWNER, "postgres"))
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def database_names():
    return (f"test_{number}" for number in count(1))


@pytest.fixture
async def empty_urls(cluster, maintenance, database_names) -> AsyncIterator[Urls]:
    """A database with nothing in it."""
    async for urls in _database(cluster, maintenance, next(database_names), "template0"):
        yield urls


@pytest.fixture
async def urls(cluster, template, maintenance, database_names) -> AsyncIterator[Urls]:
    """A migrated database of this test alone."""
    async for urls in _database(cluster, maintenance, next(database_names), template):
        yield urls


async def _database(
    cluster: postgres.Cluster, maintenance: asyncpg.Connection[Any], name: str, template: str
) -> AsyncIterator[Urls]:
    await maintenance.execute(f"create database {name} template {template}")
    yield Urls(cluster.url(postgres.OWNER, name), cluster.url(postgres.LOGIN, name))
    await maintenance.execute(f"drop database {name} with (force)")


@pytest.fixture
async def owner(urls) -> AsyncIterator[asyncpg.Connection[Any]]:
    """The superuser's connection: what a test arranges, and what it checks behind everybody's back."""
    connection = await connect(urls.owner_url)
    yield connection
    await connection.close()


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A Redis of this test alone."""
    running = Broker()
    running.start()
    yield running
    running.close()


@pytest.fixture
async def db(urls) -> AsyncIterator[amara_db.Database]:
    """What the service has: its pool, through its own login."""
    database = await amara_db.open_database(urls.login_url)
    yield database
    await database.close()


async def connect(url: str) -> asyncpg.Connection[Any]:
    """A connection that takes and gives JSON as Python objects."""
    connection = await asyncpg.connect(url)
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )
    return connection
