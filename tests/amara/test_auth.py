"""Who gets in, and as whom: B07 and B09 without a socket."""

from __future__ import annotations

import base64
import hmac
import json
import time
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from amara import auth, errors
from amara.keys import Key, Keys

SECRET = "a secret of the tests, long enough for HS256"
NOW = 1_800_000_000.0
USER = UUID("7b8a2f4c-52ce-4a3b-9b56-1d0a4c1f7e11")


def door(**more) -> auth.Tokens:
    return auth.Tokens(SECRET, clock=lambda: NOW, **more)


def token(*, key=SECRET, algorithm="HS256", headers=None, **claims) -> str:
    payload = {"sub": str(USER), "role": "authenticated", "iat": int(NOW), "exp": int(NOW) + 60} | claims
    return jwt.encode({name: value for name, value in payload.items() if value is not ...}, key, algorithm, headers)


def raw(header: bytes, payload: bytes = b"{}", signature: bytes = b"x") -> str:
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (header, payload, signature))


def test_a_token_of_ours_says_who_it_is():
    caller = door().check(door().sign(USER, ttl_s=60, email="laura@example.com"))
    assert (caller.user_id, caller.database_role, caller.is_anonymous) == (USER, "authenticated", False)
    assert (caller.email, caller.expires_at, caller.owner) == ("laura@example.com", int(NOW) + 60, USER)


def test_a_visitors_token_is_anonymous():
    caller = door().check(door().sign(USER, ttl_s=60, is_anonymous=True))
    assert (caller.is_anonymous, caller.email) == (True, None)


def test_only_true_itself_makes_a_visitor():
    assert not door().check(token(is_anonymous="true")).is_anonymous


def test_what_the_database_reads_is_built_by_us():
    caller = door().check(
        token(email="a@example.com", app_metadata={"role": "admin"}, user_role="admin", is_anonymous=1, aal="aal2")
    )
    assert json.loads(caller.claims) == {
        "sub": str(USER),
        "role": "authenticated",
        "is_anonymous": False,
        "email": "a@example.com",
    }


def test_a_user_id_is_told_to_the_database_in_one_form():
    caller = door().check(token(sub="{" + str(USER).upper() + "}"))
    assert json.loads(caller.claims)["sub"] == str(USER)


@pytest.mark.parametrize("email", ["", None, 7, ["a@example.com"]])
def test_an_email_that_is_none_is_not_told(email):
    assert "email" not in json.loads(door().check(token(email=email)).claims)


@pytest.mark.parametrize(
    "role", ["service_role", "amara_service", "admin", "anon", "postgres", "", None, ["authenticated"], ...]
)
def test_no_token_makes_another_role(role):
    with pytest.raises(errors.TokenInvalid):
        door().check(token(role=role))


@pytest.mark.parametrize("sub", ["", "1", "laura", str(USER)[:-1], f"{USER}'; drop table x; --", "null", None, 7, ...])
def test_a_subject_that_is_no_uuid_never_reaches_sql(sub):
    payload = {"role": "authenticated", "exp": int(NOW) + 60} | ({} if sub is ... else {"sub": sub})
    forged = jwt.api_jws.encode(json.dumps(payload).encode(), SECRET)
    with pytest.raises(errors.TokenInvalid):
        door().check(forged)


def test_a_signature_by_nobody_or_by_another_key_is_refused():
    for forged in (
        token(key=None, algorithm="none"),
        token(key="another secret, just as long as ours is!"),
        token(key=RSA, algorithm="RS256"),
        token(algorithm="HS512", key=SECRET * 2),
        raw(b'{"alg":"none","typ":"JWT"}', json.dumps({"sub": str(USER)}).encode(), b""),
        raw(b'{"alg":"nOnE"}'),
    ):
        with pytest.raises(errors.TokenInvalid):
            door().check(forged)


@pytest.mark.parametrize(
    "headers",
    [
        {"kid": "../../dev/null"},
        {"kid": "' union select 'x"},
        {"jku": "http://127.0.0.1:9/keys"},
        {"x5u": "http://127.0.0.1:9/keys"},
        {"jwk": {"kty": "oct", "k": "eA"}},
    ],
)
def test_no_header_chooses_the_key(headers):
    with pytest.raises(errors.TokenInvalid):
        door().check(token(key="a key the token itself would like to have", headers=headers))
    assert door().check(token(headers=headers)).user_id == USER  # nobody looked at it


class Published(Keys):
    """Keys of another who signs, as if they had been fetched."""

    def __init__(self, **keys):
        super().__init__("https://project.example/jwks.json", fetch=self.never)
        self._keys = keys
        self._asked_at = float("inf")

    async def never(self, url):
        raise AssertionError(url)


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


async def test_where_another_signs_only_their_key_and_its_one_algorithm_count():
    public = auth.Tokens(Published(one=Key("RS256", RSA.public_key())), clock=lambda: NOW)
    assert (await public.caller(token(key=RSA, algorithm="RS256", headers={"kid": "one"}))).user_id == USER
    hmac_with_the_public_key = ".".join(
        raw(part).split(".")[0] for part in (b'{"alg":"HS256","kid":"one"}', json.dumps({"sub": str(USER)}).encode())
    )
    signature = hmac.digest(PEM, hmac_with_the_public_key.encode(), "sha256")
    for forged in (
        f"{hmac_with_the_public_key}.{raw(signature).split('.')[0]}",
        token(headers={"kid": "one"}),
        token(key=RSA, algorithm="RS256"),
        token(key=RSA, algorithm="RS256", headers={"kid": "../../dev/null"}),
        token(key=RSA, algorithm="RS512", headers={"kid": "one"}),
        token(key=None, algorithm="none", headers={"kid": "one"}),
        raw(b'{"alg":"RS256","kid":["one"]}'),
        raw(b"[" * 5000),
        "x" * 65_536,
    ):
        with pytest.raises(errors.TokenInvalid):
            await public.caller(forged)


def test_where_another_signs_we_do_not():
    public = auth.Tokens(Published(), clock=lambda: NOW)
    assert not public.are_ours
    assert door().are_ours
    with pytest.raises(errors.NotFound):
        public.sign(USER, ttl_s=60)


def test_a_truncated_token_is_refused_wherever_it_ends():
    whole = token()
    for end in range(len(whole)):
        with pytest.raises(errors.TokenInvalid):
            door().check(whole[:end])


def test_64_kb_of_token_are_refused_before_they_are_read():
    huge = token(padding="x" * 65_536)
    began = time.process_time()
    with pytest.raises(errors.TokenInvalid):
        door().check(huge)
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize(
    "header", [b"[" * 5000, b'{"alg":' * 900, b"9" * 5000, b"\xff", b"[]", b"5", b'{"alg":{}}', b'{"alg":null}']
)
def test_a_header_that_is_no_header_is_refused(header):
    with pytest.raises(errors.TokenInvalid):
        door().check(raw(header))


@given(st.text() | st.tuples(st.binary(), st.binary(), st.binary()).map(lambda parts: raw(*parts)))
def test_whatever_stands_for_a_token_is_refused(text):
    with pytest.raises(errors.TokenInvalid):
        door().check(text)


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_clock_may_run_ahead_by_thirty_seconds(claim):
    assert door().check(token(**{claim: NOW + 29})).user_id == USER
    with pytest.raises(errors.TokenInvalid):
        door().check(token(**{claim: NOW + 31}))


def test_a_token_ends_thirty_seconds_after_it_says():
    assert door().check(token(exp=NOW - 29)).expires_at == NOW - 29
    with pytest.raises(errors.TokenExpired):
        door().check(token(exp=NOW - 31))


@pytest.mark.parametrize("moment", ["soon", None, True, [1], 1e300, -1, float("nan"), float("inf"), 10**30, ...])
def test_a_time_no_clock_can_show_is_refused(moment):
    payload = {"sub": str(USER), "role": "authenticated"} | ({} if moment is ... else {"exp": moment})
    with pytest.raises(errors.TokenInvalid):
        door().check(jwt.api_jws.encode(json.dumps(payload).encode(), SECRET))


def test_audience_and_issuer_are_demanded_where_they_are_set():
    strict = door(audience="authenticated", issuer="https://project.example/auth/v1")
    assert strict.check(strict.sign(USER, ttl_s=60)).user_id == USER
    good = {"aud": "authenticated", "iss": "https://project.example/auth/v1"}
    assert strict.check(token(**good)).user_id == USER
    for wrong in ({"aud": "anon"}, {"aud": ...}, {"iss": "https://evil.example"}, {"iss": ...}, {"aud": ["x"]}):
        with pytest.raises(errors.TokenInvalid):
            strict.check(token(**(good | wrong)))


def test_audience_and_issuer_mean_nothing_where_they_are_not():
    assert door().check(token(aud="anything", iss="anyone")).user_id == USER


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER  abc "])
def test_the_bearer_of_a_header_is_its_token(header):
    assert auth.bearer(header) == "abc"
    assert auth.bearer(None) is None


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"])
def test_a_header_that_says_something_else_is_refused(header):
    with pytest.raises(errors.TokenInvalid):
        auth.bearer(header)


def test_nobody_owns_nothing():
    assert (auth.ANONYMOUS.database_role, json.loads(auth.ANONYMOUS.claims)) == ("anon", {"role": "anon"})
    assert (auth.SERVICE.database_role, auth.SERVICE.claims) == ("amara_service", "")
    for caller in (auth.ANONYMOUS, auth.SERVICE):
        with pytest.raises(errors.TokenMissing):
            _ = caller.owner


def test_a_refusal_does_not_say_why():
    whys = set()
    for forged in (token(key="x" * 40), "garbage", token(role="admin"), token(sub=str(uuid4())[:9])):
        with pytest.raises(errors.TokenInvalid) as refused:
            door().check(forged)
        whys.add(refused.value.detail)
    assert whys == {errors.TokenInvalid.message}
