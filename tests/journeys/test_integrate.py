"""`docs/integrate.md`, done: every file is written, and every command and statement carried out, in its order."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
import jwt
import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from amara import server
from tests.browser import answered, launched, said, say, visiting
from tests.conftest import connect
from tests.draft_page import deed
from tests.faults.stage import free_port
from tests.journeys.platforms import CUSTOMER, grown
from tests.journeys.test_page_guest import introduce
from tests.rules.tree import ROOT

DOCUMENT = ROOT / "docs" / "integrate.md"
SITE, AMARA = "https://www.example.com", "https://amara.example.com"
SECRET = "the secret your accounts' tokens are signed with"
OPENER = re.compile("^Abrir el chat")
# Of the site's own log-in, where the page has `supabase` from the package of that name.
CLIENT = """<script>
const getSession = async () => ({ data: { session: { access_token: await (await fetch("/token")).text() } } });
const supabase = { auth: { getSession, refreshSession: getSession } };
</script>"""
_BLOCK = re.compile(r"^<!-- (?P<mark>.+?) -->\n```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """What a reader is to do."""

    mark: str
    kind: str
    text: str


def blocks() -> list[Block]:
    return [Block(*match.group("mark", "kind", "text")) for match in _BLOCK.finditer(DOCUMENT.read_text("utf-8"))]


@dataclass
class Reader:
    """Somebody who follows it, in an empty folder, on this database."""

    place: Path
    owner_url: str
    login_url: str
    port: int
    owner: object
    site: str
    said: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def here(self, text: str) -> str:
        """The document's addresses are somebody else's."""
        found = re.sub(r'"postgresql://postgres@[^"]+"', f'"{self.owner_url}"', text)
        found = re.sub(r'"postgresql://amara_login[^"]+"', f'"{self.login_url}"', found)
        return found.replace("8000", str(self.port)).replace(SITE, self.site).replace(AMARA, self.address)

    async def start(self, text: str) -> asyncio.subprocess.Process:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AMARA_", "ANTHROPIC_"))}
        return await asyncio.create_subprocess_exec(
            *("bash", "-ec", self.here(text)),
            cwd=self.place,
            env=kept | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )

    async def follow(self, block: Block) -> None:
        if block.mark.startswith("file: "):
            (self.place / block.mark.removeprefix("file: ")).write_text(self.here(block.text), "utf-8")
        elif block.kind == "sql":
            await self.owner.execute(block.text)
        else:
            process = await self.start(block.text)
            said = (await process.communicate())[0].decode()
            self.said += said
            assert process.returncode == 0 or block.mark.endswith("may fail"), said

    @asynccontextmanager
    async def serving(self, block: Block):
        process = await self.start(block.text)
        try:
            async with aiohttp.ClientSession() as http:
                while True:
                    with suppress(aiohttp.ClientError):
                        async with http.get(f"{self.address}/health/ready") as answer:
                            if answer.status == 200:
                                break
                    assert process.returncode is None, (await process.stdout.read()).decode()
                    await asyncio.sleep(0.05)
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)  # Ctrl-C
            await process.communicate()


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@dataclass
class Site:
    """One's own, at an address of its own."""

    url: str
    page: str = ""


@asynccontextmanager
async def sited() -> AsyncIterator[Site]:
    listener = server.listen("127.0.0.1", 0)
    site = Site(f"http://127.0.0.1:{listener.getsockname()[1]}")

    async def home(_: web.Request) -> web.Response:
        head = '<!doctype html><html lang="es"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Casa</title>'
        return web.Response(text=f"{head}<h1>Casa</h1>{site.page}", content_type="text/html")

    async def token(_: web.Request) -> web.Response:
        claims = {"sub": str(CUSTOMER), "role": "authenticated", "exp": 2_000_000_000}
        return web.Response(text=jwt.encode(claims, SECRET, "HS256"))

    application = web.Application()
    application.router.add_get("/", home)
    application.router.add_get("/token", token)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield site
    finally:
        await runner.cleanup()


async def book(page: Page, *, is_guest: bool) -> None:
    """What step 7 asks for: a search, a free hour, a card, a tap."""
    await page.get_by_role("button", name=OPENER).click()
    for words in ("Busco aseo en Bogotá", "¿Qué horas tiene la primera la próxima semana?"):
        await say(page, words)
        await answered(page)
    await page.locator("amara-chat .slots .hour:visible").first.click()
    await answered(page)
    for words in ("4 horas", "La dirección es Calle 10 # 5-20, apto 301"):
        await say(page, words)
        await answered(page)
    await expect(deed(page, "Confirmar")).to_have_attribute("aria-disabled", "false")
    await deed(page, "Confirmar").click()
    if is_guest:
        await introduce(page, "laura@example.com", name="Laura Gómez")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["platform", "plain"])
async def test_it_leads_from_a_database_to_a_booking_on_ones_own_site(chromium, empty_urls, tmp_path, kind):
    async with AsyncExitStack() as stack:
        owner_url = empty_urls.owner_url
        if kind == "platform":
            superuser = await connect(owner_url)
            stack.push_async_callback(superuser.close)
            owner_url = await stack.enter_async_context(grown(superuser, owner_url))
        owner = await connect(owner_url)
        stack.push_async_callback(owner.close)
        site = await stack.enter_async_context(sited())
        reader = Reader(tmp_path, owner_url, empty_urls.login_url, free_port(), owner, site.url)
        await follow(reader, chromium, site, kind)


async def follow(reader: Reader, chromium: Browser, site: Site, kind: str) -> None:
    todo = [block for block in blocks() if not block.mark.startswith("shown")]
    others = {"platform", "plain"} - {kind}
    todo = [block for block in todo if block.mark.removeprefix("run: ") not in others]
    at = next(number for number, block in enumerate(todo) if block.mark == "start")
    for block in todo[:at]:
        await reader.follow(block)
    if kind == "platform":
        assert "· overlaps" in reader.said
    else:
        assert "2 would be added" in reader.said
        assert "2 were added" in reader.said
    async with reader.serving(todo[at]):
        await reader.follow(todo[at + 1])
        assert ("✓ socket" if kind == "plain" else "Visitors are let in where the accounts are") in reader.said
        (shown,) = [block.text for block in blocks() if block.mark == "shown: a browser does it"]
        tag, _, log_in = reader.here(shown).partition("</amara-chat>\n")
        site.page = f"{CLIENT}{tag}</amara-chat>{log_in}" if kind == "platform" else f"{tag}</amara-chat>"
        async with visiting(chromium, site, refusals=frozenset({404})) as page:
            await book(page, is_guest=kind == "plain")
            await expect(page.locator("amara-chat")).to_contain_text("quedó registrad")
            row = await reader.owner.fetchrow(
                "select * from public.bookings where booking_source is not null order by created_at desc limit 1"
            )
            assert (row["status"], row["total_price"], row["booking_source"]) == ("pending", 100_000, "amara")
            assert (row["guest_session_id"] is None) == (kind == "platform")
            for block in todo[at + 2 :]:
                await reader.follow(block)
            await expect(said(page).last).to_contain_text("con Ana Milena Rojas")
            await expect(said(page).last).to_contain_text("fue aceptada y quedó confirmada")
            await expect(said(page).last.locator(".card")).to_contain_text(re.compile(r"\$\s100\.000"))
            if kind == "platform":
                assert row["amount_estimated"] == 100_000
                correct = "update public.bookings set amount_estimated = 120000 where id = $1"
                await reader.owner.execute(correct, row["id"])
                await expect(said(page).last).to_contain_text(re.compile(r"se corrigió: ahora es \$\s120\.000"))
            told = await said(page).last.inner_text()
            await page.reload()
            await page.get_by_role("button", name=OPENER).click()
            await expect(said(page).last).to_have_text(re.sub(r"\s+", " ", told), use_inner_text=True)
    if kind == "platform":
        await check_what_stays_closed(reader)


async def check_what_stays_closed(reader: Reader) -> None:
    """The views show what is named there; nobody reads a column or a row of the tables that they did not before."""
    for role in ("anon", "authenticated"):
        async with reader.owner.transaction():
            await reader.owner.execute(f"set local role {role}")
            names = await reader.owner.fetch("select full_name from amara_api.professionals")
            assert [row["full_name"] for row in names] == ["Ana Milena Rojas"]
            for table in ("professional_profiles", "profiles", "bookings"):
                with suppress(asyncpg.InsufficientPrivilegeError):
                    async with reader.owner.transaction():
                        assert await reader.owner.fetch(f"select * from public.{table}") == []


def test_everything_a_reader_is_to_do_is_marked():
    text = DOCUMENT.read_text("utf-8")
    assert len(blocks()) == text.count("\n```") // 2
    for block in blocks():
        assert re.fullmatch(r"shown: .+|file: [\w.]+|run(: (platform|plain|may fail))?|start", block.mark)
