"""What the platform does with a booking: told in an open chat at once, and in a closed one the first thing read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from amara import demo
from tests.browser import answered, launched, said, say, visiting
from tests.builders import NEXT_MORNING, a_booking

LATER = NEXT_MORNING + timedelta(days=1, hours=2)
CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({"status": "confirmed"}, "fue aceptada y quedó confirmada", "Confirmada"),
    (
        {"scheduled_start": LATER, "scheduled_end": LATER + timedelta(hours=4)},
        "se movió al miércoles 6 de marzo a las 11:00",
        "Confirmada",
    ),
    ({"total_price": 130_000}, r"se corrigió: ahora es \$\s130\.000", "Confirmada"),
    ({"status": "in_progress"}, "ya comenzó", "En curso"),
    ({"status": "completed"}, "quedó terminado", "Completada"),
]


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def become(owner: Any, booking: UUID, **columns: Any) -> None:
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 2))
    await owner.execute(f"update public.bookings set {changes} where id = $1", booking, *columns.values())


async def theirs(owner: Any) -> UUID:
    ana = await owner.fetchval("select profile_id from professional_profiles where full_name = 'Luz Marina Quintero'")
    return await a_booking(owner, customer_id=demo.CUSTOMER_ID, professional_id=ana, status="pending")


async def greet(page: Page) -> None:
    await say(page, "Hola")
    await expect(said(page)).to_have_count(2)
    await answered(page)


async def check_told(page: Page, words: str, state: str) -> None:
    told = said(page).last
    await expect(told).to_contain_text(re.compile(words))
    await expect(told.locator(".card .badge")).to_have_text(state)
    await expect(told.locator(".card")).to_contain_text("con Luz Marina Quintero")
    await expect(told.locator(".card .sum strong")).to_have_text(re.compile(r"^\$\s\d{2,3}\.000$"))


async def test_every_change_arrives_in_the_open_chat_in_its_order_and_is_the_same_after_a_reload(
    chromium, server, owner
):
    async with visiting(chromium, server, person="customer") as page:
        await greet(page)
        booking = await theirs(owner)
        for change, words, state in CHANGES:
            await become(owner, booking, **change)
            await check_told(page, words, state)
        other = await theirs(owner)
        await become(owner, other, status="declined")
        await check_told(page, "no fue aceptada, y la hora quedó libre", "Rechazada")
        everything = [" ".join(text.split()) for text in await said(page).all_inner_texts()]
        await page.reload()
        await expect(said(page)).to_have_count(len(everything))
        again = [" ".join(text.split()) for text in await said(page).all_inner_texts()]
        assert again[2:] == everything[2:]  # Amara's first answer had suggestions beside it


async def test_it_is_the_first_thing_that_is_read_by_who_was_away(chromium, server, owner):
    async with visiting(chromium, server, person="customer") as page:
        await greet(page)
        booking = await theirs(owner)
        await page.goto(f"{server.url}/admin")
        for change, _, _ in CHANGES[:3]:
            await become(owner, booking, **change)
        await become(owner, booking, status="declined")
        await page.goto(server.url)
        await expect(said(page)).to_have_count(6)
        await check_told(page, "no fue aceptada, y la hora quedó libre", "Rechazada")
        for place, (_, words, _) in enumerate(CHANGES[:3], 2):
            await expect(said(page).nth(place)).to_contain_text(re.compile(words))
