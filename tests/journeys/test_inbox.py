"""The staff's page in a real browser: a conversation is handed over, taken, answered and given back."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from amara import demo
from tests.browser import DESKTOP, PHONE, answered, launched, say, visiting
from tests.builders import a_person
from tests.handing import asides, ask, deed, states
from tests.rig import Chat, chatting, text_of

Json = dict[str, Any]

SCREENS = [
    pytest.param(size, lang, scheme, id=f"{size['width']}-{lang}-{scheme}")
    for size, lang, scheme in (
        (DESKTOP, "es-CO", "light"),
        (DESKTOP, "en-US", "dark"),
        (PHONE, "es-CO", "dark"),
        (PHONE, "en-US", "light"),
    )
]


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def camila(server, owner) -> str:
    """Of staff."""
    await owner.execute("update profiles set full_name = 'Camila Torres' where id = $1", demo.ADMIN_ID)
    return server.token(demo.ADMIN_ID)


@pytest.fixture
def valentina(server) -> str:
    """The demo's customer."""
    return server.token(demo.CUSTOMER_ID)


@asynccontextmanager
async def inbox(chromium, server, token: str, **wishes: Any) -> AsyncIterator[Page]:
    """The page, entered by a token; somebody who comes without a session is sent back to where they wanted to be."""
    refusals = frozenset({401, 404, 409})
    async with visiting(chromium, server, at="/admin/inbox", refusals=refusals, **wishes) as page:
        await page.locator("#token").fill(token)
        await page.get_by_role("button", name=re.compile("^(Entrar|Enter)$")).click()
        await expect(page).to_have_url(re.compile(r"/admin/inbox\?lang="))
        yield page


@asynccontextmanager
async def handed(server, valentina: str) -> AsyncIterator[Chat]:
    """A customer who has searched, complained, and been handed over by Amara herself."""
    async with chatting(server, valentina) as chat:
        await chat.ask("Hola, busco limpieza en Bogotá")
        heard = await chat.ask("Me cobraron dos veces la última visita")
        assert states(heard) == [("waiting", None)]
        yield chat


async def check_look(page: Page) -> None:
    """Nothing is wider than the screen, and axe finds nothing."""
    await page.wait_for_load_state()  # what a deed led to may be there before its styles are
    wide, screen = await page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= screen
    found = await Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.parametrize(("size", "lang", "scheme"), SCREENS)
async def test_everybody_of_staff_can_read_a_conversation(chromium, server, camila, valentina, size, lang, scheme):
    look = {"size": size, "lang": lang, "color_scheme": scheme}
    async with handed(server, valentina) as chat, inbox(chromium, server, camila, **look) as page:
        await deed(server, camila, chat.thread_id, "take")
        await page.goto(f"{server.url}/admin/inbox/{chat.thread_id}?lang={lang[:2]}")
        await expect(page.locator("html")).to_have_attribute("lang", lang[:2])
        await expect(page.locator(".talk li")).to_have_count(6)
        await expect(page.locator(".talk .facts").first).to_contain_text("Bogotá")
        await expect(page.locator("#content")).to_be_visible()
        await check_look(page)


@pytest.mark.parametrize(("size", "lang", "scheme"), SCREENS[::3])
async def test_everybody_of_staff_can_read_the_list_and_a_turn_of_hers(
    chromium, server, camila, valentina, size, lang, scheme
):
    look = {"size": size, "lang": lang, "color_scheme": scheme}
    async with handed(server, valentina), inbox(chromium, server, camila, **look) as page:
        await expect(page.locator(".rows a")).to_have_count(1)
        await check_look(page)
        await page.locator(".rows a").click()
        await page.locator(".runs a").last.click()
        await expect(page.locator(".steps li").first).to_be_visible()
        await check_look(page)


async def test_a_note_is_for_colleagues_alone(chromium, server, camila, valentina):
    async with handed(server, valentina) as chat, inbox(chromium, server, camila) as page:
        await page.locator(".rows a").click()
        await page.locator("#note").fill("Revisar el cobro del martes.")
        await page.get_by_role("button", name="Guardar nota").click()
        await expect(page.locator(".notes li")).to_contain_text("Revisar el cobro del martes.")
        _, told = await ask(server, valentina, "GET", f"/v1/amara/conversations/{chat.thread_id}/messages")
        assert "Revisar" not in json.dumps(told)


async def test_there_and_back_in_two_browsers(chromium, server, camila):
    async with (
        visiting(chromium, server, person="customer") as customer,
        inbox(chromium, server, camila) as page,
    ):
        await say(customer, "Me cobraron dos veces la última visita")
        await answered(customer)
        await expect(customer.locator("amara-chat")).to_contain_text("una persona del equipo")
        await page.reload()
        await page.locator(".rows a").click()
        await page.get_by_role("button", name="Tomar la conversación").click()
        await page.get_by_role("button", name="Que Amara proponga una respuesta").click()
        await expect(page.locator("#say-hint")).to_contain_text("No se ha enviado")
        await expect(page.locator("#content")).to_have_value(re.compile("cobro"))
        await expect(page.locator(".talk .staff")).to_have_count(0)
        await page.locator("#content").fill("Soy Camila. Ya reviso su cobro.")
        await page.get_by_role("button", name="Enviar").click()
        await expect(page.locator(".talk .staff")).to_contain_text("Soy Camila. Ya reviso su cobro.")
        await say(customer, "Muchas gracias, Camila")
        await expect(page.locator(".talk .person").last).to_contain_text("Muchas gracias, Camila")  # by itself
        await page.get_by_role("button", name="Devolver a Amara").click()
        await expect(page.locator(".empty")).to_contain_text("Nadie está esperando")
        await answered(customer)
        await customer.reload()
        for told in ("Soy Camila. Ya reviso su cobro.", "Muchas gracias, Camila"):
            await expect(customer.locator("amara-chat")).to_contain_text(told)


async def test_what_staff_says_while_the_customer_is_cut_off_arrives_to_the_letter(server, camila, valentina):
    async with handed(server, valentina) as chat:
        await deed(server, camila, chat.thread_id, "take")
        await chat.hear_until("event")
        since = chat.frames[-1]["id"]
        chat.socket.transport.abort()  # in the middle
        for number in range(3):
            said = {"id": f"s{number}", "content": f"Señora Ríos: paso {number} — ñandú 🏠"}
            assert (await deed(server, camila, chat.thread_id, "staff-messages", **said))[0] == 201
        async with chatting(server, valentina, thread_id=chat.thread_id, hello=False) as again:
            await again.send({"type": "hello", "token": valentina, "since": since, "locale": "es"})
            await again.hear_until("welcome")
            heard = [await again.hear() for _ in range(3)]
        assert [value["content"] for _, value in asides(heard)] == [
            f"Señora Ríos: paso {number} — ñandú 🏠" for number in range(3)
        ]
        await deed(server, valentina, chat.thread_id, "return")


async def test_it_goes_away_before_the_eyes_of_whoever_reads_it_when_it_is_given_back(
    chromium, server, camila, valentina
):
    async with handed(server, valentina) as chat, inbox(chromium, server, camila) as page:
        await page.locator(".rows a").click()
        await expect(page.locator(".talk li")).to_have_count(6)
        await expect(page.locator("#live")).to_be_visible()
        await deed(server, valentina, chat.thread_id, "return")
        await expect(page.get_by_role("alert")).to_contain_text("volvió a Amara")
        await expect(page.locator(".talk")).to_have_count(0)
        await page.reload()
        await expect(page.get_by_role("alert")).to_contain_text("no está en manos del equipo")


async def test_without_a_script_every_deed_is_a_form(chromium, server, camila, valentina, owner):
    async with handed(server, valentina) as chat, inbox(chromium, server, camila, java_script_enabled=False) as page:
        await page.locator(".rows a").click()
        await page.get_by_role("button", name="Tomar la conversación").click()
        await page.locator("#content").fill("Ya reviso.")
        await page.get_by_role("button", name="Enviar").click()
        await expect(page.locator(".talk .staff")).to_contain_text("Ya reviso.")
        await page.get_by_role("button", name="Devolver a Amara").click()
        await expect(page.locator(".empty")).to_be_visible()
        assert await owner.fetchval("select count(*) from amara_handoffs where state = 'returned'") == 1
        assert chat.thread_id


async def test_who_is_not_of_staff_reads_nothing_and_no_other_site_does_anything(server, camila, valentina, owner):
    outsider = server.token(await a_person(owner))
    async with handed(server, valentina) as chat:
        place = f"/admin/inbox/{chat.thread_id}"
        async with aiohttp.ClientSession(server.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            for path in ("/admin/inbox", place, f"{place}/live", f"{place}/runs/{uuid4()}"):
                async with browser.get(path) as answer:
                    assert (answer.status, "Hola, busco" in await answer.text()) == (401, False)
            async with browser.post("/admin/session", json={"token": outsider}) as answer:
                assert answer.status == 403
            async with browser.post("/admin/session", json={"token": camila}) as answer:
                assert answer.status == 204
            for what in ("take", "return", "say", "note", "suggest", "pass"):
                headers = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
                async with browser.post(f"{place}/{what}", headers=headers, data={"content": "x"}) as answer:
                    assert answer.status == 403
            async with browser.get(f"/admin/inbox/{uuid4()}") as answer:
                assert answer.status == 404
            await owner.execute("update profiles set role = 'customer' where id = $1", demo.ADMIN_ID)
            for path in ("/admin/inbox", place, f"{place}/live"):
                async with browser.get(path) as answer:
                    assert (answer.status, "Hola, busco" in await answer.text()) == (403, False)
        states_now = await owner.fetch("select state from amara_handoffs")
        assert [row["state"] for row in states_now] == ["waiting"]


async def test_a_message_is_text_whatever_stands_in_it(chromium, server, camila, valentina):
    async with handed(server, valentina) as chat, inbox(chromium, server, camila) as page:
        await chat.ask('<img src=x onerror="alert(1)"><script>alert(2)</script> **b** &amp;')
        await page.locator(".rows a").click()
        await expect(page.locator(".talk .person").last).to_contain_text('<img src=x onerror="alert(1)"><script>')
        await expect(page.locator(".talk img, .talk script")).to_have_count(0)


async def test_when_a_colleague_was_faster_the_page_says_who(chromium, server, camila, valentina, owner):
    andres = server.token(await a_person(owner, full_name="Andrés Mejía", role="admin"))
    async with handed(server, valentina) as chat, inbox(chromium, server, camila, java_script_enabled=False) as page:
        await page.locator(".rows a").click()
        await deed(server, andres, chat.thread_id, "take")
        await page.get_by_role("button", name="Tomar la conversación").click()
        await expect(page.get_by_role("alert")).to_have_text("Andrés Mejía tomó esta conversación primero.")
        await page.goto(f"{server.url}/admin/inbox?view=others")
        await expect(page.locator(".rows a")).to_contain_text("Andrés Mejía la tiene desde hace")


async def test_the_concierge_calls_a_person_and_answers_again_when_it_is_hers(server, valentina):
    for words, why in (
        ("Quiero hablar con una persona", "asked"),
        ("I want a human", "asked"),
        ("me robaron unos aretes", "safety"),
    ):
        async with chatting(server, valentina) as chat:
            heard = await chat.ask(words)
            assert states(heard) == [("waiting", None)], words
            calls = [frame["chunk"] for frame in heard if frame.get("chunk", {}).get("type") == "TOOL_CALL_RESULT"]
            assert json.loads(calls[0]["content"])["reason"] == why, words
            assert text_of(await chat.ask("Busco limpieza en Bogotá")) == ""
            await deed(server, valentina, chat.thread_id, "return")
            heard = await chat.hear_until("RUN_FINISHED")
            assert "opciones" in text_of(heard) or "matches" in text_of(heard)


async def test_who_is_not_understood_three_times_is_handed_over(server, valentina):
    async with chatting(server, valentina) as chat:
        heard = [await chat.ask(said) for said in ("xyzzy plugh", "qwrty zxcv", "fnord blarg")]
        assert [states(each) for each in heard] == [[], [], [("waiting", None)]]
        status, shown = await ask(server, valentina, "GET", f"/v1/amara/conversations/{chat.thread_id}")
        assert (status, shown["handoff"]["state"]) == (200, "waiting")
