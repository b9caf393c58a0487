"""A booking that is there, changed on the page by talking to the concierge; and a draft that shows while it is made."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from amara import demo
from tests.browser import PHONE, answered, launched, said, visiting
from tests.draft_page import ADDRESS, Ana, ask, deed, draft
from tests.upstream import says


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def ana(owner, service) -> Ana:
    return await Ana.arrives(owner)


def sketch(page: Page) -> Locator:
    return page.locator("amara-chat .draft.pending")


async def test_a_booking_is_moved_to_a_tapped_hour(chromium, server, owner):
    booking = demo.identity("booking", "customer/Gloria Inés Beltrán/elder_care")
    began = await owner.fetchval("select scheduled_start from bookings where id = $1", booking)
    async with visiting(chromium, server, person="customer") as page:
        await ask(page, "Mueva mi reserva con Gloria para dentro de dos semanas")
        await expect(page.locator("amara-chat .slots")).to_be_visible()
        await answered(page)
        await page.locator("amara-chat .slots .hour:visible").first.click()
        await expect(draft(page)).to_contain_text("Cambio de fecha")
        await expect(deed(page, "Confirmar")).to_have_attribute("aria-disabled", "false")
        assert await owner.fetchval("select scheduled_start from bookings where id = $1", booking) == began
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("La reserva quedó en la nueva fecha y espera de nuevo la respuesta.")
        await expect(draft(page)).to_contain_text("Pendiente")
    after = await owner.fetchrow("select scheduled_start, status from bookings where id = $1", booking)
    assert (after["scheduled_start"] != began, after["status"]) == (True, "pending")


async def test_a_booking_is_cancelled_after_its_refund_was_shown(chromium, server, owner):
    booking = demo.identity("booking", "customer/Luz Marina Quintero/cleaning")
    async with visiting(chromium, server, person="customer", size=PHONE, is_mobile=True, has_touch=True) as page:
        await page.get_by_role("button", name="Hablar con Amara").tap()
        await ask(page, "Cancele mi reserva con Luz Marina")
        await expect(draft(page)).to_contain_text("Reembolso (100 %)")
        await expect(deed(page, "Confirmar la cancelación")).to_have_attribute("aria-disabled", "false")
        assert await owner.fetchval("select status from bookings where id = $1", booking) == "confirmed"
        await deed(page, "Confirmar la cancelación").tap()
        await expect(draft(page)).to_contain_text(re.compile(r"La reserva quedó cancelada\. El reembolso es de \$"))
        await expect(draft(page).get_by_role("button")).to_have_count(0)
    assert await owner.fetchval("select status from bookings where id = $1", booking) == "cancelled"


async def test_a_draft_shows_while_its_arguments_come_and_its_price_comes_from_the_database(
    chromium, service, upstream, ana
):
    async with visiting(chromium, service, person="customer") as page:
        finished = asyncio.Event()
        upstream.then(replace(ana.draft(), until=finished), says("Aquí está."))
        await ask(page)
        await expect(sketch(page)).to_contain_text("Preparando la reserva: Aseo general")
        for known in (ADDRESS, "4 h", str(ana.starts[0].day)):
            await expect(sketch(page)).to_contain_text(known)
        await expect(sketch(page)).not_to_contain_text("$")
        await expect(sketch(page)).to_have_attribute("aria-busy", "true")
        finished.set()
        await expect(draft(page)).to_contain_text(re.compile(r"\$\s100\.000"))
        await expect(sketch(page)).to_have_count(0)
        await answered(page)


@pytest.mark.parametrize("how", ["stopped", "refused"])
async def test_a_draft_that_comes_to_nothing_leaves_nothing_of_itself(chromium, service, upstream, ana, how):
    async with visiting(chromium, service, person="customer") as page:
        finished = asyncio.Event()
        wanted = ana.draft() if how == "stopped" else ana.draft(service="no such service")
        upstream.then(replace(wanted, until=finished), says("Eso no se ofrece."))
        await ask(page)
        await expect(sketch(page)).to_be_visible()
        if how == "stopped":
            await page.get_by_role("button", name="Detener la respuesta").click()
        else:
            finished.set()
        await answered(page)
        await expect(sketch(page)).to_have_count(0)
        await expect(page.locator("amara-chat .card")).to_have_count(0)
        await expect(said(page).last).to_contain_text("Respuesta detenida" if how == "stopped" else "Eso no se ofrece.")
        finished.set()
