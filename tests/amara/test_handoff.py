"""A conversation goes into a person's hands and back: asked once, taken by one, spoken in by name, and nothing lost."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import websockets

from amara import handoff
from tests import upstream as scripted
from tests import wire
from tests.handing import asides, ask, deed, handed, states
from tests.rig import Chat, chatting, events, serving, text_of

Json = dict[str, Any]


async def test_there_and_back(service, upstream, token, staff, chat, owner):
    status, answer = await deed(service, token, chat.thread_id, "handoff", reason="billing")
    assert (status, answer["handoff"]["state"], answer["handoff"]["author"]) == (200, "waiting", None)
    heard = await chat.hear_until("RUN_FINISHED")
    assert states(heard) == [("waiting", None)]
    assert "una persona de nuestro equipo" in text_of(heard)
    wire.check_run(events(heard))

    requests = len(upstream.requests)
    heard = await chat.ask("Me cobraron dos veces", message_id="m-cobro")
    assert [frame["status"] for frame in heard if frame.get("type") == "ack"] == ["accepted"]
    wire.check_run(events(heard))
    assert text_of(heard) == ""
    assert len(upstream.requests) == requests  # Amara is not even asked

    assert (await deed(service, staff, chat.thread_id, "take"))[1]["handoff"]["author"] == {"name": "Camila Torres"}
    assert states([await chat.hear()]) == [("taken", "Camila Torres")]
    status, said = await deed(service, staff, chat.thread_id, "staff-messages", id="s1", content="Ya reviso su cobro.")
    assert status == 201
    assert asides([await chat.hear()]) == [("staff_message", said)]
    assert (said["content"], said["author"]) == ("Ya reviso su cobro.", {"name": "Camila Torres"})

    _, shown = await ask(service, token, "GET", f"/v1/amara/conversations/{chat.thread_id}")
    assert (shown["handoff"]["state"], shown["handoff"]["author"]) == ("taken", {"name": "Camila Torres"})
    assert (await deed(service, staff, chat.thread_id, "return"))[0] == 200
    assert states([await chat.hear()]) == [("returned", "Camila Torres")]
    _, shown = await ask(service, token, "GET", f"/v1/amara/conversations/{chat.thread_id}")
    assert shown["handoff"] is None

    upstream.then(scripted.says("Con gusto sigo."))
    assert text_of(await chat.ask("Gracias. ¿Y mi reserva?")) == "Con gusto sigo."
    answered = [request for request in upstream.requests if request.get("tools")][-1]  # a title is asked for beside it
    history = json.dumps(answered["messages"], ensure_ascii=False)
    assert "Me cobraron dos veces" in history
    assert "[Camila Torres de nuestro equipo escribió:] Ya reviso su cobro." in history
    deeds = await owner.fetch("select deed from amara_private.handoff_deeds order by id")
    assert [row["deed"] for row in deeds] == ["asked", "taken", "said", "returned"]


async def test_the_record_tells_who_spoke_and_so_does_a_snapshot(service, token, staff, chat):
    await handed(service, token, chat)
    await deed(service, staff, chat.thread_id, "take")
    _, said = await deed(service, staff, chat.thread_id, "staff-messages", id="s1", content="Buenos días.")
    _, page = await ask(service, token, "GET", f"/v1/amara/conversations/{chat.thread_id}/messages?limit=1")
    newest = page["items"][0]
    assert (newest["role"], newest["metadata"]["author"], newest["id"]) == (
        "assistant",
        {"name": "Camila Torres"},
        said["id"],
    )
    async with websockets.connect(service.socket_url(chat.thread_id)) as socket:
        again = Chat(socket, chat.thread_id)
        await again.send({"type": "hello", "token": token, "since": "1-1", "locale": "es"})
        snapshot = (await again.hear_until("MESSAGES_SNAPSHOT"))[-1]
    assert snapshot["messages"][-1] == {
        "id": said["id"],
        "role": "assistant",
        "content": "Buenos días.",
        "metadata": {"amara": {"author": {"name": "Camila Torres"}}},
    }


async def test_an_answer_that_is_being_written_ends_whole(service, upstream, token, chat):
    answer = scripted.says("Un ", "momento.")
    answer.until = asyncio.Event()
    upstream.then(answer)
    await chat.say("¿Cuánto cuesta?")
    heard = await chat.hear_until("TEXT_MESSAGE_CONTENT")
    await deed(service, token, chat.thread_id, "handoff")
    heard += await chat.hear_until("event")
    await chat.say("Y otra cosa", message_id="m-otra")
    heard += await chat.hear_until("ack")
    answer.until.set()
    heard += await chat.hear_until("RUN_FINISHED")
    assert text_of(heard) == "Un momento."
    wire.check_run(events(heard))
    words = await chat.hear_until("RUN_FINISHED")  # what came of the button goes first
    assert "una persona de nuestro equipo" in text_of(words)
    silent = await chat.hear_until("RUN_FINISHED")
    assert text_of(silent) == ""
    assert events(silent)[0]["input"]["messages"][0]["content"] == "Y otra cosa"


async def test_a_tool_hands_over_its_own_conversation_and_amara_says_so_before_she_steps_back(
    service, upstream, token, chat, owner
):
    upstream.then(
        scripted.calls("request_human", {"reason": "safety", "summary": "Le robaron unos aretes."}),
        scripted.says("Lo lamento mucho. Una persona del equipo le responde aquí."),
    )
    heard = await chat.ask("Me robaron unos aretes")
    assert states(heard) == [("waiting", None)]
    assert text_of(heard) == "Lo lamento mucho. Una persona del equipo le responde aquí."
    wire.check_run(events(heard))
    result = json.loads(next(event for event in events(heard) if event["type"] == "TOOL_CALL_RESULT")["content"])
    assert (result["card"], result["state"], result["reason"]) == ("handoff", "waiting", "safety")
    assert "123" in result["detail"]
    row = await owner.fetchrow("select conversation_id, asked_by, summary, person_name from amara_handoffs")
    assert tuple(row) == (UUID(chat.thread_id), "amara", "Le robaron unos aretes.", "Laura Gómez")
    assert text_of(await chat.ask("¿Hola?")) == ""


async def test_the_model_cannot_hand_over_anything_else(service, upstream, token, chat, owner):
    upstream.then(
        scripted.calls("request_human", {"reason": "asked", "summary": "x", "conversation_id": str(uuid4())}),
        scripted.says("No pude."),
    )
    assert states(await chat.ask("Quiero una persona")) == []
    assert await owner.fetchval("select count(*) from amara_handoffs") == 0


async def test_asked_twice_it_is_asked_once(service, token, chat, owner):
    answers = await asyncio.gather(*(deed(service, token, chat.thread_id, "handoff") for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    assert len({answer["handoff"]["since"] for _, answer in answers}) == 1
    await chat.hear_until("RUN_FINISHED")
    assert await owner.fetchval("select count(*) from amara_handoffs") == 1
    assert states(chat.frames) == [("waiting", None)]


async def test_of_two_who_take_it_one_has_it_and_the_other_hears_who(service, token, staff, andres, chat):
    await handed(service, token, chat)
    for _ in range(5):
        answers = await asyncio.gather(
            *(deed(service, who, chat.thread_id, "take") for who in (staff, andres, staff, andres))
        )
        won = {answer["handoff"]["author"]["name"] for status, answer in answers if status == 200}
        lost = [answer for status, answer in answers if status != 200]
        assert len(won) == 1
        assert {(answer["code"], answer["status"], answer["detail"]) for answer in lost} == {
            ("already_taken", 409, f"{next(iter(won))} has this conversation.")
        }
    loser = staff if won == {"Andrés Mejía"} else andres
    for what, body in (("staff-messages", {"id": "s1", "content": "Hola"}), ("return", {})):
        status, answer = await deed(service, loser, chat.thread_id, what, **body)
        assert (status, answer["code"]) == (409, "already_taken")
    assert len(states(await _until_told(chat, 1))) == 1


async def _until_told(chat: Chat, number: int) -> list[Json]:
    return [await chat.hear() for _ in range(number)]


async def test_what_staff_says_under_one_id_is_said_once(service, token, staff, chat, owner):
    await handed(service, token, chat)
    assert (await deed(service, staff, chat.thread_id, "staff-messages", id="s1", content="Hola"))[1]["code"] == (
        "not_allowed"
    )
    await deed(service, staff, chat.thread_id, "take")
    answers = await asyncio.gather(
        *(deed(service, staff, chat.thread_id, "staff-messages", id="s1", content="Hola") for _ in range(6))
    )
    assert sorted(status for status, _ in answers) == [200, 200, 200, 200, 200, 201]
    assert len({answer["id"] for _, answer in answers}) == 1
    assert (await deed(service, staff, chat.thread_id, "staff-messages", id="s1", content="Otra"))[1]["code"] == (
        "message_changed"
    )
    for content, code in (("", "text_refused"), ("x" * 8_001, "text_too_long"), ("a\x00b", "text_refused")):
        assert (await deed(service, staff, chat.thread_id, "staff-messages", id="s2", content=content))[1][
            "code"
        ] == code
    assert len([name for name, _ in asides(await _until_told(chat, 2)) if name == "staff_message"]) == 1


async def test_what_nobody_answered_is_amaras_to_answer_when_it_comes_back(service, upstream, token, chat):
    await handed(service, token, chat)
    await chat.ask("¿Siguen ahí?", message_id="m-ahi")
    upstream.then(scripted.says("Sigo yo con usted."))
    await deed(service, token, chat.thread_id, "return")
    heard = await chat.hear_until("RUN_FINISHED")
    assert text_of(heard) == "Sigo yo con usted."
    answered = [request for request in upstream.requests if request.get("tools")][-1]  # a title is asked for beside it
    assert answered["messages"][-1]["content"][0]["text"] == "¿Siguen ahí?"
    assert (await deed(service, token, chat.thread_id, "return")) == (200, {"handoff": None})


async def test_a_stock_client_is_served_while_it_is_handed_off(service, token, staff, chat):
    await handed(service, token, chat)
    header = {"authorization": f"Bearer {token}"}
    async with websockets.connect(service.socket_url(chat.thread_id), additional_headers=header) as socket:
        stock = Chat(socket, chat.thread_id)
        heard = await stock.ask("Hola otra vez")
        wire.check_run(events(heard))
        assert text_of(heard) == ""


async def test_outside_hours_amara_says_when_somebody_is_back(urls, upstream, laura):
    closed = {"anthropic_base_url": upstream.url, "model": "scripted", "staff_hours": "mon-mon 00:00-00:01"}
    async with serving(urls, **closed) as service, chatting(service, service.token(laura)) as chat:
        await chat.ask("Hola")
        status, answer = await deed(service, service.token(laura), chat.thread_id, "handoff")
        heard = await chat.hear_until("RUN_FINISHED")
        assert (status, answer["staffed"]) == (200, False)
        assert "Ahora no hay nadie: vuelven el lunes " in text_of(heard)


async def test_a_process_that_dies_after_the_commit_loses_nothing_of_it(urls, upstream, owner, laura):
    both = {"anthropic_base_url": upstream.url, "model": "scripted", "lease_s": 600}
    async with serving(urls, **both) as service, chatting(service, service.token(laura)) as chat:
        await chat.ask("Hola")
        thread_id = chat.thread_id
        async with service.door.house.database.service() as db:  # all that a dying process had committed
            await handoff.mark(
                db, UUID(thread_id), laura, handoff_id=uuid4(), reason="asked", asked_by="person", summary=None
            )
        assert states([await chat.hear()]) == [("waiting", None)]
        assert await owner.fetchval("select count(*) from amara_private.asides") == 0
