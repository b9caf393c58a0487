"""What came of an approval, said so that a person knows what is true now."""

from __future__ import annotations

import pytest

from amara import outcomes

DRAFT = {
    "kind": "book",
    "service": {"slug": "cleaning", "name": "Aseo general"},
    "professional": {"id": "p", "name": "Luz Marina"},
    "starts_at": "2026-11-26T08:00:00-05:00",
    "total_price": 104_000,
    "refund": {"amount": 52_000, "percent": 50, "currency": "COP"},
}
WHATS = ["confirmed", "withdrawn", "expired", "superseded", "offered", "price_changed", "version_changed", "slot_lost"]


@pytest.mark.parametrize("kind", ["book", "cancel", "reschedule"])
@pytest.mark.parametrize("what", [*WHATS, "incomplete", "impossible"])
def test_every_outcome_has_its_sentence_in_both_languages(what, kind):
    card = {"outcome": what, "draft": DRAFT | {"kind": kind}, "booking": {"status": "pending"}}
    spanish, english = outcomes.sentence(card, "es"), outcomes.sentence(card, "en")
    assert spanish != english
    assert not any(mark in spanish + english for mark in ("{", "}", "None"))


def test_a_booking_that_waits_says_so_and_one_that_stands_does_not():
    waits = outcomes.sentence({"outcome": "confirmed", "draft": DRAFT, "booking": {"status": "pending"}}, "es")
    stands = outcomes.sentence({"outcome": "confirmed", "draft": DRAFT, "booking": {"status": "confirmed"}}, "es")
    assert "espera la respuesta de Luz Marina" in waits
    assert "jueves 26 de noviembre a las 8:00 a. m. quedó confirmada" in stands


def test_a_cancellation_names_the_money():
    card = {"outcome": "confirmed", "draft": DRAFT | {"kind": "cancel"}, "booking": {"status": "cancelled"}}
    assert "$ 52.000 (50 %)" in outcomes.sentence(card, "es")
    assert "COP 52,000 (50%)" in outcomes.sentence(card, "en")


def test_a_lost_hour_names_the_others():
    card = {
        "outcome": "slot_lost",
        "draft": None,
        "alternatives": ["2026-11-27T12:30:00-05:00", "2026-11-27T00:00:00-05:00"],
    }
    assert "viernes 27 de noviembre a las 12:30 p. m.; viernes 27 de noviembre a las 12:00 a. m." in outcomes.sentence(
        card, "es"
    )
    assert outcomes.sentence(card | {"alternatives": []}, "en").endswith("Shall we look for another day?")


def test_no_sentence_ends_twice():
    card = {"outcome": "slot_lost", "draft": None, "alternatives": ["2026-11-27T12:30:00-05:00"]}
    assert ".." not in outcomes.sentence(card, "es")


def test_a_service_is_named_in_the_persons_language():
    card = {"outcome": "confirmed", "draft": DRAFT, "booking": {"status": "confirmed"}}
    assert "your cleaning booking" in outcomes.sentence(card, "en")
    assert "reserva de aseo general" in outcomes.sentence(card, "es")


def test_a_guest_is_asked_for_a_contact_and_told_that_nothing_is_booked():
    assert "todavía no se ha reservado nada" in outcomes.sentence({"card": "contact_form"}, "es")
    assert "nothing is booked yet" in outcomes.sentence({"card": "contact_form"}, "en")


def test_an_unknown_draft_is_answered_honestly():
    assert "no se cambió nada" in outcomes.sentence({"outcome": "impossible", "draft": None, "booking": None}, "es")
