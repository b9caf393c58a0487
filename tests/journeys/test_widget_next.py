"""What may come next, shown: what to begin with, what to say next, the rest of an answer, news of a booking, a name."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from amara import demo
from tests.browser import answered, launched, said, say, visiting
from tests.host import hosting
from tests.upstream import Answer, calls, end, says, start, text


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


def replies(page: Page):
    return page.locator("amara-chat .replies button")


async def test_an_empty_conversation_begins_with_what_the_service_offers_on_this_page(chromium, service):
    async with visiting(chromium, service) as page:
        async with page.expect_response(re.compile("/v1/amara/starters")) as coming:
            await page.reload()
        response = await coming.value
        assert response.status == 200
        assert "locale=es-CO" in response.url
        offered = (await response.json())["items"]
        assert offered
        chips = page.locator("amara-chat .greeting .chip")
        await expect(chips).to_have_text([one["label"] for one in offered])
        await chips.first.click()
        await expect(said(page).first).to_contain_text(offered[0]["text"])
        await answered(page)
        await expect(chips).to_have_count(0)


async def test_what_may_be_said_next_is_one_tap_and_gone_once_something_is_said(chromium, service, upstream):
    upstream.then(
        calls("search_professionals", {"city": "Bogotá", "service": "cleaning"}), says("Encontré a estas personas.")
    )
    async with visiting(chromium, service) as page:
        await say(page, "Busco aseo en Bogotá")
        await answered(page)
        await expect(page.get_by_role("list", name="Respuestas sugeridas")).to_be_visible()
        words = await replies(page).all_inner_texts()
        assert words == ["¿Cuándo puede Luz?", "¿Cuándo puede Yolanda?"]
        assert all(0 < len(one) <= 60 for one in words)
        await replies(page).first.click()
        await expect(page.locator("amara-chat .message.user").last).to_contain_text(words[0])
        await answered(page)
        assert upstream.requests[-1]["messages"][-1]["role"] == "user"
        assert words[0] in json.dumps(upstream.requests[-1]["messages"][-1], ensure_ascii=False)


async def test_an_answer_that_was_too_long_goes_on_with_one_tap(chromium, service, upstream):
    upstream.then(Answer([start(), *text("La primera mitad, y"), *end("max_tokens")]), says("la segunda."))
    async with visiting(chromium, service) as page:
        await say(page, "Cuénteme todo")
        await answered(page)
        more = page.get_by_role("button", name="Continúe, por favor.")
        await more.click()
        await expect(said(page).last).to_contain_text("la segunda.")
        await answered(page)
        await expect(more).to_have_count(0)
        await expect(said(page)).to_have_count(4)


async def reloaded(page: Page) -> WebSocketRoute:
    """The page again, with the way to its socket: what the service's other rooms tell is said on it."""
    sockets: list[WebSocketRoute] = []

    async def pass_on(route: WebSocketRoute) -> None:
        route.connect_to_server()
        sockets.append(route)

    await page.route_web_socket(re.compile("/v1/amara/chat"), pass_on)
    await page.reload()
    await expect(page.locator("amara-chat .panel")).to_have_attribute("data-state", "ready")
    await expect(said(page)).to_have_count(2)
    return sockets[-1]


def aside(name: str, value: dict[str, Any]) -> str:
    return json.dumps({"type": "event", "id": None, "name": name, "value": value})


async def test_news_of_a_booking_is_a_message_with_its_card(chromium, service):
    at = "2027-01-04T14:00:00+00:00"
    news = {
        "card": "booking",
        "booking": {
            "id": "6f9d1b0e-1c1c-4f0e-9f57-0d6f2f1f7a11",
            "status": "confirmed",
            "service": "cleaning",
            "professional": {"name": "Ana Milena Rojas"},
            "starts_at": at,
            "ends_at": "2027-01-04T18:00:00+00:00",
            "duration_minutes": 240,
            "total_price": 100000,
            "currency": "COP",
            "address": "Calle 93 # 11-27",
        },
        "booking_id": "6f9d1b0e-1c1c-4f0e-9f57-0d6f2f1f7a11",
        "status": "confirmed",
        "kind": "confirmed",
        "message_id": "0b7f0f5c-7d0e-4f57-8c5b-8a8f0c0b4b11",
        "text": "Ana Milena confirmó su visita del lunes.",
    }
    async with visiting(chromium, service) as page:
        await say(page, "Hola")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        socket = await reloaded(page)
        socket.send(aside("booking", news))
        await expect(said(page)).to_have_count(3)
        await expect(said(page).last).to_contain_text("Ana Milena confirmó su visita")
        await expect(said(page).last).to_have_attribute("data-id", news["message_id"])
        await expect(page.locator("amara-chat .card")).to_contain_text("Ana Milena Rojas")
        await expect(page.locator("amara-chat [aria-live=polite]")).to_contain_text("Ana Milena confirmó su visita")


async def test_the_name_that_a_conversation_is_given_is_seen_where_it_is_listed(chromium, service):
    async with visiting(chromium, service) as page:
        await say(page, "Hola")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        socket = await reloaded(page)
        await page.get_by_role("button", name="Sus conversaciones").click()
        row = page.locator("amara-chat .rows > li").first
        await expect(row).to_be_visible()
        socket.send(aside("title", {"title": "Aseo <b>el lunes</b>"}))
        await expect(row.locator("strong")).to_have_text("Aseo <b>el lunes</b>")
        await expect(row.locator("[data-deed=pen]")).to_have_attribute(
            "aria-label", "Cambiar el nombre de «Aseo <b>el lunes</b>»"
        )


async def test_who_asks_for_bookings_without_an_account_may_sign_in(chromium, urls, upstream):
    """The button tells the page, which has the accounts; once it has let somebody in, the chat shows their bookings."""
    async with hosting(urls, anthropic_base_url=upstream.url, model="scripted") as host:
        token = host.service.token(demo.CUSTOMER_ID)
        host.body = "<amara-chat open accounts></amara-chat>"
        host.early = f"""
        document.addEventListener("amara:action", ({{ detail, target }}) => {{
          if (detail.action !== "sign-in") return;
          target.getToken = () => {json.dumps(token)};
          target.restart();
        }});
        """
        listed = calls("list_my_bookings", {"when": "all"})
        async with visiting(chromium, host, refusals=frozenset({404})) as page:
            upstream.then(listed, says("Si reservó con una cuenta, ingrese."))
            await say(page, "Mis reservas")
            await answered(page)
            await expect(page.locator("amara-chat .card")).to_contain_text("Las reservas de una cuenta")
            await page.get_by_role("button", name="Ingresar", exact=True).click()
            await expect(said(page)).to_have_count(0)
            await expect(page.locator("amara-chat .panel")).to_have_attribute("data-state", "ready")
            upstream.then(listed, says("Estas son."))
            await say(page, "Mis reservas")
            await answered(page)
            await expect(page.locator("amara-chat .card.booking")).to_have_count(5)


async def test_a_page_without_accounts_says_where_bookings_are_and_shows_no_button_that_does_nothing(
    chromium, urls, upstream
):
    async with hosting(urls, anthropic_base_url=upstream.url, model="scripted") as host:
        host.body = "<amara-chat open></amara-chat>"
        async with visiting(chromium, host) as page:
            upstream.then(calls("list_my_bookings", {}), says("No hay reservas."))
            await say(page, "Mis reservas")
            await expect(page.locator("amara-chat .card")).to_contain_text("Las reservas de una cuenta")
            await answered(page)
            await expect(page.locator("amara-chat .card button")).to_have_count(0)


async def test_the_offline_concierge_asks_a_visitor_to_sign_in_as_well(chromium, server):
    async with visiting(chromium, server) as page:
        await say(page, "¿Qué reservas tengo?")
        await answered(page)
        await expect(said(page).last).to_contain_text("Si reservó con una cuenta, ingrese")
        await page.locator("amara-chat .card").get_by_role("button", name="Ingresar", exact=True).click()
        await expect(page.get_by_role("dialog").get_by_label("Su correo")).to_be_visible()
