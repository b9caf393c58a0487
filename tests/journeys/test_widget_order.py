"""What comes late takes no place from what is there: a record, a module, a scroll event behind the words."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Route, WebSocketRoute, expect

from tests.browser import answered, launched, said, say, visiting
from tests.upstream import says

AT_END = """() => {
  const log = document.querySelector("amara-chat").shadowRoot.querySelector(".log");
  const { scrollHeight, scrollTop, clientHeight } = log;
  return scrollHeight - scrollTop - clientHeight < 2;
}"""


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def test_a_record_that_was_asked_for_before_something_was_said_does_not_take_it_away(chromium, service, upstream):
    upstream.then(says("La primera respuesta."), says("La segunda respuesta."))
    async with visiting(chromium, service) as page:
        await say(page, "Lo primero")
        await answered(page)
        asked, late = asyncio.Event(), asyncio.Event()

        async def hold(route: Route) -> None:
            response = await route.fetch()
            if not asked.is_set():
                asked.set()
                await late.wait()
            await route.fulfill(response=response)

        await page.route(re.compile("/messages\\?limit"), hold)
        await page.reload()
        await asked.wait()
        await say(page, "Lo segundo")
        await expect(said(page).last).to_contain_text("La segunda respuesta.")
        await answered(page)
        late.set()
        await expect(said(page)).to_contain_text(
            ["Lo primero", "La primera respuesta.", "Lo segundo", "La segunda respuesta."]
        )


async def test_what_a_person_of_the_team_writes_stands_where_it_was_said(chromium, service, upstream):
    """However late the module comes that knows of people."""
    upstream.then(says("La primera respuesta."), says("La segunda respuesta."))
    async with visiting(chromium, service) as page:
        await say(page, "Lo primero")
        await answered(page)
        sockets: list[WebSocketRoute] = []
        house = asyncio.Event()

        async def pass_on(route: WebSocketRoute) -> None:
            route.connect_to_server()
            sockets.append(route)

        async def hold(route: Route) -> None:
            await house.wait()
            await route.continue_()

        await page.route_web_socket(re.compile("/v1/amara/chat"), pass_on)
        await page.route(re.compile("/house\\.js"), hold)
        await page.reload()
        await expect(said(page)).to_have_count(2)
        author = {"name": "Camila"}
        for name, value in (
            ("handoff", {"state": "taken", "author": author}),
            ("staff_message", {"id": "staff-1", "content": "Soy Camila.", "author": author}),
        ):
            sockets[-1].send(json.dumps({"type": "event", "id": None, "name": name, "value": value}))
        await say(page, "Lo segundo")
        await answered(page)
        house.set()
        await expect(page.locator("amara-chat .strip")).to_contain_text("Ahora le atiende Camila")
        await expect(said(page)).to_contain_text(
            ["Lo primero", "La primera respuesta.", "Soy Camila.", "Lo segundo", "La segunda respuesta."]
        )


async def test_what_grows_before_a_scroll_is_heard_moves_nobody_away_from_the_end(chromium, service, upstream):
    """Suggestions and cards do that; only a reader who goes up is offered the way back."""
    upstream.then(says("\n\n".join(f"Párrafo {number} de la respuesta." for number in range(40))))
    async with visiting(chromium, service) as page:
        await say(page, "Cuénteme")
        await answered(page)
        log, latest = page.locator("amara-chat .log"), page.locator("amara-chat .latest")
        await expect(latest).to_be_hidden()
        await log.evaluate(
            """(log) => {
                const more = document.createElement("p");
                more.style.height = "300px";
                log.querySelector(".list").append(more);
                log.dispatchEvent(new Event("scroll"));
            }"""
        )
        await expect(latest).to_be_hidden()
        await page.wait_for_function(AT_END)
        await log.hover()
        await page.mouse.wheel(0, -600)
        await expect(latest).to_be_visible()
        await latest.click()
        await expect(latest).to_be_hidden()
        await page.wait_for_function(AT_END)


async def test_who_goes_up_by_little_is_left_where_they_read(chromium, service, upstream):
    """What grows at that moment pulls nobody back, and the end takes hold again only of who goes there."""
    upstream.then(says("\n\n".join(f"Párrafo {number} de la respuesta." for number in range(40))))
    async with visiting(chromium, service) as page:
        await say(page, "Cuénteme")
        await answered(page)
        log = page.locator("amara-chat .log")
        await page.wait_for_function(AT_END)
        grown = await log.evaluate(
            """async (log) => {
                const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                const grow = async () => {
                    const more = document.createElement("p");
                    more.style.height = "100px";
                    log.querySelector(".list").append(more);
                    await frame();
                    return Math.round(log.scrollHeight - log.scrollTop - log.clientHeight);
                };
                const left = [await grow()];
                log.scrollBy({ top: -20, behavior: "instant" });
                await frame();
                left.push(await grow());
                log.scrollBy({ top: 120, behavior: "instant" });
                await frame();
                left.push(await grow());
                return left;
            }"""
        )
        assert (grown[0], grown[2]) == (0, 0)
        assert grown[1] >= 120


TEXTS = (
    "Hay **tres**:\n\n- uno\n- dos\n\nLuego *nada* y [más](https://x.co/a).\n\n1. a\n2. b\n\n¿Va?\n\n- otra\n\n- más",
    "- a\n  - b\n    c\n\n  d\n\ne\n- f\n\n10. g\n\n## Título\n> cita\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nfin",
    "- a\n\n```\n- no\n\nes código\n```\n\nÁrbol\n\n---\n\n* * *\n1) uno\n\n2) dos\n\nb\nc",
)


async def test_in_whatever_pieces_an_answer_comes_it_is_drawn_as_the_whole_of_it(chromium, server):
    async with visiting(chromium, server, at="/widget/v1/privacy.html") as page:
        unlike = await page.evaluate(
            """async (texts) => {
                const { writer } = await import("/widget/v1/markdown.js");
                const drawn = (pieces) => {
                    const root = document.createElement("div");
                    const one = writer(root);
                    for (const piece of pieces) one.write(piece);
                    one.end();
                    root.normalize();
                    return root.innerHTML;
                };
                const unlike = [];
                for (const text of texts) {
                    const whole = drawn([text]);
                    const ways = [[...text], ...[...text].map((_, at) => [text.slice(0, at), text.slice(at)])];
                    for (const way of ways) if (drawn(way) !== whole) unlike.push([way, drawn(way), whole]);
                }
                return unlike;
            }""",
            list(TEXTS),
        )
        assert unlike[:1] == []


async def test_a_button_that_is_being_tapped_is_not_put_in_anothers_place(chromium, service, upstream):
    """What one may begin with is known before the service has named it, and mostly the same."""
    upstream.then(says("Con gusto."))
    async with visiting(chromium, service) as page:
        asked, late = asyncio.Event(), asyncio.Event()

        async def hold(route: Route) -> None:
            asked.set()
            await late.wait()
            await route.continue_()

        await page.route(re.compile("/starters"), hold)
        await page.reload()
        await asked.wait()
        starter = page.locator("amara-chat").get_by_role("button", name="Cocina", exact=True)
        button = await starter.element_handle()
        await starter.hover()
        await page.mouse.down()
        async with page.expect_response(re.compile("/starters")) as answer:
            late.set()
        await (await answer.value).finished()
        await page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        assert await button.evaluate("(button) => button.isConnected")
        await page.mouse.up()
        await expect(said(page).last).to_contain_text("Con gusto.")
