"""The page when things go wrong: an answer stopped, failed or cut off, a connection lost, a service away."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from tests.browser import answered, cards, launched, said, say, visiting
from tests.upstream import Answer, end, says, start, text


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


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


async def test_the_stop_button_ends_the_answer_and_keeps_what_was_said(chromium, service, upstream):
    upstream.then(held("Empecé a contarle ", "una historia larga"))
    async with visiting(chromium, service) as page:
        await say(page, "Cuénteme algo")
        await expect(said(page).last).to_contain_text("una historia larga")
        await page.get_by_role("button", name="Detener la respuesta").click()
        await answered(page)
        await upstream.gone.wait()
        await expect(said(page).last).to_contain_text("Empecé a contarle una historia larga")
        await expect(said(page).last).to_contain_text("Respuesta detenida.")
        await say(page, "Gracias")
        await expect(said(page).last).to_contain_text("Claro.")


async def test_a_failed_answer_is_asked_for_again_as_the_same_message(chromium, service, upstream):
    upstream.then(Answer([start(), *text("Esto quedó a ")], cut=True), says("Aquí está la respuesta."))
    async with visiting(chromium, service) as page:
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


async def test_reload_in_the_middle_of_an_answer_goes_on_with_it(chromium, service, upstream):
    answer = held("La primera parte", " y la segunda.")
    upstream.then(answer)
    async with visiting(chromium, service) as page:
        await say(page, "Cuénteme algo")
        await expect(said(page).last).to_contain_text("La primera parte y la segunda.")
        await page.reload()
        await expect(said(page).last).to_contain_text("La primera parte y la segunda.")
        await expect(page.get_by_role("button", name="Detener la respuesta")).to_be_visible()
        let_go(answer)
        await answered(page)
        await expect(said(page)).to_have_count(2)


async def test_a_lost_connection_is_told_and_comes_back_by_itself_with_the_whole_answer(chromium, service, upstream):
    answer = held("Esto llega ", "antes del corte.")
    upstream.then(answer)
    async with visiting(chromium, service) as page:
        routes: list[WebSocketRoute] = []
        told = asyncio.Event()

        async def connect(route: WebSocketRoute) -> None:
            routes.append(route)
            if len(routes) > 1:
                await told.wait()  # the way back opens only when the loss has been seen
            route.connect_to_server()

        await page.route_web_socket(re.compile("/v1/amara/chat"), connect)
        await page.reload()
        await say(page, "Cuénteme algo")
        await expect(said(page).last).to_contain_text("antes del corte.")
        await routes[0].close(code=1012)
        await expect(page.locator("amara-chat .banner")).to_contain_text("Se perdió la conexión")
        told.set()
        await expect(page.locator("amara-chat .banner")).to_be_hidden()
        await expect(said(page).last).to_contain_text("Esto llega antes del corte.")
        let_go(answer)
        await answered(page)
        assert len(routes) == 2
        await expect(said(page)).to_have_count(2)
        await expect(page.locator("amara-chat .bubble").last).to_have_text("Esto llega antes del corte.")


async def test_a_service_that_cannot_be_reached_is_said_and_tried_again_on_request(chromium, server):
    async with visiting(chromium, server) as page:
        away = True

        async def refuse(route: WebSocketRoute) -> None:
            if away:
                await route.close(code=1013)
            else:
                route.connect_to_server()

        await page.route_web_socket(re.compile("/v1/amara/chat"), refuse)
        await page.reload()
        await expect(page.locator("amara-chat .banner")).to_contain_text("No logramos comunicarnos con Amara")
        await say(page, "Necesito limpieza en Bogotá")
        away = False
        await page.get_by_role("button", name="Reintentar ahora").click()
        await expect(cards(page).first).to_be_visible()
        await expect(page.locator("amara-chat .banner")).to_be_hidden()


async def test_who_asks_for_a_person_before_the_first_word_says_so_with_it(chromium, server):
    """There is no conversation yet that could be handed over, and the button must not vanish without a word."""
    async with visiting(chromium, server) as page:
        await expect(page.locator("amara-chat .panel")).to_have_attribute("data-state", "ready")
        await page.get_by_role("button", name="Hablar con una persona").click()
        await expect(said(page).first).to_contain_text("Hablar con una persona")
        await expect(page.locator("amara-chat .strip button")).to_be_visible()
        await answered(page)


async def test_what_is_said_while_it_dials_in_vain_is_told_to_wait(chromium, service):
    async with visiting(chromium, service) as page:
        held: list[WebSocketRoute] = []

        async def hold(route: WebSocketRoute) -> None:
            held.append(route)

        await page.route_web_socket(re.compile("/v1/amara/chat"), hold)
        await page.reload()
        await expect(page.locator("amara-chat .panel")).to_have_attribute("data-state", "connecting")
        await say(page, "¿Hay alguien?")
        await expect(said(page)).to_have_count(1)
        await expect(page.locator("amara-chat .note")).to_have_count(0)
        await held[0].close(code=1013)
        await expect(said(page)).to_contain_text("Se enviará cuando vuelva la conexión.")


async def test_what_was_asked_stays_when_the_record_comes_before_the_reader_of_the_answer(chromium, service, upstream):
    answer = held("La primera parte", " y la segunda.")
    upstream.then(answer)
    async with visiting(chromium, service) as page:
        await say(page, "Cuénteme algo")
        await expect(said(page).last).to_contain_text("La primera parte y la segunda.")
        shown = asyncio.Event()

        async def late(route: Route) -> None:
            await shown.wait()
            await route.continue_()

        await page.route(re.compile(r"/answer\.js$"), late)
        await page.reload()
        await expect(said(page).first).to_contain_text("Cuénteme algo")
        shown.set()
        await expect(said(page).last).to_contain_text("La primera parte y la segunda.")
        let_go(answer)
        await answered(page)
        await expect(said(page)).to_have_count(2)
