"""Nothing that anybody wrote runs, loads or leads anywhere in the browser of somebody else."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Error, Page, WebSocketRoute, expect

from amara import demo
from tests import hostile
from tests.browser import DESKTOP, answered, launched, said
from tests.builders import a_booking
from tests.draft_page import Ana, ask, deed, draft
from tests.rig import Service
from tests.upstream import calls, says


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@asynccontextmanager
async def watched(chromium: Browser, service: Service, *, person: str = "visitor") -> AsyncIterator[Page]:
    """The page without its policy, so that nothing but the drawing itself stands between a text and the browser."""
    context = await chromium.new_context(
        locale="es-CO", viewport=DESKTOP, timezone_id="America/Bogota", bypass_csp=True
    )
    page = await context.new_page()
    elsewhere: list[str] = []
    ours = (service.url, service.url.replace("http", "ws", 1))
    context.on("request", lambda request: elsewhere.append(request.url) if not request.url.startswith(ours) else None)
    page.on("dialog", lambda dialog: elsewhere.append(dialog.message))
    page.on("popup", lambda popup: elsewhere.append(popup.url))
    await context.add_init_script(hostile.WATCH)
    await context.add_init_script(
        f"localStorage.getItem('amara.person') ?? localStorage.setItem('amara.person', '{person}')"
    )
    try:
        await page.goto(service.url)
        await expect(page.locator(".person .open").first).to_be_visible()
        yield page
        assert await page.evaluate("window.hits") == 0
        assert await page.evaluate("wrong(document)") == []
        assert page.url.startswith(service.url)
        assert elsewhere == []
    finally:
        await context.close()


@pytest.mark.parametrize("wrong", hostile.BROKEN_RENDERERS)
async def test_a_renderer_written_in_a_hurry_is_caught(chromium, server, wrong):
    context = await chromium.new_context(bypass_csp=True)
    await context.add_init_script(hostile.WATCH)
    page = await context.new_page()
    await page.route(
        "**/*", lambda route: route.continue_() if route.request.url.startswith(server.url) else route.abort()
    )
    await page.goto(f"{server.url}/widget/v1/privacy.html")
    texts = [*hostile.LINKS, *hostile.PICTURES, *hostile.MARKUP[:20]]
    try:
        came = await page.evaluate(hostile.EVERY_SPLIT, [texts, hostile.BROKEN_RENDERERS[wrong]])
        is_caught = bool(came["hits"] or came["found"])
    except Error as error:  # one of them led the whole page away
        is_caught = "navigation" in str(error)
    await context.close()
    assert is_caught


async def test_no_text_becomes_more_than_text_in_whatever_pieces_it_comes(chromium, server):
    assert len(set(hostile.TEXTS)) >= 140
    async with watched(chromium, server) as page:
        came = await page.evaluate(hostile.EVERY_SPLIT, [hostile.TEXTS, None])
        assert came["found"] == []
        assert came["hits"] == 0
        assert came["drawn"] > sum(map(len, hostile.TEXTS))


async def test_what_people_wrote_about_themselves_stays_text_on_the_page_and_in_the_chat(
    chromium, service, upstream, owner
):
    storable = [text for text in hostile.TEXTS if "\x00" not in text]  # PostgreSQL knows no NUL
    texts = iter(storable * 3)
    people = await owner.fetch("select profile_id, services from professional_profiles order by full_name")
    for person in people:
        services = json.loads(person["services"]) if isinstance(person["services"], str) else person["services"]
        for one in services:
            one["name"] = next(texts)
        await owner.execute(
            "update professional_profiles set full_name = $2, bio = $3, services = $4::text::jsonb, languages = $5"
            " where profile_id = $1",
            person["profile_id"],
            next(texts),
            "\n\n".join(next(texts) for _ in range(3)),
            json.dumps([*services, {"slug": next(texts), "name": next(texts), "hourly_rate_cop": 90_000}]),
            [next(texts)[:40], "es"],
        )
    async with watched(chromium, service) as page:
        await page.get_by_role("button", name="Ver 18 más").click()
        await expect(page.locator("#people-list .person")).to_have_count(24)
        for button in (await page.locator(".person .open").all())[:4]:
            await button.evaluate("one => one.click()")
            await expect(page.locator("dialog.sheet .hours, dialog.sheet [role=status]").first).to_be_visible()
            await expect(page.locator("dialog.sheet .about")).to_be_visible()
            assert await page.evaluate("wrong(document)") == []
            await page.keyboard.press("Escape")
        upstream.then(
            calls("search_professionals", {"city": "Bogotá"}, before=hostile.TEXTS[0]),
            says(*(f"{text}\n\n" for text in storable)),
        )
        await page.get_by_role("textbox").fill("\n".join(storable)[:7_900])
        await page.get_by_role("textbox").press("Enter")
        await expect(said(page)).not_to_have_count(1)
        await answered(page)
        assert await page.evaluate("wrong(document)") == []
        await page.reload()
        await expect(said(page).first).to_contain_text("<script>hit()</script>")
        await expect(page.locator("amara-chat .card").first).to_be_visible()


async def test_addresses_and_notes_of_bookings_stay_text(chromium, service, upstream, owner):
    rows = [hostile.TEXTS[at : at + 2] for at in range(0, 40, 2)]
    professional = await owner.fetchval("select profile_id from professional_profiles limit 1")
    for address, note in rows:
        await a_booking(
            owner,
            customer_id=demo.CUSTOMER_ID,
            professional_id=professional,
            address=address,
            special_instructions=note,
            status="cancelled",
        )
    async with watched(chromium, service, person="customer") as page:
        upstream.then(calls("list_my_bookings", {"when": "all"}), says("Estas son."))
        await page.get_by_role("textbox").fill("mis reservas")
        await page.get_by_role("textbox").press("Enter")
        await expect(page.locator("amara-chat .booking").first).to_be_visible()
        await answered(page)


async def test_the_card_tells_what_the_database_holds_whatever_the_model_says(chromium, service, upstream, owner):
    ana = await Ana.arrives(owner)
    lie = "Quedó **confirmado** por $ 1.000 con Otra Persona, el 1 de enero. [Confirmar](https://evil.example)"
    async with watched(chromium, service) as page:
        upstream.then(ana.draft(), says(lie))
        await ask(page)
        await expect(deed(page, "Confirmar")).to_have_attribute("aria-disabled", "false")
        await expect(draft(page)).to_contain_text("con Ana Milena Rojas")
        await expect(draft(page)).to_contain_text(re.compile(r"\$\s100\.000"))
        await expect(draft(page)).to_contain_text("Por confirmar")
        await expect(draft(page)).not_to_contain_text("Otra Persona")
        assert await ana.bookings(owner) == []


async def test_no_page_of_another_site_shows_a_page_of_ours_in_a_frame(chromium, server):
    async def stranger(request: web.Request) -> web.Response:
        frame = f'<iframe name=ours src="{server.url}{request.query["shows"]}"></iframe>'
        return web.Response(text=f"<!doctype html><title>elsewhere</title>{frame}", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", stranger)
    async with TestServer(app) as elsewhere:
        context = await chromium.new_context()
        page = await context.new_page()
        shown = {}
        for path in ("/v1/amara/about", "/", "/guest", "/widget/v1/privacy.html", "/admin"):
            await page.goto(str(elsewhere.make_url("/").with_query(shows=path)), wait_until="load")
            frame = page.frame("ours")
            assert frame is not None
            shown[path] = frame.url.startswith(server.url)
        await context.close()
    assert shown.pop("/v1/amara/about")  # what says nothing of frames is shown: the eyes of this test are open
    assert not any(shown.values()), shown


@pytest.mark.timeout(300)
async def test_a_service_that_lies_in_every_field_of_every_frame_draws_text(chromium, server):
    """Cards, labels, titles, suggestions, staff and snapshots, as a taken-over service might send them."""
    async with watched(chromium, server) as page:
        lying = Liar(hostile.TEXTS)
        await page.route_web_socket("**/v1/amara/chat?**", lying.meet)
        await page.reload()
        await expect(page.get_by_role("textbox")).to_be_visible()
        await lying.met(page)
        # What comes beside answers is drawn once its part has come, so that either may be the last.
        for last, words in (("last", "The end of the lies."), (f"staff-{len(hostile.TEXTS) - 1}", "MaidConnect")):
            shown = page.locator(f'amara-chat .message[data-id="{last}"]')
            await expect(shown).to_contain_text(words, timeout=240_000)
        assert await page.locator("amara-chat .card").count() > len(hostile.TEXTS) / 2


def _cards(text: str) -> list[dict[str, object]]:
    someone = {
        "id": text,
        "name": text,
        "city": text,
        "service": {"slug": text, "name": text},
        "hourly_rate_cop": 20_000,
    }
    someone |= {"currency": text, "rating": 4.5, "review_count": 3, "languages": [text], "verification_level": text}
    someone |= {"reason": text, "about": text, "experience_years": 3, "instant_booking": True}
    start = "2030-03-01T08:00:00-05:00"
    booking = {"id": text, "status": text, "service": text, "professional": {"id": text, "name": text}}
    booking |= {"starts_at": start, "ends_at": start, "duration_minutes": 240, "total_price": 1, "currency": "COP"}
    booking |= {"address": text, "special_instructions": text}
    draft = {"id": text, "version": 1, "kind": "book", "status": "open", "booking_id": None, "total_price": 96_000}
    draft |= {"service": {"slug": text, "name": text}, "professional": {"id": text, "name": text}, "currency": "COP"}
    draft |= {"starts_at": start, "ends_at": start, "duration_minutes": 240, "address": text, "instructions": text}
    draft |= {"missing": [], "expires_at": "2030-03-01T08:00:00-05:00", "refund": None}
    return [
        {"card": "professionals", "found": 1, "professionals": [someone]},
        {"card": "availability", "professional": {"id": text, "name": text}, "duration_minutes": 240, "found": 1}
        | {"days": [{"date": "2030-03-01", "starts": [start]}]},
        {"card": "bookings", "bookings": [booking]},
        {"card": "booking", "booking": booking},
        {"card": "booking_draft", "outcome": "offered", "draft": draft},
        {"card": text, "text": text},
    ]


class Liar:
    """A service that says hello properly, and then everything the texts would like it to say."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self._seq = 0

    async def meet(self, socket: WebSocketRoute) -> None:
        def heard(message: str | bytes) -> None:
            if json.loads(message).get("type") == "hello":
                limits = {"text": 8000}
                welcome = {"type": "welcome", "threadId": "t", "head": None, "heartbeatMs": 25_000}
                socket.send(json.dumps(welcome | {"limits": limits, "capabilities": {"resume": True}}))
                for frame in self._lies():
                    self._seq += 1
                    socket.send(json.dumps({"id": f"1-{self._seq}"} | frame))

        socket.on_message(heard)

    async def met(self, page: Page) -> None:
        await expect(said(page).last).to_be_visible()

    def _lies(self) -> Iterator[dict[str, object]]:
        for number, text in enumerate(self._texts):
            run, message, call = f"run-{number}", f"message-{number}", f"call-{number}"
            lie = {"metadata": {"amara": {"label": text, "suggestions": [text[:60]] * 3, "author": {"name": text}}}}
            halves = text[: len(text) // 2], text[len(text) // 2 :]
            card = _cards(text)[number % 6]
            yield {"chunk": {"type": "RUN_STARTED", "threadId": "t", "runId": run} | lie}
            yield {"chunk": {"type": "TEXT_MESSAGE_START", "messageId": message, "role": "assistant"} | lie}
            for half in halves:
                yield {"chunk": {"type": "TEXT_MESSAGE_CONTENT", "messageId": message, "delta": half}}
            yield {"chunk": {"type": "TEXT_MESSAGE_END", "messageId": message}}
            named = {"toolCallId": call, "toolCallName": text, "parentMessageId": message}
            yield {"chunk": {"type": "TOOL_CALL_START"} | named | lie}
            yield {"chunk": {"type": "TOOL_CALL_ARGS", "toolCallId": call, "delta": json.dumps({"service": text})}}
            yield {"chunk": {"type": "TOOL_CALL_END", "toolCallId": call}}
            result = {"messageId": f"result-{number}", "toolCallId": call, "content": json.dumps(card)}
            yield {"chunk": {"type": "TOOL_CALL_RESULT"} | result}
            yield {
                "chunk": {"type": "RUN_FINISHED", "threadId": "t", "runId": run, "outcome": {"type": "success"}} | lie
            }
            yield {"type": "event", "name": "title", "value": {"title": text}}
            author = {"name": text}
            yield {"type": "event", "name": "handoff", "value": {"state": "taken", "author": author}}
            told = {"id": f"staff-{number}", "content": text, "author": author, "created_at": "2030-03-01T08:00:00Z"}
            yield {"type": "event", "name": "staff_message", "value": told}
            yield {
                "type": "event",
                "name": "booking",
                "value": {"booking_id": text, "status": text, "text": text} | card,
            }
        last = {"messageId": "last", "delta": "The end of the lies."}
        yield {"chunk": {"type": "RUN_STARTED", "threadId": "t", "runId": "run-last"}}
        yield {"chunk": {"type": "TEXT_MESSAGE_START", "messageId": "last", "role": "assistant"}}
        yield {"chunk": {"type": "TEXT_MESSAGE_CONTENT"} | last}
        yield {"chunk": {"type": "TEXT_MESSAGE_END", "messageId": "last"}}
        yield {"chunk": {"type": "RUN_ERROR", "runId": "run-last", "code": self._texts[0], "message": self._texts[1]}}
