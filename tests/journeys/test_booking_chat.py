"""A booking in the chat: a draft, an explicit act, one booking."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import aiohttp
import pytest

from amara import demo
from tests import upstream as scripted
from tests.rig import chatting, events, text_of


@pytest.fixture
async def professional(owner, service):
    """Somebody who cleans in Bogotá, and two hours of hers that are free."""
    row = await owner.fetchrow(
        "select id from amara_api.professionals where city = 'Bogotá' and services @> '[{\"slug\":\"cleaning\"}]'"
        " and instant_booking order by id limit 1"
    )
    today = datetime.now(UTC).date()
    starts = await owner.fetch(
        "select starts_at as start from amara_api.free_starts($1, $2, $3, 240, now()) order by 1",
        row["id"],
        today + timedelta(2),
        today + timedelta(20),
    )
    return row["id"], [start["start"] for start in starts]


def draft_call(professional_id: UUID, start: datetime, *, call_id: str = "toolu_draft", **more) -> scripted.Answer:
    given = {
        "professional_id": str(professional_id),
        "service": "cleaning",
        "starts_at": start.isoformat(),
        "hours": 4,
        "address": "Calle 10 # 5-20",
    }
    return scripted.calls("draft_booking", given | more, call_id=call_id)


async def offered(chat, upstream, professional_id, start, **more):
    """The interrupt of a run in which the model drafted this visit."""
    upstream.then(draft_call(professional_id, start, **more), scripted.says("Aquí está el borrador."))
    finished = events(await chat.ask("Resérvela, por favor"))[-1]
    assert finished["outcome"]["type"] == "interrupt"
    return finished["outcome"]["interrupts"][0]


async def decide(chat, interrupt_id, payload, *, run_id=None, status="resolved"):
    """Answers an interrupt; the card and the terminal of the run that tells what came of it."""
    run_id = run_id or f"run-{uuid4()}"
    resume = [{"interruptId": interrupt_id, "status": status, "payload": payload}]
    await chat.send({"threadId": chat.thread_id, "runId": run_id, "messages": [], "resume": resume})
    heard = await chat.hear_until("RUN_FINISHED", "RUN_ERROR")
    told = events(heard)
    card = next(event["metadata"]["amara"]["card"] for event in told if event["type"] == "TEXT_MESSAGE_START")
    return card, told[-1], text_of(heard)


async def bookings_of(owner, professional_id, start):
    return await owner.fetch(
        "select id, status, total_price, customer_id from bookings where professional_id = $1 and scheduled_start = $2",
        professional_id,
        start,
    )


async def test_a_draft_is_booked_by_an_explicit_act_and_by_nothing_else(service, upstream, owner, professional):
    professional_id, starts = professional
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        interrupt = await offered(chat, upstream, professional_id, starts[0])
        assert interrupt["toolCallId"] == "toolu_draft"
        upstream.then(scripted.says("Para confirmar, use el botón."))
        talk = events(await chat.ask("Sí, confirmo"))
        assert await bookings_of(owner, professional_id, starts[0]) == []
        again = talk[-1]["outcome"]["interrupts"][0]
        assert again["metadata"]["amara"] == interrupt["metadata"]["amara"]
        assert again["id"] != interrupt["id"]
        card, finished, words = await decide(chat, again["id"], {"approved": True})
    assert (card["outcome"], finished["outcome"]) == ("confirmed", {"type": "success"})
    assert words.startswith("Listo")
    (booking,) = await bookings_of(owner, professional_id, starts[0])
    assert (str(booking["id"]), booking["customer_id"]) == (card["booking"]["id"], demo.CUSTOMER_ID)
    assert booking["status"] == "confirmed"


async def test_twenty_clicks_and_a_second_tab_make_one_booking(service, upstream, owner, professional):
    professional_id, starts = professional
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token) as chat, chatting(service, token, thread_id=chat.thread_id) as other:
        interrupt = await offered(chat, upstream, professional_id, starts[0])
        await other.hear_until("RUN_FINISHED")
        resume = [{"interruptId": interrupt["id"], "status": "resolved", "payload": {"approved": True}}]
        for number in range(20):
            tab = chat if number % 2 else other
            frame = {"threadId": chat.thread_id, "runId": f"click-{number}", "messages": [], "resume": resume}
            await tab.send(frame)
        for tab in (chat, other):
            told = []
            while len(told) < 20:
                heard = events(await tab.hear_until("RUN_FINISHED", "RUN_ERROR"))
                told += [e["metadata"]["amara"]["card"] for e in heard if e["type"] == "TEXT_MESSAGE_START"]
                assert heard[-1]["type"] == "RUN_FINISHED"
            assert {card["outcome"] for card in told} == {"confirmed"}
            assert len({card["booking"]["id"] for card in told}) == 1
    assert len(await bookings_of(owner, professional_id, starts[0])) == 1


async def test_an_edit_is_another_version_and_another_question(service, upstream, owner, professional):
    professional_id, starts = professional
    async with chatting(service, service.token(demo.CUSTOMER_ID), locale="en") as chat:
        interrupt = await offered(chat, upstream, professional_id, starts[0])
        edits = {"starts_at": starts[3].isoformat()}
        card, finished, _ = await decide(chat, interrupt["id"], {"approved": True, "edits": edits})
        assert (card["outcome"], card["draft"]["version"]) == ("offered", 2)
        assert await bookings_of(owner, professional_id, starts[3]) == []
        late, _, _ = await decide(chat, interrupt["id"], {"approved": True})
        assert late["outcome"] == "version_changed"
        newer = finished["outcome"]["interrupts"][0]["id"]
        card, _, words = await decide(chat, newer, {"approved": True})
    assert (card["outcome"], words.startswith("Done")) == ("confirmed", True)
    assert len(await bookings_of(owner, professional_id, starts[3])) == 1


async def test_a_declined_draft_frees_its_hour(service, upstream, owner, professional):
    professional_id, starts = professional
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        interrupt = await offered(chat, upstream, professional_id, starts[0])
        card, finished, _ = await decide(chat, interrupt["id"], {"approved": False})
        assert (card["outcome"], finished["outcome"]["type"]) == ("withdrawn", "success")
        again, _, _ = await decide(chat, interrupt["id"], {"approved": True})
    assert again["outcome"] == "withdrawn"
    assert await bookings_of(owner, professional_id, starts[0]) == []


@pytest.mark.parametrize(
    "made_up",
    ["nonsense", f"{uuid4()}.1.{uuid4()}", "", "'; drop table bookings"],
    ids=["words", "well-formed", "empty", "sql"],
)
async def test_an_interrupt_nobody_asked_is_answered_with_what_is_true(service, upstream, made_up):
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        await chat.ask("Hola")
        if not made_up:
            await chat.send({"threadId": chat.thread_id, "runId": "r", "messages": [], "resume": [{"interruptId": ""}]})
            assert (await chat.hear_until("error"))[-1]["code"] == "bad_frame"
            return
        card, finished, _ = await decide(chat, made_up, {"approved": True})
    assert (card["outcome"], finished["outcome"]) == ("impossible", {"type": "success"})


async def test_another_persons_draft_and_one_of_another_conversation_are_not_there(
    service, upstream, owner, professional
):
    professional_id, starts = professional
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        interrupt = await offered(chat, upstream, professional_id, starts[0])
    for who in (demo.CUSTOMER_ID, demo.SECOND_CUSTOMER_ID):
        async with chatting(service, service.token(who)) as elsewhere:
            await elsewhere.ask("Hola")
            card, _, _ = await decide(elsewhere, interrupt["id"], {"approved": True})
        assert (card["outcome"], card["draft"]) == ("impossible", None)
    assert await bookings_of(owner, professional_id, starts[0]) == []


async def test_a_confirmation_acts_beside_a_live_answer_and_tells_after_it(service, upstream, owner, professional):
    professional_id, starts = professional
    hold = asyncio.Event()
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        interrupt = await offered(chat, upstream, professional_id, starts[0])
        upstream.then(
            scripted.Answer([scripted.start(), *scripted.text("Un ", "momento."), *scripted.end()], until=hold)
        )
        await chat.say("¿Y trae sus productos?", run_id="talk")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        resume = [{"interruptId": interrupt["id"], "status": "resolved", "payload": {"approved": True}}]
        await chat.send({"threadId": chat.thread_id, "runId": "approve", "messages": [], "resume": resume})
        await chat.hear_until("ack")
        assert len(await bookings_of(owner, professional_id, starts[0])) == 1
        hold.set()
        heard = events(await chat.hear_until("RUN_FINISHED"))
        assert heard[-1]["runId"] == "talk"
        heard = events(await chat.hear_until("RUN_FINISHED"))
        assert [heard[0]["runId"], heard[-1]["runId"]] == ["approve", "approve"]


async def test_the_model_learns_what_was_confirmed(service, upstream, professional):
    professional_id, starts = professional
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        interrupt = await offered(chat, upstream, professional_id, starts[0])
        await decide(chat, interrupt["id"], {"approved": True})
        upstream.then(scripted.says("Así es."))
        await chat.ask("¿Quedó?")
    spoken = [block.get("text", "") for message in upstream.requests[-1]["messages"] for block in message["content"]]
    assert any(text.startswith("Listo: su reserva") for text in spoken)


async def test_a_confirmation_by_http_is_told_in_the_chat_once(service, upstream, owner, professional):
    professional_id, starts = professional
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token) as chat, aiohttp.ClientSession(service.url) as http:
        interrupt = await offered(chat, upstream, professional_id, starts[0])
        meant = interrupt["metadata"]["amara"]
        path, headers = f"/v1/amara/drafts/{meant['draftId']}/confirm", {"authorization": f"Bearer {token}"}
        for _ in range(3):
            async with http.post(path, json={"version": meant["version"]}, headers=headers) as answer:
                assert (answer.status, (await answer.json())["outcome"]) == (200, "confirmed")
        heard = events(await chat.hear_until("RUN_FINISHED"))
        assert text_of([{"chunk": event} for event in heard]).startswith("Listo")
        upstream.then(scripted.says("Con gusto."))
        heard = await chat.ask("Gracias")
        assert text_of(heard) == "Con gusto."
    assert len(await bookings_of(owner, professional_id, starts[0])) == 1


async def test_a_frame_that_comes_twice_while_an_answer_is_written_is_told_once(service, upstream, owner, professional):
    professional_id, starts = professional
    hold = asyncio.Event()
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        interrupt = await offered(chat, upstream, professional_id, starts[0])
        upstream.then(scripted.Answer([scripted.start(), *scripted.text("Un momento."), *scripted.end()], until=hold))
        await chat.say("¿Y trae sus productos?", run_id="talk")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        resume = [{"interruptId": interrupt["id"], "status": "resolved", "payload": {"approved": True}}]
        frame = {"threadId": chat.thread_id, "runId": "approve", "messages": [], "resume": resume}
        await chat.send(frame)
        await chat.send(frame)
        acks = [(await chat.hear_until("ack"))[-1]["status"] for _ in range(2)]
        hold.set()
        await chat.hear_until("RUN_FINISHED")
        told = events(await chat.hear_until("RUN_FINISHED"))
        upstream.then(scripted.says("Con gusto."))
        after = events(await chat.ask("Gracias", run_id="after"))
    assert acks == ["accepted", "duplicate"]
    assert [event["runId"] for event in told if "runId" in event] == ["approve", "approve"]
    assert after[0]["runId"] == "after"
    assert len(await bookings_of(owner, professional_id, starts[0])) == 1
