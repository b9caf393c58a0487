"""Drafts and their hours, as the service asks for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from amara.store import drafts
from tests.builders import a_person, a_professional
from tests.calendars import NOW, a_hold
from tests.counter import MONDAY, Person


@pytest.fixture
async def ana(owner):
    return await a_professional(owner)


async def test_holds_that_are_over_are_written_down_as_such(owner, db, ana):
    laura = await a_person(owner)
    for minutes in (-1, 0, 1):
        await a_hold(
            owner, ana, laura, MONDAY, MONDAY + timedelta(hours=2), expires_at=NOW + timedelta(minutes=minutes)
        )
    async with db.service() as service:
        assert await drafts.expire_drafts(service, NOW) == 2
        assert await drafts.expire_drafts(service, NOW) == 0
    assert await owner.fetchval("select count(*) from public.amara_booking_drafts where status = 'open'") == 1


async def test_the_nearest_hours_are_three_in_their_order_and_never_the_one_that_was_lost(db, ana):
    async with db.service() as service:
        near = await drafts.nearest_free(service, ana, MONDAY, 120, now=NOW, owner=None)
        assert near == [MONDAY - timedelta(hours=0.5), MONDAY + timedelta(hours=0.5), MONDAY + timedelta(hours=1)] or (
            near == [MONDAY - timedelta(hours=1), MONDAY - timedelta(hours=0.5), MONDAY + timedelta(hours=0.5)]
        )
        assert await drafts.is_free(service, ana, MONDAY, 120, now=NOW, owner=None)
        assert not await drafts.is_free(service, ana, MONDAY + timedelta(minutes=1), 120, now=NOW, owner=None)
        assert not await drafts.is_free(service, ana, MONDAY, 0, now=NOW, owner=None)


async def test_a_rate_is_the_professionals_own_whatever_else_the_column_holds(owner, db, ana):
    await owner.execute(
        "update public.professional_profiles set services = $1",
        [
            {"slug": "cleaning", "hourly_rate_cop": "free"},
            {"slug": "cleaning", "hourly_rate_cop": 25_000, "name": "Aseo"},
            7,
            {"slug": "ironing"},
        ],
    )
    async with db.service() as service:
        offered = await drafts.offer_of(service, ana, "cleaning")
        assert (offered["service_name"], offered["hourly_rate_cop"]) == ("Aseo", 25_000)
        assert await drafts.offer_of(service, ana, "ironing") is None
    await owner.execute("update public.professional_profiles set services = '7'::jsonb")
    async with db.service() as service:
        assert await drafts.offer_of(service, ana, "cleaning") is None


async def test_a_draft_is_read_by_its_owner_alone(owner, db, ana):
    laura = Person(db, await a_person(owner))
    draft = await laura.draft(ana)
    async with db.transaction(laura.caller) as connection:
        assert (await drafts.draft(connection, draft.id))["id"] == draft.id
    async with db.visitor() as connection:
        assert await connection.fetchval("select 1") == 1
    camilo = Person(db, await a_person(owner))
    async with db.transaction(camilo.caller) as connection:
        assert await drafts.draft(connection, draft.id) is None
