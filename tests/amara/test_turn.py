"""Whatever happens to it, a turn ends once, and what was said is kept as what it is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from amara import apologies, rounds
from tests import upstream as scripted
from tests import wire
from tests.rig import chatting, events, text_of


async def test_a_turn_that_asks_for_tools_for_ever_ends_with_a_sentence(service, upstream, owner, token):
    upstream.otherwise = lambda request: scripted.calls(
        "list_my_bookings", {}, call_id=f"toolu_{len(request['messages'])}", before="Miro otra vez. "
    )
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        assert heard[-1]["chunk"]["type"] == "RUN_FINISHED"
        assert text_of(heard).endswith(apologies.CLOSING["es"])
        assert len(upstream.requests) == rounds.ROUNDS_MAX
        assert [request.get("tool_choice") for request in upstream.requests] == [None] * 7 + [{"type": "none"}]
        upstream.otherwise = scripted.says("Con gusto.")
        await chat.ask("Gracias")
        wire.check_run(wire.last_run(chat))


async def test_many_calls_in_one_answer_are_all_answered(service, upstream, token):
    blocks = [scripted.call("list_my_bookings", {}, call_id=f"toolu_{n}", index=n) for n in range(20)]
    upstream.then(
        scripted.Answer([scripted.start(), *(event for block in blocks for event in block), *scripted.end("tool_use")])
    )
    async with chatting(service, token) as chat:
        await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        assert upstream.requests[-1]["tool_choice"] == {"type": "none"}


async def test_a_client_that_leaves_in_the_middle_finds_the_whole_answer_later(service, upstream, owner, token):
    held = asyncio.Event()
    answer = scripted.says("Uno, ", "dos, ", "tres.")
    answer.until = held
    upstream.then(answer)
    async with chatting(service, token) as chat:
        await chat.say("Cuente")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        chat.socket.transport.abort()
    held.set()
    await wire.at_rest(service)
    assert [row[1:] for row in await wire.record(owner, chat.thread_id)] == [
        ("Cuente", None),
        ("Uno, dos, tres.", "complete"),
    ]
    assert not upstream.gone.is_set()


async def test_any_socket_of_the_owner_stops_a_run_and_what_was_said_is_kept(service, upstream, owner, token):
    answer = scripted.says("Uno, ", "dos.")
    answer.until = asyncio.Event()
    upstream.then(answer)
    async with chatting(service, token) as one, chatting(service, token) as elsewhere:
        run_id = await one.say("Cuente")
        await one.hear_until("TEXT_MESSAGE_CONTENT")
        await elsewhere.send({"type": "abort", "runId": run_id})
        heard = await one.hear_until("RUN_FINISHED")
        assert heard[-1]["chunk"]["outcome"] == {"type": "cancelled"}
        wire.check_run(wire.last_run(one))
        await asyncio.wait_for(upstream.gone.wait(), 5)
        assert (await wire.record(owner, one.thread_id))[-1] == ("assistant", "Uno, dos.", "cancelled")
        assert await wire.runs(owner, one.thread_id) == [("cancelled", None)]
        assert text_of(await one.ask("Siga")) == "Claro."
        await elsewhere.send({"type": "abort", "runId": run_id})  # once more does nothing
        await elsewhere.send({"type": "abort", "runId": "never was"})
        await elsewhere.ask("Hola")


async def test_nobody_elses_run_can_be_stopped(service, upstream, owner, token):
    held = asyncio.Event()
    answer = scripted.says("Uno, ", "dos.")
    answer.until = held
    upstream.then(answer)
    stranger = await owner.fetchval(
        "insert into auth.users (id, is_anonymous) values (gen_random_uuid(), true) returning id"
    )
    async with chatting(service, token) as one, chatting(service, service.token(stranger)) as other:
        run_id = await one.say("Cuente")
        await one.hear_until("TEXT_MESSAGE_CONTENT")
        await other.send({"type": "abort", "runId": run_id})
        await other.ask("Hola")  # answered: the abort before it has been read
        held.set()
        assert (await one.hear_until("RUN_FINISHED"))[-1]["chunk"]["outcome"] == {"type": "success"}


async def test_a_refusal_of_the_model_is_an_end_and_leaves_the_memory_clean(service, upstream, owner, token):
    upstream.then(scripted.Answer([scripted.start(), *scripted.end("refusal")]))
    async with chatting(service, token) as chat:
        await chat.ask("Algo feo")
        wire.check_run(wire.last_run(chat))
        assert wire.last_run(chat)[-1]["type"] == "RUN_FINISHED"
        await chat.ask("Hola")
        wire.check_run(wire.last_run(chat))


async def test_what_a_turn_cost_is_told_and_written_down(service, upstream, owner, laura, token):
    upstream.then(scripted.calls("list_my_bookings", {}), scripted.says("Ninguna."))
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
    told = heard[-1]["chunk"]["usage"]
    assert [(one["inputTokens"], one["outputTokens"]) for one in told] == [(20, 14)]  # one entry a model
    rows = await owner.fetch(
        "select user_id, round, input_tokens, output_tokens, outcome from public.amara_usage order by round"
    )
    assert [tuple(row) for row in rows] == [(laura, 1, 10, 7, "tool_use"), (laura, 2, 10, 7, "end_turn")]


async def test_what_was_told_is_what_was_logged_in_order(service, upstream, owner, token):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro. "), scripted.says(*"No tiene reservas."))
    async with chatting(service, token) as chat:
        await chat.ask("¿Mis reservas?")
        await chat.ask("Gracias")
        told = [frame for frame in chat.frames if "chunk" in frame]
        assert await wire.kept(owner, chat.thread_id) == told
        assert len({frame["id"] for frame in told}) == len(told)
        places = [tuple(map(int, frame["id"].split("-"))) for frame in told]
        assert places == sorted(places)
        said = text_of(told)
        assert said == "".join(
            text for role, text, _ in await wire.record(owner, chat.thread_id) if role == "assistant"
        )


def said(content: str) -> Any:
    """A card as what it says: the database keeps no order of its fields."""
    return json.loads(content) if content.startswith("{") else content


async def test_the_record_tells_a_later_client_the_same_as_the_events_did(service, upstream, token):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro. "), scripted.says("No tiene reservas."))
    async with chatting(service, token) as chat:
        await chat.ask("¿Mis reservas?", message_id="m1")
        told = events(chat.frames)
        again = await chat.ask("¿Mis reservas?", message_id="m1")  # beside which the conversation's name may be told
        shown = next(frame["messages"] for frame in again if "messages" in frame)
    folded: dict[str, str] = {}
    for event in told:
        if event["type"] == "TEXT_MESSAGE_CONTENT":
            folded[event["messageId"]] = folded.get(event["messageId"], "") + event["delta"]
        if event["type"] == "TOOL_CALL_RESULT":
            folded[event["messageId"]] = event["content"]
    assert {one["id"]: said(one["content"]) for one in shown if one["role"] != "user"} == {
        name: said(content) for name, content in folded.items()
    }
    assert json.loads(shown[1]["toolCalls"][0]["function"]["arguments"]) == {}


async def test_the_seventeenth_call_of_a_turn_is_not_carried_out_and_the_model_hears_why(
    service, upstream, owner, laura, token
):
    wanted = [scripted.call("list_my_bookings", {}, call_id=f"c{n}", index=n) for n in range(20)]
    upstream.then(
        scripted.Answer([scripted.start(), *(event for call in wanted for event in call), *scripted.end("tool_use")]),
        scripted.says("Es todo."),
    )
    async with chatting(service, token) as chat:
        assert text_of(await chat.ask("¿Mis reservas?")) == "Es todo."
        wire.check_run(wire.last_run(chat))
    rows = await owner.fetch("select state, output from amara_tool_runs order by created_at")
    assert [row["state"] for row in rows] == ["done"] * 16 + ["failed"] * 4
    assert "too_many_calls" in str(rows[-1]["output"])
    assert upstream.requests[-1]["tool_choice"] == {"type": "none"}


async def test_a_turn_whose_time_is_over_ends_honestly_with_what_was_said(service, upstream, owner, laura, token):
    object.__setattr__(service.door.house, "turn_s", 1.0)
    slow = scripted.says("Voy a ", "mirar.")
    slow.until = asyncio.Event()
    upstream.then(slow)
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        assert (heard[-1]["chunk"]["type"], heard[-1]["chunk"]["code"]) == ("RUN_ERROR", "model_silent")
        wire.check_run(wire.last_run(chat))
    row = await owner.fetchrow("select content, metadata from amara_messages where role = 'assistant'")
    assert row["content"] == "Voy a mirar."
    assert row["metadata"]["status"] == "interrupted"


async def test_when_little_time_is_left_no_tool_is_used_any_more(service, upstream, owner, laura, token):
    object.__setattr__(service.door.house, "turn_s", 19.0)
    upstream.then(scripted.says("Sin mirar."))
    async with chatting(service, token) as chat:
        assert text_of(await chat.ask("Hola")) == "Sin mirar."
    assert upstream.requests[0]["tool_choice"] == {"type": "none"}


AWAY_AT_TIMES = """
    create sequence public.looked;
    grant usage on sequence public.looked to public;
    create function public.is_there() returns boolean language plpgsql volatile as $$ begin
        if nextval('public.looked') <= 2 then
            raise exception 'the primary is shutting down' using errcode = '57P01';
        end if;
        return true;
    end $$;
    grant execute on function public.is_there() to public;
    create policy away_at_times on public.amara_messages as restrictive for select to authenticated
        using (public.is_there());
"""


async def test_an_answer_waits_for_a_database_that_comes_back_before_its_first_word(service, upstream, owner, token):
    await owner.execute(AWAY_AT_TIMES)  # there when the message is stored, then gone the first two times it is read
    async with chatting(service, token) as chat:
        assert text_of(await chat.ask("Hola")) == "Claro."
        wire.check_run(wire.last_run(chat))
    assert await owner.fetchval("select last_value from public.looked") > 2
    assert await wire.runs(owner, chat.thread_id) == [("finished", None)]
