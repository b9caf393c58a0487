"""What must hold of every run a client heard, of every request the model got, and of every record behind them."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

from tests.rig import Chat, Service

Json = dict[str, Any]
TERMINALS = {"RUN_FINISHED", "RUN_ERROR"}


def check_run(events: list[Json]) -> None:
    """One run as AG-UI has it: begun once, ended once, nothing left open, every call answered.

    Source: the AG-UI protocol, "Events"; its clients throw on each of these.
    """
    kinds = [event["type"] for event in events]
    assert kinds[0] == "RUN_STARTED"
    assert kinds[-1] in TERMINALS
    assert not (TERMINALS | {"RUN_STARTED"}) & set(kinds[1:-1])
    texts: dict[str, bool] = {}
    calls: dict[str, bool] = {}
    unanswered: set[str] = set()
    for event in events[1:-1]:
        match event["type"]:
            case "TEXT_MESSAGE_START":
                assert event["messageId"] not in texts
                texts[event["messageId"]] = True
            case "TEXT_MESSAGE_CONTENT":
                assert texts[event["messageId"]]
                assert event["delta"]
            case "TEXT_MESSAGE_END":
                assert texts[event["messageId"]]
                texts[event["messageId"]] = False
            case "TOOL_CALL_START":
                assert event["toolCallId"] not in calls
                calls[event["toolCallId"]] = True
                unanswered.add(event["toolCallId"])
            case "TOOL_CALL_ARGS":
                assert calls[event["toolCallId"]]
            case "TOOL_CALL_END":
                assert calls[event["toolCallId"]]
                calls[event["toolCallId"]] = False
            case "TOOL_CALL_RESULT":
                assert not calls[event["toolCallId"]]
                unanswered.remove(event["toolCallId"])
                json.loads(event["content"])
            case kind:
                assert kind == "MESSAGES_SNAPSHOT"
    assert not any(texts.values())
    assert not any(calls.values())
    assert not unanswered


def last_run(chat: Chat) -> list[Json]:
    """The events this client heard since the latest RUN_STARTED."""
    heard = [frame["chunk"] for frame in chat.frames if "chunk" in frame]
    starts = [number for number, event in enumerate(heard) if event["type"] == "RUN_STARTED"]
    return heard[starts[-1] :]


async def record(owner: Any, thread_id: str) -> list[tuple[str, str, str | None]]:
    """(role, content, status) of every message, in order."""
    rows = await owner.fetch(
        "select role, content, metadata->>'status' as status from public.amara_messages"
        " where conversation_id = $1 order by sequence",
        UUID(thread_id),
    )
    return [tuple(row) for row in rows]


async def runs(owner: Any, thread_id: str) -> list[tuple[str, str | None]]:
    """(status, error_code) of every run, in order."""
    rows = await owner.fetch(
        "select status, error_code from public.amara_runs where conversation_id = $1 order by started_at",
        UUID(thread_id),
    )
    return [tuple(row) for row in rows]


async def kept(owner: Any, thread_id: str) -> list[Json]:
    """The frames of the conversation's log, in order; what happened beside its answers left out."""
    return [frame for frame in await logged(owner, thread_id) if "chunk" in frame]


async def logged(owner: Any, thread_id: str) -> list[Json]:
    """All of the conversation's log, in order."""
    rows = await owner.fetch(
        "select frames from public.amara_run_events where conversation_id = $1 order by epoch, seq_from",
        UUID(thread_id),
    )
    return [json.loads(line) for row in rows for line in row["frames"].split("\n")]


async def at_rest(service: Service) -> None:
    """No answer is being written any more, and no connection is lent."""
    its = service.door.house
    while its.runs._live:  # the end of one may be the beginning of the next
        await asyncio.gather(*(run.task for run in its.runs._live.values() if run.task is not None))
    async with asyncio.timeout(5):  # a look after what other processes do may be under way
        while its.database._pool.get_idle_size() != its.database._pool.get_size():  # noqa: ASYNC110 - a pool has no event for it
            await asyncio.sleep(0)
