"""The page of the funnel in a real browser: from the link at the terminal to the numbers, with data and without."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import msgspec
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from amara import demo, postgres
from tests.analytics.journeys import STAGES, WRITE, Happened
from tests.browser import DESKTOP, PHONE, launched, visiting

SCREENS = [
    pytest.param(size, lang, scheme, id=f"{size['width']}-{lang}-{scheme}")
    for size, lang, scheme in (
        (DESKTOP, "es-CO", "light"),
        (DESKTOP, "en-US", "dark"),
        (PHONE, "es-CO", "dark"),
        (PHONE, "en-US", "light"),
    )
]
ENTER = re.compile("^(Entrar|Enter)$")


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def month(owner):
    """A hundred people in three channels over ten days; of every ten who searched one booked."""
    happened = []
    for number in range(100):
        at = datetime.now(UTC) - timedelta(days=number % 10, minutes=30)
        furthest = 4 if number % 10 == 0 else 1 + number % 3
        for step, name in enumerate(STAGES[:furthest]):
            happened.append(
                Happened(
                    uuid4(),
                    name,
                    at + timedelta(minutes=step),
                    session=f"visit {number}",
                    channel=("assistant", "guest", "web")[number % 3],
                    city=None if step else ("Bogotá", "Medellín")[number % 2],
                    booking=f"booking {number}" if step == 3 else None,
                )
            )
    columns = [list(column) for column in zip(*(each.row for each in happened), strict=True)]
    columns[7] = [msgspec.json.encode(properties).decode() for properties in columns[7]]
    await owner.execute(WRITE, *columns)


@asynccontextmanager
async def entered(chromium, server, **wishes) -> AsyncIterator[Page]:
    """The page, by the link that the service prints."""
    async with visiting(chromium, server, at=await server.door.admission.way_in(demo.ADMIN_ID), **wishes) as page:
        await page.get_by_role("button", name=ENTER).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile("^(Embudo y eventos|Funnel and events)$")
        )
        yield page


async def check_look(page: Page) -> None:
    """Nothing is wider than the screen, every picture has a name, and axe finds nothing."""
    await page.wait_for_load_state()  # what a button led to may be there before its styles are
    wide, screen = await page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= screen
    found = await Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.parametrize(("size", "lang", "scheme"), SCREENS)
async def test_with_data_everybody_can_read_it(chromium, server, month, size, lang, scheme):
    async with entered(chromium, server, size=size, lang=lang, color_scheme=scheme) as page:
        await expect(page.locator("html")).to_have_attribute("lang", lang[:2])
        await expect(page.locator("svg[role=img]")).to_have_count(2)
        await expect(page.locator("table").first.locator("tbody tr").first.locator("td").first).to_have_text("100")
        await check_look(page)


@pytest.mark.parametrize(("size", "lang", "scheme"), SCREENS)
async def test_without_data_it_says_what_to_do(chromium, server, size, lang, scheme):
    async with entered(chromium, server, size=size, lang=lang, color_scheme=scheme) as page:
        await expect(page.locator("svg[role=img]")).to_have_count(0)
        await expect(page.get_by_text("POST /v1/events")).to_be_visible()
        await expect(page.get_by_text("—").first).to_be_visible()
        await check_look(page)
        await page.get_by_role("link", name=re.compile("90 (días|days)$")).first.click()
        await expect(page).to_have_url(re.compile("from=.*to="))


async def test_the_entrance_is_readable_too(chromium, server):
    for size in (DESKTOP, PHONE):
        for at in ("/admin", await server.door.admission.way_in(demo.ADMIN_ID)):
            async with visiting(chromium, server, at=at, size=size) as page:
                await expect(page.get_by_role("button", name=ENTER)).to_be_visible()
                await check_look(page)


async def test_a_day_a_channel_and_a_city_are_chosen_with_the_keys_alone(chromium, server, month):
    async with entered(chromium, server) as page:
        people = page.locator("table").first.locator("tbody tr").first.locator("td").first
        await page.get_by_label("Canal").focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Tab")
        await page.keyboard.type("medell")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Ver")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(people).to_have_text("17")
        await expect(page.get_by_text("Canal: Asistente · Ciudad: Medellin")).to_be_visible()
        await page.get_by_label("Desde").fill("2025-01-01")
        await page.get_by_label("Hasta").fill("2025-01-31")
        await page.get_by_role("button", name="Ver").click()
        await expect(page.get_by_role("heading", name="Nadie ha buscado en estos días")).to_be_visible()
        await page.go_back()
        await expect(people).to_have_text("17")


async def test_the_file_of_what_is_shown_is_taken_along(chromium, server, month):
    async with entered(chromium, server, lang="en-US") as page:
        await page.get_by_label("City").select_option("bogota")
        await page.get_by_role("button", name="Show").click()
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Funnel, CSV").click()
        file = await (await coming.value).path()
        assert file.read_text("utf-8").splitlines()[1] == "SearchStarted,50,100.0"


async def test_the_other_language_keeps_what_was_asked(chromium, server, month):
    async with entered(chromium, server) as page:
        await page.get_by_role("link", name="7 días").click()
        await page.get_by_role("link", name="English").click()
        await expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")


async def test_the_code_is_gone_from_the_address_and_works_once(chromium, server):
    link = await server.door.admission.way_in(demo.ADMIN_ID)
    code = link.partition("=")[2]
    async with visiting(chromium, server, at=link, refusals=frozenset({401})) as page:
        await page.get_by_role("button", name=ENTER).click()
        await expect(page).to_have_url(re.compile("/admin/funnel"))
        assert code not in page.url
        assert await page.evaluate("() => document.cookie") == ""
        await page.goto(f"{server.url}{link}")
        await page.get_by_role("button", name=ENTER).click()
        await expect(page.get_by_role("alert")).to_contain_text("ya se usó")


async def test_a_token_is_pasted_and_leaving_shuts_the_page(chromium, server, owner):
    admin = await owner.fetchval("select id from public.profiles where role = 'admin'")
    async with visiting(chromium, server, at="/admin/funnel", refusals=frozenset({401})) as page:
        await page.get_by_label("Token").fill(server.token(admin))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Embudo y eventos")
        await page.get_by_role("button", name="Salir").click()
        await expect(page.get_by_text("Ha salido.")).to_be_visible()
        await page.goto(f"{server.url}/admin/funnel")
        await expect(page.get_by_label("Token")).to_be_visible()
        await expect(page.locator("table")).to_have_count(0)


async def test_a_form_on_another_site_signs_nobody_in(chromium, server, owner):
    """The other site is this one by another name; a browser knows them apart."""
    admin = await owner.fetchval("select id from public.profiles where role = 'admin'")
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    async with visiting(chromium, server, at="/health/live", refusals=frozenset({403, 404})) as page:
        await page.goto(f"{elsewhere}/health/live")
        form = "<form method=post action='{0}/admin/session'><input name=token value='{1}'></form>"
        await page.evaluate("form => { document.body.innerHTML = form }", form.format(server.url, server.token(admin)))
        async with page.expect_navigation():
            await page.evaluate("() => document.forms[0].submit()")
        assert await page.context.cookies(server.url) == []


async def test_on_paper_the_whole_table_is_there_and_no_button(chromium, server, month):
    async with entered(chromium, server, color_scheme="dark") as page:
        await page.emulate_media(media="print")
        await expect(page.get_by_role("button", name="Ver")).to_be_hidden()
        await expect(page.get_by_role("button", name="Salir")).to_be_hidden()
        cut = await page.evaluate(
            "() => [...document.querySelectorAll('.scroll')].filter(it => it.scrollHeight > it.clientHeight + 1).length"
        )
        assert cut == 0
        assert (await page.pdf(format="A4")).startswith(b"%PDF")


async def test_the_demo_prints_a_link_that_works_once(open_directory):
    """As `make run` starts it, with the database that comes along."""
    place = open_directory / f"linked-{uuid4()}"
    place.mkdir(mode=0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AMARA_", "ANTHROPIC_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "amara", "serve", "--demo", "--port", "0"),
        env=environment | {"AMARA_DATA_DIR": str(place)},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said = (await process.stderr.readuntil(b"Ctrl-C to stop.")).decode()
        link = re.search(r"Funnel page:  (\S+)/admin\?code=(\S+) \(one-time link\)\n", said)
        async with aiohttp.ClientSession(link[1]) as http:
            for status in (204, 401):
                async with http.post("/admin/session", json={"code": link[2]}) as answer:
                    assert answer.status == status
        process.send_signal(signal.SIGTERM)
        rest = (await process.communicate())[1].decode()
        assert process.returncode == 0, rest
        assert link[2] not in rest
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await postgres.Cluster.at(place).stop()
