"""What a guest is told of a booking, in their own language, and what never."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import NEXT_MORNING, a_booking, a_guest, a_person
from tests.guest.mailing import LINK, a_visit, become, entry, states


async def test_a_booking_is_told_from_the_request_to_its_end(owner, mailroom, office):
    booking_id = await a_visit(owner)
    later = NEXT_MORNING + timedelta(days=1)
    await mailroom.once()
    await become(owner, booking_id, status="confirmed")
    await mailroom.once()
    await become(owner, booking_id, status="pending", scheduled_start=later, scheduled_end=later + timedelta(hours=4))
    await mailroom.once()
    await become(owner, booking_id, status="cancelled")
    assert await mailroom.once() == 1
    assert [letter["Subject"].partition(" del ")[0] for letter in office.letters] == [
        "Recibimos su reserva",
        "Su reserva",
        "Su reserva tiene una nueva fecha: miércoles 6 de marzo de 2030",
        "Su reserva",
    ]
    uid = str(booking_id)
    assert [entry(letter) for letter in office.letters] == [
        ("PUBLISH", "TENTATIVE", 0, uid, NEXT_MORNING),
        ("PUBLISH", "CONFIRMED", 1, uid, NEXT_MORNING),
        ("PUBLISH", "TENTATIVE", 2, uid, later),
        ("CANCEL", "CANCELLED", 3, uid, later),
    ]
    assert all(uid in letter.get_body().get_content() for letter in office.letters)
    assert len({letter["Message-ID"] for letter in office.letters}) == 4


@pytest.mark.parametrize(
    ("before", "change", "told"),
    [
        ({"status": "confirmed"}, {}, ["confirmed"]),
        ({}, {"status": "declined"}, ["requested", "declined"]),
        ({}, {"status": "pending"}, ["requested"]),
        ({}, {"address": "Carrera 7 # 1-1"}, ["requested"]),
        ({"status": "confirmed"}, {"status": "in_progress"}, ["confirmed"]),
        ({"status": "completed"}, {}, []),
        ({"status": "cancelled"}, {}, []),
    ],
)
async def test_what_a_guest_is_told_and_what_not(owner, before, change, told):
    booking_id = await a_visit(owner, **before)
    if change:
        await become(owner, booking_id, **change)
    assert [kind for kind, _ in await states(owner)] == told


async def test_an_accounts_booking_is_no_guests(owner):
    await a_booking(owner)
    assert await states(owner) == []


async def test_a_booking_that_is_taken_back_is_told_to_nobody(owner):
    taking_back = owner.transaction()
    await taking_back.start()
    await a_visit(owner)
    await taking_back.rollback()
    assert await states(owner) == []


async def test_a_notice_holds_nothing_of_the_person(owner):
    guest = await a_guest(owner, email="canary@example.com", full_name="Canaria")
    await a_visit(owner, guest, address="Calle Canaria")
    row = await owner.fetchval("select m::text from amara_private.guest_mail m")
    assert "canar" not in row.lower()


async def test_letters_are_written_in_the_guests_language(owner, mailroom, office):
    english = await a_guest(owner, metadata={"locale": "en-US"})
    visitor = await a_person(owner, is_anonymous=True)
    await owner.execute("insert into amara_conversations (user_id, locale) values ($1, 'en')", visitor)
    in_the_chat = await a_guest(owner, user_id=visitor)
    for guest in (english, in_the_chat, await a_guest(owner)):
        await a_visit(owner, guest)
    assert await mailroom.once() == 3
    greetings = [letter.get_body().get_content().splitlines()[0] for letter in office.letters]
    assert sorted(greetings) == ["Hello, María:", "Hello, María:", "Hola, María:"]


async def test_a_letter_leads_back_and_opens_nothing(owner, mailroom, office):
    await a_visit(owner, await a_guest(owner, session_token="t" * 43))
    await mailroom.once()
    text = office.letters[0].as_string()
    assert LINK in office.letters[0].get_body().get_content()
    assert "ttttttt" not in text
