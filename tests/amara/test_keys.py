"""Whose keys are believed, for how long, and how often anybody is asked for them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from uuid import UUID

import jwt
import pytest

from amara import errors, keys
from amara.auth import Tokens
from tests.issuer import a_key, issuing, pem, signed

NOW = 1_800_000_000.0
USER = UUID("7b8a2f4c-52ce-4a3b-9b56-1d0a4c1f7e11")
KINDS = ["RS256", "ES256", "EdDSA"]


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def issuer():
    async with issuing() as running:
        running.publish("RS256", "first")
        yield running


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def known(issuer, clock):
    """The keys, fetched once; nothing else happens by itself."""
    found = keys.Keys(issuer.url, clock=clock, sleep=lambda _: asyncio.Event().wait())
    await found.open()
    yield found
    await found.close()


@pytest.fixture
def tokens(known):
    return Tokens(known, audience="authenticated", clock=lambda: NOW)


def token(private=None, **more) -> str:
    return signed(private or a_key("RS256"), USER, at=NOW, **more)


async def refused(tokens, text: str) -> float:
    """Seconds until the refusal."""
    began = time.perf_counter()
    with pytest.raises(errors.TokenInvalid):
        await tokens.caller(text)
    return time.perf_counter() - began


@pytest.mark.parametrize("algorithm", KINDS)
async def test_a_token_of_every_kind_of_key_says_who_it_is(issuer, tokens, clock, algorithm):
    private = issuer.publish(algorithm, "mine")
    clock.now += keys.FETCH_EVERY_S
    caller = await tokens.caller(token(private, kid="mine", algorithm=algorithm, email="a@example.com"))
    assert (caller.user_id, caller.database_role, caller.email) == (USER, "authenticated", "a@example.com")
    assert (caller.expires_at, caller.issued_at) == (NOW + 60, NOW)


async def test_what_is_claimed_is_judged_as_with_a_secret(tokens):
    for wrong in (
        {"aud": "anon"},
        {"aud": ...},
        {"role": "service_role"},
        {"sub": "laura"},
        {"iat": NOW + 31},
        {"nbf": NOW + 31},
        {"exp": ...},
    ):
        await refused(tokens, token(**wrong))
    with pytest.raises(errors.TokenExpired):
        await tokens.caller(token(exp=NOW - 31))
    assert (await tokens.caller(token(exp=NOW - 29))).user_id == USER


async def test_a_public_key_is_no_secret(issuer, tokens):
    """HS256 over what everybody can download; PyJWT will not sign so, hence by hand."""
    header = jwt.utils.base64url_encode(json.dumps({"alg": "HS256", "kid": "first"}).encode())
    claims = {"sub": str(USER), "role": "authenticated", "aud": "authenticated", "exp": NOW + 60}
    payload = jwt.utils.base64url_encode(json.dumps(claims).encode())
    for secret in (pem(a_key("RS256")), json.dumps(issuer.keys[0]).encode()):
        signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        mac = jwt.utils.base64url_encode(signature.sign(header + b"." + payload, secret))
        assert await refused(tokens, b".".join((header, payload, mac)).decode()) < 0.05


async def test_a_key_verifies_by_its_own_algorithm_alone(issuer, tokens, clock):
    issuer.publish("ES256", "curve")
    clock.now += keys.FETCH_EVERY_S
    await tokens.caller(token(a_key("ES256"), kid="curve", algorithm="ES256"))
    await refused(tokens, token(a_key("ES256"), kid="first", algorithm="ES256"))
    await refused(tokens, token(kid="curve"))
    for other in ("RS384", "RS512", "PS256"):
        await refused(tokens, token(algorithm=other))
    await refused(tokens, token(a_key("RS256", 1)))  # the right name, another's key


async def test_no_header_leads_anywhere(issuer, tokens, clock):
    """B07: every header that has ever chosen a key; all of them are words in a table, and nobody is asked."""
    async with issuing() as evil:
        private = evil.publish("RS256", "evil", 1)
        elsewhere = dict.fromkeys(("jku", "x5u"), evil.url) | {"jwk": evil.keys[0], "x5c": ["MII="]}
        whole = token()
        for forged in (
            token(private, headers=elsewhere),
            token(private, kid="evil", headers=elsewhere),
            token(private, kid="../../dev/null"),
            token(private, kid="file:///dev/null"),
            token(private, kid=evil.url),
            token(private, kid="' union select '"),
            token(private, kid=""),
            token(private, kid="x" * 300),
            token(private, kid=None),
            whole[:-10],
            whole.rpartition(".")[0] + ".",
            jwt.encode({"sub": str(USER)}, None, "none", {"kid": "first"}),
            token(padding="x" * 65_536),
            "a.b.c",
            "",
        ):
            assert await refused(tokens, forged) < 0.05
        assert (await tokens.caller(token(headers=elsewhere))).user_id == USER  # a good one is good, whatever it adds
        assert evil.requests == []
    assert len(issuer.requests) == 1  # the one at the start


async def test_a_new_key_is_found_by_the_first_token_that_names_it(issuer, tokens, clock):
    private = issuer.publish("ES256", "second")
    clock.now += keys.FETCH_EVERY_S
    assert (await tokens.caller(token(private, kid="second", algorithm="ES256"))).user_id == USER
    assert (await tokens.caller(token())).user_id == USER
    assert len(issuer.requests) == 2


async def test_a_withdrawn_key_is_not_believed_any_more(issuer, tokens, clock):
    issuer.keys.clear()
    private = issuer.publish("RS256", "second", 1)
    clock.now += keys.FETCH_EVERY_S
    await tokens.caller(token(private, kid="second"))
    await refused(tokens, token())


async def test_a_flood_of_unknown_keys_asks_once_in_thirty_seconds(issuer, tokens, clock):
    private = a_key("ES256")
    flood = [token(private, kid=f"kid-{number}", algorithm="ES256") for number in range(400)]
    waits = [await refused(tokens, forged) for forged in flood]
    assert len(issuer.requests) == 1
    assert sorted(waits)[-5] < 0.05  # the machine may hiccup, the service may not
    clock.now += keys.FETCH_EVERY_S
    await asyncio.gather(*(refused(tokens, forged) for forged in flood))
    clock.now += keys.FETCH_EVERY_S - 0.001
    await asyncio.gather(*(refused(tokens, forged) for forged in flood))
    assert len(issuer.requests) == 2


async def test_whoever_comes_meanwhile_waits_for_the_same_answer(issuer, tokens, clock):
    private = issuer.publish("ES256", "second")
    issuer.until = asyncio.Event()
    issuer.reached.clear()
    clock.now += keys.FETCH_EVERY_S
    good = token(private, kid="second", algorithm="ES256")
    waiting = [asyncio.create_task(tokens.caller(good)) for _ in range(20)]
    await issuer.reached.wait()
    assert (await tokens.caller(token())).user_id == USER  # a known key waits for nobody
    waiting[0].cancel()  # and one who gives up ends it for nobody else
    with contextlib.suppress(asyncio.CancelledError):
        await waiting[0]
    issuer.until.set()
    assert {caller.user_id for caller in await asyncio.gather(*waiting[1:])} == {USER}
    assert len(issuer.requests) == 2


@pytest.mark.parametrize(
    "broken",
    [
        {"status": 500},
        {"body": b"<html>"},
        {"body": b"[]"},
        {"body": b'{"keys":[]}'},
        {"body": b'{"keys":{"kid":"first"}}'},
        {"body": b'{"keys":' + b"[" * 50_000},
        {"body": b"\xff"},
        {"body": b'{"keys":[' + b" " * keys.BYTES_MAX + b"]}"},
    ],
    ids=lambda broken: str(broken)[:40],
)
async def test_an_address_that_fails_leaves_the_keys_as_they_are(issuer, tokens, clock, broken):
    for name, value in broken.items():
        setattr(issuer, name, value)
    clock.now += keys.FETCH_EVERY_S
    await refused(tokens, token(kid="another"))
    assert len(issuer.requests) == 2
    assert (await tokens.caller(token())).user_id == USER


async def test_an_address_that_sends_elsewhere_is_not_followed(issuer, tokens, clock):
    async with issuing() as evil:
        private = evil.publish("RS256", "evil", 1)
        issuer.status, issuer.headers = 302, {"location": evil.url}
        clock.now += keys.FETCH_EVERY_S
        await refused(tokens, token(private, kid="evil"))
        assert evil.requests == []


async def test_an_address_that_says_nothing_is_given_up(issuer, tokens, clock, monkeypatch):
    monkeypatch.setattr(keys, "FETCH_S", 0.1)
    issuer.until = asyncio.Event()
    clock.now += keys.FETCH_EVERY_S
    assert await refused(tokens, token(kid="another")) < 2
    issuer.until.set()
    assert (await tokens.caller(token())).user_id == USER


async def test_an_address_that_was_away_at_the_start_is_asked_by_the_first_token(clock):
    async with issuing() as issuer:
        issuer.status = 503
        found = keys.Keys(issuer.url, clock=clock)
        await found.open()
        tokens = Tokens(found, clock=lambda: NOW)
        issuer.publish("RS256", "first")
        issuer.status = 200
        await refused(tokens, token())
        clock.now += keys.FETCH_EVERY_S
        assert (await tokens.caller(token())).user_id == USER
        await found.close()


async def test_a_key_is_asked_for_again_even_when_nobody_names_another(issuer, clock):
    naps = []
    may_go_on = asyncio.Event()

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        await may_go_on.wait()
        may_go_on.clear()

    found = keys.Keys(issuer.url, clock=clock, sleep=nap)
    await found.open()
    issuer.keys.clear()
    issuer.publish("RS256", "second", 1)
    issuer.reached.clear()
    may_go_on.set()
    await issuer.reached.wait()
    await found.learn("second")  # waits for the answer that is on its way
    assert (found.known("first"), naps[0]) == (None, keys.REFRESH_S)
    assert found.known("second") is not None
    await found.close()


async def test_nobody_signs_with_anothers_keys(tokens):
    assert not tokens.are_ours
    with pytest.raises(errors.NotFound):
        tokens.sign(USER, ttl_s=60)
