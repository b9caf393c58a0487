"""A call to the model is on record and paid in the commit of what it answered, and once, whatever becomes of that."""

from __future__ import annotations

import asyncio

from tests import upstream as scripted
from tests.builders import settle
from tests.rig import chatting
from tests.wire import at_rest

END_OF_ROUND = """
    select e.xmin::text from amara_run_events e where e.frames like '%TOOL_CALL_END%'
    union all select r.xmin::text from amara_runs r where r.status = 'finished'
"""
BREAKS_ONCE = """
    create sequence public.settled;
    grant usage on sequence public.settled to public;
    create function public.break_once() returns trigger language plpgsql as $$ begin
        if nextval('public.settled') = 1 then
            raise exception 'the primary is shutting down' using errcode = '57P01';
        end if;
        return new;
    end $$;
    create trigger break_once before update on public.amara_runs
        for each row when (new.status = 'finished') execute function public.break_once();
"""


def counted(service) -> float:
    """The calls in the metrics."""
    (family,) = service.door.house.metrics.calls.collect()
    return sum(sample.value for sample in family.samples if sample.name.endswith("_total"))


async def test_what_a_round_cost_is_in_the_very_commit_of_its_end(service, upstream, owner, token):
    upstream.then(scripted.calls("list_my_bookings", {}), scripted.says("Ninguna."))
    async with chatting(service, token) as chat:
        await chat.ask("¿Mis reservas?")
    paid = [row["xmin"] for row in await owner.fetch("select xmin::text from amara_usage order by round")]
    assert paid == [row["xmin"] for row in await owner.fetch(END_OF_ROUND)]
    assert await settle(owner) == 2
    assert not await owner.fetchval("select count(*) from amara_private.open_calls")
    assert counted(service) == 2


async def test_an_end_that_has_to_be_tried_again_pays_and_counts_once(service, upstream, owner, token):
    await owner.execute(BREAKS_ONCE)
    upstream.then(scripted.Answer([scripted.start(input_tokens=500), *scripted.text("Hola."), *scripted.end()]))
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
    assert heard[-1]["chunk"]["outcome"] == {"type": "success"}
    assert await owner.fetchval("select last_value from public.settled") == 2
    assert [row["input_tokens"] for row in await owner.fetch("select input_tokens from amara_usage")] == [500]
    await settle(owner)
    assert not await owner.fetchval("select sum(held) from amara_private.token_budgets")
    assert counted(service) == 1


async def test_an_answer_whose_conversation_is_deleted_meanwhile_is_paid_by_what_is_known(
    service, upstream, owner, token
):
    half = scripted.Answer([scripted.start(input_tokens=500), *scripted.text("Voy ", "a ver."), *scripted.end()])
    half.until = asyncio.Event()
    upstream.then(half)
    async with chatting(service, token) as chat:
        await chat.say("Hola")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await owner.execute("delete from amara_conversations")
        half.until.set()
        await at_rest(service)
    (row,) = await owner.fetch("select input_tokens, run_id from amara_usage")
    assert (row["input_tokens"], row["run_id"]) == (500, None)
    await settle(owner)
    assert not await owner.fetchval("select sum(held) from amara_private.token_budgets")
    assert not await owner.fetchval("select count(*) from amara_private.open_calls")
