"""What the chat costs a browser: ours beside deep-chat, the same words in the same pieces, in the same Chromium.

Run: npm ci --prefix bench/widget --ignore-scripts, then python -m bench.widget --rounds 5
Serves both from memory, gzipped alike; each round opens a fresh browser context for each, in turned order. Figures are
medians; main-thread work is what the browser accounts to the page itself while an answer streams in. Script is what its
profiler saw in functions of the page: the browser's own sum leaves out whatever runs in a microtask, so that one who
waits for a promise before drawing would seem to do nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import mimetypes
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from playwright.async_api import Browser, CDPSession, async_playwright

from amara.packing import Packing
from tests import needs
from tests.browser import FLAGS

HERE = Path(__file__).parent
WIDGET = HERE.parent.parent / "amara" / "widget"
PEER = HERE / "node_modules" / "deep-chat" / "dist" / "deepChat.bundle.js"
SPENT = {"TaskDuration": "busy_ms", "LayoutDuration": "layout_ms"}
SAMPLE_US = 500
FAR = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 90_000,
}  # ms, bytes a second
NO_SCRIPT = {"(idle)", "(program)", "(root)"}  # how the profiler names what is no function of the page
PARAGRAPH = (
    "Encontré **tres** profesionales para *aseo general* en Bogotá:\n\n"
    "- Luz Marina Quintero: $ 26.000 por hora, 4,9 de 5\n"
    "- Yolanda Patiño Rojas: $ 24.000 por hora, 4,7 de 5\n- Nubia Cifuentes: $ 19.000 por hora, 4,4 de 5\n\n"
    "Puede ver más en [la guía](https://example.com/guia). ¿Le muestro las horas libres de alguna?\n\n"
)
# Usable is when somebody can write: the field is there, shown and takes text.
USABLE = """() => {
  const host = document.querySelector('amara-chat, deep-chat');
  const field = host?.shadowRoot?.querySelector('textarea, #text-input, [contenteditable]');
  return Boolean(field && field.getBoundingClientRect().width > 0 && !field.disabled);
}"""
# One look for each frame drawn, from the document's own beginning.
WATCH = f"""(() => {{ const usable = {USABLE};
  const look = () => {{ if (usable()) window.usableAt = performance.now(); else requestAnimationFrame(look) }};
  requestAnimationFrame(look) }})()"""
SAID = """() => { const root = document.querySelector('amara-chat, deep-chat').shadowRoot;
  return (root.querySelector('.log, #messages').textContent.match(/horas libres de alguna/g) ?? []).length }"""


def pieces(paragraphs: int, size: int) -> list[str]:
    """The answer as a model sends it."""
    text = PARAGRAPH * paragraphs
    return [text[at : at + size] for at in range(0, len(text), size)]


class Stage:
    """Both chats, and the socket each of them hears the same answer from."""

    def __init__(self, deltas: Sequence[str], pause_s: float) -> None:
        """Args: deltas of the answer; pause_s between two of them."""
        self._deltas, self._pause_s = deltas, pause_s
        files = {path.relative_to(WIDGET).as_posix(): path.read_bytes() for path in WIDGET.rglob("*") if path.is_file()}
        packing = Packing(files, main="amara-chat.js")
        self._files = {f"widget/v1/{name}": content for name, content in packing.packed.items()}
        self._files |= {"theirs/chat.js": PEER.read_bytes()}
        self._files |= {f"{who}/": (HERE / f"{who}.html").read_bytes() for who in ("ours", "theirs")}

    def app(self) -> web.Application:
        """The server of both."""
        app = web.Application()
        app.router.add_get("/v1/amara/chat", self._ours)
        app.router.add_get("/theirs/socket", self._theirs)
        app.router.add_post("/v1/auth/anonymous", self._visitor)
        app.router.add_get("/v1/amara/{rest:.*}", self._nothing)
        app.router.add_get("/{name:.*}", self._file)
        return app

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._files:
            raise web.HTTPNotFound
        kind = "text/html" if name.endswith("/") else mimetypes.guess_type(name)[0] or "text/plain"
        headers = {"content-encoding": "gzip", "content-type": f"{kind}; charset=utf-8"}
        return web.Response(body=gzip.compress(self._files[name], mtime=0), headers=headers)

    async def _visitor(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": "a.e30.c", "token_type": "bearer", "expires_in": 86400}, status=201)

    async def _nothing(self, _: web.Request) -> web.Response:
        return web.json_response({"items": [], "next": None, "demo": False, "concierge": False})

    async def _theirs(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        for delta in self._deltas:
            await socket.send_json({"text": delta})
            await asyncio.sleep(self._pause_s)
        await socket.send_json({"end": True})
        await socket.close()
        return socket

    async def _ours(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("amara.v1",))
        await socket.prepare(request)
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                break
            await self._hear(socket, json.loads(message.data))
        return socket

    async def _hear(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        if frame.get("type") == "hello":
            more = {"heartbeatMs": 25_000, "limits": {"text": 8000}, "capabilities": ["resume"]}
            await socket.send_json({"type": "welcome", "threadId": "t", "head": None} | more)
        elif "runId" in frame and frame.get("messages"):
            run, said = {"threadId": "t", "runId": frame["runId"]}, {"messageId": "answer"}
            await socket.send_json({"type": "ack", "ref": frame["messages"][0]["id"], "status": "accepted"} | run)
            content = [{"type": "TEXT_MESSAGE_CONTENT", "delta": delta} | said for delta in self._deltas]
            chunks = [
                {"type": "RUN_STARTED"} | run,
                {"type": "TEXT_MESSAGE_START", "role": "assistant"} | said,
                *content,
            ]
            chunks += [
                {"type": "TEXT_MESSAGE_END"} | said,
                {"type": "RUN_FINISHED", "outcome": {"type": "success"}} | run,
            ]
            for number, chunk in enumerate(chunks, 1):
                await socket.send_json({"id": f"1-{number}", "chunk": chunk})
                if "delta" in chunk:
                    await asyncio.sleep(self._pause_s)


async def _accounts(cdp: CDPSession) -> dict[str, float]:
    told = await cdp.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in told["metrics"]}


def _script_ms(profile: dict[str, Any]) -> float:
    names = {node["id"]: node["callFrame"]["functionName"] for node in profile["nodes"]}
    spent = zip(profile["samples"], profile["timeDeltas"], strict=True)
    in_script: list[int] = [us for node, us in spent if names[node] not in NO_SCRIPT]
    return sum(in_script) / 1000


async def once(chromium: Browser, url: str, paragraphs: int, *, slower: float, is_far: bool) -> dict[str, float]:
    """One visit: loaded, usable, one answer heard.

    Args:
        chromium: where.
        url: of the page.
        paragraphs: of the answer.
        slower: how many times the processor is slowed down.
        is_far: over a slow line.
    """
    context = await chromium.new_context(viewport={"width": 400, "height": 720}, locale="es-CO")
    page = await context.new_page()
    cdp = await context.new_cdp_session(page)
    arrived: list[float] = []
    cdp.on("Network.loadingFinished", lambda told: arrived.append(told["encodedDataLength"]))
    await cdp.send("Network.enable")
    await cdp.send("Performance.enable")
    await cdp.send("Profiler.enable")
    await cdp.send("Profiler.setSamplingInterval", {"interval": SAMPLE_US})
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    if is_far:
        await cdp.send("Network.emulateNetworkConditions", FAR)
    await page.add_init_script(WATCH)
    await page.goto(url)
    await page.wait_for_function("window.usableAt")
    await page.wait_for_timeout(500)  # what it loads behind its first picture counts as well
    loaded = sum(arrived)
    field = page.locator("amara-chat textarea, deep-chat #text-input").first
    await field.click()
    await field.press_sequentially("hola")
    await page.wait_for_timeout(300)
    before = await _accounts(cdp)
    await cdp.send("Profiler.start")
    await field.press("Enter")
    await page.wait_for_function(f"({SAID})() >= {paragraphs}", timeout=90_000)
    await page.wait_for_timeout(300)
    script_ms = _script_ms((await cdp.send("Profiler.stop"))["profile"])
    after = await _accounts(cdp)
    usable = await page.evaluate("window.usableAt")
    await context.close()
    spent = {name: 1000 * (after[name] - before[name]) for name in SPENT}
    return {"bytes": loaded, "usable_ms": usable, "script_ms": script_ms} | {
        SPENT[name]: value for name, value in spent.items()
    }


async def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--paragraphs", type=int, default=12)
    asked.add_argument("--piece", type=int, default=8, help="characters of a delta")
    asked.add_argument("--pause-ms", type=float, default=8)
    asked.add_argument("--slower", type=float, default=4, help="how many times the processor is slowed down")
    asked.add_argument("--far", action="store_true", help="over a slow line: 150 ms there and back, 1.6 Mbit a second")
    wish = asked.parse_args()
    if not PEER.exists():
        raise SystemExit("deep-chat is not there: npm ci --prefix bench/widget --ignore-scripts")
    deltas = pieces(wish.paragraphs, wish.piece)
    runner = web.AppRunner(Stage(deltas, wish.pause_ms / 1000).app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    seen: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=needs.browser(), args=FLAGS)
        for number in range(wish.rounds):
            for who in ("ours", "theirs") if number % 2 else ("theirs", "ours"):
                url = f"http://127.0.0.1:{port}/{who}/"
                seen[who].append(await once(chromium, url, wish.paragraphs, slower=wish.slower, is_far=wish.far))
        version = chromium.version
        await chromium.close()
    await runner.cleanup()
    print(f"{len(deltas)} deltas of {wish.piece} characters, processor {wish.slower:g}x slower, Chromium {version}")
    print(f"{'':12}{'ours':>12}{'deep-chat':>12}{'ratio':>8}")
    for name in ("bytes", "usable_ms", "busy_ms", "script_ms", "layout_ms"):
        ours, theirs = (statistics.median(one[name] for one in seen[who]) for who in ("ours", "theirs"))
        print(f"{name:12}{ours:12.0f}{theirs:12.0f}{theirs / ours if ours else 0:7.1f}x")


if __name__ == "__main__":
    asyncio.run(main())
