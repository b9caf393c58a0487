"""One round of the model: told as it comes, placed when it starts, recorded once and so that it can be replayed."""

from __future__ import annotations

import asyncio

from tests import upstream as scripted
from tests import wire
from tests.rig import chatting, events, text_of

THINKING = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Sus reservas."}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "c2lnbmVk"}},
    {"type": "content_block_stop", "index": 0},
]


async def test_a_character_the_database_cannot_hold_is_left_out_everywhere(service, upstream, owner, token):
    upstream.then(
        scripted.calls("search_pro\x00", {"ci\x00ty": "Bogo\x00tá"}, before="Un\x00o"), scripted.says("\x00Dos\x00")
    )
    async with chatting(service, token) as chat:
        heard = await chat.ask("Busco")
        wire.check_run(wire.last_run(chat))
        assert heard[-1]["chunk"]["type"] == "RUN_FINISHED"
        assert text_of(heard) == "UnoDos"
        assert "\\u0000" not in str(heard)
        assert [row[1] for row in await wire.record(owner, chat.thread_id)] == ["Busco", "Uno", "Dos"]
        await chat.ask("Gracias")


async def test_a_thought_is_replayed_as_it_was_signed_and_shown_to_nobody(service, upstream, owner, token):
    call = scripted.call("list_my_bookings", {}, index=1)
    upstream.then(
        scripted.Answer([scripted.start(), *THINKING, *call, *scripted.end("tool_use")]), scripted.says("Ninguna.")
    )
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
        assert "Sus reservas" not in str(heard)
        await chat.ask("Gracias")
    signed = {"type": "thinking", "thinking": "Sus reservas.", "signature": "c2lnbmVk"}
    assert [request["messages"][1]["content"][0] for request in upstream.requests[1:]] == [signed, signed]


async def test_a_call_that_nobody_carried_out_is_never_replayed_without_its_answer(service, upstream, token):
    call = scripted.call("list_my_bookings", {}, index=1)
    upstream.then(scripted.Answer([scripted.start(), *THINKING, *call, *scripted.end("max_tokens")]))
    async with chatting(service, token) as chat:
        await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        await chat.ask("Gracias")  # the fixture checks the request
        wire.check_run(wire.last_run(chat))


async def test_calls_of_one_name_twice_in_an_answer_do_not_poison_the_conversation(service, upstream, token):
    first = scripted.call("list_my_bookings", {}, call_id="toolu_1", index=0)
    second = scripted.call("list_my_bookings", {}, call_id="toolu_2", index=1)
    upstream.then(
        scripted.Answer([scripted.start(), *first, *second, *scripted.end("tool_use")]), scripted.says("Ninguna.")
    )
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        assert text_of(heard) == "Ninguna."


async def test_an_id_the_model_uses_again_is_another_call(service, upstream, token):
    upstream.then(*[scripted.calls("list_my_bookings", {})] * 3, scripted.says("Ninguna."))
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        assert text_of(heard) == "Ninguna."
        started = [event["toolCallId"] for event in events(heard) if event["type"] == "TOOL_CALL_START"]
        assert started == ["toolu_1", "toolu_1_2", "toolu_1_3"]
        assert text_of(await chat.ask("¿Sigue ahí?")) == "Claro."


async def test_an_answer_takes_its_place_when_it_starts(service, upstream, owner, token):
    held = asyncio.Event()
    answer = scripted.says("Uno, ", "dos.")
    answer.until = held
    upstream.then(answer)
    async with chatting(service, token) as chat:
        await chat.say("Cuente")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        later = await owner.fetchval(
            "insert into public.amara_messages (conversation_id, role, content) values ($1, 'user', 'Después')"
            " returning sequence",
            chat.thread_id,
        )
        held.set()
        await chat.hear_until("RUN_FINISHED")
        placed = await owner.fetchval("select sequence from public.amara_messages where role = 'assistant'")
        assert placed < later


async def test_a_tool_is_announced_in_the_persons_language(service, upstream, token):
    upstream.then(scripted.calls("list_my_bookings", {}, call_id="a"), scripted.says("Ninguna."))
    upstream.then(scripted.calls("list_my_bookings", {}, call_id="b"), scripted.says("None."))
    labels = []
    async with chatting(service, token) as chat:
        for locale in ("es", "en"):
            await chat.ask("¿Mis reservas?", forwardedProps={"amara": {"locale": locale}})
            (start,) = [event for event in wire.last_run(chat) if event["type"] == "TOOL_CALL_START"]
            labels.append(start["metadata"]["amara"]["label"])
    tool = service.door.house.tools["list_my_bookings"]
    assert labels == [tool.labels["es"], tool.labels["en"]]


async def test_a_tool_that_hides_its_arguments_shows_none(service, upstream, token, monkeypatch):
    tool = service.door.house.tools["list_my_bookings"]
    secretive = {"list_my_bookings": type(tool)(**{**_fields(tool), "streams_args": False})}
    object.__setattr__(service.door.house, "tools", secretive)
    upstream.then(scripted.calls("list_my_bookings", {"when": "past"}), scripted.says("Ninguna."))
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        assert "TOOL_CALL_ARGS" not in str(heard)


def _fields(tool) -> dict:
    return {name: getattr(tool, name) for name in tool.__slots__}
