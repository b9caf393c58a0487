"""From a visitor's first word to an account that has it all: both doors, the real service, and nothing to steal."""

from __future__ import annotations

import asyncio
import logging
from uuid import uuid4

import aiohttp
import structlog

from tests.builders import a_person
from tests.guest.shopping import FORM, Guest, a_guest
from tests.rig import chatting, end_of, text_of
from tests.visits import drafts as drafting
from tests.visits import offered, somebody_free, visit


async def visitor_of(http):
    async with http.post("/v1/auth/anonymous") as answer:
        return (await answer.json())["access_token"]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


async def drafted(service, upstream, owner, token, thread_id, number=0):
    """What the chat asks this visitor to confirm."""
    free = await somebody_free(owner)
    async with chatting(service, token, thread_id=thread_id) as chat:
        interrupt = await offered(chat, upstream, drafting(free.id, free.starts[number]))
    return interrupt["metadata"]["amara"]


async def test_a_visitor_books_in_the_chat_and_takes_it_into_an_account(service, upstream, owner):
    account = await a_person(owner, email=FORM["email"])
    thread_id = str(uuid4())
    async with aiohttp.ClientSession(service.url) as http:
        token = await visitor_of(http)
        seen = await drafted(service, upstream, owner, token, thread_id)
        confirm = f"/v1/amara/drafts/{seen['draftId']}/confirm"
        async with http.post(confirm, json={"version": seen["version"]}, headers=bearer(token)) as answer:
            assert (answer.status, (await answer.json())["code"]) == (409, "contact_needed")
        guest = await a_guest(http, bearer(token))
        async with chatting(service, token, thread_id=thread_id) as chat:
            booked = await guest.booked({"draft_id": seen["draftId"], "version": seen["version"]})
            assert "reserva" in text_of(await chat.hear_until("RUN_FINISHED"))
            status, said = await guest.convert(bearer(service.token(account)))
            assert (status, said["status"], said["bookings"], said["conversations"]) == (200, "claimed", 1, 1)
            assert await end_of(chat.socket) == 4401
        async with http.get(f"/v1/bookings/{booked['id']}", headers=bearer(token)) as answer:
            assert answer.status == 401
        async with http.get(f"/v1/bookings/{booked['id']}", headers=bearer(service.token(account))) as answer:
            assert await answer.json() == booked
        async with http.get("/v1/amara/conversations", headers=bearer(service.token(account))) as answer:
            assert [item["id"] for item in (await answer.json())["items"]] == [thread_id]
    async with chatting(service, service.token(account), thread_id=thread_id):
        pass  # it is theirs now


async def test_the_next_guest_in_the_same_browser_sees_nothing_of_the_first(service, upstream, owner):
    thread_id = str(uuid4())
    async with aiohttp.ClientSession(service.url) as http:
        first, second = await visitor_of(http), await visitor_of(http)
        seen = await drafted(service, upstream, owner, first, thread_id)
        guest = await a_guest(http, bearer(first))
        booked = await guest.booked({"draft_id": seen["draftId"]})
        other = await a_guest(http, bearer(second), email="pedro@example.com", full_name="Pedro")
        assert (await other.ask("GET", "/bookings"))[1]["items"] == []
        assert (await other.ask("GET", f"/bookings/{booked['id']}"))[0] == 404
        assert (await other.book({"draft_id": seen["draftId"]}))[0] == 404
        for path in ("/v1/bookings", "/v1/amara/conversations"):
            async with http.get(path, headers=bearer(second)) as answer:
                assert (await answer.json())["items"] == []
        async with http.get(f"/v1/amara/conversations/{thread_id}", headers=bearer(second)) as answer:
            assert answer.status == 404


async def test_neither_token_nor_person_stands_where_it_should_not(service, upstream, owner, caplog):
    caplog.set_level(logging.DEBUG)
    canaries = {"email": "canary7291@example.com", "full_name": "Canaria Siete", "phone": "310 555 7291"}
    account = await a_person(owner, email=canaries["email"])
    with structlog.testing.capture_logs() as logged:
        async with aiohttp.ClientSession(service.url) as http:
            token = await visitor_of(http)
            seen = await drafted(service, upstream, owner, token, str(uuid4()))
            guest = await a_guest(http, bearer(token), **canaries)
            free = await somebody_free(owner)
            direct = visit(free.id, free.starts[-1])
            order = {"duration_minutes": direct.pop("hours") * 60, **direct}
            answers = [
                await guest.book({"draft_id": seen["draftId"]}),
                await guest.book(order, Idempotency_Key="a key"),
                await guest.book({"draft_id": "x"}),
                await guest.cancel(uuid4()),
                await guest.convert(bearer(token)),
                await Guest(http, guest.id, guest.token[:-1]).ask("GET", "/session"),
                await guest.convert(bearer(service.token(account))),
                await guest.ask("GET", "/bookings"),
            ]
    words = [guest.token, canaries["email"], canaries["full_name"], "3105557291"]
    told = f"{logged}{caplog.text}{answers}"
    assert [word for word in words if word in told] == []
    assert await places_of(owner, guest.token) == []
    for word in words[1:3]:
        assert set(await places_of(owner, word)) <= {"public.guest_sessions", "auth.users", "public.profiles"}


async def places_of(owner, word):
    """Every table with this in one of its rows."""
    tables = await owner.fetch(
        "select format('%I.%I', table_schema, table_name) as name from information_schema.tables"
        " where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
    )
    assert len(tables) > 20
    found = []
    for table in tables:
        holds = (
            f"select exists (select from {table['name']} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0)"
        )
        if await owner.fetchval(holds, word, word.encode().hex()):
            found.append(table["name"])
    return found


async def test_a_tool_of_the_visitors_and_a_claim_take_turns(service, owner, upstream):
    """Whoever writes in the conversation goes first; the claim waits for its row, and then takes all of it."""
    account = await a_person(owner, email=FORM["email"])
    thread_id = str(uuid4())
    async with aiohttp.ClientSession(service.url) as http:
        token = await visitor_of(http)
        await drafted(service, upstream, owner, token, thread_id)
        guest = await a_guest(http, bearer(token))
        async with owner.transaction():
            await owner.execute("select from amara_conversations where id = $1::uuid for share", thread_id)
            claiming = asyncio.create_task(guest.convert(bearer(service.token(account))))
            while not await owner.fetchval("select exists (select from pg_locks where not granted)"):
                assert not claiming.done()
            assert await owner.fetchval("select count(*) from amara_booking_drafts where user_id = $1", account) == 0
        assert (await claiming)[1]["drafts"] == 1


async def test_a_forged_address_does_not_hide_who_opens_session_after_session(service):
    async with aiohttp.ClientSession(service.url) as http:
        for number in range(10):
            await a_guest(http, {"X-Forwarded-For": f"198.51.100.{number}"}, email=f"guest{number}@example.com")
        headers = {"X-Forwarded-For": "198.51.100.77"}
        async with http.post("/v1/guest/sessions", json=FORM, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (429, "too_many")
            assert 3500 < int(answer.headers["Retry-After"]) <= 3600
