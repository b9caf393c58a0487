"""Coming in: every door, every way a token can be wrong, and tokens that somebody else signs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import jwt
import pytest
import websockets
from click.testing import CliRunner

from amara import __main__ as command_line
from amara import demo, frames
from tests.builders import a_person
from tests.issuer import a_key, issuing, pem, signed
from tests.rig import SECRET, chatting, end_of, serving, text_of
from tests.rules.tree import ROOT

OURS = {"audience": "authenticated", "issuer": "https://project.example/auth/v1"}


async def at_the_socket(service, *, token: str | None = None, words: str | bytes | None = None, **wishes) -> int | None:
    """How a peer is sent away that opens a socket, says hello where it has a token for it, and then something else."""
    hello = None if token is None else json.dumps({"type": "hello", "token": token})
    async with websockets.connect(service.socket_url(str(uuid4())), max_size=None, **wishes) as socket:
        with contextlib.suppress(websockets.ConnectionClosed):  # it may be sent away before it said a word
            for said in (hello, words):
                if said is not None:
                    await socket.send(said)
        return await end_of(socket)


async def at_the_route(service, token: str, path: str = "/v1/amara/conversations") -> int:
    header = {"authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http, http.get(service.url + path, headers=header) as answer:
        return answer.status


async def comes_in(service, token: str) -> bool:
    """By the socket's hello, by its header and by HTTP; all doors answer alike."""
    header = {"authorization": f"Bearer {token}"}
    ends = (  # a frame that cannot be read ends the socket of a stock client; a binary one anybody's; once they are in
        await at_the_socket(service, words="{", additional_headers=header),
        await at_the_socket(service, words=b"", token=token),
    )
    status = await at_the_route(service, token)
    assert (*ends, status) in {(frames.TOKEN, frames.TOKEN, 401), (frames.BAD_FRAME, frames.BAD_FRAME, 200)}
    return status == 200


async def test_a_token_in_the_address_opens_nothing_and_is_in_no_log(urls, cluster, owner):
    """B01, with the service as a process of its own and everything it says."""
    laura = await a_person(owner)
    environment = os.environ | {
        "AMARA_DATABASE_URL": urls.login_url,
        "AMARA_JWT_SECRET": SECRET,
        "AMARA_PORT": "0",
        "AMARA_LOG_LEVEL": "debug",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "amara", "serve"),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = b""
    while not (address := re.search(rb"http://127\.0\.0\.1:\d+", said)):
        line = await process.stdout.readline()
        assert line, said
        said += line
    url = address[0].decode()
    token = jwt.encode({"sub": str(laura), "role": "authenticated", "exp": int(time.time()) + 60}, SECRET, "HS256")
    async with aiohttp.ClientSession() as http:
        for name in ("token", "access_token"):
            for path in ("/v1/amara/conversations", "/v1/analytics/funnel", f"/v1/amara/conversations/{uuid4()}"):
                async with http.get(f"{url}{path}?{name}={token}") as answer:
                    assert answer.status == 401
            address = f"{url.replace('http', 'ws')}/v1/amara/chat?threadId=mine&{name}={token}"
            async with websockets.connect(address) as socket:
                await socket.send('{"type":"hello"}')
                assert await end_of(socket) == frames.TOKEN
    process.send_signal(signal.SIGTERM)
    said += (await process.communicate())[0]
    assert process.returncode == 0, said
    for part in token.split("."):
        assert part.encode() not in said
        assert part not in cluster.server.log.read_text(errors="replace")


async def test_only_the_exact_origin_may_open_a_socket(urls, owner):
    """B03, B04, B05."""
    async with serving(urls, allowed_origins=("https://ok.example",)) as service:
        token = service.token(await a_person(owner))
        async with websockets.connect(service.socket_url("mine"), origin="https://ok.example") as socket:
            await socket.send(json.dumps({"type": "hello", "token": token}))
            assert json.loads(await socket.recv())["type"] == "welcome"
        bearer = ("authorization", f"Bearer {token}")
        for origin in (
            "https://ok.example.evil.com",
            "https://evil.com/https://ok.example",
            "http://ok.example",
            "https://ok.example:8443",
            "https://OK.example",
            "https://ok.example/",
            "null",
        ):
            assert await at_the_socket(service, additional_headers=[("origin", origin), bearer]) == frames.ORIGIN
        two = [("origin", "https://ok.example"), ("origin", "https://evil.example"), bearer]
        assert await at_the_socket(service, additional_headers=two) == frames.ORIGIN
        say = json.dumps({"threadId": "mine", "runId": "r", "messages": []})
        for cookie in (f"access_token={token}", f"sb-access-token={token}"):
            assert await at_the_socket(service, words=say, additional_headers={"cookie": cookie}) == frames.TOKEN
        assert await comes_in(service, token)  # no origin at all: no browser


async def test_a_peer_that_never_says_hello_is_let_go(urls, monkeypatch):
    """B14."""
    monkeypatch.setattr(frames, "HELLO_S", 0.05)
    async with serving(urls) as service:
        assert await at_the_socket(service) == frames.NO_HELLO


@pytest.mark.parametrize("ahead_s", [25, -25, 300, -300])
async def test_a_clock_may_be_wrong_by_half_a_minute(urls, owner, ahead_s):
    """J06: the service's clock runs ahead of, or behind, that of whoever signed."""
    async with serving(urls, now=lambda: datetime.now(UTC) + timedelta(seconds=ahead_s)) as service:
        claims = {"sub": str(await a_person(owner)), "role": "authenticated"}
        times = {"iat": int(time.time()), "exp": int(time.time()) + 60}
        assert await comes_in(service, jwt.encode(claims | times, SECRET, "HS256")) == (abs(ahead_s) == 25)


@pytest.fixture
async def issuer():
    async with issuing() as running:
        running.publish("RS256", "first")
        yield running


@pytest.fixture
async def service(urls, upstream, issuer):
    """The service where tokens are signed by somebody else."""
    async with serving(
        urls,
        has_demo=True,
        jwks_url=issuer.url,
        jwt_audience=OURS["audience"],
        jwt_issuer=OURS["issuer"],
        anthropic_base_url=upstream.url,
        model="scripted",
    ) as running:
        yield running


@pytest.fixture
def token():
    def make(private=None, user_id=demo.CUSTOMER_ID, **more) -> str:
        return signed(private or a_key("RS256"), user_id, at=time.time(), **({"iss": OURS["issuer"]} | more))

    return make


async def test_a_conversation_with_a_token_that_somebody_else_signed(service, issuer, token):
    async with chatting(service, token()) as chat:
        assert text_of(await chat.ask("Hola")) == "Claro."
    assert await comes_in(service, token())
    assert len(issuer.requests) == 1


async def test_where_others_sign_nobody_gets_a_token_from_us(service, tmp_path, issuer):
    async with aiohttp.ClientSession(service.url) as http:
        for path in ("/v1/auth/anonymous", "/v1/demo/customer"):
            async with http.post(path) as answer:
                assert (answer.status, (await answer.json())["code"]) == (404, "not_found")
    environment = {"AMARA_JWKS_URL": issuer.url, "AMARA_DATA_DIR": str(tmp_path)}
    asked = CliRunner().invoke(command_line.main, ["token", "--user", str(uuid4())], env=environment)
    assert asked.exit_code == 1
    assert asked.stderr == "Error: AMARA_JWKS_URL says that somebody else signs the tokens: ask them for one.\n"


async def test_a_token_that_is_no_token_is_refused_at_every_door_and_leads_nowhere(service, issuer, token):
    """B07 and B09."""
    async with issuing() as evil:
        private, soon = evil.publish("RS256", "evil", 1), int(time.time())
        whole, claims = token(), {"sub": str(demo.CUSTOMER_ID), "role": "authenticated", "exp": soon + 60}
        claims |= {"aud": OURS["audience"], "iss": OURS["issuer"]}
        mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "first"}, claims)]
        signing = b".".join(jwt.utils.base64url_encode(part) for part in parts)
        by_public_key = signing + b"." + jwt.utils.base64url_encode(mac.sign(signing, pem(a_key("RS256"))))
        for forged in (
            jwt.encode(claims, None, "none", {"kid": "first"}),
            by_public_key.decode(),
            jwt.encode(claims, SECRET, "HS256"),
            token(private, kid="../../dev/null"),
            token(private, headers={"jku": evil.url, "x5u": evil.url}),
            whole[:-5],
            whole[: len(whole) // 2],
            token(padding="x" * 12_000),
            token(aud="anon"),
            token(iss="https://evil.example/auth/v1"),
            token(nbf=soon + 40),
            token(iat=soon + 40),
            token(sub="laura'; drop table x; --"),
            token(role="service_role"),
            token(exp=soon - 31),
        ):
            assert not await comes_in(service, forged)
        assert await at_the_socket(service, token=token(padding="x" * 45_000)) == frames.TOKEN
        assert evil.requests == []
    assert len(issuer.requests) == 1


async def test_a_refusal_takes_no_longer_than_a_look_at_a_table(service, token):
    """B07: fifty milliseconds, the way there and back included; the median, as the machine has other things to do."""
    header = {"authorization": f"Bearer {token(a_key('RS256', 1), kid='../../dev/null')}"}
    times = []
    async with aiohttp.ClientSession(service.url, headers=header) as http:
        for _ in range(50):
            began = time.perf_counter()
            async with http.get("/v1/amara/conversations") as answer:
                assert answer.status == 401
            times.append(time.perf_counter() - began)
    assert sorted(times)[25] < 0.05
