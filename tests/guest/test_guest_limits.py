"""How many guest sessions one household and one e-mail may have in an hour, and what is known of them meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import pytest

from guest import errors, limits, routes
from guest.settings import Handed, Settings
from tests.guest.serving import Tokens, handed_to_guests, serving
from tests.guest.shopping import FORM


@pytest.fixture
async def strict(db, clock):
    """The guest's door as it really is; a request comes from wherever it says."""
    handed = handed_to_guests(db, clock, Tokens(), address=lambda _peer, forwarded: (forwarded or ["192.0.2.1"])[0])
    router = routes.router(Handed(**handed), Settings(pepper=b"of the tests"))
    async with serving(router, errors.GuestError) as address, aiohttp.ClientSession(address) as client:
        yield client


async def opens(door, number=0, *, origin="192.0.2.1", **changes):
    """Status and, where it is refused, when to come back."""
    form = FORM | {"email": f"guest{number}@example.com"} | changes
    async with door.post("/v1/guest/sessions", json=form, headers={"X-Forwarded-For": origin}) as answer:
        said = await answer.json()
        return answer.status, said.get("code")


async def test_the_eleventh_from_one_address_in_an_hour_is_refused(strict, clock):
    assert [await opens(strict, n) for n in range(10)] == [(201, None)] * 10
    assert await opens(strict, 10) == (429, "too_many")
    assert await opens(strict, 10, origin="192.0.2.2") == (201, None)
    clock.move(timedelta(minutes=59, seconds=59))
    assert await opens(strict, 11) == (429, "too_many")
    clock.move(timedelta(seconds=1))
    assert await opens(strict, 11) == (201, None)


async def test_the_fourth_for_one_e_mail_in_an_hour_is_refused_from_wherever_it_comes(strict, clock):
    spellings = ["maria@example.com", "Maria@Example.COM", " MARIA@example.com"]
    for n, email in enumerate(spellings):
        assert (await opens(strict, origin=f"192.0.2.{n}", email=email))[0] == 201
        clock.move(timedelta(minutes=10))
    assert await opens(strict, origin="192.0.2.9", email="maria@example.com") == (429, "too_many")
    clock.move(timedelta(minutes=30))
    assert (await opens(strict, origin="192.0.2.9", email="maria@example.com"))[0] == 201
    assert (await opens(strict, origin="192.0.2.9", email="maria@example.com"))[0] == 429


async def test_what_was_refused_was_never_tried(strict):
    for _ in range(12):
        assert (await opens(strict, email="nobody"))[0] == 422
    for n in range(3):
        assert (await opens(strict, email="maria@example.com", origin=f"192.0.2.{n}"))[0] == 201
    for _ in range(12):
        assert (await opens(strict, email="maria@example.com", origin="192.0.2.9"))[0] == 429
    assert [await opens(strict, n, origin="192.0.2.9") for n in range(10)] == [(201, None)] * 10


async def test_twenty_at_once_are_ten(strict):
    answers = await asyncio.gather(*(opens(strict, n) for n in range(20)))
    assert sorted(status for status, _ in answers) == [201] * 10 + [429] * 10


async def test_whoever_is_refused_hears_when_to_come_back(db, clock):
    counted = limits.key(b"p", "address", "192.0.2.1")
    for _ in range(2):
        async with db.service() as connection:
            await limits.count(connection, counted, limit=2, now=clock())
        clock.move(timedelta(minutes=20))
    async with db.service() as connection:
        with pytest.raises(errors.TooMany) as refused:
            await limits.count(connection, counted, limit=2, now=clock())
    assert refused.value.retry_after_s == 20 * 60


async def test_what_is_counted_says_nothing_of_whom(strict, owner):
    await opens(strict)
    rows = await owner.fetch("select key, expires_at from amara_private.guest_attempts")
    assert {len(row["key"]) for row in rows} == {32}
    assert {row["key"] for row in rows} == {
        limits.key(b"of the tests", "address", "192.0.2.1"),
        limits.key(b"of the tests", "email", "guest0@example.com"),
    }
    assert limits.key(b"another", "address", "192.0.2.1") not in {row["key"] for row in rows}
