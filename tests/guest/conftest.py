"""The guest's door, open on a port."""

from __future__ import annotations

import aiohttp
import pytest

from guest import errors, routes
from guest.mail.relay import Smtp
from guest.settings import Handed, Settings
from tests.guest import post_office
from tests.guest.mailing import room
from tests.guest.serving import Clock, Tokens, handed_to_guests, serving

# A test knocks more often than a person.
LOOSE = Settings(pepper=b"of the tests", per_address=1_000, per_email=1_000)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def door(db, clock):
    """A client of the guest's routes."""
    router = routes.router(Handed(**handed_to_guests(db, clock, Tokens())), LOOSE)
    async with serving(router, errors.GuestError) as address, aiohttp.ClientSession(address) as client:
        yield client


@pytest.fixture
async def office():
    async with post_office.opened() as office:
        yield office


@pytest.fixture
def mailroom(db, clock, office):
    return room(db, clock, Smtp(office.url))
