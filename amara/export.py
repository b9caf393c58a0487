"""All of a conversation as one JSON file, written page by page: however long it is, a page is all that is held."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import asyncpg
import msgspec

from amara.auth import Caller
from amara.db import Connection
from amara.house import House
from amara.store import export

PAGE = 200  # rows of one transaction

Json = dict[str, Any]
Read = Callable[[Connection, asyncpg.Record | None], Awaitable[list[asyncpg.Record]]]


async def parts(house: House, caller: Caller, conversation: Json) -> AsyncIterator[bytes]:
    """The file `{exported_at, conversation, drafts, runs, messages}`, each list oldest first; of messages those that
    were there when it began. A file that was cut short is no JSON.

    Args:
        house: where it is read.
        caller: whose it is.
        conversation: as it is shown elsewhere.
    """
    conversation_id = conversation["id"]
    async with house.database.transaction(caller) as db:
        until = await export.last_sequence(db, conversation_id)
    lists: dict[str, Read] = {
        "drafts": lambda db, after: export.drafts(db, conversation_id, after, limit=PAGE),
        "runs": lambda db, after: export.runs(db, conversation_id, after, limit=PAGE),
        "messages": lambda db, after: export.messages(db, conversation_id, after, until=until, limit=PAGE),
    }
    yield msgspec.json.encode({"exported_at": house.now(), "conversation": conversation})[:-1]
    for name, read in lists.items():
        yield f',"{name}":['.encode()
        async for part in _rows(partial(_page, house, caller, read)):
            yield part
        yield b"]"
    yield b"}"


async def _page(house: House, caller: Caller, read: Read, after: asyncpg.Record | None) -> list[asyncpg.Record]:
    async with house.database.transaction(caller) as db:
        return await read(db, after)


async def _rows(page: Callable[[asyncpg.Record | None], Awaitable[list[asyncpg.Record]]]) -> AsyncIterator[bytes]:
    rows = await page(None)
    comma = b""
    while rows:
        for row in rows:
            yield comma + msgspec.json.encode(dict(row))
            comma = b","
        rows = await page(rows[-1]) if len(rows) == PAGE else []
