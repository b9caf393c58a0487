"""The guest's door over HTTP, and what stands in the database behind it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

GOOD = {
    "email": "Maria@EXAMPLE.com",
    "full_name": "María González",
    "phone": "300 123 4567",
    "consent": {"version": "1", "accepted": True},
}


async def opened(door, **changes):
    async with door.post("/v1/guest/sessions", json=GOOD | changes) as answer:
        assert answer.status == 201, await answer.text()
        return await answer.json()


async def refusal(door, **changes):
    body = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    async with door.post("/v1/guest/sessions", json=body) as answer:
        said = await answer.json()
        assert answer.content_type == "application/problem+json"
        return answer.status, said["code"]


async def seen(door, token):
    headers = {} if token is None else {"X-Guest-Session": token}
    async with door.get("/v1/guest/session", headers=headers) as answer:
        return answer.status, await answer.read()


async def test_a_guest_gets_a_session_for_a_day(door, clock):
    session = await opened(door)
    assert set(session) == {"id", "session_token", "email", "full_name", "phone", "expires_at", "created_at", "hints"}
    assert UUID(session["id"])
    assert (session["email"], session["full_name"]) == ("Maria@example.com", "María González")
    assert session["phone"] == "+573001234567"
    created_at, expires_at = (datetime.fromisoformat(session[name]) for name in ("created_at", "expires_at"))
    assert created_at == clock()
    assert created_at.utcoffset() == timedelta()
    assert expires_at - created_at == timedelta(hours=24)


async def test_a_phone_may_be_left_out(door):
    assert (await opened(door, phone=None))["phone"] is None


async def test_no_answer_with_a_guest_in_it_is_cached(door):
    async with door.post("/v1/guest/sessions", json=GOOD) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        token = (await answer.json())["session_token"]
    async with door.get("/v1/guest/session", headers={"X-Guest-Session": token}) as answer:
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_token_opens_its_session_without_telling_the_token_again(door):
    session = await opened(door)
    token, hints = session.pop("session_token"), session.pop("hints")
    assert hints == {}
    async with door.get("/v1/guest/session", headers={"X-Guest-Session": token}) as answer:
        assert answer.status == 200
        assert await answer.json() == session


async def test_a_token_opens_no_session_but_its_own(door):
    one, other = await opened(door), await opened(door, email="pedro@example.com")
    assert one["session_token"] != other["session_token"]
    async with door.get("/v1/guest/session", headers={"X-Guest-Session": other["session_token"]}) as answer:
        assert (await answer.json())["email"] == "pedro@example.com"


async def test_wrong_unknown_expired_and_missing_tokens_are_answered_alike(door, clock, owner):
    token = (await opened(door))["session_token"]
    at_rest = await owner.fetchval("select session_token from public.guest_sessions")
    unknown = [token[:-1], token + "A", token.swapcase(), "A" * 43, "x", "x" * 5000, "ñ", "", at_rest, None]
    answers = [await seen(door, each) for each in unknown]
    clock.move(timedelta(hours=24))
    answers.append(await seen(door, token))
    assert {status for status, _ in answers} == {404}
    assert len({body for _, body in answers}) == 1


async def test_a_session_lasts_until_its_last_second(door, clock):
    token = (await opened(door))["session_token"]
    clock.move(timedelta(hours=24, seconds=-1))
    assert (await seen(door, token))[0] == 200


@pytest.mark.parametrize("place", ["/v1/guest/session?session_token={}", "/v1/guest/session/{}"])
async def test_a_token_in_the_address_opens_nothing(door, place):
    token = (await opened(door))["session_token"]
    async with door.get(place.format(token)) as answer:
        assert answer.status == 404


async def test_the_token_stands_in_clear_nowhere(door, owner):
    token = (await opened(door))["session_token"]
    columns = await owner.fetch(
        """
        select quote_ident(table_schema) || '.' || quote_ident(table_name) as place, quote_ident(column_name) as name
        from information_schema.columns join information_schema.tables using (table_schema, table_name)
        where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
          and data_type in ('text', 'character varying', 'jsonb', 'json', 'ARRAY', 'bytea')
        """
    )
    assert {"public.guest_sessions", "public.platform_events"} <= {row["place"] for row in columns}
    for row in columns:
        found = f"select count(*) from {row['place']} where position($1 in {row['name']}::text) > 0"
        assert await owner.fetchval(found, token) == 0, row["place"]
        assert await owner.fetchval(found, token.encode().hex()) == 0, row["place"]
    at_rest = await owner.fetchval("select session_token from public.guest_sessions")
    assert at_rest == hashlib.sha256(token.encode()).hexdigest()


async def test_consent_is_kept_with_its_version_and_time(door, clock, owner):
    await opened(door, consent={"version": 1, "accepted": True}, analytics_session_id="visit-7")
    metadata = await owner.fetchval("select metadata from public.guest_sessions")
    accepted_at = datetime.fromisoformat(metadata["consent"].pop("accepted_at"))
    assert accepted_at == clock().astimezone(UTC)
    assert metadata == {"consent": {"version": "1"}, "analytics_session_id": "visit-7"}


@pytest.mark.parametrize(
    "consent",
    [..., None, {}, {"version": "1"}, {"accepted": True}, {"version": "1", "accepted": False}],
    ids=str,
)
async def test_without_consent_nothing_of_a_person_is_kept(door, owner, consent):
    assert await refusal(door, consent=consent, email="not even looked at") == (422, "consent_missing")
    assert await owner.fetchval("select count(*) from public.guest_sessions") == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": "maria@"}, (422, "email_invalid")),
        ({"email": "a" * 308 + "@example.com"}, (422, "email_invalid")),
        ({"phone": "123"}, (422, "phone_invalid")),
        ({"full_name": "   "}, (422, "name_invalid")),
        ({"full_name": "María\u0000"}, (422, "name_invalid")),
        ({"analytics_session_id": "x" * 201}, (422, "text_refused")),
        ({"analytics_session_id": "\u0000"}, (422, "text_refused")),
        ({"consent": {"version": "2", "accepted": True}}, (422, "consent_outdated")),
        ({"consent": {"version": "1\u0000", "accepted": True}}, (422, "text_refused")),
        ({"consent": {"version": "1", "accepted": "yes"}}, (400, "bad_request")),
        ({"email": ...}, (400, "bad_request")),
        ({"full_name": ...}, (400, "bad_request")),
        ({"phone": 3001234567}, (400, "bad_request")),
        ({"full_name": "x" * 20_000}, (413, "too_large")),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_field_that_cannot_be_used_has_its_own_answer(door, owner, changes, expected):
    assert await refusal(door, **changes) == expected
    assert await owner.fetchval("select count(*) from public.guest_sessions") == 0


async def test_a_body_without_a_length_is_limited_too(door):
    async def pieces():
        for _ in range(20):
            yield b"x" * 1024

    async with door.post("/v1/guest/sessions", data=pieces()) as answer:
        assert (answer.status, (await answer.json())["code"]) == (413, "too_large")


async def test_what_was_sent_is_not_told_back_in_an_error(door):
    async with door.post("/v1/guest/sessions", json=GOOD | {"email": "canary-7291@"}) as answer:
        assert "canary" not in await answer.text()
