"""A guest on the page: from a visitor's first word on a phone to a booking, and from the booking to an account."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import PHONE, answered, launched, said, say, visiting
from tests.draft_page import ADDRESS, Ana, ask, deed, draft, offered
from tests.rig import Service, serving
from tests.upstream import says

EMAIL = "maria@example.com"


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
def terminal() -> list[str]:
    """What the service says where it was started."""
    return []


@pytest.fixture
async def service(urls, upstream, terminal) -> AsyncIterator[Service]:
    async with serving(
        urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted", say=terminal.append
    ) as running:
        yield running


@pytest.fixture
async def ana(owner, service) -> Ana:
    return await Ana.arrives(owner)


async def next_step(page: Page, label: str | re.Pattern[str], words: str, button: str = "Siguiente") -> None:
    await page.get_by_label(label).fill(words)
    await page.get_by_role("button", name=button, exact=True).click()


async def introduce(page: Page, email: str = EMAIL, *, name: str = "María González", phone: str = "") -> None:
    """Through the whole form, to its last button."""
    await next_step(page, "¿A nombre de quién queda la reserva?", name)
    await next_step(page, "¿A qué correo le escribimos?", email)
    if phone:
        await next_step(page, re.compile("¿Un teléfono"), phone)
    else:
        await page.get_by_role("button", name="Omitir").click()
    box = page.get_by_role("checkbox")
    await expect(box).not_to_be_checked()
    await box.check()
    await draft(page).get_by_role("button", name="Confirmar").click()


async def asked_for_a_contact(page: Page, upstream: Any, ana: Ana) -> None:
    await offered(page, upstream, ana.draft())
    await deed(page, "Confirmar").click()
    await expect(page.get_by_label("¿A nombre de quién queda la reserva?")).to_be_focused()
    await answered(page)


async def stored(page: Page) -> str:
    """Everything this browser keeps, and where it is."""
    kept: str = await page.evaluate(
        "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )
    return kept


async def test_a_guest_books_on_a_phone_and_keeps_the_booking_in_an_account(
    chromium, service, upstream, owner, ana, terminal
):
    async with visiting(chromium, service, size=PHONE, is_mobile=True, has_touch=True) as page:
        await page.get_by_role("button", name="Hablar con Amara").tap()
        await asked_for_a_contact(page, upstream, ana)
        await expect(draft(page)).to_contain_text("$")
        await introduce(page, phone="300 123 4567")
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await expect(page.get_by_role("checkbox")).to_have_count(0)
        for private in (EMAIL, "María", "3001234567", "300 123"):
            assert private not in await stored(page)
            assert private not in " ".join(await said(page).all_inner_texts())
        (booking,) = await ana.bookings(owner)
        assert booking["guest_session_id"] is not None
        visitor, before = booking["customer_id"], await said(page).count()

        await page.get_by_role("button", name="Guardar en una cuenta").tap()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_label("Correo de la reserva")).to_have_value(EMAIL)
        await dialog.get_by_role("button", name="Enviar el código").tap()
        await expect(dialog).to_contain_text("Enviamos un código")
        code = re.findall(r"\b\d{6}\b", terminal[-1])[0]
        await dialog.get_by_label("Código de seis cifras").fill(code)
        await dialog.get_by_role("button", name="Guardar", exact=True).tap()
        await expect(dialog).to_contain_text("1 reserva y 1 conversación quedaron en su cuenta")
        await dialog.get_by_role("button", name="Cerrar").tap()

        await expect(said(page)).to_have_count(before)
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await expect(page.get_by_role("button", name="Guardar en una cuenta")).to_have_count(0)
        assert "amara.guest" not in await stored(page)
        upstream.then(says("Con gusto."))
        await ask(page, "Gracias")
        await expect(said(page).last).to_contain_text("Con gusto.")
        await page.reload()
        await page.get_by_role("button", name="Hablar con Amara").tap()
        await expect(said(page)).to_have_count(before + 2)
    (booking,) = await ana.bookings(owner)
    assert booking["customer_id"] != visitor
    account = await owner.fetchrow("select email, is_anonymous from auth.users where id = $1", booking["customer_id"])
    assert (account["email"], account["is_anonymous"]) == (EMAIL, False)


async def test_of_one_guest_the_next_in_the_same_browser_finds_nothing(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await asked_for_a_contact(page, upstream, ana)
        await introduce(page)
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        first = await page.evaluate("() => localStorage.getItem('amara.guest')")
        visitor = await page.evaluate("() => JSON.parse(localStorage.getItem('amara.token.visitor')).token")
        session = await page.evaluate("() => sessionStorage.getItem('analytics_session_id')")
        assert first
        await page.get_by_role("button", name="Salir").click()
        await expect(said(page)).to_have_count(0)
        await say(page, "Hola")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        kept = await stored(page)
        assert not any(of_the_first in kept for of_the_first in (first, visitor, session))
        await page.reload()
        await expect(said(page)).to_have_count(2)
        for earlier in (ADDRESS, "Ana Milena", "Reserva n.º"):
            await expect(page.locator("amara-chat")).not_to_contain_text(earlier)
        ana.starts = ana.starts[-1:]
        await asked_for_a_contact(page, upstream, ana)
        await expect(page.get_by_label("¿A nombre de quién queda la reserva?")).to_have_value("")
        await introduce(page, "otra@example.com", name="Otra Persona")
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    one, other = await ana.bookings(owner)
    assert one["customer_id"] != other["customer_id"]
    assert one["guest_session_id"] != other["guest_session_id"]


async def test_what_is_wrong_in_the_form_is_said_where_it_is(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service, refusals=frozenset({422})) as page:
        await asked_for_a_contact(page, upstream, ana)
        wrong = draft(page).get_by_role("alert").filter(visible=True)
        forward = page.get_by_role("button", name="Siguiente", exact=True)
        await forward.click()
        await expect(wrong).to_have_text("Escriba su nombre y apellido, por favor.")
        await expect(page.get_by_label("¿A nombre de quién queda la reserva?")).to_be_focused()
        await next_step(page, "¿A nombre de quién queda la reserva?", "María González")
        await next_step(page, "¿A qué correo le escribimos?", "maria")
        await expect(wrong).to_contain_text("no parece completo")
        await next_step(page, "¿A qué correo le escribimos?", "maria..g@example.com")
        await next_step(page, re.compile("¿Un teléfono"), "123")
        await draft(page).get_by_role("button", name="Confirmar").click()
        await expect(wrong).to_contain_text("Sin su autorización")
        await page.get_by_role("checkbox").check()
        await draft(page).get_by_role("button", name="Confirmar").click()
        await expect(wrong).to_contain_text("no parece completo")
        await expect(page.get_by_label("¿A qué correo le escribimos?")).to_be_focused()
        await next_step(page, "¿A qué correo le escribimos?", EMAIL)
        await forward.click()
        await draft(page).get_by_role("button", name="Confirmar").click()
        await expect(wrong).to_contain_text("no se puede marcar")
        await next_step(page, re.compile("¿Un teléfono"), "300 123 4567")
        await draft(page).get_by_role("button", name="Confirmar").click()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    assert len(await ana.bookings(owner)) == 1


async def test_a_slip_in_the_address_is_asked_about_and_never_corrected_alone(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await asked_for_a_contact(page, upstream, ana)
        await introduce(page, "ana@gmial.com")
        await expect(page.get_by_role("button", name="No, es ana@gmial.com")).to_be_visible()
        assert await ana.bookings(owner) == []
        meant = page.get_by_role("button", name="¿Quiso decir ana@gmail.com?")
        await expect(meant).to_be_focused()
        await meant.click()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    (booking,) = await ana.bookings(owner)
    email = await owner.fetchval("select email from guest_sessions where id = $1", booking["guest_session_id"])
    assert email == "ana@gmail.com"


async def test_the_form_can_be_put_away_and_comes_back_as_it_was_left(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await asked_for_a_contact(page, upstream, ana)
        await page.get_by_label("¿A nombre de quién queda la reserva?").fill("María")
        await page.get_by_role("button", name="Ahora no").click()
        await expect(deed(page, "Cambiar")).to_be_visible()
        count = await said(page).count()
        await deed(page, "Confirmar").click()
        await expect(page.get_by_label("¿A nombre de quién queda la reserva?")).to_have_value("María")
        await expect(said(page)).to_have_count(count)
        await page.get_by_role("button", name="Ahora no").click()
        await deed(page, "Cancelar").click()
        await expect(draft(page)).to_contain_text("No se reservó nada.")
    assert await ana.bookings(owner) == []


async def test_after_a_reload_the_form_stands_under_its_draft_again(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await asked_for_a_contact(page, upstream, ana)
        await page.reload()
        await expect(page.get_by_label("¿A nombre de quién queda la reserva?")).to_be_visible()
        await introduce(page)
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await page.reload()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await expect(page.get_by_label("¿A nombre de quién queda la reserva?")).to_have_count(0)
    assert len(await ana.bookings(owner)) == 1


async def test_a_token_that_has_run_out_is_not_kept(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service, refusals=frozenset({404})) as page:
        await asked_for_a_contact(page, upstream, ana)
        await introduce(page)
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        await page.reload()
        await expect(page.get_by_role("button", name="Guardar en una cuenta")).to_be_visible()
        await owner.execute("update guest_sessions set expires_at = now() - interval '1 minute'")
        async with page.expect_response("**/v1/guest/session"):
            await page.reload()
        await expect(draft(page)).to_contain_text("Quedó confirmada")
        assert "amara.guest" not in await stored(page)


async def test_what_another_tab_has_left_is_left_here_too(chromium, service, upstream, ana):
    async with visiting(chromium, service) as page:
        await asked_for_a_contact(page, upstream, ana)
        other = await page.context.new_page()
        await other.goto(service.url)
        await expect(draft(other)).to_be_visible()
        await other.get_by_role("button", name="Salir").click()
        for tab in (page, other):
            await expect(said(tab)).to_have_count(0)


async def test_with_a_message_goes_the_visit_that_it_belongs_to(chromium, service, upstream, owner, ana):
    async with visiting(chromium, service) as page:
        await page.evaluate("() => sessionStorage.setItem('analytics_session_id', 'a-visit-of-the-platform')")
        await asked_for_a_contact(page, upstream, ana)
        await introduce(page)
        await expect(draft(page)).to_contain_text("Quedó confirmada")
    (booking,) = await ana.bookings(owner)
    sessions = "select metadata ->> 'analytics_session_id' from guest_sessions where id = $1"
    assert await owner.fetchval(sessions, booking["guest_session_id"]) == "a-visit-of-the-platform"
