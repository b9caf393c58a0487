"""The demo page in a real Chromium: how tests open it, write in it and read it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests import needs
from tests.rig import Service

FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=needs.browser(), args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def visiting(
    chromium: Browser,
    service: Service,
    *,
    lang: str = "es-CO",
    size: dict[str, int] | None = None,
    person: str = "visitor",
    at: str = "/",
    refusals: frozenset[int] = frozenset(),
    **wishes: Any,
) -> AsyncIterator[Page]:
    """The page in a browser that was never here; whatever it complains about fails the test.

    Args:
        chromium: of the module.
        service: with the demo.
        lang: of the browser.
        size: of the screen.
        person: `customer` for one whom the service knows already.
        at: another page than the first.
        refusals: statuses that the service may answer with, which a browser complains about.
        wishes: as Playwright takes them.
    """
    view: Any = size or DESKTOP
    context = await chromium.new_context(**{"locale": lang, "viewport": view, "timezone_id": "America/Bogota"} | wishes)
    if person != "visitor":
        await context.add_init_script(
            f"localStorage.getItem('amara.person') ?? localStorage.setItem('amara.person', '{person}')"
        )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def complain(text: str) -> None:
        if not any(f"status of {status} " in text for status in refusals):
            complaints.append(text)

    page.on("console", lambda line: complain(line.text) if line.type == "error" else None)
    try:
        await page.goto(f"{service.url}{at}")
        yield page
        assert complaints == [], complaints
    finally:
        await context.close()


async def say(page: Page, text: str) -> None:
    """Writes and presses Enter."""
    await page.get_by_role("textbox").fill(text)
    await page.get_by_role("textbox").press("Enter")


async def answered(page: Page) -> None:
    """Who writes before there is a connection sees no answer begin; there is one, and the button sends again."""
    await expect(page.locator('amara-chat [data-state="ready"]')).to_be_attached()
    await expect(page.get_by_role("button", name=re.compile(r"^(Enviar|Send)$"))).to_be_visible()


def cards(page: Page) -> Locator:
    return page.locator("amara-chat .card")


def said(page: Page) -> Locator:
    """What stands in the conversation; the announcer beside it repeats it for those who listen."""
    return page.locator("amara-chat .message")
