"""The documents say what is there: every door, every answer, for machines and on a page."""

from __future__ import annotations

from uuid import uuid4

import jsonschema_rs
import pytest
from axe_playwright_python.async_playwright import Axe
from click.testing import CliRunner
from litestar.routes import HTTPRoute

from amara import VERSION, __main__, asyncapi, described, paper_routes
from amara.papers.openapi import address
from tests import upstream as scripted
from tests.browser import PHONE, launched, visiting
from tests.builders import a_booking, a_person, a_professional
from tests.calendars import a_hold
from tests.rig import chatting, serving
from tests.web import browsing


@pytest.fixture
async def laura(owner):
    return await a_person(owner)


@pytest.fixture
def token(service, laura):
    return service.token(laura)


@pytest.fixture
def document():
    return described.document()


def doors(service):
    """What the running service really answers to; what the framework answers by itself is not ours."""
    for route in service.door.app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.fn.__module__.partition(".")[0] in {"amara", "guest", "analytics"}:
                    for method in handler.http_methods:
                        yield method.lower(), address(route.path)


async def test_every_door_is_described_and_every_description_has_a_door(urls, document):
    async with serving(urls, has_demo=True) as service:
        there = set(doors(service))
    told = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert there - told == set(), (
        "doors that nobody described: see `papers/rooms.py` and the `described.py` of the others"
    )
    assert told - there == set(), "described, and not there"


def test_every_reference_leads_somewhere_and_every_name_is_one(document):
    def references(value):
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for reference in references(document):
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    names = [said["operationId"] for methods in document["paths"].values() for said in methods.values()]
    assert len(names) == len(set(names))
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.Draft202012Validator(schema | {"components": document["components"]})


def test_what_refuses_unknown_fields_says_so(document):
    schemas = document["components"]["schemas"]
    for name in ("ConversationChange", "Feedback", "TicketWanted", "DraftChange", "BookingMove", "Pick", "Wish"):
        assert schemas[name]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Form"]


def test_the_codes_are_a_closed_list_that_the_socket_shares(document):
    codes = set(document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"])
    assert codes >= {
        "not_found",
        "too_many",
        "token_expired",
        "consent_missing",
        "write_key_unknown",
        "event_too_large",
    }
    used = {
        code
        for methods in document["paths"].values()
        for said in methods.values()
        for answer in said["responses"].values()
        for shown in answer.get("content", {}).values()
        for part in shown["schema"].get("allOf", [])[1:]
        for code in part["properties"]["code"]["enum"]
    }
    assert used <= codes


async def test_it_is_served_and_printed(service, document):
    async with browsing(service.url) as http:
        for path, expected in (("/openapi.json", document), ("/asyncapi.json", asyncapi.document(version=VERSION))):
            async with http.get(path) as answer:
                assert answer.status == 200
                assert answer.headers["access-control-allow-origin"] == "*"
                assert await answer.json() == expected
            async with http.get(path, headers={"if-none-match": answer.headers["etag"]}) as again:
                assert again.status == 304
    printed = CliRunner().invoke(__main__.main, ["openapi"])
    assert printed.exit_code == 0
    assert '"openapi": "3.1.1"' in printed.output


class Checked:
    """Asks, and holds each answer against the document; a field that the document has not is an error here."""

    def __init__(self, document, http):
        self._document = document
        self._http = http
        self._closed = {
            name: schema | ({"additionalProperties": False} if "properties" in schema else {})
            for name, schema in document["components"]["schemas"].items()
        }

    async def ask(self, method, template, *, ids=None, query="", status=200, **more):
        async with self._http.request(method, template.format(**(ids or {})) + query, **more) as answer:
            assert answer.status == status, await answer.text()
            body = await answer.json(content_type=None)
        told = self._document["paths"][template][method]["responses"][str(status)]["content"][answer.content_type]
        schema = told["schema"] | {"components": {"schemas": self._closed}}
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(body)
        return body


async def test_what_is_really_answered_is_what_is_described(service, document, token, laura, owner, upstream):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro. "), scripted.says("Ninguna."))
    async with chatting(service, token) as chat:
        await chat.ask("¿Mis reservas?")
    professional = await a_professional(owner)
    booking = str(await a_booking(owner, customer_id=laura, professional_id=professional, status="confirmed"))
    message = str(await owner.fetchval("select id from public.amara_messages where role = 'assistant' limit 1"))
    one = {"conversation_id": chat.thread_id}
    async with browsing(service.url, token) as session:
        http = Checked(document, session)
        await http.ask("get", "/v1/amara/conversations")
        await http.ask("get", "/v1/amara/conversations/{conversation_id}", ids=one)
        await http.ask("patch", "/v1/amara/conversations/{conversation_id}", ids=one, json={"title": "Aseo"})
        await http.ask("get", "/v1/amara/conversations/{conversation_id}/messages", ids=one)
        await http.ask("get", "/v1/amara/conversations/{conversation_id}/export", ids=one)
        rated = {"ids": {"message_id": message}, "json": {"score": "up"}}
        await http.ask("post", "/v1/amara/messages/{message_id}/feedback", **rated)
        wanted = {"conversation_id": chat.thread_id}
        await http.ask("post", "/v1/amara/tickets", status=201, json=wanted)
        await http.ask("post", "/v1/amara/tickets", status=400, json={})
        await http.ask("get", "/v1/bookings")
        await http.ask("get", "/v1/bookings/{booking_id}", ids={"booking_id": booking})
        await http.ask("get", "/v1/bookings/{booking_id}", ids={"booking_id": str(uuid4())}, status=404)
        await http.ask("post", "/v1/bookings/{booking_id}/cancel", ids={"booking_id": booking}, json={})
        await http.ask("post", "/v1/auth/anonymous", status=201)
        await http.ask("get", "/v1/amara/starters", query="?locale=en-US&page=/planchado")
        await http.ask("get", "/v1/amara/starters", query=f"?page={'x' * 2_001}", status=400)
        await http.ask("get", "/v1/admin/usage", status=403)
        for path in ("/health/live", "/health/ready", "/v1/amara/about"):
            await http.ask("get", path)
        events = [{"event_type": "SearchStarted", "session_id": "s"}, {"event_type": ""}]
        await http.ask("post", "/v1/events", status=202, json=events)
        await http.ask("get", "/v1/analytics/funnel", status=403)
    administrator = service.token(await a_person(owner, role="admin"))
    async with browsing(service.url, administrator) as session:
        http = Checked(document, session)
        for path in ("/v1/analytics/funnel", "/v1/analytics/event-counts"):
            await http.ask("get", path)
            await http.ask("get", path, query="?by=day&channel=web")
            await http.ask("get", path, query="?by=month", status=400)
        for by in ("day", "model", "caller"):
            assert (await http.ask("get", "/v1/admin/usage", query=f"?by={by}"))["items"]
        await http.ask("get", "/v1/admin/usage", query="?by=month", status=400)


async def test_what_comes_of_a_draft_is_what_is_described(service, document, token, laura, owner):
    from datetime import UTC, datetime, timedelta

    professional, since = await a_professional(owner), datetime.now(UTC) + timedelta(days=3)
    ends = {"expires_at": datetime.now(UTC) + timedelta(hours=1)}
    draft = str(await a_hold(owner, professional, laura, since, since + timedelta(hours=4), **ends))
    ids = {"ids": {"draft_id": draft}}
    async with browsing(service.url, token) as session:
        http = Checked(document, session)
        await http.ask("get", "/v1/amara/drafts/{draft_id}", **ids)
        await http.ask("patch", "/v1/amara/drafts/{draft_id}", **ids, json={"address": "Calle 1 # 2-3"})
        await http.ask("post", "/v1/amara/drafts/{draft_id}/confirm", **ids, json={"version": 7})
        await http.ask("post", "/v1/amara/drafts/{draft_id}/confirm", **ids, json={"version": 2, "more": 1}, status=400)
        await http.ask("delete", "/v1/amara/drafts/{draft_id}", **ids)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_needs_no_script_and_nobody_else_and_can_be_read_by_all(service, scheme):
    async with launched() as chromium, visiting(chromium, service, at="/docs", size=PHONE, color_scheme=scheme) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        answer = await page.reload()
        assert (await answer.all_headers())["content-security-policy"] == paper_routes.CSP
        assert await page.locator("details").count() > 120
        for name in ("#room-drafts ~ details", "#problems", "#shapes ~ details:nth-of-type(-n+8)"):
            await page.locator(name).evaluate_all("all => all.forEach(one => { one.open = true })")
        found = await Axe().run(page)
        assert found.response["violations"] == [], found.generate_report()
        assert all(url.startswith(service.url) for url in asked)
        assert await page.evaluate("document.scripts.length") == 0
        width = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0
