"""Segment's own libraries, as they come from their registries: told a host and a key, and nothing else of ours."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from playwright.async_api import expect
from segment.analytics.client import Client

from amara import server
from tests import browser, nodejs
from tests.faulty import way_to
from tests.rig import WRITE_KEY, serving

VISITOR = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
UMD = nodejs.CLIENTS / "node_modules/@segment/analytics-next/dist/umd"
FAULTS = ["refused", "lost", "cut", "refused", "lost"]
STORED = "select event_type, session_id, properties, user_id, source, created_at from platform_events"


@pytest.fixture
async def service(urls):
    async with serving(urls) as running:
        yield running


async def counted(owner, event_type):
    rows = await owner.fetch(f"{STORED} where event_type = $1 order by properties ->> 'number'", event_type)
    assert {(row["user_id"], row["source"]) for row in rows} <= {(None, "client")}
    assert all(abs((row["created_at"] - datetime.now(UTC)).total_seconds()) < 120 for row in rows)
    return sorted(row["properties"]["number"] for row in rows)


def a_track(number, **more):
    return {"event": "SearchStarted", "anonymousId": "visit", "properties": {"number": number, "city": "Cali"} | more}


async def from_node(way, messages, batch=20):
    question = {"host": way.url, "writeKey": WRITE_KEY, "batch": batch, "messages": messages}
    return (await nodejs.answer("segment.mjs", question))["failures"]


async def test_the_library_for_node_counts_once_what_fails_in_between(service, owner):
    messages = [["track", a_track(number)] for number in range(60)]
    async with way_to(service.url, FAULTS) as way:
        assert await from_node(way, messages) == []
        assert way.faults == []
        assert "1" in way.retried
    assert await counted(owner, "SearchStarted") == list(range(60))


async def test_one_bad_event_of_a_hundred_costs_one(service, owner):
    messages = [["track", a_track(number)] for number in range(99)]
    messages.insert(41, ["track", a_track(41) | {"event": "CheckoutStarted"}])  # without its subtotal
    async with way_to(service.url) as way:
        assert await from_node(way, messages, batch=100) == []
        assert way.retried == [""]
    assert await counted(owner, "SearchStarted") == list(range(99))
    assert await counted(owner, "CheckoutStarted") == []


async def test_every_call_of_the_library_arrives(service, owner):
    person = {"userId": "u-1", "anonymousId": "visit"}
    calls = [
        ["identify", person | {"traits": {"email": "ana@example.co"}}],
        ["group", person | {"groupId": "g-1"}],
        ["page", person | {"name": "Home"}],
        ["screen", person | {"name": "Home"}],
        ["alias", {"userId": "u-1", "previousId": "visit"}],
        ["track", {"event": "SearchStarted", "userId": "u-1"}],
    ]
    async with way_to(service.url) as way:
        assert await from_node(way, calls) == []
    rows = {row["event_type"]: row for row in await owner.fetch(STORED)}
    assert set(rows) == {"identify", "group", "page", "screen", "alias", "SearchStarted"}
    assert {row["session_id"] for row in rows.values()} == {"visit", "claimed:u-1"}
    assert "ana@example.co" not in str([row["properties"] for row in rows.values()])


@pytest.mark.parametrize("packed", [False, True])
async def test_the_library_for_python_counts_once_what_fails_in_between(service, owner, packed):
    given_up = []

    def tell(url):
        client = Client(
            WRITE_KEY, host=url, gzip=packed, upload_size=20, on_error=lambda error, _: given_up.append(str(error))
        )
        for number in range(60):
            client.track(anonymous_id="visit", event="SearchStarted", properties={"number": number, "city": None})
        client.flush()
        client.join()

    async with way_to(service.url, FAULTS) as way:
        await asyncio.to_thread(tell, way.url)
        assert (given_up, way.faults) == ([], [])
    assert await counted(owner, "SearchStarted") == list(range(60))


@asynccontextmanager
async def a_shop(chromium):
    """A page of another site, with the library in it; what it asks elsewhere than of that site and us is refused."""
    application = web.Application()
    application.router.add_static("/library", UMD)
    application.router.add_get("/", _shop)
    listener = server.listen("127.0.0.1", 0)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    context = await chromium.new_context(user_agent=VISITOR, locale="es-CO")
    page = await context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).hostname))
    await page.goto(f"http://localhost:{listener.getsockname()[1]}")
    try:
        yield page
        assert set(asked) == {"localhost", "127.0.0.1"}
    finally:
        await context.close()
        await runner.cleanup()


async def _shop(_request):
    return web.Response(text="<script src=/library/index.js></script><p>La tienda</p>", content_type="text/html")


BROWSE = """async ([host, writeKey, strategy, numbers]) => {
  const [analytics] = await AnalyticsNext.AnalyticsBrowser.load(
    { writeKey, cdnURL: host },
    { integrations: { "Segment.io": { deliveryStrategy: { strategy, config: { size: 10, timeout: 200 } } } } },
  );
  await analytics.page("Home");
  await analytics.identify("u-1", { email: "ana@example.co" });
  await Promise.all(numbers.map((number) => analytics.track("SearchStarted", { number, city: "Bogotá" })));
  return analytics.user().anonymousId();
}"""


@pytest.mark.parametrize("strategy", ["standard", "batching"])
@pytest.mark.parametrize("faults", [[], FAULTS], ids=["a good line", "a bad line"])
async def test_the_library_in_a_page_needs_a_host_and_a_key(service, owner, strategy, faults):
    numbers = list(range(20))
    async with way_to(service.url, faults) as way, browser.launched() as chromium, a_shop(chromium) as page:
        visit = await page.evaluate(BROWSE, [way.url, WRITE_KEY, strategy, numbers])
        while len(await owner.fetch(STORED)) < len(numbers) + 2:
            await expect(page.get_by_text("La tienda")).to_be_visible()
    rows = await owner.fetch(STORED)
    assert sorted(row["event_type"] for row in rows) == ["SearchStarted"] * 20 + ["identify", "page"]
    assert {row["session_id"] for row in rows} == {visit}
    assert await counted(owner, "SearchStarted") == numbers
