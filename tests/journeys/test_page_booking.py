"""A booking on the page: the draft's card, the person's explicit act, and what came of it, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Locator, Page, WebSocketRoute, expect

from amara import demo
from tests.browser import DESKTOP, PHONE, answered, launched, said, visiting
from tests.builders import a_booking, a_professional
from tests.upstream import Answer, calls, says

HERE = ZoneInfo("America/Bogota")
ADDRESS = "Calle 93 # 11-27, apto 502"


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@dataclass
class Ana:
    """Ana Milena Rojas cleans for $ 25.000 an hour; her free starts are of one day, half an hour apart."""

    id: UUID
    starts: list[datetime]

    def draft(self, start: datetime | None = None, **more: Any) -> Answer:
        given = {"professional_id": str(self.id), "service": "cleaning", "hours": 4, "address": ADDRESS}
        start = start or self.starts[0]
        return calls("draft_booking", given | {"starts_at": start.astimezone(HERE).isoformat()} | more)

    async def bookings(self, owner: Any) -> list[Any]:
        return await owner.fetch("select * from bookings where professional_id = $1", self.id)


@pytest.fixture
async def ana(owner, service) -> Ana:
    ana_id = await a_professional(owner, instant_booking=True, buffer_minutes=30)
    first = datetime.now(UTC).date() + timedelta(3)
    rows = await owner.fetch(
        "select starts_at from amara_api.free_starts($1, $2, $3, 240, now()) order by 1",
        ana_id,
        first,
        first + timedelta(2),
    )
    days = [row["starts_at"].astimezone(HERE).date() for row in rows]
    return Ana(ana_id, [row["starts_at"] for row, day in zip(rows, days, strict=True) if day == days[0]])


def clock(start: datetime) -> str:
    return f"{start.astimezone(HERE):%H:%M}"


def draft(page: Page) -> Locator:
    return page.locator("amara-chat .draft:not(.elsewhere)")


def deed(page: Page, name: str) -> Locator:
    return draft(page).get_by_role("button", name=name, exact=True)


async def ask(page: Page, text: str = "Resérvela, por favor") -> None:
    await page.get_by_label(re.compile("^(Escriba su mensaje|Write your message)$")).fill(text)
    await page.keyboard.press("Enter")


async def offered(page: Page, upstream: Any, answer: Answer) -> None:
    """The model drafted it, and the buttons wait for the person."""
    upstream.then(answer, says("Aquí está el borrador."))
    await ask(page)
    await expect(deed(page, "Confirmar")).to_have_attribute("aria-disabled", "false")


async def words(locator: Locator) -> str:
    return re.sub(r"\s", " ", await locator.inner_text())


async def test_a_draft_is_shown_changed_confirmed_and_becomes_one_booking(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await offered(page, upstream, ana.draft(instructions="Hay un gato."))
        shown = await words(draft(page))
        for part in ("Ana Milena Rojas", "$ 100.000", "4 h", ADDRESS, "Hay un gato.", "Le guardamos este horario"):
            assert part in shown
        await deed(page, "Cambiar").click()
        await expect(page.get_by_label("Fecha")).to_be_focused()
        await page.get_by_label("Hora", exact=True).fill(clock(ana.starts[2]))
        await page.get_by_label("Duración").select_option("4 h 30 min")
        await page.get_by_role("button", name="Aplicar el cambio").click()
        await expect(draft(page)).to_contain_text(re.compile(r"\$\s112\.500"))
        await expect(page.locator("amara-chat .elsewhere")).to_have_count(1)
        assert await ana.bookings(owner) == []
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await expect(draft(page)).to_contain_text(re.compile("Reserva n.º [0-9A-F]{8}"))
        await expect(draft(page).get_by_role("button")).to_have_count(0)
        await expect(page.locator("amara-chat [aria-live=polite]")).to_contain_text("Listo")
        await answered(page)
    (booking,) = await ana.bookings(owner)
    assert (booking["scheduled_start"], booking["duration_minutes"]) == (ana.starts[2], 270)
    assert (booking["total_price"], booking["status"]) == (112_500, "confirmed")


async def test_a_double_click_makes_one_booking(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await offered(page, upstream, ana.draft())
        await deed(page, "Confirmar").dblclick()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await answered(page)
        await expect(said(page)).to_have_count(4)  # asked, drafted, told the draft, told the booking
    assert len(await ana.bookings(owner)) == 1


async def test_two_tabs_see_the_same_draft_and_the_same_outcome(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await ask(page, "Hola")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        other = await page.context.new_page()
        await other.goto(service.url)
        await expect(said(other)).to_have_count(2)
        await offered(page, upstream, ana.draft())
        await expect(deed(other, "Confirmar")).to_have_attribute("aria-disabled", "false")
        await deed(other, "Confirmar").click()
        for tab in (page, other):
            await expect(draft(tab)).to_contain_text("Quedó confirmada")
            await expect(draft(tab).get_by_role("button")).to_have_count(0)
    assert len(await ana.bookings(owner)) == 1


async def test_a_hold_counts_down_and_expires_by_itself(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await page.clock.install()
        await page.reload()
        await offered(page, upstream, ana.draft())
        await expect(draft(page)).to_contain_text("15 minutos más")
        await page.clock.fast_forward("02:30")
        await expect(draft(page)).to_contain_text("13 minutos más")
        await page.clock.fast_forward("13:00")
        await expect(draft(page)).to_contain_text("El tiempo para confirmar terminó")
        await expect(draft(page).get_by_role("button")).to_have_count(0)
        await expect(page.locator("amara-chat [aria-live=polite]")).to_contain_text("El tiempo para confirmar terminó")
    assert await ana.bookings(owner) == []


async def test_a_device_with_a_wrong_clock_can_book(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await page.clock.install(time=datetime.now(UTC) + timedelta(hours=5))
        await page.reload()
        await offered(page, upstream, ana.draft())
        await expect(draft(page)).to_contain_text("15 minutos más")
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    assert len(await ana.bookings(owner)) == 1


async def test_a_discarded_draft_books_nothing(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await offered(page, upstream, ana.draft())
        await deed(page, "Cancelar").click()
        await expect(draft(page)).to_contain_text("No se reservó nada.")
    assert await ana.bookings(owner) == []


async def test_after_a_reload_the_draft_is_as_it_stands_and_can_be_confirmed(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await offered(page, upstream, ana.draft())
        await answered(page)
        await page.reload()
        await expect(deed(page, "Confirmar")).to_have_attribute("aria-disabled", "false")
        await deed(page, "Cambiar").click()
        await page.get_by_label("Dirección").fill("Carrera 7 # 72-41")
        await page.get_by_role("button", name="Aplicar el cambio").click()
        await expect(draft(page)).to_contain_text("Carrera 7 # 72-41")
        await page.reload()
        await expect(draft(page)).to_contain_text("Carrera 7 # 72-41")
        await deed(page, "Confirmar").dblclick()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await page.reload()
        await expect(draft(page)).to_contain_text(re.compile("Reserva n.º [0-9A-F]{8}"))
    (booking,) = await ana.bookings(owner)
    assert booking["address"] == "Carrera 7 # 72-41"


async def test_talk_between_offer_and_act_asks_the_same_draft_again(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await offered(page, upstream, ana.draft())
        upstream.then(says("Sí, ella lleva sus propios productos."))
        await ask(page, "¿Trae productos?")
        await expect(said(page).last).to_contain_text("sus propios productos")
        await answered(page)
        await expect(deed(page, "Confirmar")).to_have_attribute("aria-disabled", "false")
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    assert len(await ana.bookings(owner)) == 1


async def test_a_decision_survives_a_lost_connection(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        sockets: list[WebSocketRoute] = []

        def link(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()
            sockets.append(socket)
            is_first = len(sockets) == 1

            def pass_on(word: str | bytes) -> None:
                if not (is_first and "resume" in json.loads(word)):  # the first socket loses the decision on its way
                    server.send(word)

            socket.on_message(pass_on)

        await page.route_web_socket(re.compile("/v1/amara/chat"), link)
        await page.reload()
        await offered(page, upstream, ana.draft())
        await deed(page, "Confirmar").click()
        await expect(deed(page, "Confirmar")).to_have_attribute("aria-busy", "true")
        await sockets[0].close(code=1012)
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    assert len(await ana.bookings(owner)) == 1


async def test_a_lost_hour_offers_others_to_tap(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await offered(page, upstream, ana.draft())
        taken = {"scheduled_start": ana.starts[0], "scheduled_end": ana.starts[0] + timedelta(hours=1)}
        await a_booking(owner, professional_id=ana.id, duration_minutes=60, **taken)
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("Esa hora no está libre")
        hour = draft(page).locator(".hour").first
        await expect(hour).to_be_visible()
        await answered(page)
        await hour.click()
        await expect(draft(page)).to_contain_text("Le guardamos este horario")
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    assert len(await ana.bookings(owner)) == 2


async def test_a_changed_rate_is_shown_and_asked_again(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await offered(page, upstream, ana.draft())
        await owner.execute(
            "update professional_profiles set services = jsonb_set(services, '{0,hourly_rate_cop}', '30000')"
            " where profile_id = $1",
            ana.id,
        )
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("La tarifa cambió")
        await expect(draft(page)).to_contain_text(re.compile(r"\$\s120\.000"))
        assert await ana.bookings(owner) == []
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    (booking,) = await ana.bookings(owner)
    assert booking["total_price"] == 120_000


async def test_a_draft_without_an_address_asks_for_it(chromium, service, upstream, ana):
    async with visiting(chromium, service) as page:
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
    async with visiting(chromium, service) as page:
        await page.get_by_role("button", name="Cliente de ejemplo").click()
        await expect(page.get_by_role("status").filter(has_text="Usted conversa como")).to_be_visible()
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
    async with visiting(chromium, service) as page:
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


async def test_the_draft_can_be_decided_with_the_keyboard_alone(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
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
    async with visiting(chromium, service, lang="en-US", size=size) as page:
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
