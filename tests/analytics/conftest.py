"""The events' doors, open on a port, and people who knock."""

from __future__ import annotations

import aiohttp
import pytest

from analytics import errors, routes
from analytics.settings import Handed, Settings
from tests.builders import a_person
from tests.guest.serving import Clock, Tokens, handed_over, serving
from tests.rig import WRITE_KEY


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
async def door(db, clock, tokens):
    """A client of the events' routes, with nobody's token."""
    router = routes.router(Handed(**handed_over(db, clock, tokens)), Settings(write_keys=frozenset({WRITE_KEY})))
    async with serving(router, errors.AnalyticsError) as address, aiohttp.ClientSession(address) as client:
        yield client


@pytest.fixture
async def customer(owner):
    return await a_person(owner)


@pytest.fixture
async def admin(owner, tokens):
    """The headers of an administrator."""
    return tokens.bearer(await a_person(owner, role="admin"))
