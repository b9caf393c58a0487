"""Every state of the team's pages in every look: two screens, two languages, light and dark, and nothing for axe."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from amara import demo
from tests.browser import DESKTOP, PHONE, launched
from tests.builders import a_person
from tests.handing import ask, deed
from tests.journeys.test_inbox import check_look, handed, inbox
from tests.rig import Service, chatting

LOOKS = [
    pytest.param(size, lang, scheme, id=f"{size['width']}-{lang}-{scheme}")
    for size, lang, scheme in product((DESKTOP, PHONE), ("es-CO", "en-US"), ("light", "dark"))
]
LONG = "La profesional llegó tarde dos veces y nadie me ha respondido. " * 12


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def camila(server, owner) -> str:
    """Of staff."""
    await owner.execute("update profiles set full_name = 'Camila Torres' where id = $1", demo.ADMIN_ID)
    return server.token(demo.ADMIN_ID)


async def states(page: Page, server: Service, camila: str, owner: Any) -> AsyncIterator[str]:
    """The name of each state, while the page shows it."""
    spoken = (await page.locator("html").get_attribute("lang")) or ""
    place = f"{server.url}/admin/inbox"

    async def opened(path: str) -> None:
        await page.goto(f"{place}{path}{'&' if '?' in path else '?'}lang={spoken}")

    yield "empty"
    valentina = server.token(demo.CUSTOMER_ID)
    andres = server.token(await a_person(owner, full_name="Andrés Felipe Mejía Echeverri", role="admin"))
    async with handed(server, valentina) as chat:
        await chat.ask(LONG.strip())
        others = []
        for words in ("me robaron unos aretes", "Quiero hablar con una persona"):
            async with chatting(server, valentina) as other:
                await other.ask(words)
                others.append(other.thread_id)
        await deed(server, andres, others[1], "take")
        await opened("")
        await expect(page.locator(".rows a")).to_have_count(2)
        yield "waiting"
        await opened("?view=mine")
        yield "none-mine"
        await opened("?view=others")
        await expect(page.locator(".rows a")).to_have_count(1)
        yield "taken"
        await opened("?view=open&q=no+hay+nada+que+diga+esto")
        await expect(page.locator(".empty")).to_be_visible()
        yield "not-found"
        await opened(f"/{others[1]}")
        yield "conversation-of-another"
        await opened(f"/{chat.thread_id}")
        await expect(page.locator(".talk li").first).to_be_visible()
        yield "conversation-waiting"
        await page.locator("#live .call").click()
        await expect(page.locator("#content")).to_be_visible()
        said = {"id": "s1", "content": "Buenas tardes, Valentina. Soy Camila: **ya reviso** su cobro.\n\nUn momento."}
        await deed(server, camila, chat.thread_id, "staff-messages", **said)
        await expect(page.locator(".talk .staff")).to_have_count(1)
        yield "conversation-mine"
        await page.locator("#note").fill("Revisar el cobro del martes con pagos.\nPrometimos respuesta hoy.")
        await page.locator(".inside .quiet").click()
        await expect(page.locator(".notes li")).to_have_count(1)
        yield "notes"
        await page.locator("[formaction]").click()
        await expect(page.locator("#say-hint.notice")).to_be_visible()
        yield "suggested"
        await opened(f"/{chat.thread_id}")
        await page.locator(".runs a").last.click()
        await expect(page.locator(".steps li").first).to_be_visible()
        yield "replay"
        await page.locator(".steps summary").first.click()
        yield "replay-data"
        await opened(f"/{chat.thread_id}")
        await ask(server, valentina, "POST", f"/v1/amara/conversations/{chat.thread_id}/return", {})
        await expect(page.get_by_role("alert")).to_be_visible()
        yield "over"
        await opened(f"/{others[0]}")
        async with chatting(server, valentina, thread_id=others[0]) as other:
            await other.ask("¿Hay alguien?")
            await expect(page.locator(".talk .person")).to_have_count(2)  # it is followed
            await page.context.clear_cookies()
            await other.ask("¿Hola?")
            await expect(page.get_by_role("alert")).to_be_visible()
        yield "ended"
        await opened("")
        await expect(page.get_by_role("button", name=re.compile("^(Entrar|Enter)$"))).to_be_visible()
        yield "entrance"


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("size", "lang", "scheme"), LOOKS)
async def test_every_state_is_for_everybody(chromium, server, camila, owner, size, lang, scheme):
    look = {"size": size, "lang": lang, "color_scheme": scheme}
    async with inbox(chromium, server, camila, **look) as page:
        seen = []
        async for state in states(page, server, camila, owner):
            await check_look(page)
            seen.append(state)
        assert len(seen) == 15
