"""The chat in one browser and the team's inbox in another, and what lies between them."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from amara import demo
from tests.browser import answered, launched, said, say, visiting
from tests.faults.link import Link
from tests.journeys.test_inbox import inbox
from tests.rig import Service


@pytest.fixture(scope="module")
async def chromium():
    async with launched() as browser:
        yield browser


@pytest.fixture
async def camila(server, owner) -> str:
    """Of staff."""
    await owner.execute("update profiles set full_name = 'Camila Torres' where id = $1", demo.ADMIN_ID)
    return server.token(demo.ADMIN_ID)


async def test_the_button_of_the_chat_and_a_colleague_in_another_browser_though_the_line_is_cut(
    chromium, server, camila
):
    link = Link(int(server.url.rpartition(":")[2]))
    await link.open()
    through = Service(f"http://127.0.0.1:{link.port}", server.door)
    ours = server.door.sockets.origins()
    server.door.sockets.origins = lambda: ours | {through.url}
    try:
        async with visiting(chromium, through) as customer, inbox(chromium, server, camila) as page:
            strip, banner = customer.locator("amara-chat .strip"), customer.locator("amara-chat .banner")
            await say(customer, "Hola, busco limpieza en Bogotá")
            await answered(customer)
            await customer.get_by_role("button", name="Hablar con una persona").click()
            await expect(strip).to_contain_text("equipo")
            await expect(said(customer).last).to_contain_text("Le paso esta conversación a una persona")
            await page.reload()
            await page.locator(".rows a").click()
            await page.get_by_role("button", name="Tomar la conversación").click()
            await expect(strip).to_contain_text("Ahora le atiende Camila Torres")
            await expect(page.locator(".talk .person")).to_have_count(1)

            link.cut()
            await expect(banner).to_be_visible()
            for number in range(2):
                await page.locator("#content").fill(f"Señora, paso {number}: ya reviso — ñandú.")
                await page.get_by_role("button", name="Enviar").click()
                await expect(page.locator(".talk .staff")).to_have_count(number + 1)
            await expect(banner).to_be_hidden()
            for number in range(2):
                told = said(customer).filter(has_text=f"paso {number}: ya reviso — ñandú.")
                await expect(told).to_have_count(1)
                await expect(told.locator(".author")).to_contain_text("Camila Torres")
            await say(customer, "Muchas gracias, Camila")
            link.cut()
            await expect(page.locator(".talk .person").last).to_contain_text("Muchas gracias, Camila")
            await expect(page.locator(".talk .person")).to_have_count(2)

            await page.get_by_role("button", name="Devolver a Amara").click()
            await expect(page.locator(".empty")).to_be_visible()
            await expect(strip).to_be_hidden()
            await expect(customer.get_by_role("button", name="Hablar con una persona")).to_be_visible()
            await answered(customer)
            await expect(said(customer).filter(has_text="Muchas gracias, Camila")).to_have_count(1)
            before = await said(customer).all_inner_texts()
            await customer.reload()
            await expect(said(customer)).to_have_count(len(before))
    finally:
        server.door.sockets.origins = lambda: ours
        await link.close()


async def test_the_numbers_lead_to_the_inbox_and_back(chromium, server, camila):
    async with inbox(chromium, server, camila) as page:
        await page.get_by_role("link", name="Embudo", exact=False).click()
        await expect(page).to_have_url(re.compile("/admin/funnel"))
        await page.get_by_role("link", name="Bandeja del equipo").click()
        await expect(page).to_have_url(re.compile(r"/admin/inbox\?lang=es"))
