"""An answer can be asked for again, until something has come of it; the one before stays on record and nowhere else."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import aiohttp
import pytest

from amara import demo
from tests import upstream as scripted
from tests import visits, wire
from tests.builders import a_person
from tests.rig import chatting, serving, text_of


async def regenerate(chat, message_id, **more):
    run_id = more.pop("run_id", f"run-{uuid4()}")
    wish = {"amara": {"regenerate": message_id, **more}}
    await chat.send({"threadId": chat.thread_id, "runId": run_id, "messages": [], "forwardedProps": wish})
    return await chat.hear_until("RUN_FINISHED", "RUN_ERROR", "error")


def shown(heard):
    told = [frame.get("chunk", frame) for frame in heard]  # what is for one connection alone stands in no log
    [snapshot] = [event for event in told if event["type"] == "MESSAGES_SNAPSHOT"]
    return [(one["role"], one["content"]) for one in snapshot["messages"]]


async def test_the_old_answer_leaves_the_conversation_and_stays_on_record(service, upstream, owner, token):
    upstream.then(
        scripted.calls("list_my_bookings", {}, before="Miro. "), scripted.says("Ninguna."), scripted.says("No tiene.")
    )
    async with chatting(service, token) as chat, chatting(service, token, thread_id=chat.thread_id) as elsewhere:
        await chat.ask("¿Mis reservas?", message_id="m1")
        await elsewhere.hear_until("RUN_FINISHED")
        heard = await regenerate(chat, "m1")
        wire.check_run(wire.last_run(chat))
        assert heard[0] | {"runId": ""} == {"type": "ack", "ref": "m1", "runId": "", "status": "accepted"}
        assert shown(heard) == [("user", "¿Mis reservas?")]
        assert text_of(heard) == "No tiene."
        assert scripted.spoken(upstream.requests[2]) == scripted.spoken(upstream.requests[0])
        told = await elsewhere.hear_until("RUN_FINISHED")  # another device sees the same
        assert (shown(told), text_of(told)) == (shown(heard), text_of(heard))
        assert await wire.record(owner, chat.thread_id) == [
            ("user", "¿Mis reservas?", None),
            ("assistant", "Miro. ", "superseded"),
            ("assistant", "Ninguna.", "superseded"),
            ("assistant", "No tiene.", "complete"),
        ]
        await chat.ask("Gracias")
        said = [block for message in scripted.spoken(upstream.requests[-1]) for block in message["content"]]
        assert [block["text"] for block in said] == ["¿Mis reservas?", "No tiene.", "Gracias"]


async def test_who_lists_the_messages_sees_the_new_answer_alone(service, upstream, token):
    upstream.then(scripted.says("Uno."), scripted.says("Dos."))
    async with chatting(service, token) as chat, aiohttp.ClientSession() as http:
        await chat.ask("Cuente", message_id="m1")
        await regenerate(chat, "m1")
        url = f"{service.url}/v1/amara/conversations/{chat.thread_id}/messages"
        async with http.get(url, headers={"authorization": f"Bearer {token}"}) as answer:
            listed = (await answer.json())["items"]
    assert [one["content"] for one in listed] == ["Dos.", "Cuente"]


async def test_it_can_be_asked_for_again_and_again_and_a_frame_sent_twice_is_one(service, upstream, owner, token):
    upstream.then(*[scripted.says(word) for word in ("Uno.", "Dos.", "Tres.")])
    async with chatting(service, token) as chat:
        await chat.ask("Cuente", message_id="m1")
        await regenerate(chat, "m1", run_id="r2")
        heard = await regenerate(chat, "m1", run_id="r3")
        assert text_of(heard) == "Tres."
        twice = await regenerate(chat, "m1", run_id="r3")
        assert twice[0]["status"] == "duplicate"
        assert shown(twice) == [("user", "Cuente"), ("assistant", "Tres.")]
    assert len(upstream.requests) == 3
    kept_as = [row[2] for row in await wire.record(owner, chat.thread_id)]
    assert kept_as == [None, "superseded", "superseded", "complete"]


async def test_a_failed_answer_is_taken_back_as_well(service, upstream, owner, token):
    upstream.then(scripted.Answer([scripted.start(), *scripted.text("Tengo ")[:2]]), scripted.says("Tengo tres."))
    async with chatting(service, token) as chat:
        await chat.ask("Busco aseo", message_id="m1")
        assert text_of(await regenerate(chat, "m1")) == "Tengo tres."
        assert [row[2] for row in await wire.record(owner, chat.thread_id)] == [None, "superseded", "complete"]


async def test_only_the_latest_answer_of_ones_own_can_be_asked_for_again(service, upstream, owner, token):
    async with chatting(service, token) as chat:
        await chat.ask("Hola", message_id="m1")
        await chat.ask("¿Y?", message_id="m2")
        for message_id in ("m1", "never was"):
            refused = (await regenerate(chat, message_id))[-1]
            assert (refused["type"], refused["code"]) == ("error", "not_allowed")
        assert text_of(await chat.ask("¿Sigue ahí?")) == "Claro."  # the socket stays
        stranger = service.token(await a_person(owner))
    async with chatting(service, stranger) as other:
        refused = (await regenerate(other, "m2"))[-1]
        assert refused["code"] == "not_allowed"
    assert "superseded" not in [row[2] for row in await wire.record(owner, chat.thread_id)]


async def test_an_answer_that_is_being_written_is_not_asked_for_again(service, upstream, owner, token):
    held = asyncio.Event()
    answer = scripted.says("Uno, ", "dos.")
    answer.until = held
    upstream.then(answer)
    async with chatting(service, token) as chat:
        await chat.say("Cuente", message_id="m1")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        refused = (await regenerate(chat, "m1"))[-1]
        assert (refused["type"], refused["code"]) == ("error", "busy")
        held.set()
        await chat.hear_until("RUN_FINISHED")
    assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", "Uno, dos.", "complete")


async def test_a_stock_client_may_send_its_history_up_to_the_question(service, upstream, token):
    upstream.then(scripted.says("Uno."), scripted.says("Dos."))
    async with chatting(service, token) as chat:
        await chat.ask("Cuente", message_id="m1")
        wish = {"forwardedProps": {"amara": {"regenerate": "m1"}}}
        assert text_of(await chat.ask("Cuente", message_id="m1", **wish)) == "Dos."
        await chat.say("Algo nuevo", message_id="m2", **wish | {"forwardedProps": {"amara": {"regenerate": "m1"}}})
        assert (await chat.hear_until("error"))[-1]["code"] == "bad_frame"


@pytest.mark.parametrize("is_confirmed", [False, True])
async def test_a_draft_goes_with_its_answer_and_a_booking_never_does(urls, upstream, owner, is_confirmed):
    async with serving(urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted") as service:
        free = await visits.somebody_free(owner)
        upstream.then(visits.drafts(free.id, free.starts[0]), scripted.says("Está listo."), scripted.says("¿Qué hora?"))
        async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
            end = (await chat.ask("Reserve", message_id="m1"))[-1]["chunk"]
            if is_confirmed:
                upstream.answers.clear()
                await visits.decide(chat, end["outcome"]["interrupts"][0]["id"], {"approved": True})
            heard = await regenerate(chat, "m1")
            drafted = await owner.fetchval("select status from amara_booking_drafts")
            if is_confirmed:
                assert (heard[-1]["code"], drafted) == ("not_allowed", "confirmed")
                assert len(await visits.bookings_of(owner, free.id, free.starts[0])) == 1
                assert (await wire.record(owner, chat.thread_id))[-2][2] == "complete"
            else:
                assert (heard[-1]["chunk"]["outcome"], drafted) == ({"type": "success"}, "cancelled")
                assert text_of(heard) == "¿Qué hora?"


async def test_of_asking_again_and_confirming_at_once_one_wins_and_never_both(urls, upstream, owner):
    """By the socket and by HTTP, each time in a conversation of its own."""
    async with serving(urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted") as service:
        free = await visits.somebody_free(owner)
        days = sorted({start.date(): start for start in reversed(free.starts)}.values())
        token = service.token(demo.CUSTOMER_ID)
        headers = {"authorization": f"Bearer {token}"}
        outcomes = []
        async with aiohttp.ClientSession(service.url, headers=headers) as http:
            for start in days[:6]:
                upstream.then(visits.drafts(free.id, start), scripted.says("Está listo."))
                async with chatting(service, token) as chat:
                    await chat.ask("Reserve", message_id="m1")
                    draft_id = await owner.fetchval("select id from amara_booking_drafts where status = 'open'")
                    path, key = f"/v1/amara/drafts/{draft_id}/confirm", {"idempotency-key": str(uuid4())}

                    async def confirmed(path=path, key=key):
                        async with http.post(path, json={"version": 1}, headers=key) as answer:
                            return (await answer.json()).get("outcome")

                    outcome, heard = await asyncio.gather(confirmed(), regenerate(chat, "m1"))
                    is_booked = len(await visits.bookings_of(owner, free.id, start)) == 1
                    was_answered_anew = heard[-1].get("code") is None and "chunk" in heard[-1]
                    said = await wire.record(owner, chat.thread_id)
                    stood = ("assistant", "Está listo.", "complete") in said
                    status = await owner.fetchval("select status from amara_booking_drafts where id = $1", draft_id)
                    assert (is_booked, stood, outcome == "confirmed") == ((status == "confirmed"),) * 3, said
                    assert was_answered_anew is not is_booked
                    outcomes.append(is_booked)
        assert len(outcomes) == 6
