"""Who may look at the pages, for how long, and how that ends, whichever process is asked."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from amara import auth
from amara.upkeep import Upkeep
from analytics.pages.admission import CODE_LASTS, COOKIE_MAX, LASTS, LONGEST, Admission
from tests.guest.serving import Clock

SECOND = timedelta(seconds=1)


class Record:
    """What the house knows of people: everybody is well but those who left."""

    def __init__(self) -> None:
        self.gone = set()
        self.asked = []

    async def again(self, user_id, issued_at, expires_at):
        self.asked.append((user_id, issued_at, expires_at))
        return None if user_id in self.gone else auth.person(user_id, is_anonymous=False, issued_at=issued_at)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def record():
    return Record()


@pytest.fixture
def admission(db, clock, record):
    return Admission(db.service, clock, record.again)


@pytest.fixture
def elsewhere(db, clock, record):
    """Another process."""
    return Admission(db.service, clock, record.again)


async def cookie_for(admission, user_id, *, issued_at=None, expires_at=None):
    return (await admission.cookie(user_id, issued_at=issued_at, expires_at=expires_at))[0]


async def test_a_cookie_is_its_owners_for_half_an_hour(admission, clock, record):
    laura = uuid4()
    cookie, seconds = await admission.cookie(laura, issued_at=17.5, expires_at=None)
    ends_at = clock().timestamp() + LONGEST.total_seconds()
    assert seconds == LONGEST.total_seconds()
    clock.move(LASTS - SECOND)
    assert (await admission.caller(cookie)).user_id == laura
    assert record.asked == [(laura, 17.5, ends_at)]  # of when the token was, so that a sign-out since then counts
    clock.move(LASTS)
    assert await admission.caller(cookie) is None


async def test_a_page_that_stays_open_goes_on_through_the_night_and_not_for_ever(admission, elsewhere, clock):
    cookie = await cookie_for(admission, uuid4())
    for _ in range(24 * 6 - 1):  # a look every ten minutes, here or there
        clock.move(timedelta(minutes=10))
        assert await admission.caller(cookie) is not None
        admission, elsewhere = elsewhere, admission
    clock.move(timedelta(minutes=10))
    assert await admission.caller(cookie) is None


async def test_it_lasts_no_longer_than_the_token_it_was_given_for(admission, clock):
    cookie, seconds = await admission.cookie(uuid4(), issued_at=1.0, expires_at=clock().timestamp() + 60)
    assert seconds == 60
    clock.move(timedelta(seconds=59))
    assert await admission.caller(cookie) is not None
    clock.move(SECOND)
    assert await admission.caller(cookie) is None


async def test_who_was_signed_out_or_deleted_is_out(admission, record):
    laura = uuid4()
    cookie = await cookie_for(admission, laura)
    record.gone.add(laura)
    assert await admission.caller(cookie) is None


async def test_who_left_is_out_in_every_process_wherever_the_cookie_is_kept(admission, elsewhere):
    cookie, other = await cookie_for(admission, uuid4()), await cookie_for(admission, uuid4())
    assert await elsewhere.caller(cookie) is not None
    for said in (cookie, cookie, "nobody's", "", None, "x" * (COOKIE_MAX + 1)):
        await admission.leave(said)
    assert await admission.caller(cookie) is None
    assert await elsewhere.caller(cookie) is None
    assert await elsewhere.caller(other) is not None


async def test_a_look_at_the_moment_of_leaving_brings_nothing_back(admission, elsewhere, clock):
    cookie = await cookie_for(admission, uuid4())
    clock.move(timedelta(minutes=5))
    await asyncio.gather(admission.leave(cookie), *(elsewhere.caller(cookie) for _ in range(5)))
    assert await elsewhere.caller(cookie) is None


async def test_nothing_else_is_a_cookie(admission):
    laura = uuid4()
    cookie, code = await cookie_for(admission, laura), await admission.code(laura)
    bearer = auth.Tokens("a secret of the tests, long enough for HS256").sign(laura, ttl_s=600)
    for forged in (None, "", "x", code, bearer, cookie[:-1], cookie[::-1], f"{cookie} ", "\ud800", "x" * 4000):
        assert await admission.caller(forged) is None, forged
    assert await admission.spend(cookie) is None  # nor is a cookie a code
    assert await admission.caller(cookie) is not None


async def test_a_code_lets_its_person_in_once_whichever_process_is_asked(admission, elsewhere):
    laura = uuid4()
    code = await admission.code(laura)
    assert await admission.spend(code[:-1]) is None
    let_in = await asyncio.gather(*(one.spend(code) for one in (admission, elsewhere) * 5))
    assert (let_in.count(laura), let_in.count(None)) == (1, 9)
    assert await elsewhere.spend(code) is None


async def test_a_code_is_good_for_a_quarter_of_an_hour(admission, clock):
    codes = [await admission.code(uuid4()) for _ in range(2)]
    clock.move(CODE_LASTS - SECOND)
    assert await admission.spend(codes[0]) is not None
    clock.move(SECOND)
    assert await admission.spend(codes[1]) is None


async def test_only_hashes_are_kept_and_what_is_over_goes(admission, clock, db, owner):
    cookie, code = await cookie_for(admission, uuid4()), await admission.code(uuid4())
    kept = await owner.fetch("select * from amara_private.page_passes")
    assert len(kept) == 2
    assert not {cookie, code} & {str(value) for row in kept for value in row.values()}
    clock.move(CODE_LASTS)
    await Upkeep(db, clock).once()
    assert await owner.fetchval("select array_agg(kind) from amara_private.page_passes") == ["session"]
    clock.move(LASTS)
    await Upkeep(db, clock).once()
    assert await owner.fetchval("select count(*) from amara_private.page_passes") == 0
