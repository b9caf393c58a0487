"""The demo page in a real browser, against the real service with the offline concierge."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, WebSocketRoute, async_playwright, expect

from tests import needs
from tests.service import Service
from tests.upstream import Answer, end, says, start, text

FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
CLEANING = "Necesito limpieza en Bogotá"

Visit = Callable[..., contextlib.AbstractAsyncContextManager[Page]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=needs.browser(), args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
def visit(chromium) -> Visit:
    """Opens the page as a browser that was never here; whatever it complains about fails the test."""

    @contextlib.asynccontextmanager
    async def open_page(
        service: Service, *, lang: str = "es-CO", size: dict[str, int] = DESKTOP, **wishes: Any
    ) -> AsyncIterator[Page]:
        context = await chromium.new_context(locale=lang, viewport=size, timezone_id="America/Bogota", **wishes)
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        try:
            await page.goto(service.url)
            yield page
            assert complaints == []
        finally:
            await context.close()

    return open_page


async def say(page: Page, text: str) -> None:
    """Writes and presses Enter."""
    await page.get_by_role("textbox").fill(text)
    await page.get_by_role("textbox").press("Enter")


async def answered(page: Page) -> None:
    """The button sends again: nothing is being written any more."""
    await expect(page.get_by_role("button", name=re.compile(r"^(Enviar|Send)$"))).to_be_visible()


def cards(page: Page) -> Locator:
    return page.locator("amara-chat .card")


def said(page: Page) -> Locator:
    """What stands in the conversation; the announcer beside it repeats it for those who listen."""
    return page.locator("amara-chat .message")


def held(*deltas: str) -> Answer:
    """An answer whose end waits for `let_go`."""
    return Answer([start(), *text(*deltas), *end()], until=asyncio.Event())


def let_go(answer: Answer) -> None:
    assert answer.until is not None
    answer.until.set()


def listen_for_messages(page: Page, sent: list[dict[str, Any]]) -> None:
    """Keeps each message frame the page sends from its next load on."""

    def hear(frame: str | bytes) -> None:
        word = json.loads(frame)
        if "messages" in word:
            sent.append(word)

    page.on("websocket", lambda socket: socket.on("framesent", hear))


async def test_a_visitor_who_asks_for_cleaning_in_bogota_sees_professionals(visit, server):
    async with visit(server) as page:
        await say(page, CLEANING)
        await expect(cards(page).first).to_be_visible()
        await answered(page)
        assert 1 <= await cards(page).count() <= 3
        for card in await cards(page).all():
            words = (await card.inner_text()).replace("\xa0", " ")
            assert "Bogotá" in words
            assert re.search(r"\$ \d{2,3}\.000", words)
            assert "por hora" in words
        await expect(said(page).last).to_have_attribute("lang", "es")


async def test_the_demo_customer_sees_her_bookings(visit, server):
    async with visit(server) as page:
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


async def test_a_visitor_sees_no_booking_of_anybody(visit, server):
    async with visit(server) as page:
        await say(page, "mis reservas")
        await expect(said(page)).not_to_have_count(1)
        await answered(page)
        await expect(cards(page)).to_have_count(0)


async def test_reload_keeps_the_conversation(visit, server):
    async with visit(server) as page:
        await say(page, CLEANING)
        await expect(cards(page).first).to_be_visible()
        await answered(page)
        before = await said(page).all_inner_texts()
        await page.reload()
        await expect(said(page)).to_have_count(len(before))
        assert await said(page).all_inner_texts() == before


async def test_a_new_conversation_is_empty_and_stays_so(visit, server):
    async with visit(server) as page:
        await say(page, "Hola")
        await expect(said(page)).not_to_have_count(1)
        await answered(page)
        await page.get_by_role("button", name="Nueva conversación").click()
        await expect(page.get_by_role("button", name="Busco limpieza en Bogotá")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("button", name="Busco limpieza en Bogotá")).to_be_visible()
        await expect(said(page)).to_have_count(0)


async def test_visitor_and_customer_each_keep_their_own_conversation(visit, server):
    async with visit(server) as page:
        await say(page, "Hola de visita")
        await expect(said(page)).not_to_have_count(1)
        await answered(page)
        await page.get_by_role("button", name="Cliente de ejemplo").click()
        await expect(said(page)).to_have_count(0)
        await page.get_by_role("button", name="Visitante").click()
        await expect(said(page).first).to_contain_text("Hola de visita")


async def test_the_language_is_switched_for_page_chat_and_cards_and_remembered(visit, server):
    async with visit(server) as page:
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


async def test_an_english_browser_is_greeted_and_answered_in_english(visit, server):
    async with visit(server, lang="en-US") as page:
        await page.get_by_role("button", name="I need cleaning in Bogotá").click()
        await expect(cards(page).first).to_contain_text("per hour")
        await answered(page)
        await expect(said(page).last).to_have_attribute("lang", "en")


async def test_the_stop_button_ends_the_answer_and_keeps_what_was_said(visit, service, upstream):
    upstream.then(held("Empecé a contarle ", "una historia larga"))
    async with visit(service) as page:
        await say(page, "Cuénteme algo")
        await expect(said(page).last).to_contain_text("una historia larga")
        await page.get_by_role("button", name="Detener la respuesta").click()
        await answered(page)
        await upstream.gone.wait()
        await expect(said(page).last).to_contain_text("Empecé a contarle una historia larga")
        await expect(said(page).last).to_contain_text("Respuesta detenida.")
        await say(page, "Gracias")
        await expect(said(page).last).to_contain_text("Claro.")


async def test_a_failed_answer_is_asked_for_again_as_the_same_message(visit, service, upstream):
    upstream.then(Answer([start(), *text("Esto quedó a ")], cut=True), says("Aquí está la respuesta."))
    async with visit(service) as page:
        sent: list[dict[str, Any]] = []
        listen_for_messages(page, sent)
        await page.reload()
        await say(page, "¿Me ayuda?")
        await page.get_by_role("button", name="Reintentar").click()
        await expect(said(page).last).to_contain_text("Aquí está la respuesta.")
        await answered(page)
        await expect(said(page)).to_have_count(2)
        assert len({frame["messages"][0]["id"] for frame in sent}) == 1
        assert len({frame["runId"] for frame in sent}) == 2


async def test_reload_in_the_middle_of_an_answer_goes_on_with_it(visit, service, upstream):
    answer = held("La primera parte", " y la segunda.")
    upstream.then(answer)
    async with visit(service) as page:
        await say(page, "Cuénteme algo")
        await expect(said(page).last).to_contain_text("La primera parte y la segunda.")
        await page.reload()
        await expect(said(page).last).to_contain_text("La primera parte y la segunda.")
        await expect(page.get_by_role("button", name="Detener la respuesta")).to_be_visible()
        let_go(answer)
        await answered(page)
        await expect(said(page)).to_have_count(2)


async def test_a_lost_connection_is_told_and_comes_back_by_itself_with_the_whole_answer(visit, service, upstream):
    answer = held("Esto llega ", "antes del corte.")
    upstream.then(answer)
    async with visit(service) as page:
        routes: list[WebSocketRoute] = []

        def remember(route: WebSocketRoute) -> None:
            routes.append(route)
            route.connect_to_server()

        await page.route_web_socket(re.compile("/v1/amara/chat"), remember)
        await page.reload()
        await say(page, "Cuénteme algo")
        await expect(said(page).last).to_contain_text("antes del corte.")
        await routes[0].close(code=1012)
        await expect(page.locator("amara-chat .banner")).to_contain_text("Se perdió la conexión")
        await expect(page.locator("amara-chat .banner")).to_be_hidden()
        await expect(said(page).last).to_contain_text("Esto llega antes del corte.")
        let_go(answer)
        await answered(page)
        assert len(routes) == 2
        await expect(said(page)).to_have_count(2)
        await expect(page.locator("amara-chat .bubble").last).to_have_text("Esto llega antes del corte.")


async def test_a_service_that_cannot_be_reached_is_said_and_tried_again_on_request(visit, server):
    async with visit(server) as page:
        away = True

        async def refuse(route: WebSocketRoute) -> None:
            if away:
                await route.close(code=1013)
            else:
                route.connect_to_server()

        await page.route_web_socket(re.compile("/v1/amara/chat"), refuse)
        await page.reload()
        await expect(page.locator("amara-chat .banner")).to_contain_text("No logramos comunicarnos con Amara")
        await say(page, CLEANING)
        away = False
        await page.get_by_role("button", name="Reintentar ahora").click()
        await expect(cards(page).first).to_be_visible()
        await expect(page.locator("amara-chat .banner")).to_be_hidden()


async def test_what_people_write_is_text_and_never_markup(visit, server):
    async with visit(server) as page:
        attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
        await say(page, attack)
        await expect(said(page).first).to_contain_text(attack)
        await answered(page)
        await expect(page.locator("amara-chat img, amara-chat script")).to_have_count(0)
        await expect(page).to_have_title("MaidConnect · Amara")


async def test_too_long_a_message_is_counted_and_not_sent(visit, server):
    async with visit(server) as page:
        await say(page, "a" * 8_010)
        await expect(page.locator("amara-chat .count")).to_contain_text("Sobran 10 caracteres")
        await expect(said(page)).to_have_count(0)
        await page.get_by_role("textbox").fill("a" * 7_500)
        await expect(page.locator("amara-chat .count")).to_contain_text("Quedan 500 caracteres")


async def test_a_phone_never_scrolls_sideways(visit, server):
    async with visit(server, size=PHONE, is_mobile=True, has_touch=True) as page:
        width = "document.documentElement.scrollWidth"
        assert await page.evaluate(width) == PHONE["width"]
        await page.get_by_role("button", name="Hablar con Amara").tap()
        await page.get_by_role("button", name="Busco limpieza en Bogotá").tap()
        await expect(cards(page).first).to_be_visible()
        await answered(page)
        assert await page.evaluate(width) == PHONE["width"]
        log = page.get_by_role("log")
        assert await log.evaluate("log => log.scrollWidth - log.clientWidth") == 0
        await page.get_by_role("button", name="Cerrar el chat").tap()
        await expect(page.get_by_role("button", name="Hablar con Amara")).to_be_focused()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_every_button_has_a_name_and_room_for_a_finger(visit, server, size):
    async with visit(server, size=size) as page:
        if size == PHONE:
            await page.get_by_role("button", name="Hablar con Amara").click()
        await expect(page.get_by_role("button", name="Busco limpieza en Bogotá")).to_be_visible()
        for button in await page.get_by_role("button").all():
            box = await button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
            name = await button.evaluate("one => one.getAttribute('aria-label') ?? one.textContent.trim()")
            assert name
