"""Talk in the widget: what one may do with an answer, with the conversation, and without a connection."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from amara import demo
from tests.browser import answered, launched, said, say, visiting
from tests.faults.link import Link
from tests.rig import Service
from tests.upstream import Answer, end, says, start, text
from tests.web import browsing


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


def held(*deltas: str) -> Answer:
    return Answer([start(), *text(*deltas), *end()], until=asyncio.Event())


def let_go(answer: Answer) -> None:
    assert answer.until is not None
    answer.until.set()


def sent_by(page: Page) -> list[dict[str, Any]]:
    """Each message frame the page sends from its next socket on."""
    sent: list[dict[str, Any]] = []

    def hear(frame: str | bytes) -> None:
        word = json.loads(frame)
        if "messages" in word:
            sent.append(word)

    page.on("websocket", lambda socket: socket.on("framesent", hear))
    return sent


def bubbles(page: Page):
    return page.locator("amara-chat .bubble")


async def test_an_answer_being_written_has_a_caret_and_a_finished_one_has_none(chromium, service, upstream):
    answer = held("Una frase ", "larga")
    upstream.then(answer)
    async with visiting(chromium, service) as page:
        await say(page, "Cuénteme algo")
        await expect(bubbles(page).last).to_have_text("Una frase larga")
        caret = "one => getComputedStyle(one.lastElementChild, '::after').content"
        assert await bubbles(page).last.evaluate(caret) == '""'
        let_go(answer)
        await answered(page)
        await expect(page.locator("amara-chat .live")).to_have_count(0)
        assert await bubbles(page).last.evaluate(caret) == "none"


async def test_a_line_cut_in_the_middle_of_an_answer_costs_no_word_and_repeats_none(chromium, service, upstream):
    words = [f"palabra{number} " for number in range(60)]
    answer = held(*words)
    upstream.then(answer)
    link = Link(int(service.url.rpartition(":")[2]))
    await link.open()
    through = Service(f"http://127.0.0.1:{link.port}", service.door)
    service.door.sockets.origins = lambda: frozenset({through.url})
    try:
        async with visiting(chromium, through) as page:
            await say(page, "Cuénteme algo")
            await expect(bubbles(page).last).to_contain_text("palabra20")
            link.cut()
            await expect(page.locator("amara-chat .banner")).to_be_visible()
            await expect(page.locator("amara-chat .banner")).to_be_hidden()
            link.cut()
            let_go(answer)
            await answered(page)
            await expect(bubbles(page).last).to_have_text("".join(words).strip())
            await expect(said(page)).to_have_count(2)
            assert page.url.startswith(through.url)
            ignored_loss(page)
    finally:
        await link.close()


def ignored_loss(page: Page) -> None:
    """The browser itself complains about a connection that was reset; that is what was done to it."""


async def test_an_answer_is_copied(chromium, service, upstream):
    upstream.then(says("Cuesta **$ 25.000** la hora."))
    async with visiting(chromium, service, permissions=["clipboard-read", "clipboard-write"]) as page:
        await say(page, "¿Cuánto cuesta?")
        await page.get_by_role("button", name="Copiar").click()
        await expect(page.locator("amara-chat .about")).to_contain_text("Copiado")
        assert await page.evaluate("navigator.clipboard.readText()") == "Cuesta **$ 25.000** la hora."


async def test_what_is_written_survives_a_reload_and_is_gone_once_sent(chromium, service):
    async with visiting(chromium, service) as page:
        await page.get_by_role("textbox").fill("A medias, con ñ")
        await page.reload()
        await expect(page.get_by_role("textbox")).to_have_value("A medias, con ñ")
        await page.get_by_role("textbox").press("Enter")
        await expect(said(page).first).to_contain_text("A medias, con ñ")
        await answered(page)
        await page.reload()
        await expect(said(page)).to_have_count(2)
        await expect(page.get_by_role("textbox")).to_have_value("")


async def test_what_is_said_without_a_connection_waits_and_is_sent_as_the_same_messages(
    chromium, service, upstream, owner
):
    async with visiting(chromium, service) as page:
        away = True

        async def connect(route: WebSocketRoute) -> None:
            if away:
                await route.close(code=1013)
            else:
                route.connect_to_server()

        await page.route_web_socket(re.compile("/v1/amara/chat"), connect)
        await page.reload()
        await expect(page.locator("amara-chat .banner")).to_be_visible()
        await say(page, "Primero")
        await say(page, "Segundo")
        await expect(page.get_by_text("Se enviará cuando vuelva la conexión.")).to_have_count(2)
        ids = await said(page).evaluate_all("all => all.map((one) => one.dataset.id)")
        await page.reload()
        await expect(said(page)).to_have_count(2)
        assert await said(page).evaluate_all("all => all.map((one) => one.dataset.id)") == ids
        again = page.get_by_role("button", name="Reintentar ahora")
        await expect(again).to_be_visible()
        away = False
        await again.evaluate(
            "(button) => button.click()"
        )  # by its own patience it might come back meanwhile, and hide it
        await expect(page.get_by_text("Se enviará cuando vuelva la conexión.")).to_have_count(0)
        await expect(said(page).last).to_contain_text("Claro.")
        await answered(page)
    rows = await owner.fetch(
        "select metadata->>'client_message_id' as id, content from amara_messages where role = 'user'"
    )
    assert sorted((row["id"], row["content"]) for row in rows) == sorted(zip(ids, ["Primero", "Segundo"], strict=True))


async def test_what_is_said_while_amara_writes_waits_for_its_turn(chromium, service, upstream):
    answer = held("La primera ", "respuesta.")
    upstream.then(answer, says("La segunda."))
    async with visiting(chromium, service) as page:
        await say(page, "Primero")
        await expect(bubbles(page).last).to_contain_text("respuesta.")
        await say(page, "Y esto")
        await expect(page.get_by_text("Amara la leerá apenas termine esta respuesta.")).to_be_visible()
        await expect(page.get_by_role("button", name="Detener la respuesta")).to_be_visible()
        let_go(answer)
        await expect(said(page).last).to_contain_text("La segunda.")
        await answered(page)
        await expect(page.get_by_text("Amara la leerá")).to_have_count(0)
        await expect(said(page)).to_have_count(4)


async def test_one_goes_back_to_an_earlier_conversation(chromium, service, upstream):
    upstream.then(says("De la primera."), says("De la segunda."))
    async with visiting(chromium, service) as page:
        await say(page, "Una")
        await answered(page)
        await expect(said(page)).to_have_count(2)
        await page.get_by_role("button", name="Nueva conversación").click()
        await expect(said(page)).to_have_count(0)
        await say(page, "Otra")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        await page.get_by_role("button", name="Sus conversaciones").click()
        rows = page.locator("amara-chat .rows > li")
        await expect(rows).to_have_count(2)
        await expect(rows.first.locator("[aria-current]")).to_have_count(1)
        await expect(page.get_by_role("heading", name="Sus conversaciones")).to_be_focused()
        await rows.last.locator(".go").click()
        await expect(said(page).first).to_contain_text("Una")
        await expect(said(page).last).to_contain_text("De la primera.")
        await page.get_by_role("button", name="Sus conversaciones").click()
        await expect(page.get_by_role("heading", name="Sus conversaciones")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Sus conversaciones")).to_be_focused()


async def test_a_conversation_is_deleted_only_when_it_is_meant(chromium, service, upstream, owner):
    async with visiting(chromium, service) as page:
        await say(page, "Una")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        await page.get_by_role("button", name="Sus conversaciones").click()
        rows = page.locator("amara-chat .rows > li")
        await rows.first.locator("[data-deed=bin]").click()
        await page.get_by_role("button", name="Conservar").click()
        await expect(rows.first.locator("[data-deed=bin]")).to_be_focused()
        assert await owner.fetchval("select count(*) from amara_conversations") == 1
        await rows.first.locator("[data-deed=bin]").click()
        await page.get_by_role("button", name="Borrar", exact=True).click()
        await expect(rows).to_have_count(0)
        await page.get_by_role("button", name="Volver a la conversación").click()
        await expect(said(page)).to_have_count(0)
    assert await owner.fetchval("select count(*) from amara_conversations") == 0


async def test_who_reads_further_up_is_left_there_and_finds_the_way_back(chromium, service, upstream):
    long = "\n\n".join(f"Párrafo número {number}." for number in range(40))
    answer = held(long, "\n\nEl final.")
    upstream.then(answer)
    async with visiting(chromium, service) as page:
        await say(page, "Cuénteme todo")
        await expect(bubbles(page).last).to_contain_text("El final.")
        log = page.get_by_role("log")
        await log.evaluate("one => one.scrollTo(0, 0)")
        await expect(page.get_by_role("button", name="Ir al final")).to_be_visible()
        let_go(answer)
        await answered(page)
        assert await log.evaluate("one => one.scrollTop") == 0
        await page.get_by_role("button", name="Ir al final").click()
        await expect(page.get_by_role("button", name="Ir al final")).to_be_hidden()
        assert await log.evaluate("one => one.scrollHeight - one.scrollTop - one.clientHeight") < 2


async def test_an_answer_is_exchanged_for_another_one(chromium, service, upstream):
    upstream.then(says("La primera respuesta."), says("Otra respuesta."))
    async with visiting(chromium, service) as page:
        await say(page, "Cuénteme algo")
        await expect(said(page).last).to_contain_text("La primera respuesta.")
        await answered(page)
        await page.get_by_role("button", name="Responder de nuevo").click()
        await expect(said(page).last).to_contain_text("Otra respuesta.")
        await answered(page)
        await expect(said(page)).to_have_count(2)
        await expect(page.get_by_role("log")).not_to_contain_text("La primera respuesta.")
        await page.reload()
        await expect(said(page)).to_have_count(2)
        await expect(said(page).last).to_contain_text("Otra respuesta.")


async def test_a_person_is_asked_for_and_the_way_back_to_amara_stays_open(chromium, service, upstream):
    async with visiting(chromium, service) as page:
        await say(page, "Hola")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        await page.get_by_role("button", name="Hablar con una persona").click()
        strip = page.locator("amara-chat .strip")
        await expect(strip).to_contain_text("le escribirá aquí mismo")
        await expect(page.get_by_role("button", name="Hablar con una persona")).to_be_hidden()
        await page.reload()
        await expect(strip).to_contain_text("Una persona del equipo de MaidConnect le escribirá aquí mismo.")
        await strip.get_by_role("button", name="Volver con Amara").click()
        await expect(strip).to_be_hidden()
        await say(page, "¿Sigue ahí?")
        await expect(said(page).last).to_contain_text("Claro.")


async def test_what_a_person_of_the_team_writes_bears_their_name(chromium, service, owner):
    async with visiting(chromium, service) as page, browsing(service.url, service.token(demo.ADMIN_ID)) as staff:
        await say(page, "Hola")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        await page.get_by_role("button", name="Hablar con una persona").click()
        await expect(page.locator("amara-chat .strip")).to_contain_text("le escribirá aquí mismo")
        at = f"/v1/amara/conversations/{await owner.fetchval('select id from amara_conversations')}"
        async with staff.post(f"{at}/take") as taken:
            assert taken.status == 200, await taken.text()
            name = (await taken.json())["handoff"]["author"]["name"]
        await expect(page.locator("amara-chat .strip")).to_contain_text(f"Ahora le atiende {name}")
        async with staff.post(f"{at}/staff-messages", json={"id": "s1", "content": "Buenos días."}) as spoken:
            assert spoken.status == 201
        await expect(said(page).last).to_contain_text("Buenos días.")
        await expect(said(page).last.locator(".author")).to_contain_text(name)
        await say(page, "Gracias")
        await expect(said(page)).to_have_count(5)
        await answered(page)
        await page.reload()
        await expect(said(page)).to_have_count(5)
        await expect(page.locator("amara-chat .author")).to_contain_text(name)
