"""A ticket opens one conversation of one person, once, on the page that asked for it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import pytest
import websockets

from amara import house, tickets
from tests import upstream as scripted
from tests.builders import a_conversation, a_person
from tests.rig import Chat, end_of, serving
from tests.web import browsing, check_problem


@pytest.fixture
async def http(service, token):
    async with browsing(service.url, token) as session:
        yield session


async def ask_for(http, thread_id, **headers):
    async with http.post("/v1/amara/tickets", json={"conversation_id": thread_id}, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        assert answer.headers["cache-control"] == "no-store"
        body = await answer.json()
        assert body.keys() == {"ticket", "expires_in"}
        assert body["expires_in"] == 60
        return body["ticket"]


def knock(service, ticket, thread_id, *, origin=None, **query):
    offered = [websockets.Subprotocol(one) for one in ("amara.v1", f"ticket.{ticket}")]
    return websockets.connect(service.socket_url(thread_id, **query), subprotocols=offered, origin=origin)


async def is_in(socket, thread_id):
    """Its ticket is spent: a handshake ends before that."""
    chat = Chat(socket, thread_id)
    await chat.send({"type": "hello", "since": None})
    await chat.hear_until("welcome")


async def refusal(service, ticket, thread_id, **more):
    async with knock(service, ticket, thread_id, **more) as socket:
        return await end_of(socket)


async def test_a_browser_speaks_by_its_ticket_and_the_token_stands_in_no_address(service, http, owner):
    thread_id = "thread-1"
    ticket = await ask_for(http, thread_id)
    async with knock(service, ticket, thread_id, origin=service.url) as socket:
        assert socket.subprotocol == "amara.v1"
        chat = Chat(socket, thread_id)
        heard = await chat.ask("Hola")
        assert heard[-1]["chunk"]["type"] == "RUN_FINISHED"
    kept = await owner.fetchrow("select * from amara_private.socket_tickets")
    assert ticket not in str(dict(kept))
    assert kept["spent_at"] is not None


async def test_a_ticket_is_spent_by_the_first_of_many(service, http):
    thread_id = str(uuid4())
    ticket = await ask_for(http, thread_id)
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(knock(service, ticket, thread_id)) for _ in range(5)]
        ends = [asyncio.create_task(end_of(socket)) for socket in sockets]
        done, inside = await asyncio.wait(ends, timeout=3)
        assert [task.result() for task in done] == [4401] * 4
        assert len(inside) == 1
        await asyncio.gather(*(socket.close() for socket in sockets))
        await asyncio.gather(*inside)


async def test_a_ticket_spent_at_one_process_is_spent_at_all(urls, service, http):
    thread_id = str(uuid4())
    ticket = await ask_for(http, thread_id)
    async with serving(urls, lease_s=600) as other, knock(other, ticket, thread_id) as inside:
        await is_in(inside, thread_id)
        assert await refusal(service, ticket, thread_id) == 4401
        assert inside.close_code is None


async def test_a_ticket_is_too_old_after_a_minute(urls, laura):
    moment = house.utc_now()
    async with serving(urls, now=lambda: moment) as service, browsing(service.url, service.token(laura)) as http:
        thread_id = str(uuid4())
        first, second = await ask_for(http, thread_id), await ask_for(http, thread_id)
        moment += timedelta(seconds=59)
        async with knock(service, first, thread_id) as inside:
            await is_in(inside, thread_id)
            moment += timedelta(seconds=2)
            assert await refusal(service, second, thread_id) == 4401
            assert await refusal(service, second, thread_id, runId="r", offset="-1") == 4401


async def test_a_ticket_opens_no_other_conversation_and_is_spent_by_the_attempt(service, http, owner, laura):
    thread_id, foreign = str(uuid4()), str(await a_conversation(owner))
    for elsewhere in (str(uuid4()), "thread-2", foreign):
        ticket = await ask_for(http, thread_id)
        assert await refusal(service, ticket, elsewhere) == 4401
        assert await refusal(service, ticket, thread_id) == 4401
    async with http.post("/v1/amara/tickets", json={"conversation_id": foreign}) as answer:
        await check_problem(answer, 404, "not_found")
    stranger = service.token(await a_person(owner))
    async with browsing(service.url, stranger) as other:
        theirs = await ask_for(other, "thread-1")
    mine = await ask_for(http, "thread-1")
    async with knock(service, theirs, "thread-1") as there, knock(service, mine, "thread-1") as here:
        for socket in (there, here):
            await Chat(socket, "thread-1").ask("Hola")
    assert await owner.fetchval("select count(*) from public.amara_conversations where thread_key = 'thread-1'") == 2


async def test_a_ticket_of_one_page_opens_nothing_for_another(urls, laura):
    allowed = ("https://a.example", "https://b.example")
    async with serving(urls, allowed_origins=allowed) as service, browsing(service.url, service.token(laura)) as http:
        thread_id = str(uuid4())
        ticket = await ask_for(http, thread_id, origin="https://a.example")
        assert await refusal(service, ticket, thread_id, origin="https://b.example") == 4401
        assert await refusal(service, ticket, thread_id) == 4401
        assert await refusal(service, ticket, thread_id, origin="https://c.example") == 4403
        async with knock(service, ticket, thread_id, origin="https://a.example") as socket:
            await is_in(socket, thread_id)
            assert await refusal(service, ticket, thread_id, origin="https://a.example") == 4401


@pytest.mark.parametrize("ticket", ["", "x", "A" * 43, "a" * 4000])
async def test_what_is_no_ticket_opens_nothing(service, ticket):
    assert await refusal(service, ticket, str(uuid4())) == 4401


async def test_two_tickets_are_one_too_many_and_a_ticket_alone_speaks_no_protocol(service, http):
    thread_id = str(uuid4())
    one, two = await ask_for(http, thread_id), await ask_for(http, thread_id)
    for offered, code in ((["amara.v1", f"ticket.{one}", f"ticket.{two}"], 4401), ([f"ticket.{one}"], 4406)):
        async with websockets.connect(service.socket_url(thread_id), subprotocols=offered) as socket:
            assert await end_of(socket) == code
    async with knock(service, one, thread_id) as socket:  # neither of them was a use of it
        await Chat(socket, thread_id).ask("Hola")


async def test_nobody_asks_for_more_tickets_than_a_page_can_need(service, http):
    for _ in range(tickets.MANY):
        await ask_for(http, "thread-1")
    async with http.post("/v1/amara/tickets", json={"conversation_id": "thread-1"}) as answer:
        await check_problem(answer, 429, "too_many")
        assert int(answer.headers["retry-after"]) > 0


async def test_a_request_for_a_ticket_names_a_conversation(service, http):
    for body in ({}, {"conversation_id": ""}, {"conversation_id": "x" * 129}, {"conversation_id": "a", "more": 1}):
        async with http.post("/v1/amara/tickets", json=body) as answer:
            await check_problem(answer, 400, "bad_request")
    async with browsing(service.url) as nobody, nobody.post("/v1/amara/tickets", json={}) as answer:
        await check_problem(answer, 401, "token_missing")


async def test_a_spent_ticket_still_hears_the_rest_of_its_run_and_says_nothing(service, http, upstream, owner):
    thread_id = str(uuid4())
    ticket = await ask_for(http, thread_id)
    answer = scripted.says("Uno, ", "dos.")
    answer.until = asyncio.Event()
    upstream.then(answer)
    async with knock(service, ticket, thread_id) as socket:
        chat = Chat(socket, thread_id)
        await chat.say("Cuente", run_id="run-1")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
    since = chat.frames[-1]["id"]
    async with knock(service, ticket, thread_id, runId="run-1", offset="-1") as socket:
        again = Chat(socket, thread_id)
        await again.hear_until("TEXT_MESSAGE_CONTENT")
        await again.say("Otra cosa")
        assert await end_of(socket) == 4401
    async with knock(service, ticket, thread_id, runId="run-1", offset=since) as socket:
        answer.until.set()
        rest = Chat(socket, thread_id)
        await rest.hear_until("RUN_FINISHED")
        assert await end_of(socket) == 1000
    assert await owner.fetchval("select count(*) from public.amara_messages where role = 'user'") == 1
    assert await refusal(service, ticket, thread_id) == 4401


async def test_a_spent_ticket_hears_nothing_once_its_token_is_over(urls, laura):
    moment = house.utc_now()
    async with serving(urls, now=lambda: moment) as service:
        async with browsing(service.url, service.token(laura, ttl_s=120)) as http:
            thread_id = str(uuid4())
            ticket = await ask_for(http, thread_id)
        async with knock(service, ticket, thread_id) as socket:
            await Chat(socket, thread_id).ask("Hola", run_id="run-1")
        moment += timedelta(seconds=149)
        assert await refusal(service, ticket, thread_id, runId="run-1", offset="-1") in {1000, 1008}
        moment += timedelta(seconds=2)
        assert await refusal(service, ticket, thread_id, runId="run-1", offset="-1") == 4401


async def test_whoever_was_signed_out_comes_in_by_no_ticket(service, http, owner, laura):
    ticket = await ask_for(http, "thread-1")
    await owner.execute("insert into amara_private.revocations values ($1, clock_timestamp())", laura)
    await service.door.sockets.go_round()
    assert await refusal(service, ticket, "thread-1") == 4401
