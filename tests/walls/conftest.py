from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from amara import migrate, postgres
from tests import conftest
from tests.walls import relations

# What a new project on Supabase begins with: whatever is made in public is everybody's.
GENEROUS = "".join(
    f"alter default privileges in schema public grant all on {things} to anon, authenticated, service_role;"
    for things in ("tables", "functions", "sequences")
)


@pytest.fixture(scope="module")
async def town(cluster, template, maintenance, database_names) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A superuser's connection to a database with everybody's rows in it, for tests that leave it as they found it."""
    async for urls in conftest._database(cluster, maintenance, next(database_names), template):
        connection = await asyncpg.connect(urls.owner_url)
        await relations.settle(connection)
        yield connection
        await connection.close()


@pytest.fixture(scope="module")
async def generous_town(cluster, template, maintenance, database_names) -> AsyncIterator[asyncpg.Connection[Any]]:
    """The same on a platform that grants everything on every new table and function by itself."""
    async for urls in conftest._database(cluster, maintenance, next(database_names), "template0"):
        connection = await asyncpg.connect(urls.owner_url)
        await connection.execute(GENEROUS)
        await migrate.apply(urls.owner_url)
        await migrate.ensure_login(connection, postgres.LOGIN)
        await relations.settle(connection)
        yield connection
        await connection.close()


@pytest.fixture
async def visit(town) -> AsyncIterator[asyncpg.Connection[Any]]:
    """The same inside a transaction that is taken back."""
    transaction = town.transaction()
    await transaction.start()
    yield town
    await transaction.rollback()
