"""A run belongs to its conversation: whoever wrote it may die, and it still ends once."""

from __future__ import annotations

import asyncio

from amara import frames
from amara.owners import NOBODY
from tests import upstream as scripted
from tests import wire
from tests.rig import chatting, end_of, serving, text_of


def held() -> scripted.Answer:
    answer = scripted.says("Uno, ", "dos.")
    answer.until = asyncio.Event()
    return answer


async def test_a_live_run_keeps_its_lease(urls, upstream, owner, laura):
    answer = held()
    upstream.then(answer)
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=0.5) as service:
        async with chatting(service, service.token(laura)) as chat:
            await chat.say("Cuente")
            await chat.hear_until("TEXT_MESSAGE_CONTENT")
            question = "select lease_expires_at from public.amara_runs"
            first = await owner.fetchval(question)
            async with asyncio.timeout(5):
                while await owner.fetchval(question) <= first:  # until the keeper has been round
                    pass
            answer.until.set()
            await chat.hear_until("RUN_FINISHED")
        assert await wire.runs(owner, chat.thread_id) == [("finished", None)]


async def test_a_run_that_cannot_be_settled_is_ended_all_the_same(service, upstream, owner, token, monkeypatch):
    async def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("amara.turn.give_up", fails)
    monkeypatch.setattr("amara.turn.settle", fails)
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        assert heard[-1]["chunk"]["code"] == "interrupted"
        wire.check_run(wire.last_run(chat))
        assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", "Claro.", "interrupted")


async def test_a_drain_lets_answers_finish_and_hands_over_the_rest(urls, service, upstream, owner, laura, token):
    answer = held()
    upstream.then(answer)
    async with chatting(service, token) as chat:
        await chat.say("Cuente")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await service.door.house.runs.drain(0)
        async with asyncio.timeout(5):
            await upstream.gone.wait()  # the model is not left talking to nobody
    left = await owner.fetchrow(
        "select status, owner, lease_expires_at <= clock_timestamp() as is_free from amara_runs"
    )
    assert tuple(left) == ("running", NOBODY, True)
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted") as following:
        await wire.at_rest(following)
    told = await wire.kept(owner, chat.thread_id)
    wire.check_run([frame["chunk"] for frame in told])
    assert text_of(told) == "Uno, dos.Claro."
    assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", "Claro.", "complete")
    assert await owner.fetchval("select takeovers from amara_runs") == 0  # it did not die


async def test_an_owner_past_its_time_asks_again_before_it_tells_anything(service, upstream, owner, token):
    answers = [held(), held()]
    upstream.then(*answers)
    its = service.door.house.runs
    async with chatting(service, token) as chat:
        for answer, thief in ((answers[0], None), (answers[1], "elsewhere.example/1/thief")):
            await chat.say("Cuente")
            await chat.hear_until("TEXT_MESSAGE_CONTENT")
            for run_id in its.ids():
                its.by_id(run_id).sure_until = 0
            if thief is not None:
                await owner.execute("update amara_runs set owner = $1 where status = 'running'", thief)
            answer.until.set()
            heard = await chat.hear_until("RUN_FINISHED", "reconnect")
            assert (heard[-1].get("type") == "reconnect") is (thief is not None)
    assert await wire.runs(owner, chat.thread_id) == [("finished", None), ("running", None)]


async def test_a_conversation_deleted_in_the_middle_of_an_answer_ends_it_and_sends_its_peers_away(
    urls, upstream, owner, laura
):
    upstream.then(held())
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=0.5) as service:
        async with chatting(service, service.token(laura)) as chat:
            await chat.say("Cuente")
            await chat.hear_until("TEXT_MESSAGE_CONTENT")
            await owner.execute("delete from amara_conversations")
            await chat.hear_until("reconnect")
            assert await end_of(chat.socket) == frames.RESTARTING
        async with asyncio.timeout(5):
            await upstream.gone.wait()
        await wire.at_rest(service)
    for table in ("amara_runs", "amara_messages", "amara_run_events"):
        assert await owner.fetchval(f"select count(*) from {table}") == 0


async def test_an_account_deleted_in_the_middle_of_an_answer_ends_it(urls, upstream, owner, laura):
    upstream.then(held())
    async with (
        serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=0.5) as service,
        chatting(service, service.token(laura)) as chat,
    ):
        await chat.say("Cuente")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await owner.execute("delete from auth.users where id = $1", laura)
        async with asyncio.timeout(5):
            await upstream.gone.wait()
        await wire.at_rest(service)
    assert await owner.fetchval("select count(*) from amara_runs") == 0
