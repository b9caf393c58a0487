"""The chat in a frame or a WebView: whose words count there, and which taps."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Frame, Page, expect

from tests.browser import launched, visiting
from tests.builders import a_person
from tests.draft_page import Ana
from tests.host import Host, hosting
from tests.upstream import says

WRITE = re.compile("^(Escriba su mensaje|Write your message)$")


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def host(urls, upstream) -> AsyncIterator[Host]:
    async with hosting(urls, anthropic_base_url=upstream.url, model="scripted") as site:
        site.policy = site.policy.replace("frame-src", "style-src 'unsafe-inline'; frame-src 'self'")
        yield site


def at(host: Host, chromium: Browser):
    return visiting(chromium, host, refusals=frozenset({404}))


def frame_tag(host: Host, wishes: str = "") -> str:
    size = "width: 420px; height: 700px; border: 0"
    return f'<iframe id="chat" title="Amara" style="{size}" src="{host.service.url}/widget/v1/frame?{wishes}"></iframe>'


async def until(page: Page | Frame, condition: str) -> None:
    """Playwright's own way of waiting evaluates a string, which the policy of these pages forbids."""
    look = f"const look = () => ({condition}) ? done() : requestAnimationFrame(look); look();"
    await page.evaluate(f"() => new Promise((done) => {{ {look} }})")


async def write(frame: Frame, text: str) -> None:
    await frame.get_by_label(WRITE).fill(text)
    await frame.get_by_label(WRITE).press("Enter")


STRANGE = [
    "null",
    "'send'",
    "['send']",
    "{}",
    "{amara: 7, text: 'Malo'}",
    "{amara: ['send'], text: 'Malo'}",
    "{amara: 'send'}",
    "{amara: 'send', text: {toString: 'Malo'}}",
    "{amara: 'prefill', text: ['Malo']}",
    "{amara: 'claim', text: 'Malo'}",
    "{amara: 'confirm'}",
    "{amara: 'constructor', text: 'Malo'}",
    "{amara: '__proto__', text: 'Malo'}",
    "{amara: 'remove'}",
    "{amara: 'token', token: {}}",
    "{amara: 'context', context: null}",
]


async def test_of_the_page_around_it_the_frame_takes_only_what_it_knows(chromium, host, upstream):
    host.body = frame_tag(host)
    host.early = f"""
    addEventListener("message", ({{ data, source }}) => {{
      if (data.amara !== "ready") return;
      for (const strange of [{", ".join(STRANGE)}]) source.postMessage(strange, "*");
      source.postMessage({{ amara: "send", text: "Bueno" }}, "*");
    }});
    """
    async with at(host, chromium) as page:
        messages = page.frame_locator("#chat").locator("amara-chat .message")
        await expect(messages.last).to_contain_text("Claro.")
        await expect(messages).to_have_count(2)
        await expect(messages.first).to_contain_text("Bueno")
        await expect(page.frame_locator("#chat").get_by_label(WRITE)).to_have_value("")


async def test_another_frame_of_the_same_page_is_not_heard(chromium, host):
    host.body = (
        f'{frame_tag(host)}<iframe id="advertisement" title="Otra" srcdoc="<script src=/early.js></script>"></iframe>'
    )
    host.early = """
    if (parent !== self) addEventListener("message", ({ source }) => {
      parent.frames[0].postMessage({ amara: "send", text: "De otro" }, "*");
      source.postMessage("posted", "*");
    });
    else addEventListener("message", ({ data, source }) => {
      if (data.amara === "ready") frames[1].postMessage("go", "*");
      if (data === "posted") frames[0].postMessage({ amara: "send", text: "De la página" }, "*");
    });
    """
    async with at(host, chromium) as page:
        messages = page.frame_locator("#chat").locator("amara-chat .message")
        await expect(messages.last).to_contain_text("Claro.")
        await expect(messages).to_have_count(2)
        await expect(messages.first).to_contain_text("De la página")


NAMELESS = """
() => dispatchEvent(new MessageEvent("message", { data: { amara: "send", text: "De nadie" }, source: null }))
"""


async def test_who_opened_it_and_is_gone_is_not_heard(chromium, host):
    """What a window sent that closed itself arrives without a sender."""
    async with visiting(chromium, host.service, at="/widget/v1/frame") as page:
        await expect(page.locator("amara-chat .panel")).to_have_attribute("data-state", "ready")
        await page.evaluate(NAMELESS)
        await page.evaluate("() => postMessage({ amara: 'send', text: 'De sí misma' }, '*')")
        messages = page.locator("amara-chat .message")
        await expect(messages.last).to_contain_text("Claro.")
        await expect(messages.first).to_contain_text("De sí misma")
        await expect(messages).to_have_count(2)


async def test_a_page_cannot_pass_for_an_app(chromium, host):
    """The app's channel counts in the app's own window alone, and a name that another window gave is no channel."""
    host.body = frame_tag(host).replace("<iframe", '<iframe name="amaraHost"')
    host.early = "globalThis.amaraHost = { postMessage() {} };"
    async with at(host, chromium) as page:
        frame = page.frame(name="amaraHost")
        assert frame is not None
        await expect(frame.locator("amara-chat .panel")).to_have_attribute("data-state", "ready")
        await frame.evaluate(NAMELESS)
        await write(frame, "Mío")
        await expect(frame.locator("amara-chat .message").last).to_contain_text("Claro.")
        await expect(frame.locator("amara-chat .message")).to_have_count(2)
        await expect(frame.locator("amara-chat .message").first).to_contain_text("Mío")


async def test_an_app_speaks_without_a_sender_and_hears_through_its_channel(chromium, host):
    context = await chromium.new_context(locale="es-CO")
    await context.add_init_script(
        "globalThis.told = []; globalThis.amaraHost = { postMessage: (text) => told.push(text) };"
    )
    page = await context.new_page()
    await page.goto(f"{host.service.url}/widget/v1/frame")
    await expect(page.locator("amara-chat .panel")).to_have_attribute("data-state", "ready")
    await page.evaluate(NAMELESS)
    await expect(page.locator("amara-chat .message").last).to_contain_text("Claro.")
    await expect(page.locator("amara-chat .message").first).to_contain_text("De nadie")
    assert '{"amara":"ready","detail":{}}' in await page.evaluate("told")
    await context.close()


async def test_a_tap_on_what_is_covered_books_nothing(chromium, host, upstream, owner):
    ana = await Ana.arrives(owner)
    token = host.service.token(await a_person(owner))
    over = "position: fixed; inset: 0; z-index: 9; background: white; pointer-events: none"
    host.body = f'{frame_tag(host, "token=ask")}<div id="over" hidden style="{over}">Gane un premio: toque aquí</div>'
    host.early = f"""
    globalThis.heard = [];
    addEventListener("message", ({{ data, source }}) => {{
      heard.push(data.detail?.code);
      if (data.amara === "token") source.postMessage({{ amara: "token", token: "{token}" }}, "*");
    }});
    """
    seen = """
    (one) => new Promise((done) => new IntersectionObserver(
      (entries) => entries.at(-1).isVisible === SEEN && done(performance.now()),
      { trackVisibility: true, delay: 100 },
    ).observe(one))
    """
    upstream.then(ana.draft(), says("Aquí está el borrador."))
    async with at(host, chromium) as page:
        frame = page.frame(url=re.compile("/widget/v1/frame"))
        assert frame is not None
        await write(frame, "Resérvela, por favor")
        confirm = frame.get_by_role("button", name="Confirmar", exact=True)
        await expect(confirm).to_have_attribute("aria-disabled", "false")
        await confirm.scroll_into_view_if_needed()
        await page.evaluate("over.hidden = false")
        await confirm.evaluate(seen.replace("SEEN", "false"))
        await confirm.click()
        await until(page, "heard.includes('covered')")
        # Nor does what is taken away under the finger, which the page learns of by losing the focus.
        await page.evaluate("over.hidden = true")
        await confirm.click()
        await until(page, "heard.filter((code) => code === 'covered').length === 2")
        assert await ana.bookings(owner) == []
        since = await confirm.evaluate(seen.replace("SEEN", "true"))
        await until(frame, f"performance.now() > {since} + 600")  # a moment to read it
        await confirm.click()
        await expect(frame.locator("amara-chat .draft")).to_contain_text("Quedó confirmada")
    assert len(await ana.bookings(owner)) == 1
