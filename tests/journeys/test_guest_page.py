"""The guest's own page: contact, choice, booking, and into an account; all by plain HTTP, with no chat."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import DESKTOP, PHONE, launched, visiting
from tests.builders import a_booking
from tests.rig import Service, serving

EMAIL = "maria@example.com"
NEXT = {"es": "Siguiente", "en": "Next"}


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
def terminal() -> list[str]:
    """What the service says where it was started."""
    return []


@pytest.fixture
async def service(urls, terminal) -> AsyncIterator[Service]:
    async with serving(urls, has_demo=True, say=terminal.append) as running:
        yield running


async def introduce(page: Page, email: str = EMAIL) -> None:
    await page.get_by_label("¿A nombre de quién queda la reserva?").fill("María González")
    await page.keyboard.press("Enter")
    await page.get_by_label("¿A qué correo le escribimos?").fill(email)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Omitir").click()
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Elegir la visita").click()
    await expect(page.get_by_role("heading", name="¿Qué necesita, y dónde?")).to_be_focused()


async def choose(page: Page) -> str:
    """The first hour of the first professional; her name."""
    await page.get_by_label("Servicio").select_option("cleaning")
    await page.get_by_role("button", name="Buscar").click()
    pick = page.get_by_role("button", name=re.compile("Ver las horas de")).first
    name = (await pick.inner_text()).removeprefix("Ver las horas de ")
    await pick.click()
    await expect(page.get_by_role("heading", name=f"Horas libres de {name}")).to_be_focused()
    await page.locator("amara-guest .hour").first.click()
    await page.get_by_label("Dirección").fill("Calle 93 # 11-27, apto 502")
    return name


async def test_a_guest_books_and_saves_the_booking_to_an_account(chromium, service, owner, terminal):
    async with visiting(chromium, service, size=PHONE, at="/guest", is_mobile=True, has_touch=True) as page:
        await introduce(page)
        await expect(page.locator("amara-guest")).to_contain_text("Reserva a nombre de María González.")
        name = await choose(page)
        await page.get_by_role("button", name="Reservar", exact=True).click()
        await expect(page.get_by_role("heading", name="Su reserva")).to_be_focused()
        await expect(page.locator("amara-guest .booking")).to_contain_text(name)
        kept = await page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")
        assert not any(private in kept for private in (EMAIL, "María", "Calle 93"))
        await page.get_by_role("button", name="Guardar esta reserva en una cuenta").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_label("Correo de la reserva")).to_have_value(EMAIL)
        await dialog.get_by_role("button", name="Enviar el código").click()
        await expect(dialog.get_by_label("Código de seis cifras")).to_be_focused()
        await dialog.get_by_label("Código de seis cifras").fill(re.findall(r"\b\d{6}\b", terminal[-1])[0])
        await dialog.get_by_role("button", name="Guardar", exact=True).click()
        await expect(dialog).to_contain_text("1 reserva")
        await dialog.get_by_role("button", name="Cerrar").click()
        await expect(page.locator("amara-guest")).to_contain_text("Las reservas están en su cuenta")
        assert await page.evaluate("() => localStorage.getItem('amara.guest')") is None
        await page.goto(service.url)  # the chat knows the account at once
        await page.get_by_role("button", name="Hablar con Amara").click()
        await page.get_by_role("textbox").fill("mis reservas")
        await page.keyboard.press("Enter")
        await expect(page.locator("amara-chat .booking")).to_contain_text(name)
    (booking,) = await owner.fetch("select * from bookings where guest_session_id is not null")
    assert booking["booking_source"] == "guest"
    assert await owner.fetchval("select email from auth.users where id = $1", booking["customer_id"]) == EMAIL


async def test_a_wrong_code_is_said_and_another_may_be_tried(chromium, service, terminal):
    async with visiting(chromium, service, at="/guest", refusals=frozenset({422})) as page:
        await introduce(page)
        await choose(page)
        await page.get_by_role("button", name="Reservar", exact=True).click()
        await page.get_by_role("button", name="Guardar esta reserva en una cuenta").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Enviar el código").click()
        right = re.findall(r"\b\d{6}\b", terminal[-1])[0]
        field = dialog.get_by_label("Código de seis cifras")
        await field.fill(f"{(int(right) + 1) % 10**6:06}")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_role("alert")).to_have_text("Ese código no sirve: revíselo o pida otro.")
        await field.fill(right)
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text("Listo")


async def test_an_hour_lost_meanwhile_is_said_and_others_are_near(chromium, service, owner):
    async with visiting(chromium, service, at="/guest") as page:
        await introduce(page)
        name = await choose(page)
        hold = await owner.fetchrow("select id from amara_api.professionals where full_name = $1", name)
        start = await owner.fetchval(
            "select min(starts_at) from amara_api.free_starts($1, current_date, current_date + 21, 240, now())",
            hold["id"],
        )
        taken = {"scheduled_start": start, "scheduled_end": start + timedelta(hours=4)}
        await a_booking(owner, professional_id=hold["id"], **taken)
        await page.get_by_role("button", name="Reservar", exact=True).click()
        await expect(page.get_by_role("status")).to_contain_text("Esa hora acaba de ocuparse")
        await page.locator("amara-guest .hour").first.click()
        await page.get_by_role("button", name="Reservar", exact=True).click()
        await expect(page.get_by_role("heading", name="Su reserva")).to_be_focused()
    assert await owner.fetchval("select count(*) from bookings where guest_session_id is not null") == 1


async def test_a_guest_who_comes_back_is_known_until_leaving(chromium, service):
    async with visiting(chromium, service, at="/guest") as page:
        await introduce(page)
        await page.reload()
        await expect(page.locator("amara-guest")).to_contain_text("Reserva a nombre de María González.")
        await page.get_by_role("button", name="Salir y borrar").click()
        await expect(page.get_by_label("¿A nombre de quién queda la reserva?")).to_have_value("")
        assert await page.evaluate("() => localStorage.getItem('amara.guest')") is None


async def test_a_session_that_is_over_is_asked_for_anew(chromium, service, owner):
    async with visiting(chromium, service, at="/guest", refusals=frozenset({404})) as page:
        await introduce(page)
        await choose(page)
        await owner.execute("update guest_sessions set expires_at = now() - interval '1 minute'")
        await page.get_by_role("button", name="Reservar", exact=True).click()
        await expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("Su sesión terminó")
        await expect(page.get_by_label("¿A nombre de quién queda la reserva?")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("lang", ["es-CO", "en-US"])
async def test_every_step_fits_the_screen_and_a_finger(chromium, service, size, lang):
    async with visiting(chromium, service, size=size, lang=lang, at="/guest") as page:
        assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
        step = page.locator("amara-guest")
        await step.get_by_role("textbox").fill("María González")
        for control in await page.locator("button:visible, a:visible, input:visible").all():
            box = await control.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
        await step.get_by_role("button", name=NEXT[lang[:2]], exact=True).click()
        await expect(step.get_by_role("textbox")).to_be_focused()
        assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
