"""A guest becomes an account by HTTP: three proofs together, in one transaction, once; and one answer to all else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from amara import auth, booking
from tests.builders import a_conversation, a_person
from tests.guest.serving import Tokens
from tests.guest.shopping import MAIL, Guest, a_guest, a_helper
from tests.guest.test_guest_checkout import a_draft, a_visitor

BEARERS = Tokens()
NOTHING = {"bookings": 0, "conversations": 0, "drafts": 0}


@pytest.fixture
async def ana(owner, clock):
    return await a_helper(owner, clock())


@pytest.fixture
async def maria(door):
    return await a_guest(door)


@pytest.fixture
async def account(owner):
    return await a_person(owner, email="Maria@Example.com")


async def holder(owner):
    return await owner.fetchval("select customer_id from public.bookings")


async def test_bookings_conversations_drafts_and_visits_move_in_one_go(owner, db, door, clock, ana, account):
    visitor, guest = await a_visitor(owner, door)
    talk = await a_conversation(owner, user_id=visitor)
    booked = await guest.booked({"draft_id": str((await a_draft(db, clock, visitor, ana)).id)})
    direct = await guest.booked(ana.visit(1))
    draft = await a_draft(db, clock, visitor, ana, 2)
    bearer = BEARERS.bearer(account)
    moved = {"status": "claimed", "bookings": 2, "conversations": 1, "drafts": 1}
    assert await guest.convert(bearer) == (200, moved)
    assert await guest.convert(bearer) == (200, moved)
    assert {str(row["id"]) for row in await owner.fetch("select id from bookings where customer_id = $1", account)} == {
        booked["id"],
        direct["id"],
    }
    assert await owner.fetchval("select user_id from amara_conversations where id = $1", talk) == account
    assert await owner.fetchval("select user_id from amara_booking_drafts where id = $1", draft.id) == account
    known = dict(await owner.fetch("select alias, user_id from platform_identities"))
    assert known == {"s:visit-7": visitor, f"u:{visitor}": account}  # the visit was the visitor's, who is the account
    async with db.transaction(auth.person(account, is_anonymous=False)) as connection:
        caller = auth.person(account, is_anonymous=False)
        done = await booking.confirm(connection, caller, draft.id, draft.version, now=clock())
    assert done.booking["customer_id"] == account


async def test_nobody_has_the_rights_of_both(owner, door, ana, account):
    visitor, guest = await a_visitor(owner, door)
    booked = await guest.booked(ana.visit())
    await guest.convert(BEARERS.bearer(account))
    for deed in (
        ("GET", "/session", None),
        ("GET", "/bookings", None),
        ("GET", f"/bookings/{booked['id']}", None),
        ("POST", f"/bookings/{booked['id']}/cancel", {"confirm": True}),
        ("POST", "/bookings", ana.visit(1)),
    ):
        status, said = await guest.ask(*deed)
        assert (status, said["detail"]) == (404, "There is no such guest session.")
    signed_out = await owner.fetchval("select issued_before from amara_private.revocations where user_id = $1", visitor)
    assert signed_out is not None


async def test_a_second_session_of_the_same_visitor_does_not_see_what_the_account_has(
    owner, db, door, clock, ana, account
):
    visitor, first = await a_visitor(owner, door)
    second = await a_guest(door, first.bearer, email="other@example.com")
    booked = await second.booked({"draft_id": str((await a_draft(db, clock, visitor, ana)).id)})
    assert (await first.convert(BEARERS.bearer(account)))[1]["bookings"] == 1
    assert (await second.ask("GET", "/bookings"))[1]["items"] == []
    assert (await second.cancel(booked["id"], confirm=True))[0] == 404


async def test_every_refusal_is_one_answer(owner, door, clock, ana, account, maria):
    visitor = await a_person(owner, is_anonymous=True)
    stranger = await a_person(owner, email="thief@example.com")
    unsure = await a_person(owner, email="thief2@example.com", confirmed=False)
    await maria.booked(ana.visit())
    over = await a_guest(door)
    await owner.execute("update guest_sessions set expires_at = now() - interval '1 second' where id = $1", over.id)
    mine, right = maria.token, BEARERS.bearer(account)
    at_rest = await owner.fetchval("select session_token from guest_sessions where id = $1", maria.id)
    attempts = {
        "nobody": (mine, {}),
        "a visitor": (mine, BEARERS.bearer(visitor, is_anonymous=True)),
        "a stolen token, another address": (mine, BEARERS.bearer(stranger)),
        "another address, not confirmed": (mine, BEARERS.bearer(unsure)),
        "no token": ("", right),
        "an unknown token": ("x" * 43, right),
        "the hash": (at_rest, right),
        "one that is over, without a booking": (over.token, right),
        "a huge one": ("x" * 5000, right),
    }
    answers = {}
    for name, (token, bearer) in attempts.items():
        headers = {"X-Guest-Session": token, **bearer}
        async with door.post("/v1/guest/convert", headers=headers) as answer:
            kept = {key: value for key, value in answer.headers.items() if key != "Date"}
            answers[name] = (answer.status, str(kept), await answer.read())
    assert {status for status, _, _ in answers.values()} == {403}
    assert len(set(answers.values())) == 1, answers
    assert await holder(owner) is None
    assert await owner.fetchval("select count(*) from amara_private.guest_claims") == 0


async def test_a_session_that_is_over_is_converted_where_it_has_a_booking(owner, door, clock, ana, account, maria):
    await maria.booked(ana.visit())
    await owner.execute("update guest_sessions set expires_at = now() - interval '20 days'")
    assert (await maria.convert(BEARERS.bearer(account)))[1]["bookings"] == 1
    assert await holder(owner) == account


async def test_an_address_that_is_not_confirmed_moves_nothing_until_it_is(owner, ana, maria):
    account = await a_person(owner, email=MAIL, confirmed=False)
    await maria.booked(ana.visit())
    bearer = BEARERS.bearer(account)
    assert await maria.convert(bearer) == (200, {"status": "awaiting_confirmation", **NOTHING})
    assert await holder(owner) is None
    await owner.execute("update auth.users set email_confirmed_at = now() where id = $1", account)
    assert await holder(owner) == account
    assert (await maria.convert(bearer))[1] == {"status": "claimed", **NOTHING, "bookings": 1}


async def test_of_two_accounts_at_once_one_has_it_and_the_other_is_refused(owner, door, ana, maria, account):
    await maria.booked(ana.visit())
    await owner.execute("drop index auth.users_email_key")
    second = await a_person(owner, email=MAIL)
    people = [account, second] * 5
    answers = await asyncio.gather(*(maria.convert(BEARERS.bearer(each)) for each in people))
    winner = await holder(owner)
    assert [status for status, _ in answers] == [200 if each == winner else 403 for each in people]
    assert len({str(said) for status, said in answers if status == 200}) == 1


async def test_a_booking_and_a_claim_at_once_leave_nothing_behind(owner, door, ana, maria, account):
    await maria.booked(ana.visit())
    bearer = BEARERS.bearer(account)
    deeds = [maria.book(ana.visit(number)) for number in range(1, 5)]
    deeds.insert(2, maria.convert(bearer))
    answers = await asyncio.gather(*deeds)
    assert {status for status, _ in answers} <= {200, 404}
    made = sum(said.get("outcome") == "confirmed" for _, said in answers) + 1
    assert await owner.fetchval("select count(*) from bookings where customer_id = $1", account) == made
    assert await owner.fetchval("select count(*) from bookings where customer_id is null") == 0


async def test_who_becomes_an_account_under_the_same_id_has_everything_already(owner, door, ana):
    visitor, guest = await a_visitor(owner, door)
    talk = await a_conversation(owner, user_id=visitor)
    await guest.booked(ana.visit())
    await owner.execute(
        "update auth.users set is_anonymous = false, email = $2, email_confirmed_at = now() where id = $1",
        visitor,
        MAIL,
    )
    status, said = await guest.convert(BEARERS.bearer(visitor))
    assert (status, said) == (200, {"status": "claimed", **NOTHING, "bookings": 1})
    assert await owner.fetchval("select user_id from amara_conversations where id = $1", talk) == visitor
    assert await owner.fetchval("select count(*) from amara_private.revocations") == 0


@pytest.mark.parametrize("path", ["/convert?session_token={}", "/convert/{}", "/bookings?session_token={}"])
async def test_a_token_in_the_address_is_none(owner, door, ana, account, maria, path):
    await maria.booked(ana.visit())
    nobody = Guest(door, maria.id, "", BEARERS.bearer(account))
    method = "POST" if "convert" in path else "GET"
    status, _ = await nobody.ask(method, path.format(maria.token))
    assert status in {403, 404}
    assert await holder(owner) is None


async def test_the_clean_up_leaves_who_booked_and_who_converted(owner, ana, door, account, maria):
    booked, gone = maria, await a_guest(door, email="gone@example.com")
    converted = await a_guest(door)
    await booked.booked(ana.visit())
    await converted.convert(BEARERS.bearer(account))
    await owner.execute("update guest_sessions set expires_at = $1", datetime.now(UTC) - timedelta(days=1))
    await owner.execute("select cleanup_expired_guest_sessions()")
    kept = {row["id"] for row in await owner.fetch("select id from guest_sessions")}
    assert kept == {booked.id, converted.id}
    assert gone.id not in kept
