"""The Segment door: an unmodified SDK needs our host and one of our write keys.

An SDK drops what is answered with 4xx for ever and sends again what is answered with 5xx, so a 4xx stands here only for
what would be refused again. In a batch, a bad message costs itself.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from analytics import bodies, capture, dialect, errors
from analytics.anysite import open_to_any_site
from analytics.doorway import Doorway
from analytics.shapes import Taken

ONE_CALL = [f"/{path}" for pair in dialect.CALLS.items() for path in pair]
BATCHES = [f"/{path}" for path in dialect.BATCHES]
_READABLE = frozenset({"application/json", "text/plain", "application/x-www-form-urlencoded", ""})


def routes(doorway: Doorway, capturing: Mapping[str, Any]) -> list[HTTPRouteHandler]:
    """The paths of Segment's HTTP API, and the settings its page's library asks for first.

    Args:
        doorway: Shared with our own door.
        capturing: What every handler that takes events says of itself.
    """
    told = {"status_code": 200, "responses": {200: ResponseSpec(Taken, description="What became of each")}, **capturing}

    @post(BATCHES, summary="Segment: many calls", **told)
    async def take_batch(request: Request[Any, Any, Any]) -> ASGIResponse:
        return await _taken(request, doorway, call=None)

    @post(ONE_CALL, summary="Segment: one call", **told)
    async def take_call(request: Request[Any, Any, Any]) -> ASGIResponse:
        path = request.url.path.rpartition("/")[2]
        return await _taken(request, doorway, call=dialect.CALLS.get(path, path))

    @get("/projects/{key:str}/settings", summary="Segment: settings of a page's library", middleware=[open_to_any_site])
    async def tell_settings(request: Request[Any, Any, Any], key: FromPath[str]) -> Response[dict[str, Any]]:
        if key not in doorway.settings.write_keys:
            raise errors.WriteKeyUnknown
        return Response(
            _page_settings(key, doorway.settings.public_url or str(request.base_url)),
            headers={"Cache-Control": "public, max-age=300", "Vary": "Host"},
        )

    return [take_batch, take_call, tell_settings]


async def _taken(request: Request[Any, Any, Any], doorway: Doorway, *, call: str | None) -> ASGIResponse:
    media_type, body = await doorway.body(request, _READABLE)
    if media_type == "application/x-www-form-urlencoded":
        body = bodies.unformed(body)
    sent = dialect.opened(capture.without_halves(body), is_batch=call is None)
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    write_key = _basic(credentials) if scheme.lower() == "basic" else None
    write_key = write_key or sent.write_key or ""
    if write_key not in doorway.settings.write_keys:
        raise errors.WriteKeyUnknown
    reader = dialect.Reader(write_key, call, sent.sent_at)
    # The key lets somebody send; who they are says a token, as everywhere.
    moment = await doorway.moment(request, reader.told, has_token=scheme.lower() == "bearer", sent_at=sent.sent_at)
    if len(sent.raws) > doorway.settings.segment_events:
        raise errors.TooLarge(f"A batch carries at most {doorway.settings.segment_events} messages.")
    receipt = await capture.capture(sent.raws, moment, doorway.buffer, is_alone=call is not None)
    taken = Taken(True, receipt.accepted, receipt.duplicates, receipt.rejected)
    return ASGIResponse(body=msgspec.json.encode(taken), status_code=200, media_type="application/json")


def _basic(credentials: str) -> str | None:
    """The user of Basic credentials: an SDK gives its key there, and no password. Source: RFC 7617."""
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _page_settings(key: str, address: str) -> dict[str, Any]:
    """What the library for pages loads before its first event: one destination, ourselves."""
    parts = urlsplit(address)
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": key,
                "apiHost": f"{parts.netloc}{unquote(parts.path).rstrip('/')}/v1",
                "protocol": parts.scheme,
                "unbundledIntegrations": [],
                "addBundledMetadata": True,
                "maybeBundledConfigIds": {},
                # Left alone it gives up after ten attempts.
                "httpConfig": {"backoffConfig": {"maxRetryCount": 100}, "rateLimitConfig": {"maxRetryCount": 100}},
            }
        },
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},  # it would tell its maker about its errors
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
