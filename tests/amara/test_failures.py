"""Who was not answered three times in a row is not asked to try a fourth time."""

from __future__ import annotations

import pytest

from amara import outcomes
from tests import upstream as scripted
from tests.builders import a_person
from tests.handing import ask, deed, states
from tests.rig import chatting, events, serving, text_of

WRONG = scripted.fails(400)


@pytest.fixture
async def token(service, owner):
    return service.token(await a_person(owner))


@pytest.fixture
async def chat(service, token):
    async with chatting(service, token) as chat:
        yield chat


async def failing(chat, upstream, times):
    """That many questions, and no answer."""
    upstream.otherwise = WRONG
    heard = []
    for number in range(times):
        heard = await chat.ask(f"¿Me oye? {number}")
        assert events(heard)[-1]["type"] == "RUN_ERROR"
    return heard


async def test_the_third_failure_in_a_row_calls_a_person_who_knows_why(service, upstream, token, chat, owner):
    assert states(await failing(chat, upstream, 2)) == []
    heard = await failing(chat, upstream, 1)
    heard += await chat.hear_until("RUN_FINISHED")
    assert states(heard) == [("waiting", None)]
    assert text_of(heard).startswith("Lamento no haber podido responderle. Le paso esta conversación a una persona")
    status, shown = await ask(service, token, "GET", f"/v1/amara/conversations/{chat.thread_id}")
    assert (status, shown["handoff"]["state"]) == (200, "waiting")
    row = await owner.fetchrow("select reason, asked_by from amara_handoffs")
    assert tuple(row) == ("failures", "amara")
    assert text_of(await chat.ask("¿Y ahora?")) == ""  # a person's to answer; and no fourth failure
    assert await owner.fetchval("select count(*) from amara_handoffs") == 1


async def test_an_answer_in_between_begins_the_count_anew(upstream, chat, owner):
    await failing(chat, upstream, 2)
    upstream.otherwise = scripted.says("Claro.")
    assert text_of(await chat.ask("¿Y ahora?")) == "Claro."
    await failing(chat, upstream, 2)
    assert await owner.fetchval("select count(*) from amara_handoffs") == 0


async def test_what_failed_before_a_person_came_is_not_counted_again(service, upstream, token, chat, owner):
    await failing(chat, upstream, 3)
    await chat.hear_until("RUN_FINISHED")
    await deed(service, token, chat.thread_id, "return")
    await failing(chat, upstream, 2)
    assert [row["state"] for row in await owner.fetch("select state from amara_handoffs")] == ["returned"]
    await failing(chat, upstream, 1)
    await chat.hear_until("RUN_FINISHED")
    assert [row["state"] for row in await owner.fetch("select state from amara_handoffs order by asked_at")] == [
        "returned",
        "waiting",
    ]


async def test_failures_in_several_conversations_are_not_in_a_row(service, upstream, token, owner):
    for _ in range(3):
        async with chatting(service, token) as chat:
            await failing(chat, upstream, 1)
    assert await owner.fetchval("select count(*) from amara_handoffs") == 0


async def test_when_nobody_is_there_it_says_when_somebody_will_be(urls, upstream, owner):
    closed = {"anthropic_base_url": upstream.url, "model": "scripted", "staff_hours": "mon-mon 00:00-00:01"}
    async with serving(urls, **closed) as service, chatting(service, service.token(await a_person(owner))) as chat:
        await failing(chat, upstream, 3)
        told = text_of(await chat.hear_until("RUN_FINISHED"))
    assert told.startswith("Lamento no haber podido responderle.")
    assert "Ahora no hay nadie: vuelven el lunes" in told


def test_it_is_said_in_english_too():
    card = {"card": "handoff", "reason": "failures", "staffed": True, "staffed_from": None}
    assert outcomes.sentence(card, "en").startswith("I am sorry that I could not answer you. I am passing this")
    assert outcomes.sentence(card | {"reason": "asked"}, "en").startswith("I am passing this")
