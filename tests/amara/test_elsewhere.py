"""Pages of other sites: those on the list may ask and read, no other."""

from __future__ import annotations

import pytest
import websockets

from tests.builders import a_person
from tests.rig import Chat, serving
from tests.web import browsing

SHOP = "https://shop.example"
WISH = {"access-control-request-method": "PATCH", "access-control-request-headers": "authorization,content-type"}


@pytest.fixture
async def http(urls):
    async with serving(urls, allowed_origins=(SHOP,)) as service, browsing(service.url) as session:
        yield session


async def test_a_page_on_the_list_may_ask_and_read_the_answer(http):
    async with http.options("/v1/amara/conversations", headers={"origin": SHOP} | WISH) as permission:
        assert permission.status == 204
        assert permission.headers["access-control-allow-origin"] == SHOP
        assert "PATCH" in permission.headers["access-control-allow-methods"]
        assert "authorization" in permission.headers["access-control-allow-headers"]
    async with http.get("/v1/amara/about", headers={"origin": SHOP}) as answer:
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert "access-control-allow-credentials" not in answer.headers
        readable = set(answer.headers["access-control-expose-headers"].split(", "))
        assert {"date", "retry-after", "x-request-id"} <= readable
        assert answer.headers["x-request-id"]


async def test_the_stream_is_open_to_a_page_on_the_list_and_tells_it_why_not(http):
    wish = {"access-control-request-method": "POST", "access-control-request-headers": "last-event-id"}
    async with http.options("/v1/agui", headers={"origin": SHOP} | wish) as permission:
        assert permission.status == 204
        assert {"last-event-id", "x-request-id"} <= set(permission.headers["access-control-allow-headers"].split(", "))
    async with http.post("/v1/agui", json={}, headers={"origin": SHOP}) as refusal:
        assert (refusal.status, (await refusal.json())["code"]) == (401, "token_missing")
        assert refusal.headers.getall("access-control-allow-origin") == [SHOP]
    async with http.post("/v1/agui", json={}, headers={"origin": "https://other.example"}) as refusal:
        assert (refusal.status, (await refusal.json())["code"]) == (403, "not_allowed")
        assert "access-control-allow-origin" not in refusal.headers


async def test_a_page_on_the_list_gets_a_ticket_and_comes_in_by_it(urls, owner):
    async with serving(urls, allowed_origins=(SHOP,)) as service, browsing(service.url) as http:
        wish = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
        async with http.options("/v1/amara/tickets", headers={"origin": SHOP} | wish) as permission:
            assert permission.status == 204
            assert permission.headers["access-control-allow-origin"] == SHOP
            assert "POST" in permission.headers["access-control-allow-methods"]
        asks = {"origin": SHOP, "authorization": f"Bearer {service.token(await a_person(owner))}"}
        async with http.post("/v1/amara/tickets", json={"conversation_id": "thread-1"}, headers=asks) as answer:
            assert answer.headers["access-control-allow-origin"] == SHOP
            ticket = (await answer.json())["ticket"]
        protocols = [websockets.Subprotocol(one) for one in ("amara.v1", f"ticket.{ticket}")]
        async with websockets.connect(service.socket_url("thread-1"), subprotocols=protocols, origin=SHOP) as socket:
            assert (await Chat(socket, "thread-1").ask("Hola"))[-1]["chunk"]["type"] == "RUN_FINISHED"


async def test_a_refusal_may_be_read_as_well(http):
    async with http.get("/v1/amara/conversations", headers={"origin": SHOP}) as refusal:
        assert (refusal.status, (await refusal.json())["code"]) == (401, "token_missing")
        assert refusal.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize(
    "origin", ["https://other.example", "null", "https://shop.example.evil", "http://shop.example"]
)
async def test_a_page_that_is_not_on_the_list_reads_nothing(http, origin):
    async with http.options("/v1/amara/conversations", headers={"origin": origin} | WISH) as permission:
        assert "access-control-allow-origin" not in permission.headers
    async with http.get("/v1/amara/about", headers={"origin": origin}) as answer:
        assert "access-control-allow-origin" not in answer.headers


async def test_what_is_not_the_chat_s_is_not_opened_by_it(http):
    async with http.get("/health/ready", headers={"origin": SHOP}) as answer:
        assert "access-control-allow-origin" not in answer.headers
