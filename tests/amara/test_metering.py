"""What a call did cost is known whatever its end, and what is not known exactly says so."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest

from amara import errors, metering
from amara.budget import Errand
from amara.metering import Call, Used
from amara.model import CallWords, Ended, Usage, Words
from amara.run import Handed, Stopped
from tests import upstream as scripted
from tests import wire
from tests.rig import chatting, serving


def a_call(asked: int = 1_000) -> Call:
    return Call(Errand(uuid4(), uuid4(), uuid4(), "asked-for", 1), asked, is_sent=True)


def broken_by(call: Call, error: Exception) -> Call:
    with pytest.raises(type(error)), call.watched():
        raise error
    return call


def test_a_whole_answer_costs_what_the_vendor_says():
    call = a_call()
    call.begun("vendor-2026", Usage(input=10, output=1))
    call.hear([Words("Hola"), Ended("end_turn", "vendor-2026", [], Usage(input=10, output=7, cache_read=3))])
    assert call.used == Used("vendor-2026", Usage(10, 7, 3), is_estimated=False)
    assert call.outcome == "end_turn"


@pytest.mark.parametrize(
    "error", [Stopped(), Handed(), errors.ModelCut(), errors.ModelSilent(), errors.ModelOverloaded()]
)
def test_what_breaks_off_costs_what_was_read_and_said_so_far_as_an_estimate(error):
    call = a_call()
    call.begun("vendor-2026", Usage(input=400, output=1, cache_read=20, cache_write=5))
    call.thought(30)
    call.hear([Words("a" * 60), CallWords("id", "b" * 30)])
    broken_by(call, error)
    assert call.used == Used("vendor-2026", Usage(400, 40, 20, 5), is_estimated=True)


@pytest.mark.parametrize("error", [errors.ModelOverloaded(), errors.ModelBusy(), errors.ModelRefusedUs()])
def test_what_the_upstream_would_not_read_costs_nothing_and_that_is_certain(error):
    assert broken_by(a_call(), error).used == Used("asked-for", Usage(), is_estimated=False)


@pytest.mark.parametrize("error", [errors.ModelSilent(), errors.ModelCut(), Stopped()])
def test_what_was_sent_and_never_heard_of_costs_what_was_asked_as_an_estimate(error):
    assert broken_by(a_call(700), error).used == Used("asked-for", Usage(input=700), is_estimated=True)


def test_a_try_that_broke_off_before_it_said_anything_is_counted_beside_the_next():
    call = a_call()
    call.begun("vendor", Usage(input=100, output=1))
    call.begun("vendor", Usage(input=100, output=1))
    call.hear([Ended("end_turn", "vendor", [], Usage(input=100, output=9))])
    assert call.used == Used("vendor", Usage(200, 10), is_estimated=True)


def test_the_wire_has_one_entry_a_model_with_the_cache_within():
    used = [
        Used("one", Usage(1, 2, 3, 4), is_estimated=False),
        Used("two", Usage(5), is_estimated=False),
        Used("one", Usage(10, 20, 30, 40), is_estimated=True),
    ]
    first, second = metering.told(used)
    assert first == {
        "model": "one",
        "inputTokens": 88,
        "outputTokens": 22,
        "totalTokens": 110,
        "cachedInputTokens": 33,
        "cacheWriteInputTokens": 44,
    }
    assert second["model"] == "two"


async def test_a_stopped_answer_is_in_the_ledger_with_its_price(urls, upstream, owner, laura):
    table = '{"scripted": {"input": 2, "output": 10, "cache_read": 0.2, "cache_write": 2.5}}'
    async with (
        serving(urls, anthropic_base_url=upstream.url, model="scripted", prices=table) as service,
        chatting(service, service.token(laura)) as chat,
    ):
        slow = scripted.Answer(
            [scripted.start(input_tokens=1000), *scripted.text("Un ", "momento, por favor."), *scripted.end()]
        )
        slow.until = asyncio.Event()
        upstream.then(slow)
        run_key = await chat.say("Hola")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await chat.send({"type": "abort", "runId": run_key})
        told = (await chat.hear_until("RUN_FINISHED"))[-1]["chunk"]
        wire.check_run(wire.last_run(chat))
        assert told["outcome"] == {"type": "cancelled"}
        assert (told["usage"][0]["inputTokens"], told["metadata"]["amara"]["usageEstimated"]) == (1000, True)
    row = await owner.fetchrow("select * from amara_usage where user_id = $1", laura)
    assert (row["outcome"], row["is_estimated"], row["is_visitor"], row["purpose"]) == (
        "stopped",
        True,
        False,
        "answer",
    )
    assert row["cost_usd"] == (2 * 1000 + 10 * row["output_tokens"]) / Decimal(1_000_000)


async def test_a_model_without_a_price_has_no_cost_in_the_ledger(service, upstream, owner, laura, token):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
    row = await owner.fetchrow("select cost_usd, input_tokens from amara_usage where user_id = $1", laura)
    assert (row["cost_usd"], row["input_tokens"]) == (None, 10)
