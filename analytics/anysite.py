"""Capture is for pages of any site: they may send without being asked, and without anything that says who they are.

No answer allows credentials, so a browser sends no cookie along that we would read, and none is read. The permission is
cached for a day, so that a page asks for it once.
"""

from __future__ import annotations

from typing import Any

_ANY = (b"access-control-allow-origin", b"*")
ANSWERED = [_ANY, (b"access-control-expose-headers", b"retry-after")]
PERMISSION = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, content-encoding, x-retry-count",
    "access-control-max-age": "86400",
}


def open_to_any_site(app: Any) -> Any:
    """The same application, whose answers and refusals every page may read."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *ANSWERED]
            await send(message)

        await app(scope, receive, told)

    return answer
