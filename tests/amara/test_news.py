"""What becomes of a booking outside its chat is told in the chat: each change once, in order, to whoever comes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import aiohttp
import pytest

from amara import marks
from amara.news import News
from amara.store import news as store
from tests import upstream as scripted
from tests.amara.test_main import amara
from tests.builders import NEXT_MORNING, a_booking, a_conversation, a_guest, a_person, a_professional
from tests.counter import MONDAY, Person
from tests.rig import SECRET, chatting, serving, text_of

LATER = NEXT_MORNING + timedelta(days=1)


async def become(owner, booking_id, **columns):
    changes = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 2))
    await owner.execute(f"update public.bookings set {changes} where id = $1", booking_id, *columns.values())


async def noted(owner):
    rows = await owner.fetch("select conversation_id, kind from amara_private.booking_news order by id")
    return [tuple(row) for row in rows]


async def written(owner, conversation_id):
    rows = await owner.fetch(
        "select metadata -> 'notice' ->> 'kind' as kind from public.amara_messages"
        " where conversation_id = $1 and metadata ? 'notice' order by sequence",
        conversation_id if isinstance(conversation_id, UUID) else UUID(conversation_id),
    )
    return [row["kind"] for row in rows]


@pytest.fixture
async def chat_and_booking(owner):
    conversation = await a_conversation(owner)
    person = await owner.fetchval("select user_id from public.amara_conversations where id = $1", conversation)
    return conversation, await a_booking(owner, customer_id=person, status="pending")


# Noting ---------------------------------------------------------------------------------------------------------------


async def test_every_change_of_the_platform_is_noted_once_and_in_order(owner, chat_and_booking):
    chat, booking = chat_and_booking
    await become(owner, booking, status="confirmed")
    await become(owner, booking, scheduled_start=LATER, scheduled_end=LATER + timedelta(hours=4))
    await become(owner, booking, total_price=90_000)
    await become(owner, booking, status="in_progress")
    await become(owner, booking, status="completed", total_price=95_000)
    kinds = ["confirmed", "moved", "repriced", "in_progress", "completed", "repriced"]
    assert await noted(owner) == [(chat, kind) for kind in kinds]


async def test_what_is_no_change_and_what_is_rolled_back_is_not_noted(owner, chat_and_booking):
    _, booking = chat_and_booking
    await become(owner, booking, status="pending", address="Carrera 7 # 12-3", total_price=100_000)
    await owner.execute("begin")
    await become(owner, booking, status="confirmed")
    await owner.execute("rollback")
    assert await noted(owner) == []


async def test_a_state_only_the_platform_knows_is_a_change(owner, chat_and_booking):
    chat, booking = chat_and_booking
    await owner.execute("alter table public.bookings drop constraint bookings_status_check")
    await become(owner, booking, status="no_show")
    assert await noted(owner) == [(chat, "changed")]


async def test_it_is_told_where_the_booking_was_made(owner):
    person = await a_person(owner)
    made_in = await a_conversation(owner, user_id=person)
    await a_conversation(owner, user_id=person, last_message_at=NEXT_MORNING)
    booking = await a_booking(owner, customer_id=person, source_details={"conversation_id": str(made_in)})
    await become(owner, booking, status="completed")
    assert await noted(owner) == [(made_in, "completed")]


@pytest.mark.parametrize("details", [{}, {"conversation_id": "no uuid"}, {"conversation_id": str(uuid4())}, []])
async def test_else_in_the_customers_latest_chat(owner, details):
    person = await a_person(owner)
    latest = await a_conversation(owner, user_id=person, last_message_at=NEXT_MORNING)
    await a_conversation(owner, user_id=person)
    booking = await a_booking(owner, customer_id=person, source_details=details)
    await become(owner, booking, status="completed")
    assert await noted(owner) == [(latest, "completed")]


async def test_what_a_browser_wrote_leads_into_nobody_elses_chat(owner):
    somebodys = await a_conversation(owner)
    booking = await a_booking(owner, source_details={"conversation_id": str(somebodys)})
    await become(owner, booking, status="completed")
    assert await noted(owner) == []


async def test_a_guest_who_chatted_hears_it_too_and_one_who_did_not_is_left_alone(owner):
    visitor = await a_person(owner, is_anonymous=True)
    chat = await a_conversation(owner, user_id=visitor)
    with_chat = await a_booking(owner, guest_session_id=await a_guest(owner, user_id=visitor), status="pending")
    without = await a_booking(owner, guest_session_id=await a_guest(owner), status="pending")
    for booking in (with_chat, without):
        await become(owner, booking, status="declined")
    assert await noted(owner) == [(chat, "declined")]


# Telling --------------------------------------------------------------------------------------------------------------


async def test_many_who_look_at_once_write_each_change_once_and_in_order(owner, db, chat_and_booking):
    chat, booking = chat_and_booking
    kinds = []
    for round_ in range(5):
        await become(owner, booking, total_price=90_000 + round_)
        await become(owner, booking, status=("confirmed", "pending")[round_ % 2])
        kinds += ["repriced", ("confirmed", "pending")[round_ % 2]]
    told = await asyncio.gather(*(News(db, "America/Bogota").once() for _ in range(5)))
    assert sum(told) == 10
    assert await written(owner, chat) == kinds
    rows = await owner.fetch("select value ->> 'kind' as kind from amara_private.asides order by id")
    assert [row["kind"] for row in rows] == kinds
    assert await noted(owner) == []


async def test_who_dies_while_writing_leaves_it_to_the_next(owner, db, chat_and_booking, monkeypatch):
    chat, booking = chat_and_booking
    await become(owner, booking, status="confirmed")

    async def dies(*_):
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(store, "record_run", dies)
        with pytest.raises(Exception):  # noqa: B017, PT011 - whichever, the transaction is over
            await News(db, "America/Bogota").once()
    assert await written(owner, chat) == []
    await News(db, "America/Bogota").once()
    assert await written(owner, chat) == ["confirmed"]


async def test_what_is_told_is_what_was_true_then(owner, db, chat_and_booking):
    chat, booking = chat_and_booking
    await become(owner, booking, status="confirmed")
    await become(owner, booking, scheduled_start=LATER, scheduled_end=LATER + timedelta(hours=4), status="pending")
    await News(db, "America/Bogota").once()
    rows = await owner.fetch("select content from amara_messages where conversation_id = $1 order by sequence", chat)
    confirmed, moved = (row["content"] for row in rows)
    assert "para el martes 5 de marzo a las 9:00" in confirmed
    assert "se movió al miércoles 6 de marzo a las 9:00 a. m. y espera" in moved


async def test_a_chat_that_is_gone_is_told_nothing(owner, db, chat_and_booking):
    chat, booking = chat_and_booking
    await become(owner, booking, status="confirmed")
    await owner.execute("delete from public.amara_conversations where id = $1", chat)
    assert await News(db, "America/Bogota").once() == 0


# Hearing --------------------------------------------------------------------------------------------------------------


async def test_an_open_chat_hears_it_at_its_cursor_and_keeps_it_as_a_message(service, token, laura, owner):
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        booking = await a_booking(owner, customer_id=laura, status="pending")
        await become(owner, booking, status="confirmed")
        (told,) = await chat.hear_until("event")
        assert told["name"] == "booking"
        assert told["id"] > heard[-1]["id"]
        value = told["value"]
        assert (value["booking_id"], value["status"], value["card"]) == (str(booking), "confirmed", "booking")
        assert (value["booking"]["id"], value["booking"]["status"]) == (str(booking), "confirmed")
        assert "fue aceptada" in value["text"]
        headers = {"authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.get(f"{service.url}/v1/amara/conversations/{chat.thread_id}/messages") as answer,
        ):
            newest = (await answer.json())["items"][0]
    assert (newest["id"], newest["role"], newest["content"]) == (value["message_id"], "assistant", value["text"])
    assert newest["metadata"]["notice"] == {"kind": "confirmed", "booking_id": str(booking), "status": "confirmed"}
    assert newest["metadata"]["card"] == {"card": "booking", "booking": value["booking"]}  # as it was drawn


async def test_a_closed_chat_is_the_first_to_read_it_and_the_model_knows_whose_word_it_is(
    service, token, laura, owner, upstream
):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
        thread_id = chat.thread_id
    booking = await a_booking(owner, customer_id=laura, status="pending")
    await become(owner, booking, status="declined")
    while not await written(owner, thread_id):
        pass
    upstream.answers.append(scripted.says("Lo siento."))
    async with chatting(service, token, thread_id=thread_id) as chat:
        assert text_of(await chat.ask("¿Qué pasó con mi reserva?")) == "Lo siento."
    *before, question = upstream.requests[-1]["messages"]
    assert question["content"][0]["text"] == "¿Qué pasó con mi reserva?"
    assert before[-1]["role"] == "assistant"
    notice = before[-1]["content"][-1]["text"]
    assert notice.startswith(f"{marks.NOTICE} Su reserva de aseo general")
    assert "no fue aceptada" in notice
    assert marks.NOTICE in upstream.requests[-1]["system"][0]["text"]


async def test_in_the_middle_of_an_answer_it_disturbs_nothing(service, token, laura, owner, upstream):
    answer = scripted.says("Un ", "momento.")
    answer.until = asyncio.Event()
    upstream.answers.append(answer)
    async with chatting(service, token) as chat:
        await chat.say("Hola")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        booking = await a_booking(owner, customer_id=laura, status="pending")
        await become(owner, booking, status="confirmed")
        *_, told = await chat.hear_until("event")
        assert told["value"]["kind"] == "confirmed"
        answer.until.set()
        await chat.hear_until("RUN_FINISHED")
        assert text_of(chat.frames) == "Un momento."
        assert [frame for frame in chat.frames if frame.get("type") == "event"] == [told]


async def test_in_two_processes_each_change_is_heard_once(urls, owner):
    laura = await a_person(owner)
    async with serving(urls, owner="a.example/1/a") as one, serving(urls, owner="b.example/1/b") as other:
        token = one.token(laura)
        async with chatting(one, token) as here:
            await here.ask("Hola")
            async with chatting(other, token, thread_id=here.thread_id) as there:
                booking = await a_booking(owner, customer_id=laura, status="pending")
                kinds = []
                for round_ in range(6):
                    kinds.append(("confirmed", "pending")[round_ % 2])
                    await become(owner, booking, status=kinds[-1])
                for chat in (here, there):
                    told = []
                    while len(told) < 6:
                        told += [f["value"]["kind"] for f in await chat.hear_until("event") if f.get("type") == "event"]
                    assert told == kinds
                await here.ask("Gracias")
                assert [f for f in here.frames if f.get("name") == "booking"][6:] == []
                assert await written(owner, here.thread_id) == kinds


async def test_what_the_professional_says_at_the_command_line_is_told(service, token, laura, owner, urls):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
        booking = await a_booking(owner, customer_id=laura, status="pending")
        own = {"AMARA_DATABASE_URL": urls.login_url, "AMARA_JWT_SECRET": SECRET}
        assert (await amara("bookings", "accept", str(booking), **own)).exit_code == 0
        (told,) = await chat.hear_until("event")
        assert told["value"]["status"] == "confirmed"


@pytest.mark.parametrize("deed", ["cancel", "move"])
@pytest.mark.parametrize("is_in_chat", [True, False], ids=["in the chat", "elsewhere"])
async def test_what_the_chat_does_itself_it_is_not_told(owner, db, deed, is_in_chat):
    laura = Person(db, await a_person(owner))
    chat = await a_conversation(owner, user_id=laura.id)
    booked = await laura.book(await a_professional(owner))
    where = {"conversation_id": chat} if is_in_chat else {}
    if deed == "cancel":
        offered = await laura.offer_cancellation(booked["id"], **where)
    else:
        offered = await laura.offer_move(booked["id"], MONDAY + timedelta(days=1), **where)
    await laura.confirm(offered.draft)
    kinds = [kind for _, kind in await noted(owner)]
    assert kinds == ([] if is_in_chat else [{"cancel": "cancelled", "move": "moved"}[deed]])
