"""Who may look at the pages, for how long, and how that ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import jwt
import pytest

from amara import auth
from analytics.pages.admission import CODE_LASTS, COOKIE_MAX, LASTS, Admission
from tests.guest.serving import SECRET, Clock

KEY = b"a secret of every process, long enough for HS256"
SECOND = timedelta(seconds=1)


class Record:
    """What the house knows of people: everybody is well but those who left."""

    def __init__(self) -> None:
        self.gone = set()
        self.asked = []

    async def again(self, user_id, issued_at):
        self.asked.append((user_id, issued_at))
        return None if user_id in self.gone else auth.person(user_id, is_anonymous=False, issued_at=issued_at)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def record():
    return Record()


@pytest.fixture
def admission(clock, record):
    return Admission(KEY, clock, record.again)


def cookie_for(admission, user_id, *, issued_at=None, expires_at=None):
    return admission.cookie(user_id, issued_at=issued_at, expires_at=expires_at)[0]


async def test_a_cookie_is_its_owners_for_half_an_hour(admission, clock, record):
    laura = uuid4()
    cookie, seconds = admission.cookie(laura, issued_at=17.5, expires_at=None)
    assert seconds == LASTS.total_seconds()
    assert (await admission.caller(cookie)).user_id == laura
    assert record.asked == [(laura, 17.5)]  # of when the token was, so that a sign-out since then counts
    clock.move(LASTS - SECOND)
    assert await admission.caller(cookie) is not None
    clock.move(SECOND)
    assert await admission.caller(cookie) is None


async def test_being_used_does_not_make_it_last(admission, clock):
    cookie = cookie_for(admission, uuid4())
    for _ in range(30):
        assert await admission.caller(cookie) is not None
        clock.move(timedelta(minutes=1))
    assert await admission.caller(cookie) is None


async def test_it_lasts_no_longer_than_the_token_it_was_given_for(admission, clock):
    cookie, seconds = admission.cookie(uuid4(), issued_at=1.0, expires_at=clock().timestamp() + 60)
    assert seconds == 60
    clock.move(timedelta(seconds=60))
    assert await admission.caller(cookie) is None


async def test_another_process_with_the_same_secret_knows_it(admission, clock, record):
    cookie = cookie_for(admission, uuid4())
    assert await Admission(KEY, clock, record.again).caller(cookie) is not None
    assert await Admission(KEY[::-1], clock, record.again).caller(cookie) is None


async def test_who_was_signed_out_or_deleted_is_out(admission, record):
    laura = uuid4()
    cookie = cookie_for(admission, laura)
    record.gone.add(laura)
    assert await admission.caller(cookie) is None


async def test_who_left_is_out_wherever_the_cookie_is_kept(admission, clock):
    cookie, other = cookie_for(admission, uuid4()), cookie_for(admission, uuid4())
    admission.leave(cookie)
    admission.leave("nobody's")
    admission.leave(None)
    assert await admission.caller(cookie) is None
    assert await admission.caller(other) is not None
    clock.move(LASTS)
    admission.leave(other)
    assert admission._left == {}  # those that are over anyway are not remembered


async def test_no_other_token_is_a_cookie_and_no_cookie_a_token(admission, clock):
    laura, until = uuid4(), int(clock().timestamp()) + 600
    bearer = auth.Tokens(KEY.decode()).sign(laura, ttl_s=600)
    claims = {"sub": str(laura), "exp": until, "jti": "x", "aud": "amara:pages", "token_iat": None}
    cookie = cookie_for(admission, laura)
    head, _, tail = cookie.rpartition(".")
    for forged in (
        None,
        "",
        "x",
        "..",
        bearer,
        head,
        f"{head}.{tail[::-1]}",
        "x" * (COOKIE_MAX + 1),
        jwt.encode(claims, KEY, "HS256"),
        jwt.encode(claims, None, "none"),
        jwt.encode(claims | {"aud": "another"}, admission._key, "HS256"),
        jwt.encode({name: value for name, value in claims.items() if name != "exp"}, admission._key, "HS256"),
    ):
        assert await admission.caller(forged) is None
    for secret in (KEY.decode(), SECRET):
        with pytest.raises(auth.errors.TokenInvalid):
            auth.Tokens(secret).check(cookie)


def test_a_code_lets_its_person_in_once(admission):
    laura = uuid4()
    code = admission.code(laura)
    assert admission.spend(code[:-1]) is None
    assert admission.spend(code) == laura
    assert admission.spend(code) is None


def test_a_code_is_good_for_a_quarter_of_an_hour(admission, clock):
    codes = [admission.code(uuid4()) for _ in range(2)]
    clock.move(CODE_LASTS - SECOND)
    assert admission.spend(codes[0]) is not None
    clock.move(SECOND)
    assert admission.spend(codes[1]) is None


def test_nothing_that_is_secret_shows(admission):
    code = admission.code(uuid4())
    assert code not in repr(admission)
    assert KEY.decode() not in repr(admission)
