"""What a page has to load for the chat, as it is served."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Response, expect

from tests.browser import answered, launched, said, say, visiting
from tests.host import hosting
from tests.upstream import says
from tests.web import browsing

FIRST_LOAD_MAX = 20_000  # bytes of gzip, all files of the widget together, until one can write
WORDS_MAX = 27_500  # the same once an answer has been read that is made of words
WHOLE_MAX = 45_000  # all that it can ever load in one language, every card and every form included
LOADED = re.compile(r'(?:from|import)\s*\(?\s*"\./([\w/-]+\.js)"')


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def test_the_chat_is_there_for_less_than_twenty_kilobytes(chromium, urls, upstream):
    upstream.then(says("Una **respuesta**.\n\n- con una lista"))
    async with hosting(urls, anthropic_base_url=upstream.url, model="scripted") as host:
        host.body = "<amara-chat open></amara-chat>"
        async with visiting(chromium, host) as page:
            sizes: dict[str, int] = {}

            def weigh(response: Response) -> None:
                if "/widget/v1/" in response.url:
                    assert response.headers["content-encoding"] == "gzip", response.url
                    sizes[response.url.rpartition("/")[2]] = int(response.headers["content-length"])

            page.on("response", weigh)
            await page.route("**/*", lambda route: route.continue_())  # so that nothing comes out of the cache
            await page.reload()
            await expect(page.get_by_role("button", name="Aseo en casa")).to_be_visible()
            await expect(page.locator("amara-chat .panel")).to_have_attribute("data-state", "ready")
            first = dict(sizes)
            assert sum(first.values()) <= FIRST_LOAD_MAX, first
            await say(page, "Hola")
            await expect(said(page).last).to_contain_text("Una respuesta.")
            await answered(page)
            await expect(page.get_by_role("button", name="Me sirvió", exact=True)).to_be_visible()
            assert sum(sizes.values()) <= WORDS_MAX, sizes


async def test_all_that_it_can_ever_load_has_a_bound_too(server):
    """Whatever a person does, no more than this is loaded; what a page of ours adds to it is the page's."""
    sizes: dict[str, int] = {}
    ways = ["amara-chat.js"]
    async with browsing(server.url) as http:
        while ways:
            way = ways.pop()
            if way in sizes or way.endswith("words-en.js"):  # whoever is spoken to in one language
                continue
            async with http.get(f"/widget/v1/{way}", headers={"accept-encoding": "gzip"}) as file:
                assert file.headers["content-encoding"] == "gzip", way
                sizes[way] = int(file.headers["content-length"])
                folder = way.rpartition("/")[0]
                ways += [f"{folder}/{name}".lstrip("/") for name in LOADED.findall(await file.text())]
    assert {name.rpartition("/")[2] for name in sizes} >= {
        "answering.js",
        "table.js",
        "contact-form.js",
        "house.js",
        "booking-words-es.js",
    }
    assert sum(sizes.values()) <= WHOLE_MAX, sizes
