"""The stock TanStack client over our socket, unmodified: it was written by people who know nothing of Amara."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
import websockets

from amara import demo, frames
from tests import nodejs
from tests import upstream as scripted
from tests.rig import chatting

Json = dict[str, Any]
Talk = Callable[..., Awaitable[Json]]

SEARCH = {"city": "Bogotá", "service": "cleaning"}


@pytest.fixture
def thread_id() -> str:
    return f"thread-{uuid4()}"


@pytest.fixture
def talk(service, thread_id) -> Talk:
    """One client carries out these steps; a text alone is said and its whole answer awaited."""

    async def carry_out(*plan: str | Json, token: str | None = None, **options: Any) -> Json:
        steps = [{"say": step} if isinstance(step, str) else step for step in plan]
        token = service.token(demo.CUSTOMER_ID) if token is None else token
        told = {"url": service.socket_url(thread_id), "token": token, "threadId": thread_id, "plan": steps}
        return await nodejs.answer("tanstack.mjs", told, **options)

    return carry_out


def held() -> scripted.Answer:
    """Says its words, and does not end before it is let go on."""
    answer = scripted.says("Uno, ", "dos, ", "tres")
    answer.until = asyncio.Event()
    return answer


def text_of(message: Json) -> str:
    return "".join(part["content"] for part in message["parts"] if part["type"] == "text")


def said(turn: Json) -> list[tuple[str, str]]:
    """What the client shows, empty bubbles left out: it makes one of its own for an error."""
    return [(message["role"], text_of(message)) for message in turn["messages"] if message["parts"]]


async def recorded(owner: Any) -> list[tuple[str, str]]:
    rows = await owner.fetch("select role, content from amara_messages order by sequence")
    return [(row["role"], row["content"]) for row in rows]


async def test_it_shows_the_answer_exactly_as_the_record_has_it(talk, upstream, owner):
    words = ("¡Hola!\n\n", "- uno: $ 50.000\n", "- «dos» 🧹 ", '"tres" \\ \u2028 fin')
    upstream.then(scripted.says(*words))
    seen = await talk("¿Qué tal? 👋🏽")
    assert seen["turns"][0]["status"] == "ready"
    assert seen["errors"] == []
    assert said(seen["turns"][0]) == [("user", "¿Qué tal? 👋🏽"), ("assistant", "".join(words))]
    assert said(seen["turns"][0]) == await recorded(owner)


async def test_a_thread_of_its_own_naming_is_one_conversation(talk, owner, thread_id):
    await talk("Hola")
    await talk("Otra vez")
    assert [row["thread_key"] for row in await owner.fetch("select thread_key from amara_conversations")] == [thread_id]


async def test_it_shows_a_tool_call_with_its_arguments_and_result(talk, upstream, owner):
    upstream.then(
        scripted.calls("search_professionals", SEARCH, call_id="toolu_search", before="Un momento."),
        scripted.says("Encontré tres."),
    )
    seen = await talk("Busco aseo en Bogotá")
    _, asking, telling = seen["turns"][0]["messages"]
    assert text_of(asking) == "Un momento."
    call = next(part for part in asking["parts"] if part["type"] == "tool-call")
    assert (call["id"], call["name"]) == ("toolu_search", "search_professionals")
    assert json.loads(call["arguments"]) == SEARCH
    result = next(part for part in asking["parts"] if part["type"] == "tool-result")
    card = json.loads(result["content"])
    assert (result["toolCallId"], result["state"], card["card"]) == ("toolu_search", "complete", "professionals")
    assert card == call["output"]
    assert len(card["professionals"]) == 3
    stored = await owner.fetchval("select tool_calls from amara_messages where content = 'Un momento.'")
    assert (stored[0]["input"], stored[0]["result"]) == (SEARCH, card)
    assert text_of(telling) == "Encontré tres."
    assert seen["turns"][0]["status"] == "ready"


async def test_a_failed_tool_is_shown_and_the_answer_goes_on(talk, upstream):
    upstream.then(scripted.calls("get_booking", {"booking_id": "none"}), scripted.says("No la encuentro."))
    seen = await talk("Mi reserva")
    parts = [part for message in seen["turns"][0]["messages"] for part in message["parts"]]
    result = next(part for part in parts if part["type"] == "tool-result")
    assert json.loads(result["content"])["error"]["code"] == "not_found"
    assert parts[-1]["content"] == "No la encuentro."


async def test_two_turns_share_one_socket_and_the_servers_memory(talk, upstream):
    upstream.then(scripted.says("Primero."), scripted.says("Segundo."))
    seen = await talk("Uno", "Dos")
    assert seen["sockets"] == 1
    assert said(seen["turns"][1]) == [
        *(("user", "Uno"), ("assistant", "Primero.")),
        *(("user", "Dos"), ("assistant", "Segundo.")),
    ]
    assert [message["role"] for message in upstream.requests[1]["messages"]] == ["user", "assistant", "user"]


async def test_stop_ends_the_run_as_cancelled_and_keeps_what_was_said(talk, service, upstream, owner, thread_id):
    upstream.then(held())
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token, thread_id=thread_id) as other_device:
        seen = await talk({"say": "Cuente", "stopAfter": "tres"})
        told = await other_device.hear_until("RUN_FINISHED", "RUN_ERROR")
    assert told[-1]["chunk"]["outcome"] == {"type": "cancelled"}
    assert seen["turns"][0]["status"] == "ready"
    assert seen["errors"] == []
    assert said(seen["turns"][0]) == await recorded(owner) == [("user", "Cuente"), ("assistant", "Uno, dos, tres")]
    run = await owner.fetchrow("select status, outcome from amara_runs")
    assert tuple(run) == ("cancelled", {"type": "cancelled"})
    assert (
        await owner.fetchval("select metadata->>'status' from amara_messages where role = 'assistant'") == "cancelled"
    )
    async with asyncio.timeout(nodejs.PATIENCE_S):
        await upstream.gone.wait()  # the model is not left talking to nobody


async def test_who_stops_may_speak_at_once_and_hears_nothing_more_of_the_stopped_answer(talk, upstream, owner):
    upstream.then(held(), scripted.says("Sigo aquí."))
    seen = await talk({"say": "Cuente", "stopAfter": "tres"}, "¿Sigue ahí?")
    assert said(seen["turns"][1])[2:] == [("user", "¿Sigue ahí?"), ("assistant", "Sigo aquí.")]
    assert seen["errors"] == []
    assert seen["chunks"].count("RUN_STARTED") == 2
    assert seen["chunks"].count("RUN_FINISHED") == 1
    assert await recorded(owner) == said(seen["turns"][1])


@pytest.mark.parametrize("sign", [{"dropped": True}, {"sockets": 2}], ids=["while it was away", "once it was back"])
async def test_a_lost_connection_is_resumed_without_a_word_lost_or_doubled(talk, upstream, owner, sign):
    answer = held()
    upstream.then(answer)
    seen = await talk(
        {"say": "Cuente", "dropAfter": "tres"}, hear=lambda told: answer.until.set() if told == sign else None
    )
    assert seen["sockets"] == 2
    assert seen["errors"] == []
    assert said(seen["turns"][0]) == await recorded(owner) == [("user", "Cuente"), ("assistant", "Uno, dos, tres")]
    assert seen["chunks"].count("RUN_STARTED") == seen["chunks"].count("RUN_FINISHED") == 1
    assert await owner.fetchval("select status from amara_runs") == "finished"


@pytest.mark.parametrize("every", [1, 2, 3, 5])
async def test_cut_after_every_few_frames_the_text_is_exact(talk, upstream, owner, every):
    answers = [
        scripted.calls("search_professionals", SEARCH, call_id="toolu_search", before="Un momento. "),
        scripted.says("Encontré ", "tres ", "personas ", "en ", "Bogotá", "."),
    ]
    for answer in answers:
        answer.pause_s = 0.05  # so that the cuts fall into the answer
    upstream.then(*answers)
    seen = await talk({"say": "Busco aseo", "dropEvery": every})
    assert seen["sockets"] > 2
    assert seen["errors"] == []
    texts = [text for _, text in said(seen["turns"][0]) if text]
    assert texts == ["Busco aseo", "Un momento. ", "Encontré tres personas en Bogotá."]
    assert [content for _, content in await recorded(owner)] == texts
    assert seen["chunks"].count("RUN_STARTED") == seen["chunks"].count("RUN_FINISHED") == 1
    told = "".join(row["frames"] for row in await owner.fetch("select frames from amara_run_events"))
    assert seen["chunks"].count("TEXT_MESSAGE_CONTENT") == told.count('"TEXT_MESSAGE_CONTENT"') <= 7
    assert len(upstream.requests) == 2


async def test_who_missed_what_is_not_kept_any_more_sees_the_conversation_as_it_is(talk, upstream, owner):
    answer = held()
    upstream.then(answer)
    gone: list[asyncio.Task[Any]] = []

    async def forget() -> None:
        answer.until.set()
        while await owner.fetchval("select status from amara_runs") == "running":
            pass
        await owner.execute("delete from amara_run_events")

    def hear(told: Json) -> None:
        if told == {"dropped": True}:
            gone.append(asyncio.create_task(forget()))

    seen = await talk({"say": "Cuente", "dropAfter": "tres"}, "¿Y luego?", hear=hear)
    assert said(seen["turns"][0]) == [("user", "Cuente"), ("assistant", "Uno, dos, tres")]
    assert said(seen["turns"][1]) == await recorded(owner)
    assert seen["turns"][1]["status"] == "ready"


async def test_another_device_joins_an_answer_in_the_making(talk, service, upstream, thread_id):
    answer = held()
    upstream.then(answer)
    async with chatting(service, service.token(demo.CUSTOMER_ID), thread_id=thread_id) as first_device:
        run_id = await first_device.say("Cuente")
        await first_device.hear_until("TEXT_MESSAGE_CONTENT")
        seen = await talk({"join": run_id}, hear=lambda told: answer.until.set() if told == {"sockets": 1} else None)
        await first_device.hear_until("RUN_FINISHED")
    assert (seen["turns"][0]["status"], seen["errors"]) == ("ready", [])
    assert said(seen["turns"][0])[-1] == ("assistant", "Uno, dos, tres")


async def test_an_answer_is_joined_after_its_end_as_well(talk, service, upstream, thread_id):
    upstream.then(scripted.says("Uno, ", "dos, ", "tres"))
    async with chatting(service, service.token(demo.CUSTOMER_ID), thread_id=thread_id) as first_device:
        heard = await first_device.ask("Cuente")
    seen = await talk({"join": heard[-1]["chunk"]["runId"]}, "¿Y luego?")
    assert ([turn["status"] for turn in seen["turns"]], seen["errors"]) == (["ready", "ready"], [])
    assert said(seen["turns"][0])[-1] == ("assistant", "Uno, dos, tres")
    assert said(seen["turns"][1])[-1] == ("assistant", "Claro.")


async def test_a_run_is_resumed_in_its_own_conversation_alone(service, upstream, thread_id):
    answer = held()
    upstream.then(answer)
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token, thread_id=thread_id) as elsewhere:
        run_id = await elsewhere.say("Cuente")
        await elsewhere.hear_until("TEXT_MESSAGE_CONTENT")
        url = service.socket_url(f"thread-{uuid4()}", runId=run_id, offset="-1")
        async with websockets.connect(url, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
        answer.until.set()
        await elsewhere.hear_until("RUN_FINISHED")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == frames.NOTHING_TO_RESUME


async def test_a_text_that_is_too_long_is_an_error_and_the_next_one_is_answered(talk, upstream, owner):
    upstream.then(scripted.says("Ahora sí."))
    seen = await talk("x" * (frames.TEXT_MAX + 1), "Hola")
    assert [turn["status"] for turn in seen["turns"]] == ["error", "ready"]
    assert seen["errors"] == ["A message has at most 8,000 characters."]
    assert said(seen["turns"][1])[1:] == await recorded(owner) == [("user", "Hola"), ("assistant", "Ahora sí.")]
    assert seen["sockets"] == 1


async def test_an_answer_that_is_cut_off_is_an_error_and_what_was_said_stays(talk, upstream, owner):
    upstream.then(scripted.Answer([scripted.start(), *scripted.text("Le cuento")], cut=True))
    seen = await talk("Hola")
    assert seen["turns"][0]["status"] == "error"
    assert seen["errors"] == ["La respuesta se cortó. Intente de nuevo."]
    assert said(seen["turns"][0]) == await recorded(owner)
    assert await owner.fetchval("select status from amara_runs") == "failed"


async def test_a_false_token_is_an_error_and_no_silence(talk, upstream):
    seen = await talk("Hola", token="false")
    assert seen["turns"][0]["status"] == "error"
    assert len(seen["errors"]) == 1
    assert upstream.requests == []
