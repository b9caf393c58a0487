"""Every request has a number: in each line that is logged for it, in its answer, and in its trace."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from amara import traces

_NUMBER = re.compile(r"\A[A-Za-z0-9._-]{1,64}\Z")


def number_of(said: str) -> str:
    """What a request calls itself, where that is a number; else a new one."""
    return said if _NUMBER.match(said) else uuid4().hex[:16]


def numbered(app: ASGIApp) -> ASGIApp:
    """The application, with a number for what comes in; a caller's own `X-Request-Id` is kept where it is one."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        kind = str(scope["type"])
        if kind not in {"http", "websocket"}:
            await app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        number = number_of(headers.get("x-request-id", ""))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", number.encode())]
            await send(message)

        known: Any = scope
        template = str(known.get("path_template") or "")
        is_http = kind == "http"  # a socket lives long; its frames are spans, each by itself
        with bound_contextvars(request_id=number):
            traces.enter(headers)
            with traces.span("request", is_server=True, route=template) if is_http else nullcontext():
                await app(scope, receive, answer)

    return serve
