"""The documents over HTTP: two for machines, and a page of both for people, which needs no script and no other site."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from amara import VERSION, asyncapi
from amara.papers import page

CSP = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " report-uri /v1/csp-reports"
)

Json = dict[str, Any]
Asked = Request[Any, Any, Any]


def routes(openapi: Json) -> list[HTTPRouteHandler]:
    """`/openapi.json`, `/asyncapi.json` and `/docs`. Args: the document of all doors."""
    socket = asyncapi.document(version=VERSION)
    shown = page.page(openapi, socket)
    style = files("amara.papers").joinpath("style.css").read_bytes()
    of_http, of_socket = msgspec.json.encode(openapi), msgspec.json.encode(socket)

    @get("/openapi.json", summary="HTTP, described")
    async def openapi_json(request: Asked) -> Response[bytes]:
        return _kept(request, of_http, "application/json", everybody=True)

    @get("/asyncapi.json", summary="The socket, described")
    async def asyncapi_json(request: Asked) -> Response[bytes]:
        return _kept(request, of_socket, "application/json", everybody=True)

    @get("/docs", summary="These documents, for people")
    async def docs(request: Asked) -> Response[bytes]:
        return _kept(request, shown, "text/html")

    @get("/docs/style.css", summary="How that page looks")
    async def docs_style(request: Asked) -> Response[bytes]:
        return _kept(request, style, "text/css")

    return [openapi_json, asyncapi_json, docs, docs_style]


def _kept(request: Asked, content: bytes, media_type: str, *, everybody: bool = False) -> Response[bytes]:
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {
        "etag": etag,
        "cache-control": "no-cache",
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    if everybody:  # a tool on any page may read what is public anyway
        headers["access-control-allow-origin"] = "*"
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)
