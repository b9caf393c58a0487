"""The guest's door, open on a port."""

from __future__ import annotations

import aiohttp
import pytest

from guest import errors, routes
from guest.settings import Handed
from tests.guest.serving import Clock, Tokens, handed_over, serving


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def door(db, clock):
    """A client of the guest's routes."""
    router = routes.router(Handed(**handed_over(db, clock, Tokens())))
    async with serving(router, errors.GuestError) as address, aiohttp.ClientSession(address) as client:
        yield client
