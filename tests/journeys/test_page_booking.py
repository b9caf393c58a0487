"""A booking on the page: the draft's card, the person's explicit act, and what came of it, in a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Locator, expect

from amara import demo
from tests.browser import DESKTOP, PHONE, answered, launched, said, visiting
from tests.builders import a_booking
from tests.draft_page import ADDRESS, HERE, Ana, ask, deed, draft, heard, offered
from tests.upstream import calls, says


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def ana(owner, service) -> Ana:
    return await Ana.arrives(owner)


async def words(locator: Locator) -> str:
    return re.sub(r"\s", " ", await locator.inner_text())


async def test_a_draft_is_shown_changed_confirmed_and_becomes_one_booking(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service, person="customer") as page:
        await offered(page, upstream, ana.draft(instructions="Hay un gato."))
        shown = await words(draft(page))
        for part in ("Ana Milena Rojas", "$ 100.000", "4 h", ADDRESS, "Hay un gato.", "Le guardamos este horario"):
            assert part in shown
        await deed(page, "Cambiar").click()
        await expect(page.get_by_label("Fecha")).to_be_focused()
        await page.get_by_label("Hora", exact=True).fill(f"{ana.starts[2].astimezone(HERE):%H:%M}")
        await page.get_by_label("Duración").select_option("4 h 30 min")
        await page.get_by_role("button", name="Aplicar el cambio").click()
        await expect(draft(page)).to_contain_text(re.compile(r"\$\s112\.500"))
        await expect(page.locator("amara-chat .elsewhere")).to_have_count(1)
        await expect(draft(page).get_by_role("heading")).to_be_focused()
        assert await ana.bookings(owner) == []
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await expect(draft(page)).to_contain_text(re.compile("Reserva n.º [0-9A-F]{8}"))
        await expect(draft(page).get_by_role("button")).to_have_count(0)
        await expect(heard(page)).to_contain_text("Listo")
        await answered(page)
    (booking,) = await ana.bookings(owner)
    assert (booking["scheduled_start"], booking["duration_minutes"]) == (ana.starts[2], 270)
    assert (booking["total_price"], booking["status"]) == (112_500, "confirmed")


async def test_a_double_click_makes_one_booking(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service, person="customer") as page:
        await offered(page, upstream, ana.draft())
        await deed(page, "Confirmar").dblclick()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await answered(page)
        await expect(said(page)).to_have_count(4)  # asked, drafted, told the draft, told the booking
    assert len(await ana.bookings(owner)) == 1


async def test_a_discarded_draft_books_nothing(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service, person="customer") as page:
        await offered(page, upstream, ana.draft())
        await deed(page, "Cancelar").click()
        await expect(draft(page)).to_contain_text("No se reservó nada.")
    assert await ana.bookings(owner) == []


async def test_a_draft_without_an_address_asks_for_it(chromium, service, upstream, ana):
    async with visiting(chromium, service, person="customer") as page:
        upstream.then(ana.draft(address=None), says("¿Cuál es la dirección?"))
        await ask(page)
        await expect(draft(page)).to_contain_text("Falta la dirección")
        await answered(page)
        await expect(deed(page, "Confirmar")).to_have_count(0)
        await deed(page, "Dar la dirección").click()
        await expect(page.get_by_label("Escriba su mensaje")).to_be_focused()
        await expect(page.get_by_label("Escriba su mensaje")).to_have_value("La dirección es ")


async def test_a_cancellation_shows_its_refund_before_and_after(chromium, service, upstream, owner, ana):
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=18)
    span = {"scheduled_start": start, "scheduled_end": start + timedelta(hours=4)}
    booking_id = await a_booking(owner, professional_id=ana.id, customer_id=demo.CUSTOMER_ID, **span)
    async with visiting(chromium, service, person="customer") as page:
        upstream.then(calls("cancel_booking", {"booking_id": str(booking_id)}), says("Este es el reembolso."))
        await ask(page, "Cancele esa reserva")
        await expect(deed(page, "Confirmar la cancelación")).to_have_attribute("aria-disabled", "false")
        shown = await words(draft(page))
        assert "Reembolso (50 %)" in shown
        assert "$ 50.000" in shown
        await expect(deed(page, "Cambiar")).to_have_count(0)
        await deed(page, "Confirmar la cancelación").click()
        await expect(draft(page)).to_contain_text(re.compile(r"cancelada\. El reembolso es de \$\s50\.000 \(50 %\)"))
    assert await owner.fetchval("select status from bookings where id = $1", booking_id) == "cancelled"


async def test_a_tapped_hour_says_it_for_the_person(chromium, service, upstream, ana):
    day = ana.starts[0].astimezone(HERE).date().isoformat()
    async with visiting(chromium, service, person="customer") as page:
        asked = {"professional_id": str(ana.id), "date_from": day, "hours": 4}
        upstream.then(calls("check_availability", asked), says("Estas horas están libres."))
        await ask(page, "¿Cuándo puede?")
        await expect(page.locator("amara-chat .slots")).to_contain_text("Ana Milena Rojas")
        await answered(page)
        await page.locator("amara-chat .slots .hour").first.click()
        await expect(said(page).nth(-2)).to_contain_text(
            re.compile(rf"El \S+ {ana.starts[0].astimezone(HERE).day} de \w+ a las 8:00\sa\.\sm\.")
        )
        await answered(page)


@pytest.mark.parametrize(
    ("zone", "told"), [("America/Bogota", None), ("Europe/Madrid", "Las horas son las de su zona: hora")]
)
async def test_who_is_elsewhere_is_told_whose_hours_they_read(chromium, service, upstream, ana, zone, told):
    day = ana.starts[0].astimezone(HERE).date().isoformat()
    async with visiting(chromium, service, person="customer", timezone_id=zone) as page:
        asked = {"professional_id": str(ana.id), "date_from": day, "hours": 4}
        upstream.then(calls("check_availability", asked), says("Estas horas están libres."))
        await ask(page, "¿Cuándo puede?")
        await answered(page)
        if told is None:
            await expect(page.locator("amara-chat .slots .zone")).to_have_count(0)
        else:
            await expect(page.locator("amara-chat .slots .zone")).to_contain_text(told)


async def test_the_draft_can_be_decided_with_the_keyboard_alone(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service, person="customer") as page:
        await offered(page, upstream, ana.draft())
        await deed(page, "Cambiar").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Fecha")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(deed(page, "Cambiar")).to_be_focused()
        await expect(page.get_by_label("Fecha")).to_have_count(0)
        await deed(page, "Confirmar").focus()
        await page.keyboard.press("Enter")
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await expect(draft(page).get_by_role("heading")).to_be_focused()
    assert len(await ana.bookings(owner)) == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_the_draft_fits_a_phone_and_a_finger(chromium, service, upstream, ana, size):
    async with visiting(chromium, service, lang="en-US", size=size, person="customer") as page:
        if size == PHONE:
            await page.get_by_role("button", name="Talk to Amara").click()
        upstream.then(ana.draft(instructions="Timbre dos veces, por favor. " * 4), says("Here it is."))
        await ask(page)
        await expect(deed(page, "Confirm")).to_have_attribute("aria-disabled", "false")
        await deed(page, "Change").click()
        for control in await draft(page).locator("button, input, select, textarea").all():
            box = await control.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
        assert await page.get_by_role("log").evaluate("log => log.scrollWidth - log.clientWidth") == 0
