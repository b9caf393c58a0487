"""What happens to a guest's booking is told by mail, once for each thing, whatever the relay does meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import structlog

from guest import mail
from guest.mail.relay import Nowhere, Smtp
from guest.mail.shapes import Code
from tests.builders import NEXT_MORNING, a_guest
from tests.guest import post_office
from tests.guest.mailing import a_visit, become, entry, room, states


async def test_a_letter_waits_for_the_relay_and_comes_once(owner, mailroom, office, clock):
    await a_visit(owner)
    office.to_letters = ["451 not now", "452 not now either"]
    assert [await mailroom.once(), await mailroom.once()] == [0, 0]
    clock.move(mail.pause(1))
    assert await mailroom.once() == 0
    clock.move(mail.pause(1))
    assert await mailroom.once() == 0  # the second pause is longer
    clock.move(mail.pause(2))
    assert [await mailroom.once(), await mailroom.once()] == [1, 0]
    assert len(office.letters) == 1


async def test_pauses_grow_to_an_hour():
    assert [mail.pause(n) // timedelta(seconds=1) for n in (1, 2, 3, 7, 8, 24)] == [30, 60, 120, 1920, 3600, 3600]


async def test_a_relay_that_was_away_gets_every_letter_in_the_order_of_the_booking(db, owner, clock, office):
    async with post_office.opened() as gone:
        pass
    booking_id = await a_visit(owner)
    await room(db, clock, Smtp(gone.url)).once()
    await become(owner, booking_id, status="confirmed")
    await room(db, clock, Smtp(gone.url)).once()
    assert await states(owner) == [("requested", "waiting"), ("confirmed", "waiting")]
    clock.move(timedelta(hours=1))
    assert await room(db, clock, Smtp(office.url)).once() == 2
    assert [entry(letter)[2] for letter in office.letters] == [0, 1]


async def test_an_address_that_is_refused_gets_nothing_more_of_that_letter(owner, mailroom, office):
    booking_id = await a_visit(owner)
    office.to_recipients = ["550 no such person"]
    await mailroom.once()
    await become(owner, booking_id, status="confirmed")
    assert await mailroom.once() == 1
    assert await states(owner) == [("requested", "dead"), ("confirmed", "sent")]


async def test_a_letter_nobody_takes_is_given_up_in_the_end(owner, mailroom, office, clock):
    await a_visit(owner)
    office.to_letters = ["451 not now"] * mail.ATTEMPTS
    for _ in range(mail.ATTEMPTS):
        await mailroom.once()
        clock.move(mail.LONGEST_PAUSE)
    assert (await states(owner), office.to_letters) == ([("requested", "dead")], [])


async def test_what_is_no_address_is_given_up_and_holds_nobody_up(owner, mailroom, office):
    bad = await a_guest(owner, email="maria@example.com\nBcc: pedro@example.com")
    await a_visit(owner, bad)
    await a_visit(owner)
    assert await mailroom.once() == 1
    assert [letter["To"].addresses[0].domain for letter in office.letters] == ["example.com"]


async def test_a_name_brings_neither_a_header_nor_a_slogan_along(owner, mailroom, office):
    await a_visit(owner, await a_guest(owner, full_name="https://evil.example\nSubject: win"))
    await mailroom.once()
    (letter,) = office.letters
    assert letter.get_body().get_content().splitlines()[0] == "Hola:"
    assert "evil" not in letter.as_string()


async def test_a_mailbox_is_not_filled_by_whoever_books_for_it(owner, mailroom, office, monkeypatch):
    monkeypatch.setattr(mail, "LETTERS_A_DAY", 2)
    for capitals in ("victim@example.com", "Victim@example.com", " VICTIM@example.com", "victim@example.com"):
        await a_visit(owner, await a_guest(owner, email=capitals))
    await a_visit(owner)
    assert await mailroom.once() == 3
    assert sum("victim" in str(letter["To"]).lower() for letter in office.letters) == 2


class Dies:
    """A relay that takes the letter; then the process is gone."""

    is_there = True

    def __init__(self, relay):
        self.relay = relay

    async def send(self, message):
        await self.relay.send(message)
        raise asyncio.CancelledError


async def test_a_letter_whose_sender_died_comes_again_under_the_same_name(db, owner, clock, office, mailroom):
    await a_visit(owner)
    with pytest.raises(asyncio.CancelledError):
        await room(db, clock, Dies(mailroom.relay)).once()
    assert await mailroom.once() == 0  # it is still the other's
    clock.move(mail.CLAIM)
    assert await mailroom.once() == 1
    first, second = office.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert await states(owner) == [("requested", "sent")]


async def test_of_many_senders_each_letter_has_one(db, owner, clock, office):
    for _ in range(6):
        await a_visit(owner)
    senders = [room(db, clock, Smtp(office.url)) for _ in range(4)]
    while await asyncio.gather(*(sender.once() for sender in senders)) != [0, 0, 0, 0]:
        pass
    assert len(office.letters) == len({letter["Message-ID"] for letter in office.letters}) == 6


async def test_who_is_out_of_the_booking_is_out_of_the_mail(owner, mailroom, office):
    await become(owner, await a_visit(owner), anonymized_at=NEXT_MORNING)
    assert await mailroom.once() == 0
    assert (office.letters, await states(owner)) == ([], [("requested", "dead")])


async def test_no_line_of_the_log_names_a_person(db, owner, clock, office):
    class Tells:
        is_there = True

        async def send(self, message):
            raise ConnectionError(f"cannot reach {message['To']}")

    await a_visit(owner, await a_guest(owner, email="canary@example.com", full_name="Canaria"))
    office.to_letters = ["451 canary@example.com is busy"]
    with structlog.testing.capture_logs() as lines:
        for relay in (Tells(), Smtp(office.url), Smtp(office.url)):
            await room(db, clock, relay).once()
            clock.move(timedelta(hours=1))
    assert [line["event"] for line in lines] == ["mail_deferred", "mail_deferred", "mail_sent"]
    assert "canar" not in str(lines).lower()


async def test_without_a_relay_the_log_says_neither_to_whom_nor_what(db, owner, clock):
    booking_id = await a_visit(owner)
    with structlog.testing.capture_logs() as lines:
        await room(db, clock, Nowhere()).once()
    (line,) = lines
    assert (line.pop("log_level"), line) == (
        "info",
        {"event": "mail_without_relay", "kind": "requested", "booking_id": str(booking_id), "attempt": 1},
    )


async def test_a_code_is_tried_again_and_goes_out_in_the_background(db, clock, office):
    pauses, has_arrived = [], asyncio.Event()

    class Tells:
        is_there = True

        async def send(self, message):
            await Smtp(office.url).send(message)
            has_arrived.set()

    async def pause(seconds):
        pauses.append(seconds)

    mailroom = room(db, clock, Tells())
    mailroom.sleep = pause
    office.to_letters = ["451 not now"]
    mailroom.start()
    mailroom.send_code(Code(email="maria@example.com", language="en", code="012345", minutes=10))
    await has_arrived.wait()
    await mailroom.stop()
    assert "012345" in office.letters[0].get_content()
    assert pauses == list(mail.CODE_PAUSES_S[:2])


async def test_leaving_waits_for_the_letter_in_hand(db, owner, clock, office):
    begun, may_end = asyncio.Event(), asyncio.Event()

    class Slow:
        is_there = True

        async def send(self, message):
            begun.set()
            await may_end.wait()
            await Smtp(office.url).send(message)

    await a_visit(owner)
    mailroom = room(db, clock, Slow())
    mailroom.start()
    await begun.wait()
    leaving = asyncio.create_task(mailroom.stop())
    may_end.set()
    await leaving
    assert await states(owner) == [("requested", "sent")]


async def test_a_letter_that_cannot_be_written_waits_too(owner, mailroom, clock):
    await a_visit(owner)
    await owner.execute("update professional_profiles set time_zone = 'Nowhere/At_all'")
    assert await mailroom.once() == 0
    await owner.execute("update professional_profiles set time_zone = 'America/Bogota'")
    clock.move(mail.pause(1))
    assert await mailroom.once() == 1


async def test_a_notice_nobody_understands_holds_up_no_other(owner, mailroom, office):
    await a_visit(owner)
    await owner.execute("alter table amara_private.guest_mail drop constraint guest_mail_kind_check")
    await owner.execute("update amara_private.guest_mail set kind = 'of tomorrow'")
    await a_visit(owner)
    assert await mailroom.once() == 1
    assert await states(owner) == [("of tomorrow", "waiting"), ("requested", "sent")]
