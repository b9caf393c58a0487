"""Every state of the widget in both languages, on both sizes, in light and dark: axe finds nothing, nothing is cut."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, WebSocketRoute, expect

from amara import demo
from tests.browser import DESKTOP, PHONE, answered, launched, said, visiting
from tests.builders import a_booking
from tests.draft_page import Ana, ask, draft
from tests.handing import deed
from tests.host import TAG, hosting
from tests.upstream import Answer, calls, end, says, start, text

SCREENS = [
    pytest.param(lang, size, id=f"{lang[:2]}-{size['width']}")
    for lang in ("es-CO", "en-US")
    for size in (DESKTOP, PHONE)
]
WORDS = (
    "**Una** lista, y un [enlace](https://example.com):\n\n- uno\n- dos\n\n1. `clave`\n\n> citado\n\n"
    "| servicio | hora |\n|---|---|\n| Aseo general | $ 25.000 |\n\n```\ncódigo largo que no cabe en una línea\n```"
)


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def ana(owner, service) -> Ana:
    return await Ana.arrives(owner)


@dataclass
class Eyes:
    """Look at a page as it stands."""

    page: Page
    lang: str
    size: dict[str, int]

    def find(self, selector: str) -> Locator:
        return self.page.locator(f"amara-chat {selector}")

    async def enter(self) -> None:
        """On a phone the chat of the demo's page is behind a button."""
        if self.size == PHONE:
            await self.page.locator("#call").click()

    async def well(self, state: str) -> None:
        for scheme in ("light", "dark"):
            await self.page.emulate_media(color_scheme=scheme)
            found = await Axe().run(self.page, context="amara-chat")
            wrong = [(one["id"], [node["target"] for node in one["nodes"]]) for one in found.response["violations"]]
            assert wrong == [], f"{state}, {scheme}"
        assert await self.page.evaluate("document.documentElement.scrollWidth") == self.size["width"], state
        for room in (".log", ".view", ".panel"):
            for one in await self.find(room).all():
                assert await one.evaluate("one => one.scrollWidth - one.clientWidth") <= 0, f"{state}: {room}"


@pytest.mark.parametrize(("lang", "size"), SCREENS)
async def test_in_a_talk(chromium, service, upstream, lang, size):
    answer = Answer([start(), *text(WORDS, " y el final."), *end()])
    answer.until = asyncio.Event()
    upstream.then(answer, says("Lo segundo."), Answer([start(), *text("Esto quedó a ")], cut=True))
    async with visiting(chromium, service, lang=lang, size=size) as page:
        eyes = Eyes(page, lang, size)
        await eyes.enter()
        await expect(eyes.find(".greeting .chip").first).to_be_visible()
        await eyes.well("the greeting")
        await ask(page, "Hola, ¿me ayuda con el aseo de la casa?")
        await expect(said(page).last).to_contain_text("código")
        await expect(eyes.find(".md > ul > li")).to_have_count(2)
        await expect(eyes.find(".md > ol > li")).to_have_count(1)
        await eyes.well("an answer being written")
        await ask(page, "Y otra cosa")
        await expect(eyes.find(".message .note")).to_be_visible()
        await eyes.well("a message that waits")
        answer.until.set()
        await expect(said(page).last).to_contain_text("Lo segundo.")
        await answered(page)
        await expect(eyes.find(".tool.thumb").last).to_be_visible()
        await eyes.well("an answer")
        await eyes.find(".tool.thumb").last.click()
        await expect(eyes.find(".why")).to_be_visible()
        await eyes.well("an opinion")
        await ask(page, "Falle")
        await expect(said(page).last.get_by_role("button").first).to_be_visible()
        await answered(page)
        await eyes.well("a failure")
        await page.get_by_label(re.compile("^(Escriba su mensaje|Write your message)$")).fill("a" * 8_010)
        await eyes.well("too long a message")
        await eyes.find("header button[aria-expanded]").click()
        await expect(eyes.find(".rows > li")).to_have_count(1)
        await eyes.well("the conversations")
        await eyes.find("[data-deed=pen]").click()
        await eyes.well("a name being changed")
        await page.keyboard.press("Escape")
        await eyes.find("[data-deed=bin]").click()
        await eyes.well("a deletion being asked")


@pytest.mark.parametrize(("lang", "size"), SCREENS)
async def test_with_what_is_found(chromium, service, upstream, owner, ana, lang, size):
    searched = {"city": "Bogotá", "service": "cleaning"}
    hours = {"professional_id": str(ana.id), "date_from": str(ana.starts[0].date()), "hours": 4}
    upstream.then(
        calls("list_my_bookings", {}),
        says("Si reservó con una cuenta, ingrese."),
        calls("search_professionals", searched, before="Ya miro. "),
        says("Estas tres."),
        calls("check_availability", hours),
        says("Estas horas."),
        calls("check_availability", hours | {"date_from": str(ana.starts[0].date() + timedelta(60))}),
        says("Ninguna."),
    )
    async with visiting(chromium, service, lang=lang, size=size) as page:
        eyes = Eyes(page, lang, size)
        await eyes.enter()
        for words, card in (
            ("¿Qué reservas tengo?", ".card"),
            ("Busco aseo en Bogotá", ".portrait >> nth=2"),
            ("¿Cuándo puede ella?", ".slots >> nth=0"),
        ):
            await ask(page, words)
            await expect(eyes.find(card)).to_be_visible()
            await answered(page)
            await eyes.well(words)


@pytest.mark.parametrize(("lang", "size"), SCREENS)
async def test_with_drafts_and_what_comes_of_them(chromium, service, upstream, owner, ana, lang, size):
    async with visiting(chromium, service, lang=lang, size=size) as page:
        eyes = Eyes(page, lang, size)
        await eyes.enter()

        async def offered(start: int, **more: Any) -> None:
            upstream.then(ana.draft(ana.starts[start], **more), says("Aquí está el borrador."))
            await ask(page, "Resérvela, por favor")
            await expect(draft(page).last).to_be_visible()
            await answered(page)

        def act(name: str) -> Locator:
            return draft(page).last.locator(f"[data-deed={name}]")

        await offered(0, address=None)
        await eyes.well("a draft without an address")
        await offered(0, instructions="Hay un gato; por favor no abrir el balcón.")
        await expect(act("confirm")).to_have_attribute("aria-disabled", "false")
        await eyes.well("a draft")
        await act("change").click()
        await expect(draft(page).last.locator("form")).to_be_visible()
        await eyes.well("a draft being changed")
        await page.keyboard.press("Escape")
        await act("change").click()
        taken = {"scheduled_start": ana.starts[0], "scheduled_end": ana.starts[0] + timedelta(hours=1)}
        booking = await a_booking(owner, professional_id=ana.id, duration_minutes=60, **taken)
        await act("confirm").click()
        form = draft(page).last.locator("form.contact")
        for step, words in (("a name", "Laura Gómez"), ("an address", "laura@example.com"), ("a phone", "")):
            await expect(form.locator("input")).to_be_focused()
            await eyes.well(f"asked for {step}")
            if step == "an address":
                await form.locator("input").fill("laura")
                await form.locator("input").press("Enter")
                await expect(form.get_by_role("alert")).to_be_visible()
                await eyes.well("what is wrong in the form")
            await form.locator("input").fill(words)
            await form.locator("input").press("Enter")
        await expect(form.get_by_role("checkbox")).not_to_be_checked()
        await eyes.well("the consent")
        await form.get_by_role("checkbox").check()
        await form.locator("button[type=submit]").click()
        await expect(draft(page).last.locator(".hour").first).to_be_visible()
        await answered(page)
        await eyes.well("a lost hour")
        await owner.execute("delete from bookings where id = $1", booking)
        await offered(3)
        await eyes.well("a newer draft")
        await act("cancel").click()
        await expect(act("cancel")).to_have_count(0)
        await answered(page)
        await eyes.well("a discarded draft")
        await offered(4)
        await act("confirm").click()
        await expect(draft(page).last.locator(".badge.confirmed")).to_be_visible()
        await answered(page)
        await eyes.well("a booking")
        booked = await owner.fetchval("select id from bookings where professional_id = $1", ana.id)
        upstream.then(calls("list_my_bookings", {}), says("Esta."))
        await ask(page, "¿Mis reservas?")
        await answered(page)
        await eyes.well("the bookings")
        upstream.then(calls("cancel_booking", {"booking_id": str(booked)}), says("Este es el reembolso."))
        await ask(page, "Cancélela")
        await expect(act("confirm")).to_have_attribute("aria-disabled", "false")
        await answered(page)
        await eyes.well("a cancellation")
        await act("confirm").click()
        await expect(act("confirm")).to_have_count(0)
        await answered(page)
        await eyes.well("a cancelled booking")
    assert await owner.fetchval("select status from bookings where id = $1", booked) == "cancelled"


@pytest.mark.parametrize(("lang", "size"), SCREENS)
async def test_in_the_corner_with_a_person_of_the_team(chromium, urls, upstream, owner, lang, size):
    async with hosting(urls, anthropic_base_url=upstream.url, model="scripted") as host:
        await owner.execute("update profiles set full_name = 'Camila Torres' where id = $1", demo.ADMIN_ID)
        camila = host.service.token(demo.ADMIN_ID)
        host.body = TAG.replace(">", f' lang="{lang[:2]}">', 1)
        async with visiting(chromium, host, lang=lang, size=size) as page:
            eyes = Eyes(page, lang, size)
            await expect(eyes.find(".launcher")).to_be_visible()
            await eyes.well("closed")
            await eyes.find(".launcher").click()
            await ask(page, "Me cobraron dos veces")
            await expect(said(page)).to_have_count(2)
            await answered(page)
            await eyes.find(".person").click()
            await expect(eyes.find(".strip button")).to_be_focused()
            await eyes.well("waiting for a person")
            thread = str(await owner.fetchval("select id from amara_conversations"))
            await deed(host.service, camila, thread, "take")
            await expect(eyes.find(".strip")).to_contain_text("Camila")
            await eyes.well("with a person")
            await deed(
                host.service,
                camila,
                thread,
                "staff-messages",
                id="s1",
                content="Buenas tardes, soy Camila. Ya lo reviso.",
            )
            await expect(said(page).last).to_contain_text("soy Camila")
            await eyes.well("what a person wrote")
            await page.keyboard.press("Escape")
            await expect(eyes.find(".launcher")).to_be_focused()
            await deed(host.service, camila, thread, "staff-messages", id="s2", content="Quedó resuelto.")
            await expect(eyes.find(".count-badge")).to_have_text("1")
            await eyes.well("unread")
            await eyes.find(".launcher").click()
            await eyes.find(".strip button").click()
            await expect(eyes.find(".strip")).to_be_hidden()
            await expect(eyes.find(".person")).to_be_focused()
            await eyes.well("given back")


@pytest.mark.parametrize(("lang", "size"), SCREENS)
async def test_without_a_connection_and_without_leave(chromium, service, lang, size):
    async with visiting(chromium, service, lang=lang, size=size) as page:
        eyes = Eyes(page, lang, size)
        codes = [1013]

        async def refuse(route: WebSocketRoute) -> None:
            await route.close(code=codes[-1])

        await page.route_web_socket(re.compile("/v1/amara/chat"), refuse)
        await page.reload()
        await eyes.enter()
        await ask(page, "¿Hay alguien?")
        await expect(eyes.find(".banner")).to_be_visible()
        await expect(eyes.find(".message .note")).to_be_visible()
        await eyes.well("no connection, and a message that waits for it")
        codes.append(4403)
        await eyes.find(".banner button").click()
        await expect(eyes.find(".panel")).to_have_attribute("data-state", "refused")
        await eyes.well("not allowed in")
