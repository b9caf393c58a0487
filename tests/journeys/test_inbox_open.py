"""The staff's page, left open: through the night, beyond its session, with words half written, under a double click."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import websockets
from playwright.async_api import Browser, Page, expect

from amara import demo
from tests.browser import launched
from tests.builders import a_person
from tests.handing import asides, deed
from tests.journeys.test_inbox import handed, inbox
from tests.rig import Chat, Service, end_of, serving
from tests.visits import Clock
from tests.web import browsing


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


@pytest.fixture
async def server(urls, clock) -> AsyncIterator[Service]:
    async with serving(urls, has_demo=True, now=clock) as service:
        yield service


@pytest.fixture
async def camila(server, owner) -> str:
    """Of staff, with a token for two days."""
    await owner.execute("update profiles set full_name = 'Camila Torres' where id = $1", demo.ADMIN_ID)
    return server.token(demo.ADMIN_ID, ttl_s=48 * 3600)


@pytest.fixture
def valentina(server) -> str:
    """The demo's customer."""
    return server.token(demo.CUSTOMER_ID, ttl_s=48 * 3600)


def pass_by(server: Service, clock: Clock, **time: float) -> None:
    """Time passes, and every socket looks at the clock."""
    clock.forward(**time)
    for connection in tuple(server.door.sockets.open):
        connection._beat()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - nobody rings when a browser comes back
            await asyncio.sleep(0.02)


def visitors(server: Service) -> list[int]:
    """Those of staff who follow something, one socket each."""
    return [
        id(one) for one in server.door.sockets.open if one.caller is not None and one.caller.user_id == demo.ADMIN_ID
    ]


async def answer(page: Page, text: str) -> None:
    await page.locator("#content").fill(text)
    await page.get_by_role("button", name="Enviar").click()
    await expect(page.locator(".talk .staff").last).to_contain_text(text)


async def test_a_conversation_that_is_open_through_the_night_goes_on_by_itself(
    chromium, server, camila, valentina, clock
):
    async with handed(server, valentina) as chat, inbox(chromium, server, camila) as page:
        await page.locator(".rows a").click()
        await page.get_by_role("button", name="Tomar la conversación").click()
        await answer(page, "Buenas noches, ya reviso.")
        for _ in range(24):  # half an hour but a minute, from eight in the evening to half past seven
            await until(lambda: len(visitors(server)) == 1)
            before = visitors(server)
            pass_by(server, clock, minutes=29)
            await until(lambda before=before: visitors(server) not in ([], before))
        async with websockets.connect(server.socket_url(chat.thread_id)) as socket:
            again = Chat(socket, chat.thread_id)
            await again.send({"type": "hello", "token": valentina, "since": None, "locale": "es"})
            await again.hear_until("welcome")
            await again.say("Buenos días, ¿ya saben algo?")
            await expect(page.locator(".talk .person").last).to_contain_text("Buenos días, ¿ya saben algo?")
        await expect(page.get_by_role("alert")).to_have_count(0)
        await answer(page, "Buenos días, ya está resuelto.")


async def test_a_session_that_is_over_says_so_keeps_what_is_written_and_goes_on_when_somebody_enters_again(
    chromium, server, camila, valentina, clock
):
    async with handed(server, valentina) as chat, inbox(chromium, server, camila) as page:
        await page.locator(".rows a").click()
        await page.get_by_role("button", name="Tomar la conversación").click()
        await until(lambda: len(visitors(server)) == 1)
        await page.locator("#content").fill("Señora Ríos, su cobro")
        pass_by(server, clock, minutes=31)  # nobody looked meanwhile: the machine slept
        await expect(page.get_by_role("alert")).to_contain_text("Su sesión terminó")
        async with page.context.expect_page() as opening:
            await page.get_by_role("link", name="Entrar de nuevo").click()
        other = await opening.value
        await other.locator("#token").fill(camila)
        await other.get_by_role("button", name="Entrar").click()
        await expect(other.locator("#live")).to_be_visible()
        await other.close()
        await page.evaluate("dispatchEvent(new Event('focus'))")  # a browser without a window gives none
        await until(lambda: len(visitors(server)) == 1)
        await expect(page.get_by_role("alert")).to_have_count(0)
        await expect(page.locator("#content")).to_have_value("Señora Ríos, su cobro")
        await page.get_by_role("button", name="Enviar").click()
        await expect(page.locator(".talk .staff")).to_contain_text("Señora Ríos, su cobro")
        await expect(page.locator("#content")).to_have_value("")
        assert chat.thread_id in page.url


async def test_what_is_half_written_stays_beside_a_note_and_a_proposal(chromium, server, camila, valentina):
    async with handed(server, valentina), inbox(chromium, server, camila) as page:
        await page.locator(".rows a").click()
        await page.get_by_role("button", name="Tomar la conversación").click()
        await page.locator("#content").fill("Buenas tardes,")
        await page.locator("#note").fill("Cobro doble del martes.")
        await page.get_by_role("button", name="Guardar nota").click()
        await expect(page.locator(".notes li")).to_contain_text("Cobro doble del martes.")
        await expect(page.locator("#note")).to_have_value("")
        await expect(page.locator("#content")).to_have_value("Buenas tardes,")
        await page.get_by_role("button", name="Que Amara proponga una respuesta").click()
        await expect(page.locator("#say-hint")).to_contain_text("No se ha enviado")
        proposed = await page.locator("#content").input_value()
        assert proposed.startswith("Buenas tardes,\n\n")
        assert len(proposed) > 30
        await page.get_by_role("button", name="Enviar").click()
        await expect(page.locator(".talk .staff")).to_contain_text("Buenas tardes,")
        await expect(page.locator("#content")).to_have_value("")


async def test_a_double_click_is_one_deed(chromium, server, camila, valentina, owner):
    async with handed(server, valentina) as chat, inbox(chromium, server, camila) as page:
        await page.locator(".rows a").click()
        await page.get_by_role("button", name="Tomar la conversación").dblclick()
        await page.locator("#content").fill("Ya reviso.")
        await page.get_by_role("button", name="Enviar").dblclick()
        await expect(page.locator(".talk .staff")).to_have_count(1)
        await page.locator("#note").fill("Un cobro doble.")
        await page.get_by_role("button", name="Guardar nota").dblclick()
        await expect(page.locator(".notes li")).to_have_count(1)
        await page.get_by_role("button", name="Devolver a Amara").dblclick()
        await expect(page.locator(".empty")).to_be_visible()
        await expect(page.get_by_role("alert")).to_have_count(0)
        heard = await chat.hear_until("event")
        while [value.get("state") for _, value in asides(heard)][-1:] != ["returned"]:
            heard += await chat.hear_until("event")
        assert [name for name, _ in asides(heard)] == ["handoff", "staff_message", "handoff"]
        deeds = await owner.fetch("select deed from amara_private.handoff_deeds where deed <> 'read' order by id")
        assert [row["deed"] for row in deeds] == ["asked", "taken", "said", "noted", "returned"]


async def test_a_note_that_is_refused_stays_a_note(server, camila, valentina):
    async with handed(server, valentina) as chat, browsing(server.url) as browser:
        await deed(server, camila, chat.thread_id, "take")
        async with browser.post("/admin/session", json={"token": camila}) as entered:
            headers = {"cookie": f"amara_admin={entered.cookies['amara_admin'].value}"}
        place = f"/admin/inbox/{chat.thread_id}"
        async with browser.post(f"{place}/note", headers=headers, data={"content": "n" * 4_001}) as told:
            page = await told.text()
        assert told.status == 422
        assert re.search(rf'<textarea id="note"[^>]*>{"n" * 4_001}</textarea>', page)
        assert page.count("n" * 4_001) == 1  # and not where an answer to the person is written
        # A browser counts the end of a line once and sends it as two characters.
        long = "\r\n".join(["renglón"] * 1_000)
        async with browser.post(f"{place}/say", headers=headers, data={"id": "s1", "content": long}) as told:
            assert told.status == 200, await told.text()
        assert (await chat.hear_until("event"))[-1]["name"] == "handoff"
        assert (await chat.hear_until("event"))[-1]["value"]["content"] == long.replace("\r\n", "\n")


async def test_a_pass_opens_one_conversation_once_for_who_asked_and_says_nothing_there(
    server, camila, valentina, owner
):
    andres = server.token(await a_person(owner, role="admin"))
    async with handed(server, valentina) as chat, browsing(server.url) as browser:
        place = f"/admin/inbox/{chat.thread_id}/pass"
        async with browser.post("/admin/session", json={"token": andres}) as entered:
            headers = {"cookie": f"amara_admin={entered.cookies['amara_admin'].value}"}
        async with browser.post(place, headers=headers | {"origin": server.url}) as passed:
            told = await passed.json()
        assert (passed.status, told.keys(), passed.headers["cache-control"]) == (201, {"ticket"}, "no-store")
        bearer = {"authorization": f"Bearer {told['ticket']}"}
        async with browser.get("/v1/admin/conversations", headers=bearer) as refused:
            assert refused.status == 401  # it is good for a socket, and for nothing else
        offered = ["amara.v1", f"ticket.{told['ticket']}"]
        async with websockets.connect(
            server.socket_url(str(uuid4())), subprotocols=offered, origin=server.url
        ) as socket:
            assert await end_of(socket) == 4401  # another conversation; and it is spent
        async with browser.post(place, headers=headers | {"origin": server.url}) as passed:
            offered = ["amara.v1", f"ticket.{(await passed.json())['ticket']}"]
        url = server.socket_url(chat.thread_id)
        async with websockets.connect(url, subprotocols=offered, origin=server.url) as socket:
            visit = Chat(socket, chat.thread_id)
            await visit.send({"type": "hello", "since": None, "locale": "es"})
            await visit.hear_until("welcome")
            await visit.say("Yo hablo por el cliente")
            assert (await visit.hear_until("error"))[-1]["code"] == "not_allowed"
            async with websockets.connect(url, subprotocols=offered, origin=server.url) as second:
                assert await end_of(second) == 4401
            await deed(server, valentina, chat.thread_id, "return")
            assert await end_of(socket) == 4403
        async with browser.post(place, headers=headers) as passed:
            assert passed.status == 404


async def test_a_long_conversation_opens_at_its_end_and_stays_where_somebody_reads(chromium, server, camila, valentina):
    async with handed(server, valentina) as chat, inbox(chromium, server, camila) as page:
        talk = page.locator(".talk")
        left = "talk => Math.round(talk.scrollHeight - talk.scrollTop - talk.clientHeight)"
        await page.locator(".rows a").click()
        await expect(talk.locator("li")).to_have_count(6)
        assert await talk.evaluate("talk => talk.scrollHeight > talk.clientHeight + 100")
        await page.wait_for_function("document.readyState === 'complete'")
        assert await talk.evaluate(left) < 5
        await until(lambda: len(visitors(server)) == 1)
        await chat.ask("¿Siguen ahí?")
        await expect(talk.locator("li")).to_have_count(7)
        assert await talk.evaluate(left) < 5  # who reads the end follows it
        await talk.evaluate("talk => talk.scrollTo(0, 40)")
        await chat.ask("¿Hola?")
        await expect(talk.locator("li")).to_have_count(8)
        assert await talk.evaluate("talk => talk.scrollTop") == 40
