"""The chat as one tag in somebody else's page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import PHONE, answered, launched, said, say, visiting
from tests.host import Host, hosting
from tests.upstream import says

OPENER = re.compile("^Abrir el chat")


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def host(urls, upstream) -> AsyncIterator[Host]:
    async with hosting(urls, anthropic_base_url=upstream.url, model="scripted") as site:
        yield site


def at(host: Host, chromium: Browser, **wishes):
    return visiting(chromium, host, refusals=frozenset({404}), **wishes)


async def heard(page: Page) -> list[str]:
    return await page.evaluate("heard")


LISTEN = """
globalThis.heard = [];
for (const name of ["ready", "open", "close", "message", "action", "unread", "error", "auth-required"])
  document.addEventListener(`amara:${name}`, ({ detail }) => heard.push([name, detail]));
"""


async def test_one_tag_is_a_whole_chat_under_a_strict_policy_on_another_origin(chromium, host):
    host.early = LISTEN
    async with at(host, chromium) as page:
        await page.get_by_role("button", name=OPENER).click()
        await say(page, "Hola")
        await expect(said(page).last).to_contain_text("Claro.")
        await answered(page)
        names = [name for name, _ in await heard(page)]
        assert [name for name in names if name != "message"] == ["open", "ready"]
        assert names.count("message") == 2
        assert (
            await page.evaluate(
                "document.querySelector('amara-chat').shadowRoot.querySelectorAll('[style],style').length"
            )
            <= 1
        )
        await page.reload()
        await page.get_by_role("button", name=OPENER).click()
        await expect(said(page)).to_have_count(2)


async def test_what_is_set_and_asked_before_the_chat_is_there_holds(chromium, host, owner):
    user = await owner.fetchval("select id from auth.users where not is_anonymous limit 1")
    token = host.service.token(user)
    host.body = '<amara-chat lang="en" heading="Help" theme="dark"></amara-chat>'
    host.early = f"""
    {LISTEN}
    addEventListener("DOMContentLoaded", () => {{
      const chat = document.querySelector("amara-chat");
      globalThis.asked = [];
      chat.getToken = (wish) => (asked.push(wish), "{token}");
      chat.context = {{ page: "kitchen" }};
      customElements.whenDefined("amara-chat").then((Chat) => {{
        const other = document.createElement("amara-chat");
        other.setAttribute("inline", "");
        other.id = "other";
        other.getToken = chat.getToken;
        other.send("Said early");
        chat.open();
        document.body.append(other);
      }});
    }});
    """
    async with at(host, chromium) as page:
        chat = page.locator("amara-chat").first
        await expect(chat.get_by_role("heading", name="Help")).to_be_visible()
        assert await chat.evaluate("one => [one.context.page, Object.hasOwn(one, 'getToken')]") == ["kitchen", False]
        assert (
            await chat.evaluate("one => getComputedStyle(one.shadowRoot.querySelector('.panel')).colorScheme") == "dark"
        )
        await expect(page.locator("#other .message").last).to_contain_text("Claro.")
        assert await page.evaluate("asked[0]") == {"fresh": False}


async def test_the_methods_do_what_they_say(chromium, host):
    host.early = LISTEN
    async with at(host, chromium) as page:
        await expect(page.get_by_role("button", name=OPENER)).to_be_visible()
        chat = page.locator("amara-chat")
        await chat.evaluate("one => { one.toggle(); one.prefill('A medias'); }")
        box = page.get_by_role("textbox")
        await expect(box).to_have_value("A medias")
        await expect(box).to_be_focused()
        await chat.evaluate("one => { one.prefill(''); one.send('Hola'); }")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        await chat.evaluate("one => one.reset()")
        await expect(said(page)).to_have_count(0)
        await chat.evaluate("one => one.close()")
        await expect(page.get_by_role("button", name=OPENER)).to_be_visible()


async def test_what_comes_while_nobody_looks_is_counted_on_the_button(chromium, host, upstream):
    upstream.then(says("Uno."), says("Dos."))
    host.early = LISTEN
    async with at(host, chromium) as page:
        await page.get_by_role("button", name=OPENER).click()
        await expect(page.locator("amara-chat .state")).to_have_text("Asistente virtual")
        await page.locator("amara-chat").evaluate("one => { one.close(); one.send('Hola'); }")
        await expect(page.get_by_role("button", name="Abrir el chat con Amara: 1 mensaje nuevo")).to_be_visible()
        await page.locator("amara-chat").evaluate("one => one.send('Otra')")
        await expect(page.get_by_role("button", name="Abrir el chat con Amara: 2 mensajes nuevos")).to_be_visible()
        assert await page.locator("amara-chat").evaluate("one => one.unread") == 2
        await page.get_by_role("button", name=OPENER).click()
        counts = [detail["count"] for name, detail in await heard(page) if name == "unread"]
        assert counts == [1, 2, 0]


async def test_escape_closes_and_the_focus_goes_back(chromium, host):
    async with at(host, chromium) as page:
        await page.get_by_role("button", name=OPENER).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Amara", exact=True)).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name=OPENER)).to_be_focused()


async def test_on_a_phone_the_chat_is_the_whole_screen_and_the_page_rests(chromium, host):
    async with at(host, chromium, size=PHONE, is_mobile=True, has_touch=True) as page:
        await page.get_by_role("button", name=OPENER).tap()
        panel = page.locator("amara-chat .float")
        assert await panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
        assert await panel.evaluate("one => one.matches(':modal')")
        size = "one => parseFloat(getComputedStyle(one).fontSize)"
        assert await page.get_by_role("textbox").evaluate(size) >= 16
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        await page.get_by_role("button", name="Cerrar el chat").tap()
        await expect(page.get_by_role("button", name=OPENER)).to_be_focused()


async def test_logging_out_leaves_nothing_behind(chromium, host):
    async with at(host, chromium) as page:
        await page.get_by_role("button", name=OPENER).click()
        await say(page, "Hola")
        await expect(said(page)).to_have_count(2)
        await answered(page)
        await page.get_by_role("textbox").fill("un secreto")
        kept = "() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
        assert any(key.startswith("amara.thread.") for key in await page.evaluate(kept))
        await page.locator("amara-chat").evaluate("one => { one.removeAttribute('open'); one.logout(); }")
        assert await page.evaluate(kept) == []
        await expect(said(page)).to_have_count(0)
        await expect(page.locator("amara-chat textarea")).to_have_value("")


async def test_who_gives_no_token_is_asked_to_sign_in(chromium, host):
    host.early = f"""
    {LISTEN}
    addEventListener("DOMContentLoaded", () => {{
      const no = Object.assign(new Error("no"), {{ final: true }});
      document.querySelector("amara-chat").getToken = () => Promise.reject(no);
    }});
    """
    async with at(host, chromium) as page:
        await page.get_by_role("button", name=OPENER).click()
        await expect(page.locator("amara-chat .banner")).to_contain_text("Su sesión terminó")
        assert ["auth-required", {"code": 4401}] in await heard(page)


async def test_a_page_may_dress_it_by_properties_and_parts(chromium, host):
    host.policy = host.policy.replace("default-src 'none'", "default-src 'none'; style-src 'unsafe-inline'")
    host.body = (
        "<style>amara-chat { --amara-accent: #005a9c } amara-chat::part(launcher) { border-radius: 4px }</style>"
    )
    host.body += "<amara-chat></amara-chat>"
    async with at(host, chromium) as page:
        opener = page.get_by_role("button", name=OPENER)
        looks = await opener.evaluate(
            "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).borderRadius]"
        )
        assert looks == ["rgb(0, 90, 156)", "4px"]


async def test_the_frame_is_the_chat_of_a_foreign_page_and_takes_its_token(chromium, host, owner):
    user = await owner.fetchval("select id from auth.users where not is_anonymous limit 1")
    host.body = f'<iframe title="Amara" src="{host.service.url}/widget/v1/frame?lang=en&token=ask"></iframe>'
    host.early = f"""
    globalThis.heard = [];
    addEventListener("message", ({{ data, source }}) => {{
      heard.push(data.amara);
      document.title = heard.filter((name) => name === "message").length;
      if (data.amara === "token") source.postMessage({{ amara: "token", token: "{host.service.token(user)}" }}, "*");
      if (data.amara === "ready") source.postMessage({{ amara: "send", text: "From the page" }}, "*");
    }});
    """
    async with at(host, chromium) as page:
        frame = page.frame_locator("iframe")
        await expect(frame.locator("amara-chat .message").last).to_contain_text("Claro.")
        await expect(frame.locator("amara-chat .message").first).to_contain_text("From the page")
        await expect(page).to_have_title("2")
    rows = await owner.fetch(
        "select c.user_id from amara_messages m join amara_conversations c on c.id = conversation_id"
    )
    assert {row["user_id"] for row in rows} == {user}


async def test_no_other_page_may_show_the_frame(chromium, host):
    host.body = f'<iframe title="Amara" src="{host.service.url}/widget/v1/frame"></iframe>'
    other = host.url.replace("127.0.0.1", "localhost")
    context = await chromium.new_context()
    page = await context.new_page()
    refusals: list[str] = []
    page.on("console", lambda line: refusals.append(line.text))
    host.policy += " http://localhost:*"
    await page.goto(other)
    await expect(page.get_by_role("heading", name="La tienda")).to_be_visible()
    await expect(page.frame_locator("iframe").locator("amara-chat")).to_have_count(0)
    assert any("frame-ancestors" in line for line in refusals), refusals
    await context.close()
