"""Nobody spends more than a day's tokens, however many calls are made at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import pytest

from amara import budget, paying
from amara.budget import Budget, Errand, Limits, Payer, Spent, cost, weight
from amara.db import open_database
from amara.model import Ask, Usage
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person, settle
from tests.rig import chatting, serving, text_of

ASK = Ask(system=[], messages=[{"role": "user", "content": "Hola"}], max_tokens=1000)
NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


class Clock:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
async def purses(urls):
    database = await open_database(urls.login_url)
    yield Budget(
        database,
        Limits(user=5_000, guest=2_500, address=8_000, total=12_000),
        Clock(),
        "America/Bogota",
        b"of the tests",
    )
    await database.close()


def person(purse=None):
    return Payer(uuid4(), is_visitor=False, purse=purse)


async def hold(purses, payer):
    errand = Errand(uuid4(), uuid4(), uuid4(), "any", 1)
    asked = weight(ASK)
    await purses.hold(payer, errand, asked=asked, held=asked + ASK.max_tokens)
    return errand.id


async def held(purses, payer, times):
    return [await hold(purses, payer) for _ in range(times)]


async def pay(purses, call_id, usage):
    async with purses.database.service() as db:
        await budget.pay(db, call_id, usage)


async def test_what_is_held_counts_before_it_is_paid(purses):
    payer = person()
    await held(purses, payer, 4)
    with pytest.raises(Spent) as spent:
        await hold(purses, payer)
    assert not spent.value.is_everybody_s
    await hold(purses, person())  # nobody else is concerned


async def test_a_hold_that_was_too_large_is_given_back(purses):
    payer = person()
    for call_id in await held(purses, payer, 4):
        await pay(purses, call_id, Usage(input=10, output=20))
    await held(purses, payer, 4)


async def test_a_call_is_paid_once_however_often_it_is_said(purses, owner):
    payer = person()
    call_id, _ = await held(purses, payer, 2)
    before = await owner.fetchval(
        "select spent from amara_private.token_budgets where scope = $1", f"u:{payer.user_id}"
    )
    for _ in range(3):
        await pay(purses, call_id, Usage(input=10, output=20))
    assert [await purses.settle(), await purses.settle()] == [1, 0]
    await pay(purses, call_id, Usage(input=10, output=20))
    assert await purses.settle() == 0
    row = await owner.fetchrow(
        "select held, spent from amara_private.token_budgets where scope = $1", f"u:{payer.user_id}"
    )
    assert (row["spent"] - before, row["held"]) == (30, weight(ASK) + 1000)


async def test_a_refused_call_costs_nobody_anything(purses, owner):
    payer = person("an-address")
    await held(purses, payer, 4)
    before = await owner.fetch("select scope, held, spent from amara_private.token_budgets order by scope")
    with pytest.raises(Spent):
        await hold(purses, payer)
    assert await owner.fetch("select scope, held, spent from amara_private.token_budgets order by scope") == before


async def test_a_visitor_has_less_than_an_account(purses):
    visitor = Payer(uuid4(), is_visitor=True)
    await held(purses, visitor, 2)
    with pytest.raises(Spent):
        await hold(purses, visitor)


async def test_many_visitors_of_one_address_share_its_purse(purses):
    for _ in range(7):
        await hold(purses, Payer(uuid4(), is_visitor=True, purse=purses.purse_of("one")))
    with pytest.raises(Spent):
        await hold(purses, Payer(uuid4(), is_visitor=True, purse=purses.purse_of("one")))


async def test_twenty_calls_at_once_spend_no_more_than_there_is(purses):
    payer = person()
    outcomes = await asyncio.gather(*(hold(purses, payer) for _ in range(20)), return_exceptions=True)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 4
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} == {Spent}


@pytest.mark.parametrize("whose", ["one guest's", "one address's", "everybody's"])
async def test_twenty_at_once_spend_no_more_than_a_purse_has_and_leave_nothing_held(purses, owner, whose):
    """Each call holds a little over a thousand; what a guest, an address and all together have is for 2, 7 and 11."""
    guest, address = uuid4(), purses.purse_of("one")
    payers = {
        "one guest's": [Payer(guest, is_visitor=True, purse=purses.purse_of(str(n))) for n in range(20)],
        "one address's": [Payer(uuid4(), is_visitor=n % 2 == 0, purse=address) for n in range(20)],
        "everybody's": [person(purses.purse_of(str(n))) for n in range(20)],
    }[whose]
    outcomes = await asyncio.gather(*(hold(purses, payer) for payer in payers), return_exceptions=True)
    made = [one for one in outcomes if not isinstance(one, Exception)]
    assert len(made) == {"one guest's": 2, "one address's": 7, "everybody's": 11}[whose]
    assert {type(one) for one in outcomes if isinstance(one, Exception)} == {Spent}

    async def end(call):
        await pay(purses, call, Usage(input=10, output=20))
        return await purses.settle()

    settled = await asyncio.gather(*(end(call) for call in made for _ in range(2)))
    assert sum(settled) == len(made)
    rows = await owner.fetch("select scope, held, spent from amara_private.token_budgets")
    assert {row["held"] for row in rows} == {0}
    spent = {row["scope"]: row["spent"] for row in rows if row["spent"]}
    assert spent["all"] == 30 * len(made)
    for kind in ("ug", "a"):  # each call is paid once by whose it is, and once by where it came from
        assert sum(number for scope, number in spent.items() if scope[0] in kind and scope != "all") == spent["all"]


async def test_the_house_as_a_whole_has_a_purse(purses):
    for _ in range(11):
        await hold(purses, person())
    with pytest.raises(Spent) as spent:
        await hold(purses, person())
    assert spent.value.is_everybody_s


async def test_an_answer_ends_while_somebody_else_holds_the_purse_of_all(urls, owner):
    laura = await a_person(owner)
    async with (
        scripted.upstream() as upstream,
        serving(urls, anthropic_base_url=upstream.url, model="scripted") as service,
        chatting(service, service.token(laura)) as chat,
    ):
        half = scripted.says("Voy a ", "mirar.")
        half.until = asyncio.Event()
        upstream.then(half)
        await chat.say("Hola")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        async with owner.transaction():
            assert await owner.fetchval("select count(*) from (select from amara_private.token_budgets for update) b")
            half.until.set()
            assert (await chat.hear_until("RUN_FINISHED", "RUN_ERROR"))[-1]["chunk"]["type"] == "RUN_FINISHED"
    assert await settle(owner) == 1


async def test_a_new_day_is_a_new_purse_in_the_zone_of_the_house(purses):
    payer = person()
    await held(purses, payer, 4)
    purses.now.now = datetime(2026, 3, 3, 4, 59, tzinfo=UTC)  # still the second of March in Bogotá
    with pytest.raises(Spent):
        await hold(purses, payer)
    purses.now.now = datetime(2026, 3, 3, 5, tzinfo=UTC)
    await hold(purses, payer)


def test_a_hold_is_rather_too_large_and_the_cache_is_cheap():
    assert weight(ASK) > 0
    assert cost(Usage(input=100, output=50, cache_read=1000, cache_write=200)) == 450


async def test_who_has_spent_the_day_is_told_so_kindly_and_nobody_is_asked(urls, owner):
    laura, ana = await a_person(owner), await a_person(owner)
    async with (
        scripted.upstream() as upstream,
        serving(urls, anthropic_base_url=upstream.url, model="scripted", daily_tokens_user=20_000) as service,
    ):
        upstream.otherwise = scripted.Answer(
            [scripted.start(input_tokens=19_000), *scripted.text("Claro."), *scripted.end()]
        )
        async with chatting(service, service.token(laura)) as chat:
            assert text_of(await chat.ask("Hola")) == "Claro."
            said = text_of(await chat.ask("¿Y ahora?"))
            assert "mañana" in said
            assert f"{service.url}/guest" in said  # where she can book all the same
            assert wire.last_run(chat)[-1]["usage"] == []
            async with aiohttp.ClientSession() as http, http.get(f"{service.url}/guest") as page:
                assert page.status == 200
            assert len(upstream.requests) == 1
            assert wire.last_run(chat)[-1]["outcome"]["type"] == "success"
            wire.check_run(wire.last_run(chat))
        async with chatting(service, service.token(ana)) as chat:
            assert text_of(await chat.ask("Hola")) == "Claro."
    await settle(owner)
    rows = await owner.fetch("select held, spent from amara_private.token_budgets where scope like 'u:%'")
    assert all(row["held"] == 0 and row["spent"] > 0 for row in rows)
    assert not await owner.fetchval("select count(*) from amara_private.token_budgets where scope like '%127.0.0.1%'")


async def test_a_call_that_is_cut_is_paid_by_what_is_known_of_it_and_says_so(urls, owner):
    laura = await a_person(owner)
    async with (
        scripted.upstream() as upstream,
        serving(urls, anthropic_base_url=upstream.url, model="scripted") as service,
        chatting(service, service.token(laura)) as chat,
    ):
        start = scripted.start(input_tokens=900, cache_read_input_tokens=50, output_tokens=1)
        upstream.then(scripted.Answer([start, *scripted.text("Uno, dos, tres, cuatro, cinco.")]))
        told = (await chat.ask("Hola"))[-1]["chunk"]
    assert told["type"] == "RUN_ERROR"
    assert told["metadata"]["amara"]["usageEstimated"] is True
    assert [(one["model"], one["inputTokens"], one["outputTokens"]) for one in told["usage"]] == [("scripted", 950, 10)]
    row = await owner.fetchrow("select * from amara_usage where user_id = $1", laura)
    assert (row["outcome"], row["is_estimated"], row["output_tokens"]) == ("model_cut", True, 10)
    await settle(owner)
    purses = await owner.fetch("select scope, held, spent from amara_private.token_budgets")
    assert {(purse["held"], purse["spent"]) for purse in purses if purse["scope"] == f"u:{laura}"} == {(0, 915)}
    assert all(purse["held"] == 0 for purse in purses)


async def test_a_run_that_another_process_goes_on_with_is_paid_by_the_address_it_came_from(urls, owner):
    """And what its first process had spent is on record too."""
    laura = await a_person(owner)
    async with (
        scripted.upstream() as upstream,
        serving(urls, anthropic_base_url=upstream.url, model="scripted", owner="elsewhere/1/first") as first,
        chatting(first, first.token(laura)) as chat,
    ):
        half = scripted.says("Voy a ", "mirar.")
        half.until = asyncio.Event()
        upstream.then(half)
        await chat.say("Hola")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        run_id = await owner.fetchval("select id from amara_runs where user_id = $1", laura)
        await owner.execute(  # as if its process were gone
            "update amara_runs set owner = 'elsewhere/1/gone', lease_expires_at = now() - interval '1 minute'"
            " where id = $1",
            run_id,
        )
        scope = await owner.fetchval("select scope from amara_private.token_budgets where scope like 'a:%'")
        await settle(owner)
        paid = await owner.fetchval("select spent from amara_private.token_budgets where scope = $1", scope)
        upstream.otherwise = scripted.Answer(
            [scripted.start(input_tokens=500), *scripted.text("Listo."), *scripted.end(output_tokens=20)]
        )
        async with serving(urls, anthropic_base_url=upstream.url, model="scripted", owner="elsewhere/2/second") as two:
            await asyncio.gather(*(run.task for run in tuple(two.door.house.runs._live.values())))
        rows = await owner.fetch("select outcome, input_tokens, is_estimated from amara_usage order by created_at")
        lost, whole = (row for row in rows if row["outcome"] in {"lost", "end_turn"})
        assert lost["is_estimated"]
        assert lost["input_tokens"] > 100  # what was asked, by our own count
        assert (whole["input_tokens"], whole["is_estimated"]) == (500, False)
        await settle(owner)
        after = await owner.fetchrow("select held, spent from amara_private.token_budgets where scope = $1", scope)
        assert after["held"] == 0
        assert after["spent"] - paid >= 520 + lost["input_tokens"]
        assert not await owner.fetchval("select count(*) from amara_private.open_calls")


async def test_a_call_whose_conversation_is_gone_gives_back_what_it_held(urls, owner):
    laura = await a_person(owner)
    async with (
        scripted.upstream() as upstream,
        serving(urls, anthropic_base_url=upstream.url, model="scripted") as service,
    ):
        await hold(service.door.house.budget, Payer(laura, is_visitor=False))
        assert await paying.sweep(service.door.house) == 0  # it may well be on its way
        await owner.execute("update amara_private.open_calls set began_at = now() - interval '1 hour'")
        assert await paying.sweep(service.door.house) == 1
        assert await paying.sweep(service.door.house) == 0
    await settle(owner)
    row = await owner.fetchrow("select outcome, is_estimated, run_id from amara_usage where user_id = $1", laura)
    assert (row["outcome"], row["is_estimated"], row["run_id"]) == ("lost", True, None)
    assert await owner.fetchval("select held from amara_private.token_budgets where scope = $1", f"u:{laura}") == 0
