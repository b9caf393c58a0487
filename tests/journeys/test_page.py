"""The demo page in a real browser, against the real service with the offline concierge."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser import DESKTOP, PHONE, answered, cards, launched, said, say, visiting
from tests.rig import serving

CLEANING = "Necesito limpieza en Bogotá"


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def test_a_visitor_who_asks_for_cleaning_in_bogota_sees_professionals(chromium, server):
    async with visiting(chromium, server) as page:
        await say(page, CLEANING)
        await expect(cards(page).first).to_be_visible()
        await answered(page)
        await expect(cards(page)).to_have_count(3)
        for card in await cards(page).all():
            words = (await card.inner_text()).replace("\xa0", " ")
            assert "Bogotá" in words
            assert re.search(r"\$ \d{2,3}\.000", words)
            assert "por hora" in words
        await expect(said(page).last).to_have_attribute("lang", "es")


async def test_the_demo_customer_sees_her_bookings(chromium, server):
    async with visiting(chromium, server) as page:
        await page.get_by_role("button", name="Cliente de ejemplo").click()
        await expect(page.get_by_role("button", name="Cliente de ejemplo")).to_have_attribute("aria-pressed", "true")
        await say(page, "mis reservas")
        await expect(cards(page).first).to_be_visible()
        await answered(page)
        for card in await cards(page).all():
            words = (await card.inner_text()).replace("\xa0", " ")
            assert re.search(r"Pendiente|Confirmada|En curso", words)
            assert re.search(r"\d{1,2} de \w+ de \d{4}", words)
            assert re.search(r"\$ \d{2,3}\.\d{3}", words)


async def test_the_page_of_a_real_marketplace_is_not_called_a_demonstration(chromium, server, urls):
    invented = re.compile("Demostración con datos inventados")
    async with visiting(chromium, server) as page:
        await expect(page.get_by_text(invented)).to_be_visible()
    async with serving(urls) as real, visiting(chromium, real) as page:
        async with page.expect_response("**/v1/amara/about"):
            await page.reload()
        await expect(page.locator("amara-chat textarea")).to_be_visible()
        await expect(page.get_by_text("Tratamiento de datos")).to_be_visible()
        await expect(page.get_by_text(invented)).to_be_hidden()


async def test_a_visitor_sees_no_booking_of_anybody(chromium, server):
    async with visiting(chromium, server) as page:
        await say(page, "mis reservas")
        await expect(said(page)).not_to_have_count(1)
        await answered(page)
        await expect(cards(page)).to_have_count(1)
        await expect(cards(page)).to_contain_text("Las reservas de una cuenta se ven al ingresar a ella.")


async def test_reload_keeps_the_conversation(chromium, server):
    async with visiting(chromium, server) as page:
        await say(page, CLEANING)
        await expect(cards(page).first).to_be_visible()
        await answered(page)
        before = await said(page).all_inner_texts()
        await page.reload()
        await expect(said(page)).to_have_count(len(before))
        assert await said(page).all_inner_texts() == before


async def test_a_new_conversation_is_empty_and_stays_so(chromium, server):
    async with visiting(chromium, server) as page:
        await say(page, "Hola")
        await expect(said(page)).not_to_have_count(1)
        await answered(page)
        await page.get_by_role("button", name="Nueva conversación").click()
        await expect(page.get_by_role("button", name="Aseo en casa")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("button", name="Aseo en casa")).to_be_visible()
        await expect(said(page)).to_have_count(0)


async def test_visitor_and_customer_each_keep_their_own_conversation(chromium, server):
    async with visiting(chromium, server) as page:
        await say(page, "Hola de visita")
        await expect(said(page)).not_to_have_count(1)
        await answered(page)
        await page.get_by_role("button", name="Cliente de ejemplo").click()
        await expect(said(page)).to_have_count(0)
        await page.get_by_role("button", name="Visitante").click()
        await expect(said(page).first).to_contain_text("Hola de visita")


async def test_the_language_is_switched_for_page_chat_and_cards_and_remembered(chromium, server):
    async with visiting(chromium, server) as page:
        await say(page, CLEANING)
        await expect(cards(page).first).to_contain_text("por hora")
        await answered(page)
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Help for your home, in one conversation")
        await expect(page.get_by_role("textbox")).to_have_attribute("placeholder", "Write your message")
        await expect(cards(page).first).to_contain_text("per hour")
        await expect(cards(page).first).to_contain_text(re.compile(r"COP\s\d{2,3},000"))
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await expect(cards(page).first).to_contain_text("per hour")


async def test_an_english_browser_is_greeted_and_answered_in_english(chromium, server):
    async with visiting(chromium, server, lang="en-US") as page:
        await page.locator("amara-chat").get_by_role("button", name="Cleaning", exact=True).click()
        await expect(said(page)).to_have_count(2)
        await answered(page)
        await say(page, "In Bogotá")
        await expect(cards(page).first).to_contain_text("per hour")
        await answered(page)
        await expect(said(page).last).to_have_attribute("lang", "en")


async def test_what_people_write_is_text_and_never_markup(chromium, server):
    async with visiting(chromium, server) as page:
        attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
        await say(page, attack)
        await expect(said(page).first).to_contain_text(attack)
        await answered(page)
        await expect(page.locator("amara-chat img, amara-chat script")).to_have_count(0)
        await expect(page).to_have_title("MaidConnect · Amara")


async def test_too_long_a_message_is_counted_and_not_sent(chromium, server):
    async with visiting(chromium, server) as page:
        await say(page, "a" * 8_010)
        await expect(page.locator("amara-chat .count")).to_contain_text("Sobran 10 caracteres")
        await expect(said(page)).to_have_count(0)
        await page.get_by_role("textbox").fill("a" * 7_500)
        await expect(page.locator("amara-chat .count")).to_contain_text("Quedan 500 caracteres")


async def test_a_phone_never_scrolls_sideways(chromium, server):
    async with visiting(chromium, server, size=PHONE, is_mobile=True, has_touch=True) as page:
        width = "document.documentElement.scrollWidth"
        assert await page.evaluate(width) == PHONE["width"]
        await page.get_by_role("button", name="Hablar con Amara").tap()
        await page.get_by_role("button", name="Aseo en casa").tap()
        await expect(said(page)).to_have_count(2)
        await answered(page)
        await say(page, "En Bogotá")
        await expect(cards(page).first).to_be_visible()
        await answered(page)
        assert await page.evaluate(width) == PHONE["width"]
        log = page.get_by_role("log")
        assert await log.evaluate("log => log.scrollWidth - log.clientWidth") == 0
        await page.get_by_role("button", name="Cerrar el chat").tap()
        await expect(page.get_by_role("button", name="Hablar con Amara")).to_be_focused()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_every_button_has_a_name_and_room_for_a_finger(chromium, server, size):
    async with visiting(chromium, server, size=size) as page:
        if size == PHONE:
            await page.get_by_role("button", name="Hablar con Amara").click()
        await expect(page.get_by_role("button", name="Aseo en casa")).to_be_visible()
        for button in await page.get_by_role("button").all():
            box = await button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
            name = await button.evaluate("one => one.getAttribute('aria-label') ?? one.textContent.trim()")
            assert name
