"""Conversations, their messages, and the people in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from amara.db import Connection

Json = dict[str, Any]
Row = asyncpg.Record


async def conversation_by_id(db: Connection, conversation_id: UUID) -> Row | None:
    """The caller's conversation of this id."""
    return await db.fetchrow(
        "select id, user_id, locale, title, thread_key, is_active, epoch, last_message_at, created_at"
        " from public.amara_conversations where id = $1",
        conversation_id,
    )


async def conversation_by_thread(db: Connection, user_id: UUID, thread_key: str) -> Row | None:
    """The caller's conversation that was opened under this thread name."""
    return await db.fetchrow(
        "select id, user_id, locale, title, thread_key, is_active, epoch, last_message_at, created_at"
        " from public.amara_conversations where user_id = $1 and thread_key = $2",
        user_id,
        thread_key,
    )


async def add_conversation(db: Connection, user_id: UUID, *, conversation_id: UUID, locale: str) -> bool:
    """Opens a conversation as its owner. False: the id is taken, by whomever."""
    status = await db.execute(
        "insert into public.amara_conversations (id, user_id, locale) values ($1, $2, $3) on conflict do nothing",
        conversation_id,
        user_id,
        locale,
    )
    return status == "INSERT 0 1"


async def name_conversation(db: Connection, conversation_id: UUID, *, thread_key: str | None, title: str) -> None:
    """*Service.* What the client calls it, and what people read in a list."""
    await db.execute(
        "update public.amara_conversations set thread_key = $2, title = $3 where id = $1",
        conversation_id,
        thread_key,
        title,
    )


async def first_said(db: Connection, conversation_id: UUID) -> str | None:
    """*Service.* What the person began with."""
    said: str | None = await db.fetchval(
        "select content from public.amara_messages where conversation_id = $1 and role = 'user' order by sequence"
        " limit 1",
        conversation_id,
    )
    return said


async def rename_conversation(db: Connection, conversation_id: UUID, *, title: str, instead_of: str) -> bool:
    """*Service.* Another name in place of this one. False: it has another by now, and keeps it."""
    status = await db.execute(
        "update public.amara_conversations set title = $2 where id = $1 and title = $3",
        conversation_id,
        title,
        instead_of,
    )
    return status == "UPDATE 1"


async def lock_conversation(db: Connection, conversation_id: UUID) -> bool:
    """Waits for the conversation's row (rule 15: insert and settle take turns). False: it is not there."""
    return (
        await db.fetchval("select 1 from public.amara_conversations where id = $1 for no key update", conversation_id)
        is not None
    )


async def open_word(db: Connection, conversation_id: UUID, user_id: UUID, *, run_key: str, client_id: str) -> Row:
    """Waits for the caller's conversation as `lock_conversation` does, and tells what of a frame is known by then:
    `is_there`, `run_id`, `run_conversation_id`, `run_key` and `run_status` of its run (where that became part of
    another, of that one), `message_id` and `message_content` of its message.
    """
    row: Row | None = await db.fetchrow(
        "select * from amara_api.open_word($1, $2, $3, $4)", conversation_id, user_id, run_key, client_id
    )
    assert row is not None  # it always answers one
    return row


async def hold_owner(db: Connection, conversation_id: UUID) -> UUID | None:
    """Whose it is, and stays until the transaction ends: a conversion waits. None: it is not there for who asks."""
    owner: UUID | None = await db.fetchval(
        "select user_id from public.amara_conversations where id = $1 for share", conversation_id
    )
    return owner


async def touch_conversation(db: Connection, conversation_id: UUID) -> None:
    """Something was said now."""
    await db.execute(
        "update public.amara_conversations set last_message_at = clock_timestamp(), is_active = true where id = $1",
        conversation_id,
    )


async def change_conversation(
    db: Connection, conversation_id: UUID, user_id: UUID, *, names: bool, title: str | None, is_active: bool | None
) -> Row | None:
    """*Service.* What this person changed in their conversation: the title where they name it, and whether it is put
    away; none where it is not theirs. `is_renamed` says whether it has another title than before.
    """
    return await db.fetchrow(
        "update public.amara_conversations c set title = case when $3 then $4 else c.title end,"
        " is_active = coalesce($5, c.is_active)"
        " from (select id, title from public.amara_conversations where id = $1 and user_id = $2 for update) was"
        " where c.id = was.id"
        " returning c.id, c.user_id, c.locale, c.title, c.thread_key, c.is_active, c.epoch, c.last_message_at,"
        " c.created_at, c.title is distinct from was.title as is_renamed",
        conversation_id,
        user_id,
        names,
        title,
        is_active,
    )


async def delete_conversation(db: Connection, conversation_id: UUID) -> bool:
    """Deletes the caller's conversation and all that hangs on it. False: it is not there for them."""
    return await db.execute("delete from public.amara_conversations where id = $1", conversation_id) == "DELETE 1"


async def conversations(
    db: Connection, user_id: UUID, *, limit: int, before: tuple[datetime, UUID] | None
) -> list[Row]:
    """The owner's conversations, newest first, after the keyset (last_message_at, id)."""
    moment, last_id = before or (None, None)
    return await db.fetch(
        "select id, locale, title, thread_key, is_active, last_message_at, created_at from public.amara_conversations"
        " where user_id = $1 and ($2::timestamptz is null or (last_message_at, id) < ($2, $3))"
        " order by last_message_at desc, id desc limit $4",
        user_id,
        moment,
        last_id,
        limit,
    )


async def message_by_client_id(db: Connection, conversation_id: UUID, client_id: str) -> Row | None:
    """The message that carries this client id."""
    return await db.fetchrow(
        "select id, content, sequence from public.amara_messages"
        " where conversation_id = $1 and metadata ? 'client_message_id' and metadata->>'client_message_id' = $2",
        conversation_id,
        client_id,
    )


async def add_user_message(db: Connection, conversation_id: UUID, text: str, metadata: Json) -> UUID:
    """What a person said, as that person; and their conversation is one in which something was said now."""
    message_id: UUID = await db.fetchval(
        "with said as (insert into public.amara_messages (conversation_id, role, content, metadata)"
        " values ($1, 'user', $2, $3) returning id),"
        " touched as (update public.amara_conversations set last_message_at = clock_timestamp(), is_active = true"
        " where id = $1) select id from said",
        conversation_id,
        text,
        metadata,
    )
    return message_id


async def reserve_sequence(db: Connection) -> int:
    """*Service.* The next place in the order of messages, taken when an answer starts."""
    sequence: int = await db.fetchval(
        "select nextval(pg_get_serial_sequence('public.amara_messages', 'sequence')::regclass)"
    )
    return sequence


async def add_reply(
    db: Connection,
    message_id: UUID,
    conversation_id: UUID,
    *,
    sequence: int,
    content: str,
    tool_calls: Sequence[Json] | None,
    metadata: Json,
    begins: UUID | None = None,
) -> None:
    """*Service.* What Amara said: one row a round, its tool calls beside it.

    Args: begins is the run whose tools these calls are about to be; none where nothing more comes of them.
    """
    said = (
        "insert into public.amara_messages (id, conversation_id, role, content, tool_calls, metadata, sequence)"
        " values ($1, $2, 'assistant', $3, $4, $5, $6)"
    )
    row = (message_id, conversation_id, content, list(tool_calls) if tool_calls else None, metadata, sequence)
    if begins is None:
        await db.execute(said, *row)
    else:
        await db.execute(
            f"with said as ({said} returning id)"  # noqa: S608 - the words above
            " insert into public.amara_tool_runs (run_id, conversation_id, message_id, call_id, tool, state, input)"
            " select $7, $2, said.id, c.id, c.name, 'started', c.input"
            " from said, jsonb_to_recordset($4) as c (id text, name text, input jsonb)",
            *row,
            begins,
        )


async def record_result(db: Connection, message_id: UUID, tool_calls: Sequence[Json]) -> None:
    """*Service.* A tool's result stands beside its call."""
    await db.execute("update public.amara_messages set tool_calls = $2 where id = $1", message_id, list(tool_calls))


async def calls_of_message(db: Connection, message_id: UUID) -> list[Json]:
    """*Service.* The tool calls that stand in a message."""
    calls: list[Json] | None = await db.fetchval(
        "select tool_calls from public.amara_messages where id = $1", message_id
    )
    return calls or []


async def record_feedback(db: Connection, message_id: UUID, user_id: UUID, feedback: Json) -> bool:
    """*Service.* What the conversation's owner thinks of an answer; the last word stands. False: no answer of theirs.

    The service writes it for them: whoever edits a row of the assistant makes it a person's.
    """
    status = await db.execute(
        "update public.amara_messages m set metadata = coalesce(m.metadata, '{}') || jsonb_build_object('feedback',"
        " $3::jsonb) from public.amara_conversations c where m.id = $1 and m.role = 'assistant'"
        " and c.id = m.conversation_id and c.user_id = $2 and jsonb_typeof(coalesce(m.metadata, '{}')) = 'object'",
        message_id,
        user_id,
        feedback,
    )
    return status == "UPDATE 1"


async def messages(
    db: Connection, conversation_id: UUID, *, limit: int, before: int | None = None, since: int = 0
) -> list[Row]:
    """The newest messages of a conversation, newest first, between these places; without what was taken back."""
    return await db.fetch(
        "select id, conversation_id, role, content, tool_calls, metadata, sequence, created_at"
        " from public.amara_messages where conversation_id = $1 and ($2::bigint is null or sequence < $2)"
        " and sequence >= $4 and (metadata->>'status') is distinct from 'superseded' order by sequence desc limit $3",
        conversation_id,
        before,
        limit,
        since,
    )


async def speaking(db: Connection, conversation_id: UUID, *, since: int, limit: int) -> set[UUID]:
    """*Service.* Of the newest messages from this place on, the assistant's that stand as the service recorded them,
    for a run of this conversation.
    """
    rows = await db.fetch(
        "select s.id from amara_private.speaking($1, $2, $3) as s (id)",
        conversation_id,
        since,
        limit,
    )
    return {row["id"] for row in rows}


async def add_visitor(db: Connection, user_id: UUID) -> None:
    """*Service.* An anonymous principal, on plain PostgreSQL."""
    await db.execute("insert into auth.users (id, is_anonymous) values ($1, true)", user_id)


async def person(db: Connection, user_id: UUID) -> Row | None:
    """The caller's own profile."""
    return await db.fetchrow(
        "select full_name, city, locale, time_zone, role::text as role from public.profiles where id = $1", user_id
    )
