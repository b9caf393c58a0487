"""The record has the last word about who may be here."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from uuid import uuid4

import jwt
import pytest
from structlog.testing import capture_logs

from amara import errors
from amara.auth import Tokens
from amara.doorkeeper import FRESH_S, Doorkeeper
from amara.store import people
from tests.builders import a_person
from tests.rig import SECRET

NOW = 1_800_000_000


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def doorkeeper(db, clock):
    return Doorkeeper(Tokens(SECRET, clock=lambda: NOW), db, clock=clock)


def token(user_id, *, issued_at=NOW, **more) -> str:
    payload = {"sub": str(user_id), "role": "authenticated", "iat": issued_at, "exp": NOW + 60, **more}
    return jwt.encode({name: value for name, value in payload.items() if value is not ...}, SECRET, "HS256")


async def delete(owner, user_id) -> None:
    await owner.execute("delete from auth.users where id = $1", user_id)


async def sign_out(owner, user_id, at: float) -> None:
    await people.sign_out(owner, user_id, issued_before=datetime.fromtimestamp(at, UTC))


async def test_who_has_an_account_comes_in(doorkeeper, owner):
    laura = await a_person(owner)
    caller = await doorkeeper.admit(token(laura))
    assert (caller.user_id, json.loads(caller.claims)["sub"]) == (laura, str(laura))


async def test_who_was_deleted_does_not(doorkeeper, owner):
    laura = await a_person(owner)
    await delete(owner, laura)
    for user_id in (laura, uuid4()):
        with pytest.raises(errors.TokenInvalid):
            await doorkeeper.admit(token(user_id))


async def test_who_was_signed_out_needs_a_token_made_since(doorkeeper, owner):
    laura = await a_person(owner)
    await sign_out(owner, laura, NOW - 10.5)
    for issued_at in (NOW - 3600, NOW - 11, ...):
        with pytest.raises(errors.TokenInvalid):
            await doorkeeper.admit(token(laura, issued_at=issued_at))
    assert (await doorkeeper.admit(token(laura, issued_at=NOW - 10))).user_id == laura
    assert (await doorkeeper.admit(token(await a_person(owner), issued_at=NOW - 3600))).user_id != laura


async def test_a_sign_out_is_never_taken_back(doorkeeper, owner):
    laura = await a_person(owner)
    await sign_out(owner, laura, NOW - 10)
    await sign_out(owner, laura, NOW - 500)
    with pytest.raises(errors.TokenInvalid):
        await doorkeeper.admit(token(laura, issued_at=NOW - 400))


async def test_what_the_record_said_is_believed_for_twenty_five_seconds(doorkeeper, owner, clock):
    laura = await a_person(owner)
    await doorkeeper.admit(token(laura))
    await delete(owner, laura)
    clock.now = FRESH_S - 0.001
    await doorkeeper.admit(token(laura))
    clock.now = FRESH_S
    with pytest.raises(errors.TokenInvalid):
        await doorkeeper.admit(token(laura))


async def test_what_outlives_the_token_is_granted_by_the_record_of_now(doorkeeper, owner):
    laura = await a_person(owner)
    await doorkeeper.admit(token(laura))
    await sign_out(owner, laura, NOW + 1)
    await doorkeeper.admit(token(laura))
    with pytest.raises(errors.TokenInvalid):
        await doorkeeper.admit(token(laura), now=True)


async def test_a_token_for_another_than_expected_is_not_even_looked_up(doorkeeper, owner, db):
    laura = await doorkeeper.admit(token(await a_person(owner)))
    await db.close()
    with pytest.raises(errors.NotAllowed):
        await doorkeeper.admit(token(uuid4()), like=laura)


async def test_nobody_comes_in_while_the_record_is_away(doorkeeper, owner, db):
    laura = await a_person(owner)
    await db.close()
    with pytest.raises(errors.Unavailable):
        await doorkeeper.admit(token(laura))


async def test_the_leavers_are_those_who_were_deleted_or_signed_out(doorkeeper, owner):
    stays, deleted, signed_out = [await a_person(owner) for _ in range(3)]
    inside = [await doorkeeper.admit(token(user_id)) for user_id in (stays, deleted, signed_out)]
    assert await doorkeeper.leavers(inside) == set()
    await delete(owner, deleted)
    await sign_out(owner, signed_out, NOW + 1)
    assert {caller.user_id for caller in await doorkeeper.leavers(inside)} == {deleted, signed_out}
    back = await doorkeeper.tokens.caller(token(signed_out, issued_at=NOW + 2))
    assert await doorkeeper.leavers([back]) == set()
    assert await doorkeeper.leavers([]) == set()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "revoke usage on schema auth from amara_service",
        "revoke select on auth.users from amara_service",
        'drop policy "Amara service: select" on auth.users',
    ],
)
async def test_where_accounts_are_not_ours_to_read_nobody_looks_deleted(doorkeeper, owner, clock, elsewhere):
    laura, paula = await a_person(owner), await a_person(owner)
    await owner.execute(elsewhere)
    with capture_logs() as said:
        caller = await doorkeeper.admit(token(laura))
        clock.now = FRESH_S
        await doorkeeper.admit(token(uuid4()))
        assert await doorkeeper.leavers([caller]) == set()
    assert [line["event"] for line in said] == ["accounts_not_seen"]  # once
    await sign_out(owner, paula, NOW + 1)
    with pytest.raises(errors.TokenInvalid):
        await doorkeeper.admit(token(paula))


async def test_no_client_reads_who_was_signed_out(doorkeeper, owner, db):
    laura = await a_person(owner)
    await sign_out(owner, laura, NOW)
    for role in ("anon", "authenticated"):
        assert not await owner.fetchval(
            "select has_table_privilege($1, 'amara_private.revocations', 'select, insert, update, delete')", role
        )
    held = "select has_table_privilege('amara_service', 'amara_private.revocations', $1)"
    assert [await owner.fetchval(held, verb) for verb in ("select", "insert", "update", "delete")] == [
        True,
        False,
        False,
        False,
    ]


async def test_who_was_seen_once_is_known_again_until_they_leave(doorkeeper, owner):
    laura = await a_person(owner)
    assert (await doorkeeper.again(laura, NOW)).user_id == laura
    await sign_out(owner, laura, NOW)
    assert await doorkeeper.again(laura, NOW) is None  # the record is asked each time
    assert await doorkeeper.again(laura, None) is None
    assert await doorkeeper.again(laura, NOW + 1) is not None
    await delete(owner, laura)
    assert await doorkeeper.again(laura, NOW + 1) is None


async def test_of_many_who_come_at_once_the_record_is_asked_twice_and_says_of_each_what_is_true(
    doorkeeper, owner, monkeypatch
):
    people_here = [await a_person(owner) for _ in range(30)]
    await delete(owner, people_here[7])
    asked, standing = [], people.standing

    async def counted(db, user_ids, **more):
        asked.append(len(user_ids))
        return await standing(db, user_ids, **more)

    monkeypatch.setattr(people, "standing", counted)
    came = await asyncio.gather(*(doorkeeper.admit(token(one)) for one in people_here), return_exceptions=True)
    assert [number for number, each in enumerate(came) if isinstance(each, errors.TokenInvalid)] == [7]
    assert [each.user_id for each in came if not isinstance(each, Exception)] == people_here[:7] + people_here[8:]
    assert sum(asked) == 30
    assert len(asked) <= 2


async def test_who_leaves_while_the_record_is_asked_takes_the_answer_from_nobody_else(doorkeeper, owner):
    laura, ana = await a_person(owner), await a_person(owner)
    leaving = asyncio.create_task(doorkeeper.admit(token(laura)))
    staying = asyncio.create_task(doorkeeper.admit(token(ana)))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).user_id == ana
