"""A guest becomes an account: token, caller and confirmed address together, and none of them alone."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from tests.builders import a_booking, a_conversation, a_person, a_professional
from tests.conftest import connect
from tests.walls.browser import OTHER_TOKEN, TOKEN, browser, open_session

CONVERT = "select public.convert_guest_to_user($1, $2)"
MAIL = "maria@example.com"


@pytest.fixture
async def guest(owner):
    """A session that is not over yet."""
    return await open_session(owner, email="Maria@Example.com")


@pytest.fixture
async def booking(owner, guest):
    return await a_booking(owner, guest_session_id=guest)


async def converts(owner, session_id, account, **who):
    async with browser(owner, **({"user_id": account} | who)) as db:
        await db.execute(CONVERT, session_id, account)


async def refusal(owner, session_id, account, **who):
    """Code and words: the same for every reason."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
        await converts(owner, session_id, account, **who)
    assert refused.value.detail is refused.value.hint is None
    return refused.value.sqlstate, str(refused.value)


REFUSED = ("42501", "permission denied for function convert_guest_to_user")


async def holder(owner, booking_id):
    return await owner.fetchval("select customer_id from public.bookings where id = $1", booking_id)


async def test_with_all_three_proofs_the_bookings_move_and_the_record_says_so(owner, guest, booking):
    account = await a_person(owner, email=MAIL)
    await converts(owner, guest, account, token=TOKEN)
    row = await owner.fetchrow("select customer_id, guest_session_id from public.bookings where id = $1", booking)
    assert tuple(row) == (account, guest)
    metadata = await owner.fetchval("select metadata from public.guest_sessions where id = $1", guest)
    assert metadata["converted_to_user_id"] == str(account)
    assert metadata["converted_at"]


async def test_no_proof_alone_and_no_two_of_them_move_anything(owner, guest, booking):
    account, namesake = await a_person(owner, email=MAIL), await a_person(owner, email="other@example.com")
    visitor = await a_person(owner, is_anonymous=True)
    attempts = {
        "address and caller": (guest, account, {}),
        "address and caller, a wrong token": (guest, account, {"token": OTHER_TOKEN}),
        "token and address, nobody calls": (guest, account, {"token": TOKEN, "user_id": None}),
        "token and address, another calls": (guest, account, {"token": TOKEN, "user_id": namesake}),
        "token and address, a visitor calls": (
            guest,
            account,
            {"token": TOKEN, "user_id": visitor, "is_anonymous": True},
        ),
        "token and caller": (guest, namesake, {"token": TOKEN}),
        "a visitor for itself": (guest, visitor, {"token": TOKEN, "is_anonymous": True}),
        "no such session": (uuid4(), account, {"token": TOKEN}),
        "no such account": (guest, uuid4(), {"token": TOKEN}),
        "nothing at all": (None, None, {"user_id": account, "token": TOKEN}),
        "nobody": (guest, account, {"user_id": None}),
    }
    for name, (session_id, who, how) in attempts.items():
        assert await refusal(owner, session_id, who, **how) == REFUSED, name
    assert await holder(owner, booking) is None
    assert await owner.fetchval("select count(*) from amara_private.guest_claims") == 0


async def test_again_for_the_same_account_is_the_same_answer_for_another_a_refusal(owner, guest, booking):
    account = await a_person(owner, email=MAIL)
    await converts(owner, guest, account, token=TOKEN)
    before = await owner.fetchval("select metadata from public.guest_sessions where id = $1", guest)
    await converts(owner, guest, account, token=TOKEN)
    assert await owner.fetchval("select metadata from public.guest_sessions where id = $1", guest) == before
    await owner.execute("update auth.users set email = 'moved@example.com' where id = $1", account)
    second = await a_person(owner, email=MAIL)
    assert await refusal(owner, guest, second, token=TOKEN) == REFUSED
    for role in ("service_role", "amara_service"):
        assert await refusal(owner, guest, second, role=role, user_id=None) == REFUSED
    assert await holder(owner, booking) == account


async def test_two_requests_at_once_convert_once(owner, urls, guest, booking):
    account = await a_person(owner, email=MAIL)
    others = [await connect(urls.owner_url) for _ in range(5)]
    await asyncio.gather(*(converts(each, guest, account, token=TOKEN) for each in others))
    await asyncio.gather(*(each.close() for each in others))
    assert await holder(owner, booking) == account


async def test_a_session_that_is_over_can_be_converted_if_it_has_a_booking(owner, guest):
    account = await a_person(owner, email=MAIL)
    await owner.execute("update public.guest_sessions set expires_at = now() - interval '30 days'")
    assert await refusal(owner, guest, account, token=TOKEN) == REFUSED
    booking = await a_booking(owner, guest_session_id=guest)
    await converts(owner, guest, account, token=TOKEN)
    assert await holder(owner, booking) == account


@pytest.mark.parametrize("caller", ["account", "nobody", "visitor"])
async def test_an_unconfirmed_address_is_a_claim_and_completes_when_it_is_confirmed(owner, guest, booking, caller):
    """Signing up gave a session or none; the visitor is who was talking before."""
    account = await a_person(owner, email="MARIA@example.com", confirmed=False)
    visitor = await a_person(owner, is_anonymous=True)
    who = {"account": account, "nobody": None, "visitor": visitor}[caller]
    await converts(owner, guest, account, token=TOKEN, user_id=who, is_anonymous=caller == "visitor")
    await converts(owner, guest, account, token=TOKEN, user_id=who, is_anonymous=caller == "visitor")
    assert await holder(owner, booking) is None
    await owner.execute("update auth.users set email_confirmed_at = now() where id = $1", account)
    assert await holder(owner, booking) == account
    assert await owner.fetchval("select count(*) from amara_private.guest_claims") == 0


async def test_a_claim_needs_the_token_and_the_address_like_everything_else(owner, guest, booking):
    account = await a_person(owner, email=MAIL, confirmed=False)
    stranger = await a_person(owner, email="thief@example.com", confirmed=False)
    assert await refusal(owner, guest, account) == REFUSED
    assert await refusal(owner, guest, account, token=OTHER_TOKEN, user_id=None) == REFUSED
    assert await refusal(owner, guest, account, token=TOKEN, user_id=stranger) == REFUSED
    assert await refusal(owner, guest, stranger, token=TOKEN) == REFUSED
    await owner.execute("update auth.users set created_at = now() - interval '1 day' where id = $1", account)
    assert await refusal(owner, guest, account, token=TOKEN, user_id=None) == REFUSED  # no new account of this guest's
    await owner.execute("update auth.users set email_confirmed_at = now()")
    assert await holder(owner, booking) is None


async def test_a_claim_is_of_the_address_that_is_confirmed_in_the_end(owner, guest, booking):
    account = await a_person(owner, email=MAIL, confirmed=False)
    await converts(owner, guest, account, token=TOKEN)
    await owner.execute(
        "update auth.users set email = 'other@example.com', email_confirmed_at = now() where id = $1", account
    )
    assert await holder(owner, booking) is None


async def test_what_breaks_a_claim_keeps_nobody_from_confirming(owner, guest, booking):
    account = await a_person(owner, email=MAIL, confirmed=False)
    await converts(owner, guest, account, token=TOKEN)
    await owner.execute("alter table public.bookings add constraint broken check (customer_id is null) not valid")
    await owner.execute("update auth.users set email_confirmed_at = now() where id = $1", account)
    assert await owner.fetchval("select email_confirmed_at is not null from auth.users where id = $1", account)
    assert await holder(owner, booking) is None
    assert await owner.fetchval("select count(*) from amara_private.guest_claims") == 1


@pytest.mark.parametrize("role", ["service_role", "amara_service"])
async def test_the_service_and_a_secret_key_need_no_proof(owner, guest, booking, role):
    account = await a_person(owner, email="other@example.com", confirmed=False)
    await converts(owner, guest, account, role=role, user_id=None)
    assert await holder(owner, booking) == account


async def test_conversations_runs_and_bookings_of_the_visitor_move_along_another_visitors_stay(owner):
    visitor, other = [await a_person(owner, is_anonymous=True) for _ in range(2)]
    account = await a_person(owner, email=MAIL)
    session_id = await open_session(owner, user_id=visitor, is_anonymous=True)
    taken = await a_conversation(owner, user_id=account, thread_key="home")
    mine = await a_conversation(owner, user_id=visitor, thread_key="home")
    free = await a_conversation(owner, user_id=visitor, thread_key="free")
    theirs = await a_conversation(owner, user_id=other, thread_key="free")
    booking = await a_booking(owner, customer_id=visitor)
    run = (
        "insert into public.amara_runs (conversation_id, user_id, run_key, owner, status, lease_expires_at)"
        " values ($1, $2, $3, 'x', 'finished', now())"
    )
    for conversation_id, user_id, key in ((taken, account, "one"), (mine, visitor, "one"), (free, visitor, "two")):
        await owner.execute(run, conversation_id, user_id, key)
    await converts(owner, session_id, account, token=TOKEN)
    rows = await owner.fetch("select id, user_id, thread_key from public.amara_conversations")
    assert {tuple(row) for row in rows} == {
        (taken, account, "home"),
        (mine, account, None),
        (free, account, "free"),
        (theirs, other, "free"),
    }
    assert await holder(owner, booking) == account
    keys = await owner.fetch("select run_key from public.amara_runs where user_id = $1 order by 1", account)
    assert [row[0] for row in keys] == ["one", "two"]


async def test_an_account_that_opened_a_guest_session_for_somebody_loses_nothing_to_them(owner):
    opener = await a_person(owner)
    conversation_id = await a_conversation(owner, user_id=opener)
    session_id = await open_session(owner, user_id=opener)
    await owner.execute("update public.guest_sessions set user_id = $1", opener)
    account = await a_person(owner, email=MAIL)
    await converts(owner, session_id, account, token=TOKEN)
    assert (
        await owner.fetchval("select user_id from public.amara_conversations where id = $1", conversation_id) == opener
    )


async def test_bookings_that_are_somebodys_already_stay_theirs(owner, guest):
    first, gone = await a_person(owner), await a_person(owner)
    theirs = await a_booking(owner, guest_session_id=guest, customer_id=first)
    nobodys = await a_booking(owner, guest_session_id=guest, customer_id=gone)
    await owner.execute("delete from auth.users where id = $1", gone)
    await converts(owner, guest, await a_person(owner, email=MAIL), token=TOKEN)
    assert (await holder(owner, theirs), await holder(owner, nobodys)) == (first, None)


async def test_after_it_the_token_books_nothing_and_shows_no_booking(owner, guest, booking):
    await converts(owner, guest, await a_person(owner, email=MAIL), token=TOKEN)
    async with browser(owner, token=TOKEN) as db:
        assert await db.fetch("select * from public.bookings") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with browser(owner, token=TOKEN) as db:
            await db.execute(
                "insert into public.bookings (guest_session_id, professional_id, service_date)"
                " select $1, profile_id, '2030-01-01' from public.professional_profiles",
                guest,
            )


async def test_visit_visitor_and_account_are_one_from_then_on(owner, guest):
    await owner.execute(
        'update public.guest_sessions set metadata = \'{"analytics_session_id": "visit"}\'::text::jsonb'
    )
    account = await a_person(owner, email=MAIL)
    await converts(owner, guest, account, token=TOKEN)
    rows = await owner.fetch("select alias, user_id from public.platform_identities")
    assert [tuple(row) for row in rows] == [("s:visit", account)]


async def test_drafts_of_the_session_and_of_its_visitor_move_along(owner):
    visitor = await a_person(owner, is_anonymous=True)
    account, professional = await a_person(owner, email=MAIL), await a_professional(owner)
    session_id = await open_session(owner, user_id=visitor, is_anonymous=True)
    draft = (
        "insert into public.amara_booking_drafts"
        " (user_id, guest_session_id, professional_id, starts_at, duration_minutes, price_cop, offered_at, expires_at)"
        " values ($1, $2, $3, now(), 120, 1, now(), now() + interval '15 minutes')"
    )
    for user_id, guest_session_id in ((visitor, None), (None, session_id)):
        await owner.execute(draft, user_id, guest_session_id, professional)
    await converts(owner, session_id, account, token=TOKEN)
    rows = await owner.fetch("select user_id from public.amara_booking_drafts")
    assert [row["user_id"] for row in rows] == [account, account]
