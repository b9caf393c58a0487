"""A guest is known by a token and nothing else, and the token is known by its hash."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.builders import a_booking, a_person
from tests.conftest import connect
from tests.walls.browser import (
    DENIED,
    OPEN_SESSION,
    OTHER_TOKEN,
    TOKEN,
    UNCHECKED,
    browser,
    is_refused,
    open_session,
)

COUNT = "select count(*) from public.guest_sessions"


def at_rest(token):
    return hashlib.sha256(token.encode()).hexdigest()


async def test_whoever_opens_a_session_gets_its_row_back_with_the_hash_of_the_token(owner):
    async with browser(owner) as db:
        row = await db.fetchrow(OPEN_SESSION, TOKEN, "maria@example.com")
    assert (row["session_token"], row["email"], row["user_id"]) == (at_rest(TOKEN), "maria@example.com", None)
    assert (row["expires_at"] - row["created_at"]).total_seconds() == 24 * 3600


async def test_two_sessions_of_one_statement_come_back_each_by_its_own_token(owner):
    two = (
        "insert into public.guest_sessions (session_token, email, full_name)"
        " values ($1, 'a@example.com', 'A'), ($2, 'b@example.com', 'B') returning session_token"
    )
    async with browser(owner) as db:
        assert [row[0] for row in await db.fetch(two, TOKEN, OTHER_TOKEN)] == [at_rest(TOKEN), at_rest(OTHER_TOKEN)]


async def test_another_request_of_the_very_same_moment_reads_nothing(owner, urls):
    """The instant of a transaction is no secret: two may share it."""
    await open_session(owner)
    other = await connect(urls.owner_url)
    async with browser(other) as db:
        await owner.execute("update public.guest_sessions set created_at = $1", await db.fetchval("select now()"))
        assert await db.fetchval(COUNT) == 0
    await other.close()


@pytest.mark.parametrize(
    ("token", "seen"),
    [(None, 0), ("", 0), ("wrong", 0), (OTHER_TOKEN, 0), (TOKEN.upper(), 0), (at_rest(TOKEN), 0), (TOKEN, 1)],
)
async def test_only_the_token_reads_its_session(owner, token, seen):
    await open_session(owner)
    async with browser(owner, token=token) as db:
        assert await db.fetchval(COUNT) == seen
        assert await db.fetchval("select count(*) from public.guest_session_by_token($1)", token) == seen
    async with browser(owner) as db:
        await db.execute("select set_config('amara.guest_token', $1, true)", token)
        assert await db.fetchval(COUNT) == seen


async def test_an_account_reads_a_guests_session_no_more_than_anybody(owner):
    await open_session(owner)
    for role in ("customer", "professional", "admin"):
        async with browser(owner, await a_person(owner, role=role, email=f"{role}@example.com")) as db:
            assert await db.fetchval(COUNT) == 0


async def test_a_session_is_not_readable_once_it_is_over(owner):
    await open_session(owner)
    await owner.execute("update public.guest_sessions set expires_at = now() - interval '1 second'")
    async with browser(owner, token=TOKEN) as db:
        assert await db.fetchval(COUNT) == 0
        assert await db.fetch("select * from public.guest_session_by_token($1)", TOKEN) == []


async def test_a_proof_ends_with_its_transaction(owner):
    await open_session(owner)
    async with browser(owner) as db:
        await db.fetch("select * from public.guest_session_by_token($1)", TOKEN)
    async with browser(owner) as db:
        assert await db.fetchval(COUNT) == 0


@pytest.mark.parametrize(
    "token",
    [
        "",
        "short",
        "x" * 31,
        "x" * 513,
        "with a space in the middle of the token",
        "ñandú-ñandú-ñandú-ñandú-ñandú-ñ",
        TOKEN + "\n",
    ],
)
async def test_a_token_that_could_be_guessed_or_breaks_a_header_is_refused(owner, token):
    assert await is_refused(owner, OPEN_SESSION, token, "a@example.com") == UNCHECKED


async def test_a_hash_sent_as_a_token_is_hashed_like_any_other(owner):
    await open_session(owner)
    await open_session(owner, at_rest(TOKEN), "thief@example.com")
    async with browser(owner, token=at_rest(TOKEN)) as db:
        assert await db.fetchval("select email from public.guest_sessions") == "thief@example.com"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "gen_random_uuid()"),
        ("metadata", '\'{"converted_to_user_id": "x"}\''),
        ("expires_at", "'infinity'"),
        ("created_at", "'2020-01-01'"),
        ("user_id", "gen_random_uuid()"),
    ],
)
async def test_a_browser_says_who_the_guest_is_and_nothing_else(owner, column, value):
    insert = (
        f"insert into public.guest_sessions (session_token, email, full_name, {column})"
        f" values ('{TOKEN}', 'a@example.com', 'A', {value})"
    )
    assert await is_refused(owner, insert) == DENIED


@pytest.mark.parametrize(
    "statement", ["update public.guest_sessions set email = 'x'", "delete from public.guest_sessions"]
)
async def test_no_browser_changes_or_deletes_a_session_even_its_own(owner, statement):
    await open_session(owner)
    assert await is_refused(owner, statement, token=TOKEN) == DENIED


@pytest.mark.parametrize("column", ["email", "full_name", "phone"])
async def test_no_field_is_a_place_to_store_things(owner, column):
    values = {"email": "a@example.com", "full_name": "A", "phone": "1"} | {column: "x" * 321}
    insert = f"insert into public.guest_sessions (session_token, {', '.join(values)}) values ('{TOKEN}', $1, $2, $3)"
    assert await is_refused(owner, insert, *values.values()) == UNCHECKED


async def test_the_visitor_who_opens_a_session_is_known_as_its_opener_an_account_is_not(owner):
    visitor, customer = await a_person(owner, is_anonymous=True), await a_person(owner)
    await open_session(owner, TOKEN, user_id=visitor, is_anonymous=True)
    await open_session(owner, OTHER_TOKEN, user_id=customer)
    rows = await owner.fetch("select user_id from public.guest_sessions order by created_at")
    assert [row["user_id"] for row in rows] == [visitor, None]
    await owner.execute("delete from auth.users where id = $1", visitor)
    assert await owner.fetchval("select bool_and(user_id is null) from public.guest_sessions")


async def test_a_refused_token_is_not_told_back(owner):
    with pytest.raises(Exception, match="32 to 512") as refusal:
        await owner.execute(OPEN_SESSION, "canary with spaces, longer than 32 characters", "a@example.com")
    assert "canary" not in f"{refusal.value} {refusal.value.detail}"


async def test_a_row_written_back_whole_keeps_its_token(owner):
    session_id = await open_session(owner)
    async with browser(owner, role="service_role") as db:
        await db.execute(
            "update public.guest_sessions set phone = '1', session_token = session_token where id = $1", session_id
        )
    async with browser(owner, token=TOKEN) as db:
        assert await db.fetchval("select phone from public.guest_sessions") == "1"


async def test_a_clean_up_takes_what_is_over_and_nothing_that_somebody_still_needs(owner):
    """Over, over with a booking, over and converted, over with a claim, a claim grown old, not over."""
    account = await a_person(owner, confirmed=False)
    ids = [await owner.fetchval(OPEN_SESSION, f"{TOKEN}-{number}", "a@example.com") for number in range(6)]
    await owner.execute(
        "update public.guest_sessions set expires_at = $1 where id <> $2", datetime(2020, 1, 1, tzinfo=UTC), ids[5]
    )
    await a_booking(owner, guest_session_id=ids[1])
    await owner.execute(
        "update public.guest_sessions set metadata = jsonb_build_object('converted_to_user_id', $2::text)"
        " where id = $1",
        ids[2],
        str(uuid4()),
    )
    claim = "insert into amara_private.guest_claims values ($1, $2, now() - $3::text::interval)"
    await owner.execute(claim, ids[3], account, "29 days")
    await owner.execute(claim, ids[4], account, "31 days")
    for role in ("service_role", "amara_service"):
        async with browser(owner, role=role) as db:
            await db.execute("select public.cleanup_expired_guest_sessions()")
    assert {row["id"] for row in await owner.fetch("select id from public.guest_sessions")} == {*ids[1:4], ids[5]}
