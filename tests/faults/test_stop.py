"""A run that is stopped anywhere ends legally, and leaves nothing behind it."""

from __future__ import annotations

import asyncio
import json

from amara import feed
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person
from tests.rig import Service, chatting


def script() -> list[scripted.Answer]:
    return [
        scripted.calls("list_my_bookings", {"when": "all"}, before="Un momento, miro sus reservas. "),
        scripted.says("No tiene ", "ninguna ", "reserva."),
    ]


async def test_a_stop_at_any_frame_leaves_a_legal_run_and_a_true_record(service, upstream, owner, monkeypatch):
    """Each turn is stopped while its n-th frame is being told; the last one hears its own end first."""
    stopped_as = set()
    number = 0
    while True:
        ended, outcome = await _stopped_at(service, upstream, owner, monkeypatch, number)
        stopped_as.add(outcome)
        if ended:
            break
        number += 1
    assert number >= 10
    assert stopped_as == {"cancelled", "success"}


async def _stopped_at(service: Service, upstream, owner, monkeypatch, number: int) -> tuple[bool, str]:
    """Whether the run had ended of itself before its n-th frame, and how it ended."""
    upstream.answers.clear()
    upstream.then(*script())
    token = service.token(await a_person(owner))
    told = 0
    deliver = feed.Feed._deliver

    def deliver_and_stop(self: feed.Feed, frame: str) -> None:
        nonlocal told
        deliver(self, frame)
        run = service.door.house.runs.of_conversation(self.conversation_id)
        if told == number and run is not None:
            run.stop("cancelled")
        told += 1

    monkeypatch.setattr(feed.Feed, "_deliver", deliver_and_stop)
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
        monkeypatch.setattr(feed.Feed, "_deliver", deliver)
        await wire.at_rest(service)
        run = wire.last_run(chat)
        wire.check_run(run)
        outcome = run[-1]["outcome"]["type"]
        assert await wire.kept(owner, chat.thread_id) == [frame for frame in heard if "chunk" in frame]
        await _check_record(owner, chat.thread_id, run, outcome)
        await chat.ask("Gracias")  # the next request is legal: the fixture checks it
        wire.check_run(wire.last_run(chat))
    return told <= number, outcome


async def _check_record(owner, thread_id: str, run: list[dict], outcome: str) -> None:
    """Every word that was told stands on record; every call has the result that was told."""
    texts: dict[str, str] = {}
    results: dict[str, dict] = {}
    for event in run:
        if event["type"] == "TEXT_MESSAGE_CONTENT":
            texts[event["messageId"]] = texts.get(event["messageId"], "") + event["delta"]
        if event["type"] == "TOOL_CALL_RESULT":
            results[event["toolCallId"]] = json.loads(event["content"])
    rows = await owner.fetch(
        "select id::text, content, tool_calls, metadata->>'status' as status from public.amara_messages"
        " where conversation_id = $1 and role = 'assistant' order by sequence",
        thread_id,
    )
    assert {row["id"]: row["content"] for row in rows if row["content"]} == texts
    for row in rows:
        for call in row["tool_calls"] or []:
            assert call["result"] == results[call["id"]] or results[call["id"]] == {"status": "not_started"}
    if outcome == "cancelled":
        assert {row["status"] for row in rows} <= {"complete", "cancelled"}
    states = [
        row["status"]
        for row in await owner.fetch("select status from public.amara_runs where conversation_id = $1", thread_id)
    ]
    assert states == ["cancelled" if outcome == "cancelled" else "finished"]


async def test_a_stop_while_the_model_is_silent_closes_the_connection_to_it(service, upstream, owner, token):
    answer = scripted.Answer(until=asyncio.Event())
    upstream.then(answer)
    async with chatting(service, token) as chat:
        run_id = await chat.say("Hola")
        await chat.hear_until("RUN_STARTED")
        await asyncio.wait_for(upstream.reached.wait(), 5)
        await chat.send({"type": "abort", "runId": run_id})
        await chat.hear_until("RUN_FINISHED")
        await asyncio.wait_for(upstream.gone.wait(), 5)
        assert await wire.runs(owner, chat.thread_id) == [("cancelled", None)]
        assert [row[0] for row in await wire.record(owner, chat.thread_id)] == ["user"]
    await wire.at_rest(service)
