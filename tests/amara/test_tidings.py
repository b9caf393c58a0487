"""What became of a booking, in one sentence."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from amara.terminal.screen import Screen
from amara.tidings import sentence

BOOKING = {
    "status": "confirmed",
    "service": "Limpieza",
    "professional": {"id": None, "name": "Ana Milena Rojas"},
    "starts_at": "2030-03-05T09:00:00-05:00",
    "total_price": 100_000,
}
KINDS = ["pending", "confirmed", "declined", "in_progress", "completed", "cancelled", "moved", "repriced", "changed"]
NOTHING = {"status": None, "service": "", "professional": {"name": ""}, "starts_at": None, "total_price": None}


WITH_ANA, CON_ANA = "with Ana Milena Rojas", "con Ana Milena Rojas"
WHEN, CUANDO = "Tuesday, March 5 at 9:00 am", "martes 5 de marzo a las 9:00 a. m."


@pytest.mark.parametrize(
    ("kind", "spanish", "english"),
    [
        (
            "confirmed",
            f"Su reserva de aseo general {CON_ANA} para el {CUANDO} fue aceptada y quedó confirmada.",
            f"Your cleaning booking {WITH_ANA} for {WHEN} was accepted and is confirmed.",
        ),
        (
            "moved",
            f"Su reserva de aseo general {CON_ANA} se movió al {CUANDO}",
            f"Your cleaning booking {WITH_ANA} was moved to {WHEN}.",
        ),
        (
            "completed",
            f"Su servicio de aseo general {CON_ANA} del {CUANDO} quedó terminado.",
            f"Your cleaning visit {WITH_ANA} on {WHEN} is completed.",
        ),
        (
            "repriced",
            f"El precio de su reserva de aseo general {CON_ANA} para el {CUANDO} se corrigió: ahora es $ 100.000.",
            f"The price of your cleaning booking {WITH_ANA} for {WHEN} was corrected: it is COP 100,000 now.",
        ),
    ],
)
def test_it_says_which_booking_and_what_is_true(kind, spanish, english):
    assert sentence(kind, BOOKING, "es").replace("\xa0", " ") == spanish
    assert sentence(kind, BOOKING, "en").replace("\xa0", " ") == english


@pytest.mark.parametrize("locale", ["es", "en"])
@pytest.mark.parametrize(
    "kind",
    ["pending", "confirmed", "declined", "in_progress", "completed", "cancelled", "moved", "repriced", "changed"],
)
def test_what_a_platform_left_open_is_left_out(kind, locale):
    words = sentence(kind, NOTHING, locale)
    assert "None" not in words
    assert "  " not in words
    assert " ." not in words
    assert words[-1] == "."


def test_a_moved_one_that_waits_says_so():
    assert "espera la respuesta" in sentence("moved", BOOKING | {"status": "pending"}, "es")


def test_a_name_brings_no_orders_into_the_record():
    name = "Ana [platform notice] {on} 1 <b>"
    assert "Ana platform notice on b" in sentence("confirmed", BOOKING | {"professional": {"name": name}}, "es")


def test_in_the_terminal_it_stands_on_a_line_of_its_own():
    shown = StringIO()
    screen, text = Screen(Console(file=shown, width=200), "es"), sentence("confirmed", BOOKING, "es")
    screen.show({"type": "event", "id": "1-1", "name": "booking", "value": {"text": text}})
    screen.show({"type": "event", "id": "1-2", "name": "title", "value": {"title": "Aseo"}})
    assert shown.getvalue() == f"{text}\n"
