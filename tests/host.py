"""Somebody else's page with the chat in it: another origin, and a policy that allows no style or script in the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from amara import server
from tests.rig import Service, serving

PAGE = """<!doctype html>
<html lang="es">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>La tienda</title>
    <script src="/early.js"></script>
    <script type="module" src="{service}/widget/v1/amara-chat.js"></script>
  </head>
  <body><main><h1>La tienda</h1><p>Una página cualquiera.</p><button id="first">Primero</button></main>{body}</body>
</html>"""
TAG = "<amara-chat></amara-chat>"


@dataclass
class Host:
    """The other site, and the service it has its chat from."""

    url: str
    service: Service
    body: str = TAG
    early: str = ""
    """A script that runs before the chat's own."""
    policy: str = ""
    wanted: list[str] = field(default_factory=list)


@asynccontextmanager
async def hosting(urls, **settings) -> AsyncIterator[Host]:
    """Args: settings of the service, which lets pages of this site ask."""
    listener = server.listen("127.0.0.1", 0)
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with serving(
        urls, has_demo=True, allowed_origins=(origin,), frame_ancestors=(origin,), **settings
    ) as service:
        host = Host(origin, service)
        sockets = service.url.replace("http", "ws", 1)
        host.policy = (
            f"default-src 'none'; script-src 'self' {service.url}; connect-src {service.url} {sockets};"
            f" frame-src {service.url}; base-uri 'none'; form-action 'none'"
        )

        async def page(_: web.Request) -> web.Response:
            text = PAGE.format(service=service.url, body=host.body)
            return web.Response(text=text, content_type="text/html", headers={"content-security-policy": host.policy})

        async def early(_: web.Request) -> web.Response:
            return web.Response(text=host.early, content_type="text/javascript")

        async def nothing(_: web.Request) -> web.Response:
            return web.Response(status=204)

        application = web.Application()
        application.router.add_get("/", page)
        application.router.add_get("/early.js", early)
        application.router.add_get("/favicon.ico", nothing)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.SockSite(runner, listener)
        await site.start()
        try:
            yield host
        finally:
            await runner.cleanup()
