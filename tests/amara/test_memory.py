"""What was said once is one message and one answer, however often and from wherever it is said."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from amara import errors
from amara.db import Database
from tests import upstream as scripted
from tests import wire
from tests.rig import chatting, end_of, events, serving, text_of


def acks(heard: list[dict]) -> list[str]:
    return [frame["status"] for frame in heard if frame.get("type") == "ack"]


async def test_a_message_said_again_is_acknowledged_again_and_shown_with_its_answer(service, upstream, owner, token):
    upstream.then(scripted.says("Hola, Laura."))
    async with chatting(service, token) as chat:
        assert acks(await chat.ask("Hola", message_id="m1", run_id="r1")) == ["accepted"]
        for run_id in ("r1", "r2"):
            heard = await chat.ask("Hola", message_id="m1", run_id=run_id)
            assert acks(heard) == ["duplicate"]
            shown = [frame for frame in heard if frame["type"] != "ack"]  # told to us alone: no cursor, no envelope
            wire.check_run(shown)
            assert [(one["role"], one["content"]) for one in shown[1]["messages"]] == [
                ("user", "Hola"),
                ("assistant", "Hola, Laura."),
            ]
            assert shown[1]["messages"][0]["id"] == "m1"
        assert len(await wire.record(owner, chat.thread_id)) == 2
    assert len(upstream.requests) == 1


async def test_a_message_said_twenty_times_at_once_over_two_sockets_is_answered_once(service, upstream, owner, token):
    held = asyncio.Event()
    answer = scripted.says("Hola.")
    answer.until = held
    upstream.then(answer)
    async with chatting(service, token) as one, chatting(service, token, thread_id=one.thread_id) as two:
        sockets = [one, two] * 10
        await asyncio.gather(*(chat.say("Hola", message_id="m1", run_id=f"r{n}") for n, chat in enumerate(sockets)))
        heard = [[await chat.hear_until("ack") for _ in range(10)] for chat in (one, two)]
        statuses = [acks(part)[0] for parts in heard for part in parts]
        assert sorted(statuses) == ["accepted"] + ["duplicate"] * 19
        runs = {part[-1]["runId"] for parts in heard for part in parts}
        assert len(runs) == 1
        held.set()
        for chat in (one, two):
            await chat.hear_until("RUN_FINISHED")
        assert [row[:2] for row in await wire.record(owner, one.thread_id)] == [
            ("user", "Hola"),
            ("assistant", "Hola."),
        ]
    assert len(upstream.requests) == 1


async def test_a_message_id_stands_for_its_first_text(service, owner, token):
    async with chatting(service, token) as chat:
        await chat.ask("Hola", message_id="m1")
        await chat.say("Adiós", message_id="m1")
        heard = await chat.hear_until("error")
        assert acks(heard) == ["rejected"]
        assert heard[-1]["code"] == errors.MessageChanged.code
        assert [row[1] for row in await wire.record(owner, chat.thread_id)] == ["Hola", "Claro."]


async def test_a_run_of_old_takes_no_new_message_and_no_other_text(service, owner, token):
    """It would be acknowledged as one that is known, and nobody would ever answer it."""
    async with chatting(service, token) as chat:
        await chat.ask("Hola", message_id="m1", run_id="r1")
        for message_id, text, code in (("m2", "Otra cosa", "bad_frame"), ("m1", "Otra cosa", "message_changed")):
            await chat.say(text, message_id=message_id, run_id="r1")
            heard = await chat.hear_until("error")
            assert acks(heard) == ["rejected"]
            assert heard[-1]["code"] == code
        assert acks(await chat.ask("Hola", message_id="m1", run_id="r1")) == ["duplicate"]
        assert acks(await chat.ask("Otra cosa", message_id="m2", run_id="r2")) == ["accepted"]
        assert [row[1] for row in await wire.record(owner, chat.thread_id) if row[0] == "user"] == ["Hola", "Otra cosa"]


async def test_a_message_whose_answer_failed_may_be_said_again_and_is_answered_then(service, upstream, owner, token):
    upstream.then(scripted.fails(400))
    async with chatting(service, token) as chat:
        assert (await chat.ask("Hola", message_id="m1", run_id="r1"))[-1]["chunk"]["type"] == "RUN_ERROR"
        heard = await chat.ask("Hola", message_id="m1", run_id="r2")
        assert acks(heard) == ["duplicate"]
        assert text_of(heard) == "Claro."
        wire.check_run(wire.last_run(chat))
        assert [row[1] for row in await wire.record(owner, chat.thread_id)] == ["Hola", "Claro."]
        assert await wire.runs(owner, chat.thread_id) == [("failed", errors.ModelRefusedUs.code), ("finished", None)]


async def test_two_new_messages_in_one_frame_are_one_turn(service, upstream, owner, token):
    async with chatting(service, token) as chat:
        said = [{"id": f"m{n}", "role": "user", "content": text} for n, text in enumerate(("Hola", "Busco limpieza"))]
        await chat.send({"threadId": chat.thread_id, "runId": "r1", "messages": said})
        assert acks(await chat.hear_until("RUN_FINISHED")) == ["accepted", "accepted"]
        assert [row[1] for row in await wire.record(owner, chat.thread_id)] == ["Hola", "Busco limpieza", "Claro."]
    assert len(upstream.requests) == 1


async def test_a_run_id_belongs_to_one_conversation(service, token):
    async with chatting(service, token) as one, chatting(service, token) as two:
        await one.ask("Hola", run_id="r1")
        await two.say("Hola", run_id="r1")
        assert (await two.hear_until("error"))[-1]["code"] == errors.BadFrame.code


async def test_the_run_ids_of_two_people_have_nothing_to_do_with_each_other(service, owner, token):
    async with chatting(service, token) as one, chatting(service, service.token(await _another(owner))) as two:
        await one.ask("Hola", run_id="r1", message_id="m1")
        assert acks(await two.ask("Adiós", run_id="r1", message_id="m1")) == ["accepted"]


async def test_what_is_plainly_said_is_remembered_and_recalled_by_one_question_each(
    service, upstream, owner, token, monkeypatch
):
    questions, once = [], Database.once

    async def asked(database, question, *args):
        questions.append(question.partition("(")[0].rpartition(".")[2])
        return await once(database, question, *args)

    monkeypatch.setattr(Database, "once", asked)
    upstream.then(scripted.says("Claro."), scripted.says("Aquí estoy."))
    async with chatting(service, token) as chat:
        for text, answer in (("Hola", "Claro."), ("¿Sigue ahí?", "Aquí estoy.")):
            questions.clear()
            assert text_of(await chat.ask(text)) == answer
            assert questions[:4] == ["remember", "recall", "begin_call", "keep_frames"]
            wire.check_run(wire.last_run(chat))
    assert [row[:2] for row in await wire.record(owner, chat.thread_id)] == [
        ("user", "Hola"),
        ("assistant", "Claro."),
        ("user", "¿Sigue ahí?"),
        ("assistant", "Aquí estoy."),
    ]
    assert await wire.runs(owner, chat.thread_id) == [("finished", None)] * 2


async def test_the_first_word_of_a_new_conversation_opens_and_names_it(service, owner, laura, token):
    async with chatting(service, token, thread_id="mi-hilo") as chat:
        await chat.ask("Busco a alguien para el viernes")
        epoch = int(chat.frames[-1]["id"].partition("-")[0])
    row = await owner.fetchrow("select user_id, locale, thread_key, title, epoch, is_active from amara_conversations")
    assert tuple(row) == (laura, "es", "mi-hilo", "Busco a alguien para el viernes", epoch, True)


async def test_first_words_from_two_devices_at_once_are_in_one_conversation(service, upstream, owner, token):
    async with (
        chatting(service, token, thread_id="mi-hilo") as one,
        chatting(service, token, thread_id="mi-hilo") as two,
    ):
        await asyncio.gather(one.say("Hola", message_id="m1"), two.say("Buenas", message_id="m2"))
        for chat in (one, two):
            while len([frame for frame in events(chat.frames) if frame["type"] == "RUN_FINISHED"]) < 2:
                await chat.hear_until("RUN_FINISHED")
    assert await owner.fetchval("select count(*) from amara_conversations") == 1
    rows = await owner.fetch("select content from amara_messages where role = 'user' order by sequence")
    assert {row["content"] for row in rows} == {"Hola", "Buenas"}


async def test_what_is_not_so_plain_leaves_nothing_of_its_first_try(service, upstream, owner, token):
    """Another run here, or two elsewhere: the message is kept once, in its place, and is answered."""
    helds = [asyncio.Event() for _ in range(3)]
    async with chatting(service, token) as one, chatting(service, token) as two, chatting(service, token) as three:
        for chat in (one, two, three):
            await chat.ask("Hola")
        for held in helds:
            answer = scripted.says("Ya.")
            answer.until = held
            upstream.then(answer)
        await one.say("Uno", message_id="m1")
        await one.hear_until("ack")
        await two.say("Dos", message_id="m2")
        await two.hear_until("ack")
        await three.say("Tres", message_id="m3")  # the third at once of one person
        assert acks(await three.hear_until("ack")) == ["queued"]
        await one.say("Otra", message_id="m4")  # behind its own
        assert acks(await one.hear_until("ack")) == ["queued"]
        for held in helds:
            held.set()
        for chat, said in ((one, ["Hola", "Uno", "Otra"]), (two, ["Hola", "Dos"]), (three, ["Hola", "Tres"])):
            while len(await wire.record(owner, chat.thread_id)) < 2 * len(said):
                await chat.hear_until("RUN_FINISHED")
            rows = await wire.record(owner, chat.thread_id)
            assert [row[1] for row in rows if row[0] == "user"] == said


async def test_another_process_that_wrote_meanwhile_is_seen_by_the_short_way_as_well(service, owner, token):
    """Its epoch stands: what is said here is not logged under ours, and the client comes back to whoever writes."""
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
        await owner.execute("update amara_conversations set epoch = epoch + 1 where id::text = $1", chat.thread_id)
        await chat.say("¿Sigue ahí?", message_id="m2")
        await end_of(chat.socket)
        assert [row[1] for row in await wire.record(owner, chat.thread_id) if row[0] == "user"] == ["Hola"]


async def _another(owner):
    user_id = uuid4()
    await owner.execute("insert into auth.users (id, is_anonymous) values ($1, true)", user_id)
    return user_id


async def test_a_thread_of_the_clients_own_naming_is_one_conversation_per_owner(service, owner, laura, token):
    async with chatting(service, token, thread_id="thread-1") as one:
        await one.ask("Hola")
    async with (
        chatting(service, token, thread_id="thread-1") as again,
        chatting(service, service.token(await _another(owner)), thread_id="thread-1") as other,
    ):
        await again.ask("Busco limpieza")
        await other.ask("Hola")
        assert events(again.frames)[0]["threadId"] == "thread-1"
    rows = await owner.fetch("select user_id, thread_key, title from public.amara_conversations")
    assert len(rows) == 2
    assert {(row["user_id"] == laura, row["thread_key"], row["title"]) for row in rows} == {
        (True, "thread-1", "Hola"),
        (False, "thread-1", "Hola"),
    }


async def test_twenty_equal_messages_over_two_processes_are_one_with_twenty_equal_answers(
    urls, service, upstream, owner, token
):
    answer = scripted.says("Hola.")
    answer.until = asyncio.Event()
    upstream.then(answer)
    async with (
        serving(urls, anthropic_base_url=upstream.url, model="scripted", owner="elsewhere.example/1/x") as other,
        chatting(service, token) as here,
        chatting(other, token, thread_id=here.thread_id) as there,
    ):
        await asyncio.gather(
            *(chat.say("Hola", message_id="m1", run_id=f"r{n}") for n, chat in enumerate([here, there] * 10))
        )
        heard = [(await chat.hear_until("ack"))[-1] for chat in (here, there) for _ in range(10)]
        assert sorted(ack["status"] for ack in heard) == ["accepted"] + ["duplicate"] * 19
        assert len({(ack["ref"], ack["runId"]) for ack in heard}) == 1
        answer.until.set()
        for chat in (here, there):
            await chat.hear_until("RUN_FINISHED")
            wire.check_run(wire.last_run(chat))
    assert [row[1] for row in await wire.record(owner, here.thread_id)] == ["Hola", "Hola."]
    assert len(upstream.requests) == 1
