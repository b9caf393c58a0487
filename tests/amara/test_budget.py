"""Nobody spends more than a day's tokens, however many calls are made at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from amara.budget import Budget, Limits, Payer, Spent, cost, most
from amara.db import open_database
from amara.model import Ask, Usage
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person
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


def person(address=None):
    return Payer(uuid4(), is_visitor=False, address=address)


async def held(purses, payer, times):
    return [await purses.hold(payer, ASK) for _ in range(times)]


async def test_what_is_held_counts_before_it_is_paid(purses):
    payer = person()
    await held(purses, payer, 4)
    with pytest.raises(Spent) as spent:
        await purses.hold(payer, ASK)
    assert not spent.value.is_everybody_s
    await purses.hold(person(), ASK)  # nobody else is concerned


async def test_a_hold_that_was_too_large_is_given_back(purses):
    payer = person()
    for hold in await held(purses, payer, 4):
        await purses.pay(hold, Usage(input=10, output=20))
    await held(purses, payer, 4)


async def test_a_refused_call_costs_nobody_anything(purses, owner):
    payer = person("an-address")
    await held(purses, payer, 4)
    before = await owner.fetch("select scope, held, spent from amara_private.token_budgets order by scope")
    with pytest.raises(Spent):
        await purses.hold(payer, ASK)
    assert await owner.fetch("select scope, held, spent from amara_private.token_budgets order by scope") == before


async def test_a_visitor_has_less_than_an_account(purses):
    visitor = Payer(uuid4(), is_visitor=True)
    await held(purses, visitor, 2)
    with pytest.raises(Spent):
        await purses.hold(visitor, ASK)


async def test_many_visitors_of_one_address_share_its_purse(purses):
    for _ in range(7):
        await purses.hold(Payer(uuid4(), is_visitor=True, address="one"), ASK)
    with pytest.raises(Spent):
        await purses.hold(Payer(uuid4(), is_visitor=True, address="one"), ASK)


async def test_twenty_calls_at_once_spend_no_more_than_there_is(purses):
    payer = person()
    outcomes = await asyncio.gather(*(purses.hold(payer, ASK) for _ in range(20)), return_exceptions=True)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 4
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} == {Spent}


async def test_the_house_as_a_whole_has_a_purse(purses):
    for _ in range(11):
        await purses.hold(person(), ASK)
    with pytest.raises(Spent) as spent:
        await purses.hold(person(), ASK)
    assert spent.value.is_everybody_s


async def test_a_new_day_is_a_new_purse_in_the_zone_of_the_house(purses):
    payer = person()
    await held(purses, payer, 4)
    purses.now.now = datetime(2026, 3, 3, 4, 59, tzinfo=UTC)  # still the second of March in Bogotá
    with pytest.raises(Spent):
        await purses.hold(payer, ASK)
    purses.now.now = datetime(2026, 3, 3, 5, tzinfo=UTC)
    await purses.hold(payer, ASK)


def test_a_hold_is_rather_too_large_and_the_cache_is_cheap():
    assert most(ASK) > 1000
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
            assert "mañana" in text_of(await chat.ask("¿Y ahora?"))
            assert len(upstream.requests) == 1
            assert wire.last_run(chat)[-1]["outcome"]["type"] == "success"
            wire.check_run(wire.last_run(chat))
        async with chatting(service, service.token(ana)) as chat:
            assert text_of(await chat.ask("Hola")) == "Claro."
    rows = await owner.fetch("select held, spent from amara_private.token_budgets where scope like 'u:%'")
    assert all(row["held"] == 0 and row["spent"] > 0 for row in rows)
    assert not await owner.fetchval("select count(*) from amara_private.token_budgets where scope like '%127.0.0.1%'")


async def test_a_call_that_is_cut_stays_held_until_the_day_is_over(urls, owner):
    laura = await a_person(owner)
    async with (
        scripted.upstream() as upstream,
        serving(urls, anthropic_base_url=upstream.url, model="scripted") as service,
        chatting(service, service.token(laura)) as chat,
    ):
        upstream.then(scripted.Answer([scripted.start(), *scripted.text("Uno")]))
        await chat.ask("Hola")
    assert await owner.fetchval("select held from amara_private.token_budgets where scope = 'all'") > 0
