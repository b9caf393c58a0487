"""A failure the model can use is a tool's result, and the turn goes on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest

from amara import calls, errors
from amara.tools.tool import Context, Refusal, Tool
from tests import upstream as scripted
from tests import wire
from tests.builders import a_booking
from tests.rig import chatting, text_of


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No arguments."""


def a_tool(run: Any) -> Tool:
    return Tool("list_my_bookings", "For tests.", Nothing, run, {"es": "Miro", "en": "Looking"})


async def hangs(context: Context, _args: Any) -> Any:
    await context.db.execute("select pg_sleep(30)")


async def hangs_outside(_context: Context, _args: Any) -> Any:
    await asyncio.Event().wait()


async def raises(_context: Context, _args: Any) -> Any:
    raise KeyError("a secret of the tool")


async def refuses(_context: Context, _args: Any) -> Any:
    raise Refusal("not_found", "There is no such booking.")


async def breaks_sql(context: Context, _args: Any) -> Any:
    await context.db.execute("insert into public.profiles (id) values (null)")


async def tells_too_much(_context: Context, _args: Any) -> Any:
    return {"card": "bookings", "bookings": ["x" * calls.RESULT_BYTES_MAX]}


@pytest.fixture
def with_tool(service, monkeypatch):
    """Puts this in the place of a tool."""
    monkeypatch.setattr(calls, "TOOL_S", 0.2)

    def place(run: Any) -> None:
        object.__setattr__(service.door.house, "tools", {"list_my_bookings": a_tool(run)})

    return place


async def answer_of(chat, upstream, *, name: str = "list_my_bookings", given: Any = None) -> dict:
    """What the model and the person were told of a call, after which the turn went on to its words."""
    upstream.then(scripted.calls(name, {} if given is None else given), scripted.says("No pude ver sus reservas."))
    heard = await chat.ask("¿Mis reservas?")
    wire.check_run(wire.last_run(chat))
    assert text_of(heard) == "No pude ver sus reservas."
    (told,) = [event for event in wire.last_run(chat) if event["type"] == "TOOL_CALL_RESULT"]
    (block,) = upstream.requests[-1]["messages"][-1]["content"]
    assert block["is_error"]
    assert block["content"] == told["content"]
    return json.loads(told["content"])["error"]


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (hangs, "timeout"),
        (hangs_outside, "timeout"),
        (raises, "failed"),
        (refuses, "not_found"),
        (breaks_sql, "failed"),
        (tells_too_much, "too_large"),
    ],
)
async def test_a_tool_that_fails_is_a_result_and_the_turn_goes_on(
    service, upstream, owner, token, with_tool, run, code
):
    with_tool(run)
    async with chatting(service, token) as chat:
        error = await answer_of(chat, upstream)
        assert error["code"] == code
        assert "secret" not in str(error)
        rows = await owner.fetch("select state, is_error, output from public.amara_tool_runs")
        assert [tuple(row) for row in rows] == [("failed", True, {"error": error})]
        await chat.ask("Gracias")  # and every later turn: the fixture checks each request
    await wire.at_rest(service)


async def test_a_tool_that_does_not_exist_is_a_result(service, upstream, token):
    async with chatting(service, token) as chat:
        assert (await answer_of(chat, upstream, name="confirm_booking"))["code"] == "unknown_tool"
        assert (await answer_of(chat, upstream, name="x" * 5_000, given={"a": 1}))["code"] == "unknown_tool"


@pytest.mark.parametrize(
    "given",
    [
        {"city": 7},
        {"city": "Bogotá", "user_id": "11111111-1111-1111-1111-111111111111"},
        {"role": "admin"},
        {"city": "x\x00"},
        ["Bogotá"],
        "Bogotá",
    ],
    ids=str,
)
async def test_arguments_that_do_not_fit_break_no_turn(service, upstream, token, given):
    upstream.then(scripted.calls("search_professionals", json.dumps(given)), scripted.says("Listo."))
    async with chatting(service, token) as chat:
        await chat.ask("Busco")
        wire.check_run(wire.last_run(chat))
        assert wire.last_run(chat)[-1].get("code") in {None, errors.ModelCut.code}
        await chat.ask("Gracias")
        assert wire.last_run(chat)[-1]["type"] == "RUN_FINISHED"


async def test_a_tool_sees_what_its_caller_may_and_nothing_else(service, upstream, owner, laura, token):
    foreign = await a_booking(owner)
    own = await a_booking(owner, customer_id=laura)
    upstream.then(
        scripted.calls("get_booking", {"booking_id": str(foreign)}, call_id="toolu_1"),
        scripted.calls("get_booking", {"booking_id": str(own)}, call_id="toolu_2"),
        scripted.says("Es la suya."),
    )
    async with chatting(service, token) as chat:
        await chat.ask("¿Mi reserva?")
    first, second = [
        json.loads(event["content"]) for event in wire.last_run(chat) if event["type"] == "TOOL_CALL_RESULT"
    ]
    assert first["error"]["code"] == "not_found"
    assert second["booking"]["id"] == str(own)


async def test_no_tool_is_carried_out_once_the_callers_token_is_over(service, upstream, owner, laura):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro. "))
    async with chatting(service, service.token(laura, ttl_s=-5)) as chat:  # within the skew a socket is granted
        heard = await chat.ask("¿Mis reservas?")
        assert heard[-1]["chunk"]["code"] == errors.TokenExpired.code
        wire.check_run(wire.last_run(chat))
        assert await owner.fetchval("select count(*) from public.amara_tool_runs where state = 'done'") == 0
        assert [row[1] for row in await wire.record(owner, chat.thread_id)] == ["¿Mis reservas?", "Miro. "]
    async with chatting(service, service.token(laura), thread_id=chat.thread_id) as chat:
        assert text_of(await chat.ask("¿Y ahora?")) == "Claro."
