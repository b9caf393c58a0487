"""A draft on the page when the world moves on: another tab, the clock, a reload, a lost hour or a lost connection."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect

from tests.browser import answered, launched, said, visiting
from tests.builders import a_booking
from tests.draft_page import Ana, ask, deed, draft, heard, offered
from tests.upstream import says


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def ana(owner, service) -> Ana:
    return await Ana.arrives(owner)


async def test_two_tabs_see_the_same_draft_and_the_same_outcome(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service, person="customer") as page:
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
    async with visiting(chromium, service, person="customer") as page:
        await page.clock.install()
        await page.reload()
        await offered(page, upstream, ana.draft())
        await expect(draft(page)).to_contain_text("15 minutos más")
        await page.clock.fast_forward("02:30")
        await expect(draft(page)).to_contain_text("13 minutos más")
        await page.clock.fast_forward("13:00")
        await expect(draft(page)).to_contain_text("El tiempo para confirmar terminó")
        await expect(draft(page).get_by_role("button")).to_have_count(0)
        await expect(heard(page)).to_contain_text("El tiempo para confirmar terminó")
    assert await ana.bookings(owner) == []


async def test_a_device_with_a_wrong_clock_can_book(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service, person="customer") as page:
        await page.clock.install(time=datetime.now(UTC) + timedelta(hours=5))
        await page.reload()
        await offered(page, upstream, ana.draft())
        await expect(draft(page)).to_contain_text("15 minutos más")
        await deed(page, "Confirmar").click()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    assert len(await ana.bookings(owner)) == 1


async def test_after_a_reload_the_draft_is_as_it_stands_and_can_be_confirmed(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service, person="customer") as page:
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
    async with visiting(chromium, service, person="customer") as page:
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
    async with visiting(chromium, service, person="customer") as page:
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
    async with visiting(chromium, service, person="customer") as page:
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
    async with visiting(chromium, service, person="customer") as page:
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
