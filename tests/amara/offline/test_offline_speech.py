"""How things are written to a person."""

from __future__ import annotations

from amara.offline import speech


def test_money_and_moments_are_written_as_people_write_them() -> None:
    assert speech.money(50_000, "es") == "$ 50.000"
    assert speech.money(50_000, "en") == "COP 50,000"
    assert speech.moment("2026-11-24T13:00:00-05:00", "es", None) == "martes 24 de noviembre de 2026 a la 1:00 p. m."
    assert speech.moment("2026-11-24T09:30:00-05:00", "en", None) == "Tuesday, November 24, 2026 at 9:30 a.m."
    assert speech.moment("soon", "en", None) == "soon"


def test_other_peoples_text_is_one_plain_line() -> None:
    assert speech.quoted("**Ana**\n# <b>Ya</b>") == "Ana b Ya /b"
    assert speech.quoted("x" * 200) == "x" * 79 + "…"
    assert speech.hours(150, "es") == "2,5 horas"
    assert speech.hours(60, "en") == "1 hour"
    assert speech.among(["español", "inglés"], "es") == "español e inglés"


def test_an_address_keeps_its_number_sign_and_nothing_else_of_markup() -> None:
    assert speech.place("Calle 10 # 5-20\n# *Ya*") == "Calle 10 # 5-20 # Ya"
    assert speech.place("Carrera 7#72-41") == "Carrera 7 # 72-41"
