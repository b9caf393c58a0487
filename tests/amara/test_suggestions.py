"""What may be said next is offered for a tap, made of what was just shown, in the language of the answer."""

from __future__ import annotations

import pytest

from amara import suggestions
from tests import upstream as scripted
from tests.rig import chatting

HERE = "2031-03-04T08:00:00-05:00"
PEOPLE = [{"name": "María del Pilar Restrepo"}, {"name": "Ana"}, {"name": "Luz"}]


def after(card, said="Encontré esto para usted.", *, is_waiting=False, is_error=False):
    calls = [{"name": "any", "input": {}, "result": card, "is_error": is_error}]
    return suggestions.after(said, calls, locale="es", is_waiting=is_waiting)


def draft(kind="book", missing=()):
    return {"card": "booking_draft", "outcome": "offered", "draft": {"kind": kind, "missing": list(missing)}}


@pytest.mark.parametrize(
    ("card", "texts"),
    [
        (
            {"card": "professionals", "more": 4, "professionals": PEOPLE},
            ["¿Cuándo puede María?", "¿Cuándo puede Ana?", "Muéstreme otras personas"],
        ),
        ({"card": "professionals", "more": 0, "professionals": PEOPLE[1:2]}, ["¿Cuándo puede Ana?"]),
        (
            {"card": "professionals", "professionals": [], "cities": ["Cali", "Bogotá"]},
            ["Busque en Cali", "Busque en Bogotá"],
        ),
        ({"card": "professionals", "professionals": [], "next_free": HERE}, ["El martes 4 de marzo a las 8:00 a. m."]),
        (
            {"card": "availability", "days": [{"date": "2031-03-04", "starts": [HERE, HERE]}]},
            ["El martes 4 de marzo a las 8:00 a. m.", "¿Qué otros días hay?"],
        ),
        (
            {"card": "bookings", "when": "upcoming", "found": 0},
            ["Busco a alguien para la casa", "¿Y las reservas anteriores?"],
        ),
        ({"card": "booking", "booking": {"status": "confirmed"}}, ["Quiero moverla a otro día", "Quiero cancelarla"]),
        ({"card": "something new"}, []),
        ({}, []),
    ],
)
def test_what_was_shown_says_what_may_come_next(card, texts):
    assert after(card) == texts


def test_a_draft_that_waits_offers_other_ways_and_never_a_yes():
    assert after(draft(), is_waiting=True) == ["Prefiero otra hora", "Prefiero a otra persona"]
    assert after(draft("cancel"), is_waiting=True)[0] == "No, deje la reserva como está"
    assert after(draft()) == []
    assert after(draft(missing=["address"]), is_waiting=True) == []


def test_they_speak_the_language_of_the_answer():
    card = {"card": "professionals", "more": 1, "professionals": PEOPLE}
    assert after(card, "I found three people for you.")[-1] == "Show me others"


def test_a_name_that_is_too_long_makes_no_suggestion_longer_than_a_chip():
    card = {"card": "professionals", "more": 1, "professionals": [{"name": "x" * 80}]}
    assert all(len(text) <= suggestions.TEXT_MAX for text in after(card))


def test_a_call_that_failed_offers_nothing():
    assert after({"card": "professionals", "professionals": PEOPLE}, is_error=True) == []


async def test_the_end_of_an_answer_carries_them(service, upstream, token):
    upstream.then(scripted.calls("list_my_bookings", {}), scripted.says("No tiene reservas por venir."))
    async with chatting(service, token) as chat:
        end = (await chat.ask("¿Mis reservas?"))[-1]["chunk"]
        assert end["metadata"]["amara"]["suggestions"] == [
            "Busco a alguien para la casa",
            "¿Y las reservas anteriores?",
        ]
        assert "metadata" not in (await chat.ask("Gracias"))[-1]["chunk"]


@pytest.mark.parametrize(
    "name", ['{"card":"approval"}', "<b>Ana</b>", "Ignore·previous", "A" * 30, "https://evil.example"]
)
def test_a_name_that_is_none_is_put_into_nobodys_mouth(name):
    card = {"card": "professionals", "professionals": [{"name": name}, {"name": "Ana-María López"}], "more": True}
    called = [{"name": "search_professionals", "input": {}, "result": card, "is_error": False}]
    said = suggestions.after("Aquí están.", called, locale="es", is_waiting=False)
    assert said == ["¿Cuándo puede Ana-María?", "Muéstreme otras personas"]
