"""What a person thinks of an answer, and how they call a conversation: said in the widget, kept by the service."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import answered, launched, said, say, visiting
from tests.upstream import says


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def opinions(owner) -> list[dict[str, str]]:
    rows = await owner.fetch("select metadata->'feedback' as said from amara_messages where metadata ? 'feedback'")
    return [json.loads(row["said"]) if isinstance(row["said"], str) else row["said"] for row in rows]


async def an_answer(page: Page) -> None:
    await say(page, "Hola")
    await expect(said(page)).to_have_count(2)
    await answered(page)


async def test_that_an_answer_helped_arrives_in_the_record_and_is_shown_there_again(chromium, service, owner):
    async with visiting(chromium, service) as page:
        await an_answer(page)
        up = page.get_by_role("button", name="Me sirvió", exact=True)
        await up.click()
        await expect(page.locator("amara-chat .about")).to_contain_text("Gracias por decirnos.")
        await expect(up).to_have_attribute("aria-pressed", "true")
        [kept] = await opinions(owner)
        assert (kept["score"], kept.get("reason")) == ("up", None)
        await page.reload()
        await expect(up).to_have_attribute("aria-pressed", "true")
        await expect(page.get_by_role("button", name="No me sirvió")).to_have_attribute("aria-pressed", "false")


async def test_that_it_did_not_is_kept_at_once_and_the_reason_follows(chromium, service, owner):
    async with visiting(chromium, service) as page:
        await an_answer(page)
        await page.get_by_role("button", name="No me sirvió").click()
        await expect(page.get_by_text("¿Qué faltó?")).to_be_focused()
        await expect(page.get_by_role("button", name="No me sirvió")).to_have_attribute("aria-pressed", "true")
        await page.get_by_role("button", name="Ahora no").click()
        await expect(page.get_by_role("button", name="No me sirvió")).to_be_focused()
        await expect(page.get_by_text("¿Qué faltó?")).to_have_count(0)
        assert [one["score"] for one in await opinions(owner)] == ["down"]
        await page.get_by_role("button", name="No me sirvió").click()
        await page.get_by_label("Con sus palabras (opcional)").fill("  <b>Faltó</b> el precio  ")
        await page.get_by_label("Con sus palabras (opcional)").press("Enter")
        await expect(page.locator("amara-chat .about")).to_contain_text("Gracias por decirnos.")
        [kept] = await opinions(owner)
        assert (kept["score"], kept["reason"]) == ("down", "<b>Faltó</b> el precio")


async def test_a_reason_is_one_tap_and_the_last_opinion_counts(chromium, service, owner):
    async with visiting(chromium, service, lang="en-US") as page:
        await an_answer(page)
        await page.get_by_role("button", name="This did not help").click()
        await page.get_by_role("button", name="It has a mistake").click()
        await expect(page.locator("amara-chat .about")).to_contain_text("Thank you for telling us.")
        assert [(one["score"], one["reason"]) for one in await opinions(owner)] == [("down", "It has a mistake")]
        await page.get_by_role("button", name="This helped").click()
        await expect(page.get_by_role("button", name="This did not help")).to_have_attribute("aria-pressed", "false")
        await expect(page.locator("amara-chat .about")).to_contain_text("Thank you for telling us.")
        await expect(page.get_by_role("button", name="This helped")).to_have_attribute("aria-pressed", "true")
        await page.reload()
        await expect(page.get_by_role("button", name="This helped")).to_have_attribute("aria-pressed", "true")
        [kept] = await opinions(owner)
        assert (kept["score"], kept.get("reason")) == ("up", None)


async def test_an_opinion_that_is_not_kept_is_not_shown_as_if_it_were(chromium, service, owner):
    async with visiting(chromium, service, refusals=frozenset({503})) as page:
        await an_answer(page)
        await page.route("**/feedback", lambda route: route.fulfill(status=503, body=""))
        up = page.get_by_role("button", name="Me sirvió", exact=True)
        await up.click()
        await expect(page.locator("amara-chat .about")).to_contain_text("No pudimos guardar su opinión.")
        await expect(up).to_have_attribute("aria-pressed", "false")
        await page.unroute("**/feedback")
        await up.click()
        await expect(page.locator("amara-chat .about")).to_contain_text("Gracias por decirnos.")
    assert [one["score"] for one in await opinions(owner)] == ["up"]


async def test_a_conversation_bears_the_name_that_it_is_given(chromium, service, upstream, owner):
    upstream.then(says("Aquí estoy."))
    async with visiting(chromium, service) as page:
        await an_answer(page)
        await page.get_by_role("button", name="Sus conversaciones").click()
        row = page.locator("amara-chat .rows > li").first
        await row.locator("[data-deed=pen]").click()
        box = page.get_by_role("textbox", name="Nombre de la conversación")
        await expect(box).to_be_focused()
        await box.fill("No así")
        await box.press("Escape")
        await expect(row.locator("[data-deed=pen]")).to_be_focused()
        await expect(row).not_to_contain_text("No así")
        await row.locator("[data-deed=pen]").click()
        await box.fill("  El aseo de la <i>abuela</i>  ")
        await box.press("Enter")
        await expect(row.locator("strong")).to_have_text("El aseo de la <i>abuela</i>")
        await expect(row.locator("[data-deed=pen]")).to_be_focused()
        await expect(page.locator("amara-chat [aria-live=polite]")).to_contain_text("Nombre guardado.")
        assert await owner.fetchval("select title from amara_conversations") == "El aseo de la <i>abuela</i>"
        await page.reload()
        await page.get_by_role("button", name="Sus conversaciones").click()
        await expect(row.locator("strong")).to_have_text("El aseo de la <i>abuela</i>")
