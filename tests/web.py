"""HTTP in tests: a client for a service or for a bare application, and the one shape of its problems."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp

from amara import server


@asynccontextmanager
async def browsing(url: str, token: str | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(url, headers=headers) as session:
        yield session


@asynccontextmanager
async def door(app: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """This application behind the real server class."""

    async def drain() -> None:
        pass

    listener = server.listen("127.0.0.1", 0)
    async with (
        server.running(app, listener, drain),
        browsing(f"http://127.0.0.1:{listener.getsockname()[1]}") as session,
    ):
        yield session


async def check_problem(answer: aiohttp.ClientResponse, status: int, code: str) -> dict[str, Any]:
    """The answer is a problem of this status and code; its body.

    Source: RFC 9457.
    """
    assert answer.status == status, await answer.text()
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = await answer.json(content_type=None)
    assert problem.keys() == {"type", "title", "status", "detail", "code", "instance"}
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"] == HTTPStatus(status).phrase
    assert problem["type"] == f"urn:amara:problem:{code}"
    assert problem["instance"] == answer.url.path
    assert problem["detail"]
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers
    return problem
