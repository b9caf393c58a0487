"""The handshake, the sizes of frames, and the ends of a connection."""

from __future__ import annotations

import contextlib
import json
from uuid import uuid4

import jwt
import websockets

from amara import frames, session
from tests.builders import a_conversation
from tests.rig import SECRET, Chat, chatting


async def end_of(socket: websockets.ClientConnection) -> int:
    """The code the service closed with, after whatever it still said."""
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            await socket.recv()
    return socket.close_code


async def refusal(
    service, *, token: str | None = None, thread_id: str | None = None, hello: bool = True, **wishes
) -> int:
    """How a peer is sent away that opens a socket and, unless told otherwise, says hello."""
    url = service.socket_url(str(uuid4()) if thread_id is None else thread_id)
    async with websockets.connect(url, **wishes) as socket:
        if hello:
            with contextlib.suppress(websockets.ConnectionClosed):  # it may be sent away before it said a word
                await socket.send(json.dumps({"type": "hello", **({} if token is None else {"token": token})}))
        return await end_of(socket)


async def test_a_hello_without_a_token_is_refused(service):
    assert await refusal(service) == frames.TOKEN


async def test_a_first_frame_that_is_not_hello_is_refused(service):
    async with chatting(service, "", hello=False) as chat:
        await chat.say("Hola")
        assert await end_of(chat.socket) == frames.TOKEN


async def test_a_token_that_claims_what_it_may_not_is_refused(service, laura):
    attempts = [
        {"role": "service_role"},
        {"role": "amara_service"},
        {"role": None},
        {"sub": "not-a-uuid"},
        {"sub": 1},
        {"exp": None},
        {"exp": 1},
        {"nbf": 99_999_999_999},
        {"iat": 99_999_999_999},
    ]
    for attempt in attempts:
        whole = {"sub": str(laura), "role": "authenticated", "exp": 4_000_000_000} | attempt
        claims = {name: value for name, value in whole.items() if value is not None}
        assert await refusal(service, token=jwt.encode(claims, SECRET, algorithm="HS256")) == frames.TOKEN, attempt


async def test_a_forged_token_is_refused(service, laura):
    claims = {"sub": str(laura), "role": "authenticated", "exp": 4_000_000_000}
    unsigned = jwt.encode(claims, None, algorithm="none")
    foreign = jwt.encode(claims, "another secret, also long enough for HS256", algorithm="HS256")
    good = service.token(laura)
    for forged in (unsigned, foreign, good[:-4], good + "x", "", "a.b.c", "x" * 9_000):
        assert await refusal(service, token=forged) == frames.TOKEN


async def test_a_token_in_the_address_is_no_token(service, token):
    for name in ("token", "access_token", "authorization"):
        async with websockets.connect(service.socket_url(str(uuid4()), **{name: token})) as socket:
            await socket.send('{"type":"hello"}')
            assert await end_of(socket) == frames.TOKEN


async def test_a_bearer_header_that_does_not_hold_is_refused(service, laura):
    for header in ("Bearer", "Basic dXNlcjpwYXNz", "Bearer a.b.c", f"Bearer {service.token(laura, ttl_s=-31)}"):
        assert await refusal(service, hello=False, additional_headers={"authorization": header}) == frames.TOKEN


async def test_a_hello_for_somebody_else_than_the_header_is_refused(service, token):
    header = {"authorization": f"Bearer {token}"}
    assert await refusal(service, token=service.token(uuid4()), additional_headers=header) == frames.ORIGIN


async def test_a_token_that_expires_while_nobody_speaks_ends_the_socket(service, laura, monkeypatch):
    service.door.sockets.heartbeat_s = 0.05
    async with chatting(service, service.token(laura)) as chat:
        await chat.hear_until("ping")
        monkeypatch.setattr(session, "EXPIRY_GRACE_S", -3600)  # and now its hour is over
        with contextlib.suppress(websockets.ConnectionClosed):
            await chat.send({"type": "pong"})
            while (await chat.hear())["type"] == "ping":
                await chat.send({"type": "pong"})
        assert chat.socket.close_code == frames.TOKEN


async def test_a_refresh_keeps_the_socket_open_beyond_the_first_token(service, laura, monkeypatch):
    service.door.sockets.heartbeat_s = 0.05
    async with chatting(service, service.token(laura)) as chat:
        await chat.send({"type": "refresh", "token": service.token(laura, ttl_s=7200)})
        await chat.say("Hola")  # frames are taken in their order
        while (await chat.hear()).get("chunk", {}).get("type") != "RUN_STARTED":
            await chat.send({"type": "pong"})
        monkeypatch.setattr(session, "EXPIRY_GRACE_S", -3600)  # and now the hour of the first one is over
        for _ in range(10):
            await chat.hear_until("ping")
            await chat.send({"type": "pong"})


async def test_a_refresh_that_does_not_hold_ends_the_socket(service, laura):
    attempts = {
        "a.b.c": frames.TOKEN,
        service.token(laura, ttl_s=-60): frames.TOKEN,
        service.token(uuid4()): frames.ORIGIN,  # somebody else's
    }
    for given, code in attempts.items():
        async with chatting(service, service.token(laura)) as chat:
            await chat.send({"type": "refresh", "token": given})
            assert await end_of(chat.socket) == code


async def test_a_peer_that_answers_no_ping_is_let_go(service, token):
    service.door.sockets.heartbeat_s = 0.05
    async with chatting(service, token) as chat:
        assert await end_of(chat.socket) == frames.TOO_SLOW


async def test_a_peer_that_says_no_hello_is_let_go(service, monkeypatch):
    monkeypatch.setattr(frames, "HELLO_S", 0.1)
    assert await refusal(service, hello=False) == frames.NO_HELLO


async def test_a_foreign_conversation_is_not_there(service, owner, token):
    foreign = await a_conversation(owner)
    assert await refusal(service, token=token, thread_id=str(foreign)) == frames.NO_CONVERSATION
    bearer = {"authorization": f"Bearer {token}"}
    assert await refusal(service, hello=False, thread_id=str(foreign), additional_headers=bearer) == 4404


async def test_a_foreign_conversation_is_not_there_either_when_it_came_after_the_hello(service, owner, token):
    async with chatting(service, token) as chat:
        await a_conversation(owner, id=chat.thread_id)
        await chat.say("Hola")
        assert await end_of(chat.socket) == frames.NO_CONVERSATION
    assert await owner.fetchval("select count(*) from public.amara_messages") == 0


async def test_a_thread_needs_a_name(service, token):
    for thread_id in ("", "x" * 129, "a%00b"):
        assert await refusal(service, hello=False, thread_id=thread_id) == frames.BAD_FRAME


async def test_only_our_own_origin_may_open_a_socket(service, token):
    port = service.url.rpartition(":")[2]
    for origin in (f"http://127.0.0.1:{port}", f"http://localhost:{port}"):
        async with websockets.connect(service.socket_url("origin"), origin=origin) as socket:
            chat = Chat(socket, "origin")
            await chat.send({"type": "hello", "token": token})
            assert (await chat.hear())["type"] == "welcome"
    evil = [
        f"http://127.0.0.1:{port}.evil.example",
        f"https://127.0.0.1:{port}",
        "http://127.0.0.1",
        f"http://127.0.0.1:{int(port) - 1}",
        f"HTTP://127.0.0.1:{port}",
        f"http://LOCALHOST:{port}",
        f"http://127.0.0.1:{port}/",
        "null",
        "",
    ]
    for origin in evil:
        headers = {"origin": origin}
        assert await refusal(service, token=token, additional_headers=headers) == frames.ORIGIN, origin


async def test_two_origins_are_none(service, token):
    port = service.url.rpartition(":")[2]
    headers = [("origin", f"http://127.0.0.1:{port}"), ("origin", "https://evil.example")]
    assert await refusal(service, token=token, additional_headers=headers) == frames.ORIGIN


async def test_our_own_protocol_version_is_chosen_and_another_refused(service, token):
    async with websockets.connect(service.socket_url("v"), subprotocols=["amara.v9", "amara.v1"]) as socket:
        assert socket.subprotocol == "amara.v1"
    assert await refusal(service, token=token, subprotocols=["amara.v2"]) == frames.PROTOCOL_VERSION
    assert await refusal(service, token=token, subprotocols=["AMARA.V1"]) == frames.PROTOCOL_VERSION


async def test_a_binary_frame_ends_the_socket(service, token):
    async with chatting(service, token) as chat:
        await chat.socket.send(b'{"type":"pong"}')
        assert await end_of(chat.socket) == frames.BAD_FRAME


async def test_a_frame_may_fill_its_limit_and_no_byte_more(service, token):
    async with chatting(service, token) as chat:
        await chat.send('{"type":"pong"}'.ljust(frames.FRAME_MAX_OURS))
        await chat.ask("Hola")
        await chat.send('{"type":"pong"}'.ljust(frames.FRAME_MAX_OURS + 1))
        assert await end_of(chat.socket) == frames.FRAME_TOO_LARGE


async def test_the_limit_counts_bytes_and_not_characters(service, token):
    async with chatting(service, token) as chat:
        await chat.send(json.dumps({"type": "pong", "x": "ñ" * (frames.FRAME_MAX_OURS // 2)}, ensure_ascii=False))
        assert await end_of(chat.socket) == frames.FRAME_TOO_LARGE


async def test_a_stock_client_may_send_its_whole_history_up_to_a_mebibyte(service, token):
    headers = {"authorization": f"Bearer {token}"}
    async with websockets.connect(service.socket_url("stock"), additional_headers=headers) as socket:
        chat = Chat(socket, "stock")
        history = [{"id": "old", "role": "assistant", "content": "x" * 900_000}]
        message = {"id": "new", "role": "user", "content": "Hola"}
        await chat.send({"threadId": "stock", "runId": "run", "messages": [*history, message]})
        await chat.hear_until("RUN_FINISHED")
        await chat.send('{"type":"pong"}'.ljust(frames.FRAME_MAX_STOCK + 1))
        assert await end_of(socket) == frames.FRAME_TOO_LARGE


async def test_a_frame_beyond_every_limit_is_not_even_read(service, token):
    async with chatting(service, token) as chat:
        await chat.send("x" * (frames.FRAME_MAX + 1))
        assert await end_of(chat.socket) == 1009


async def test_a_drain_tells_everybody_to_come_back(service, token):
    stock = {"authorization": f"Bearer {token}"}
    async with (
        chatting(service, token) as chat,
        websockets.connect(service.socket_url("stock"), additional_headers=stock) as other,
    ):
        await other.send("{")  # answered once it is in: a frame without a run ends a stock socket
        assert await end_of(other) == frames.BAD_FRAME
        await service.door.drain(0)
        assert (await chat.hear())["type"] == "reconnect"
        assert await end_of(chat.socket) == frames.RESTARTING
        assert await refusal(service, token=token) == frames.RESTARTING
