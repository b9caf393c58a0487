"""The widget for everybody: by keyboard alone, by ear, enlarged, without motion, in other colours.

What axe finds in each of its states is asked in `test_widget_states.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import PHONE, answered, launched, said, say, visiting
from tests.upstream import Answer, end, says, start, text

LISTING = "Sus conversaciones"


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def test_a_whole_talk_by_keyboard_alone(chromium, service, upstream):
    upstream.then(says("Aquí estoy."))
    async with visiting(chromium, service) as page:
        await page.get_by_role("textbox").focus()
        await page.keyboard.type("Hola")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("Amara")
        await page.keyboard.press("Enter")
        await expect(said(page).first).to_contain_text("Hola\nAmara", use_inner_text=True)
        await expect(said(page).last).to_contain_text("Aquí estoy.")
        await answered(page)
        await expect(page.get_by_role("textbox")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        assert await focused(page) in {"Responder de nuevo", "No me sirvió"}
        await page.get_by_role("log").focus()
        await expect(page.get_by_role("log")).to_be_focused()


async def focused(page: Page) -> str | None:
    name: str | None = await page.evaluate(
        "() => document.activeElement.shadowRoot.activeElement.getAttribute('aria-label')"
    )
    return name


async def test_the_log_is_quiet_and_an_answer_is_told_by_sentences(chromium, service, upstream):
    answer = Answer([start(), *text("La primera frase. ", "La segu", "nda frase va sin punto"), *end()])
    answer.until = asyncio.Event()
    upstream.then(answer)
    async with visiting(chromium, service) as page:
        await expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")
        told = page.locator("amara-chat [aria-live=polite]")
        await say(page, "Cuénteme")
        await expect(said(page).last).to_contain_text("sin punto")
        await expect(told.locator("p")).to_have_text(["La primera frase."])
        answer.until.set()
        await expect(told.locator("p")).to_have_text(["La primera frase.", "La segunda frase va sin punto"])


async def test_a_character_being_composed_is_not_sent_by_enter(chromium, service):
    async with visiting(chromium, service) as page:
        box = page.get_by_role("textbox")
        await box.fill("にほん")
        composing = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
        assert await box.evaluate(f"one => one.dispatchEvent({composing})")  # left alone: the input method has it
        await expect(said(page)).to_have_count(0)
        await expect(box).to_have_value("にほん")
        await box.press("Enter")
        await expect(said(page).first).to_contain_text("にほん")


async def test_nothing_moves_for_who_wants_no_motion(chromium, service, upstream):
    answer = Answer([start(), *text("Una frase ", "larga"), *end()])
    answer.until = asyncio.Event()
    upstream.then(answer)
    async with visiting(chromium, service, reduced_motion="reduce") as page:
        await say(page, "Cuénteme")
        await expect(said(page).last).to_contain_text("larga")
        moving = "() => document.querySelector('amara-chat').shadowRoot.getAnimations().length"
        assert await page.evaluate(moving) == 0
        answer.until.set()
        await answered(page)


async def test_in_forced_colours_what_can_be_pressed_is_seen(chromium, service):
    async with visiting(chromium, service, forced_colors="active") as page:
        chip = page.get_by_role("button", name="Aseo en casa")
        await expect(page.locator("amara-chat .panel")).to_have_attribute("data-state", "ready")
        await expect(chip).to_be_visible()
        await expect(chip).to_have_css("border-top-style", "solid")
        await expect(chip).to_have_css("border-top-width", "1px")
        await page.get_by_role("textbox").fill("Hola")
        send = page.get_by_role("button", name="Enviar")
        colours = await send.evaluate("one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]")
        assert colours[0] != colours[1]


async def test_enlarged_to_twice_its_size_nothing_is_cut_off(chromium, service, upstream):
    """A screen of 1280 by 800 at 200 % is one of 640 by 400: everything is there, and only the log scrolls."""
    upstream.then(says("Una respuesta corta."))
    size = {"width": 640, "height": 400}
    async with visiting(chromium, service, size=size, device_scale_factor=2) as page:
        await page.get_by_role("button", name="Hablar con Amara").click()
        await say(page, "Hola")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
        for name in (LISTING, "Nueva conversación", "Cerrar el chat", "Enviar"):
            box = await page.get_by_role("button", name=name).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size["width"]
            assert box["y"] + box["height"] <= size["height"]
        log = await page.get_by_role("log").bounding_box()
        assert log is not None
        assert log["height"] > 100


async def test_on_a_phone_everything_has_room_for_a_finger(chromium, service, upstream):
    upstream.then(says("Aquí estoy."))
    async with visiting(chromium, service, size=PHONE, is_mobile=True, has_touch=True) as page:
        await page.get_by_role("button", name="Hablar con Amara").tap()
        await say(page, "Hola")
        await expect(page.get_by_role("button", name="Copiar")).to_be_visible()
        await answered(page)
        for button in await page.locator("amara-chat").get_by_role("button").all():
            if await button.is_visible():
                box = await button.bounding_box()
                assert box is not None
                assert min(box["width"], box["height"]) >= 44, await button.evaluate("one => one.outerHTML")
        await page.get_by_role("button", name=LISTING).tap()
        await expect(page.locator("amara-chat .rows > li")).to_have_count(1)
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
