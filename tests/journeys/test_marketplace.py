"""The marketplace on the demo page: found, looked at, chosen; by mouse, by keyboard, on a phone, and in trouble."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, expect

from tests.browser import DESKTOP, PHONE, answered, launched, said, visiting
from tests.rig import serving

ADMIN = "admin@example.com"
# What calls itself a headless browser is no visitor, and is not counted.
SOMEBODY = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


async def no_violations(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def look_for(page: Page, service: str, city: str) -> None:
    await page.get_by_label(re.compile("¿Qué necesita\\?|What do you need\\?")).select_option(service)
    await page.get_by_label(re.compile("¿Dónde\\?|Where\\?")).select_option(city)
    await page.get_by_role("button", name=re.compile("^(Buscar|Search)$")).click()
    await expect(page.locator("#people-list")).to_have_attribute("aria-busy", "false")


async def test_a_search_leads_by_a_sheet_and_an_hour_into_the_chat_and_is_counted(chromium, server, owner):
    async with visiting(chromium, server, user_agent=SOMEBODY) as page:
        broken: list[str] = []
        page.on("request", lambda request: broken.append(request.url) if server.url not in request.url else None)
        await page.evaluate("addEventListener('securitypolicyviolation', () => { window.violated = true })")
        await expect(page.locator(".person .open")).to_have_count(6)
        await look_for(page, "cleaning", "Bogotá")
        await expect(page.get_by_role("heading", name="Aseo general en Bogotá")).to_be_visible()
        await expect(page.locator("#results")).to_be_focused()
        await page.locator(".person .open").first.click()
        sheet = page.get_by_role("dialog")
        name = await sheet.get_by_role("heading", level=2).inner_text()
        await expect(sheet.get_by_role("radio", name="Aseo general")).to_be_checked()
        await sheet.locator(".hour").first.click()
        await expect(sheet.locator(".hour[aria-pressed=true]")).to_be_focused()
        rate = await owner.fetchrow(
            "select profile_id, (s ->> 'hourly_rate_cop')::int as cop from professional_profiles,"
            " jsonb_array_elements(services) s where full_name = $1 and s ->> 'slug' = 'cleaning'",
            name,
        )
        total = f"{rate['cop'] * 4:,}".replace(",", ".")
        await expect(sheet.locator(".deeds")).to_contain_text(re.compile(rf"\$\s{re.escape(total)}"))
        await sheet.get_by_role("button", name="Reservar con Amara").click()
        await expect(said(page).first).to_contain_text(f"con {name} en Bogotá")
        await answered(page)
        await expect(page.locator("amara-chat .card").first).to_contain_text(name)
        visit = await page.evaluate("sessionStorage.analytics_session_id")
        assert not await page.evaluate("window.violated")
        assert broken == []
    rows = await owner.fetch(
        "select event_type, properties, user_id from platform_events where session_id = $1 order by created_at", visit
    )
    told = [(row["event_type"], row["properties"]) for row in rows if row["event_type"] != "BookingConfirmed"]
    assert ("SearchStarted", {"city": "Bogotá", "service": "cleaning", "device": "desktop"}) in told
    assert ("ProfessionalViewed", {"pro_id": str(rate["profile_id"]), "price": rate["cop"]}) in told
    assert None not in {row["user_id"] for row in rows}


async def test_what_is_looked_at_has_an_address_and_a_way_back(chromium, server):
    async with visiting(chromium, server) as page:
        await look_for(page, "cooking", "Medellín")
        await expect(page.get_by_role("heading", name="Cocina en Medellín")).to_be_visible()
        await page.locator(".person .open").first.click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        address = page.url
        await page.go_back()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.get_by_role("heading", name="Cocina en Medellín")).to_be_visible()
        await page.goto(address)
        await expect(page.get_by_role("dialog").locator(".hour").first).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("heading", name="Cocina en Medellín")).to_be_visible()
        await expect(page).not_to_have_url(re.compile("pro="))


async def test_what_is_picked_while_an_answer_is_on_its_way_stays_picked(chromium, server):
    async with visiting(chromium, server) as page:
        await expect(page.locator(".person .open").first).to_be_visible()
        held: list[Route] = []
        await page.route("**/v1/demo/catalogue**", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handler
        await page.get_by_role("button", name="Lavandería").click()
        await page.get_by_label("¿Dónde?").select_option("Cali")
        for route in held:
            await route.continue_()
        await expect(page.get_by_role("heading", name="Lavandería en Colombia")).to_be_visible()
        await expect(page.locator("#people-list")).to_have_attribute("aria-busy", "false")
        await expect(page.get_by_label("¿Dónde?")).to_have_value("Cali")


async def test_where_nobody_is_the_page_says_where_somebody_is(chromium, server):
    async with visiting(chromium, server, at="/?service=gardening&city=Cali") as page:
        await expect(page.locator(".nothing")).to_contain_text("Nadie ofrece jardinería en Cali todavía.")
        await no_violations(page)
        await page.locator(".nothing").get_by_role("button", name="Medellín").click()
        await expect(page.get_by_role("heading", name="Jardinería en Medellín")).to_be_visible()
        await expect(page.locator(".person .open").first).to_be_visible()


async def test_a_service_that_is_away_is_said_and_tried_again(chromium, server):
    async with visiting(chromium, server, refusals=frozenset({500, 503})) as page:
        await expect(page.locator(".person .open").first).to_be_visible()
        await page.route("**/v1/demo/catalogue**", lambda route: route.fulfill(status=503))
        await look_for(page, "cooking", "Cali")
        await expect(page.get_by_role("alert")).to_contain_text("No pudimos cargar los profesionales.")
        await no_violations(page)
        await page.unroute("**/v1/demo/catalogue**")
        await page.get_by_role("button", name="Intentar de nuevo").click()
        await expect(page.locator(".person .open").first).to_be_visible()


async def test_a_keyboard_is_enough(chromium, server):
    async with visiting(chromium, server) as page:
        await expect(page.locator(".person .open").first).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Ir a los profesionales")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        first = page.locator(".person .open").first
        await expect(first).to_be_focused()
        await page.keyboard.press("Enter")
        sheet = page.get_by_role("dialog")
        await expect(sheet.locator(".hour").first).to_be_visible()
        await sheet.locator(".hour").first.focus()
        await page.keyboard.press("Space")
        await expect(sheet.get_by_role("button", name="Reservar con Amara")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(first).to_be_focused()


@pytest.mark.parametrize(
    ("lang", "scheme", "size"), [("es-CO", "light", DESKTOP), ("en-US", "dark", PHONE), ("es-CO", "dark", PHONE)]
)
async def test_no_state_of_the_page_stands_in_anybodys_way(chromium, server, lang, scheme, size):
    async with visiting(chromium, server, lang=lang, size=size, color_scheme=scheme, bypass_csp=True) as page:
        await expect(page.locator(".person .open").first).to_be_visible()
        await no_violations(page)
        assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
        await page.locator(".person .open").first.click()
        sheet = page.get_by_role("dialog")
        await sheet.locator(".hour").first.click()
        await no_violations(page)
        for control in await sheet.locator("button:visible, a:visible, select:visible, label:visible").all():
            box = await control.bounding_box()
            assert box is not None
            assert box["height"] >= 43.5
        assert await sheet.evaluate("one => one.scrollWidth - one.clientWidth") == 0


@pytest.mark.parametrize("lang", ["es-CO", "en-US"])
async def test_on_a_phone_the_name_and_the_search_lie_under_nothing(chromium, server, lang):
    async with visiting(chromium, server, lang=lang, size=PHONE) as page:
        await expect(page.locator("#enter")).to_be_visible()
        await expect(page.locator("#finder")).to_be_visible()
        name = "() => { const all = document.createRange(); all.selectNodeContents(document.querySelector('.brand'));"
        right = await page.evaluate(f"({name} return all.getBoundingClientRect().right }})()")
        tools = await page.locator(".tools").bounding_box()
        search = await page.locator(".finder .call").bounding_box()
        call = await page.locator("#call").bounding_box()
        assert tools is not None
        assert search is not None
        assert call is not None
        assert right <= tools["x"]
        assert search["y"] + search["height"] <= call["y"]


async def test_a_chosen_hour_goes_on_in_the_guests_form(chromium, server, owner):
    async with visiting(chromium, server) as page:
        await page.locator(".person .open").first.click()
        sheet = page.get_by_role("dialog")
        name = await sheet.get_by_role("heading", level=2).inner_text()
        await sheet.locator(".day").nth(1).click()  # of the first one only an hour may be left
        await sheet.locator(".hour").last.click()
        chosen = await sheet.locator(".hour[aria-pressed=true]").get_attribute("aria-label")
        await sheet.get_by_role("link", name="Reservar sin chat").click()
        await page.get_by_label("¿A nombre de quién queda la reserva?").fill("María González")
        await page.keyboard.press("Enter")
        await page.get_by_label("¿A qué correo le escribimos?").fill("maria@example.com")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Omitir").click()
        await page.get_by_role("checkbox").check()
        await page.get_by_role("button", name="Elegir la visita").click()
        await expect(page.locator("amara-guest")).to_contain_text(f"con {name}")
        await expect(page.locator("amara-guest")).to_contain_text(chosen or "?")
        await page.get_by_label("Dirección").fill("Calle 93 # 11-27")
        await page.get_by_role("button", name="Reservar", exact=True).click()
        await expect(page.get_by_role("heading", name="Su reserva")).to_be_focused()
    assert await owner.fetchval("select count(*) from bookings where guest_session_id is not null") == 1


async def test_an_administrator_goes_from_the_page_to_the_funnel_and_nobody_else_does(chromium, urls):
    terminal: list[str] = []
    async with serving(urls, has_demo=True, say=terminal.append) as service, visiting(chromium, service) as page:
        for email, is_admin in (("maria@example.com", False), (ADMIN, True)):
            await page.get_by_role("button", name="Ingresar", exact=True).click()
            dialog = page.get_by_role("dialog")
            await dialog.get_by_label("Su correo").fill(email)
            await page.keyboard.press("Enter")
            await expect(dialog.get_by_label("Código de seis cifras")).to_be_focused()
            await dialog.get_by_label("Código de seis cifras").fill(re.findall(r"is (\d{6})\.", terminal[-1])[0])
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("button", name="Su cuenta")).to_have_attribute("aria-pressed", "true")
            await expect(page.get_by_role("button", name="Ver el embudo")).to_have_count(int(is_admin))
            if not is_admin:
                await page.get_by_role("button", name="Salir").click()
        await page.get_by_role("button", name="Ver el embudo").click()
        await expect(page).to_have_url(re.compile("/admin/funnel"))


async def test_without_the_demo_there_is_a_chat_and_no_marketplace(chromium, urls):
    async with serving(urls) as service, visiting(chromium, service) as page:
        await expect(page.get_by_role("textbox")).to_be_visible()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.get_by_role("button", name="Buscar")).to_have_count(0)
        await expect(page.locator("#results")).to_be_hidden()
