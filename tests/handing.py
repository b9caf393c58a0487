"""A conversation handed to a person over HTTP, and what is heard of it."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.rig import Chat, Service

Json = dict[str, Any]


async def ask(service: Service, token: str, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as client,
        client.request(method, f"{service.url}{path}", json=body, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


async def deed(service: Service, token: str, thread_id: str, what: str, **body: Any) -> tuple[int, Json]:
    return await ask(service, token, "POST", f"/v1/amara/conversations/{thread_id}/{what}", body)


def asides(heard: list[Json]) -> list[tuple[str, Json]]:
    return [(frame["name"], frame["value"]) for frame in heard if frame.get("type") == "event"]


def states(heard: list[Json]) -> list[tuple[str, str | None]]:
    return [(value["state"], (value["author"] or {}).get("name")) for name, value in asides(heard) if name == "handoff"]


async def handed(service: Service, token: str, chat: Chat) -> None:
    """By the button, until Amara has said so."""
    assert (await deed(service, token, chat.thread_id, "handoff"))[0] == 200
    await chat.hear_until("RUN_FINISHED")
