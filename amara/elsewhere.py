"""Pages of other sites: those whose origin may open a socket may ask by HTTP as well, and read what they are answered.

No answer allows credentials, so a browser sends no cookie along; who is asking says the token alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ASKED = ("/v1/amara/", "/v1/agui", "/v1/auth/", "/v1/guest/", "/v1/bookings", "/v1/demo/")
_SENT = b"authorization, content-type, idempotency-key, last-event-id, x-guest-session, x-request-id"
_MAY = [
    (b"access-control-allow-methods", b"GET, POST, PATCH, DELETE"),
    (b"access-control-allow-headers", _SENT),
    (b"access-control-max-age", b"7200"),
    (b"content-length", b"0"),
]


def open_to(origins: Callable[[], frozenset[str]]) -> Callable[[Any], Any]:
    """What makes an application answer pages of these origins.

    Args:
        origins: asked each time, because the port of our own may only be known once bound.
    """

    def wrap(app: Any) -> Any:
        async def answer(scope: Any, receive: Any, send: Any) -> None:
            origin = _origin(scope)
            if origin is None or origin.decode("latin-1") not in origins():
                await app(scope, receive, send)
                return
            allowed = [
                (b"access-control-allow-origin", origin),
                (b"access-control-expose-headers", b"content-disposition, date, retry-after, x-request-id"),
                (b"vary", b"origin"),
            ]

            async def told(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", ()), *allowed]
                await send(message)

            if scope["method"] == "OPTIONS":
                await told({"type": "http.response.start", "status": 204, "headers": _MAY})
                await send({"type": "http.response.body", "body": b""})
            else:
                await app(scope, receive, told)

        return answer

    return wrap


def _origin(scope: Any) -> bytes | None:
    """The other site's origin, where it asks one of our routes; a request that names two is nobody's."""
    if scope["type"] != "http" or not scope["path"].startswith(ASKED):
        return None
    named = [value for name, value in scope["headers"] if name == b"origin"]
    return named[0] if len(named) == 1 else None
