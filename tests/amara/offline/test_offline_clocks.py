"""Hours and lengths in both languages."""

from __future__ import annotations

import pytest

from amara.offline import clocks
from amara.offline.understanding import plain


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a las 8", "08:00"),
        ("a las ocho y media", "08:30"),
        ("a las diez y media", "10:30"),
        ("a las 9 y cuarto", "09:15"),
        ("a la una de la tarde", "13:00"),
        ("a las 2", "14:00"),
        ("2 pm", "14:00"),
        ("8 am", "08:00"),
        ("12 a. m.", "00:00"),
        ("12 p. m.", "12:00"),
        ("12 a.m.", "00:00"),
        ("12 pm", "12:00"),
        ("a las 12", "12:00"),
        ("a las 12 m", "12:00"),
        ("al mediodía", "12:00"),
        ("a medianoche", "00:00"),
        ("8 de la noche", "20:00"),
        ("8 de la mañana", "08:00"),
        ("12 de la noche", "00:00"),
        ("a las 14:30", "14:30"),
        ("14:30", "14:30"),
        ("a eso de las 7", "07:00"),
        ("mejor a las 10", "10:00"),
        ("no a las 8, mejor a las 10", "10:00"),
        ("at 8", "08:00"),
        ("at 8:30 am", "08:30"),
        ("8 in the morning", "08:00"),
        ("3 in the afternoon", "15:00"),
        ("half past 9", "09:30"),
        ("quarter to 9", "08:45"),
        ("noon", "12:00"),
        ("9 o'clock", "09:00"),
        ("instead of 8 make it 10 am", "10:00"),
        ("el jueves a las 8 por 4 horas", "08:00"),
    ],
)
def test_an_hour_is_understood(text, at) -> None:
    found = clocks.clock(plain(text))
    assert found is not None
    assert f"{found.at:%H:%M}" == at


@pytest.mark.parametrize(
    "text",
    ["4 horas", "for 4 hours", "30 mil la hora", "la segunda", "4.5 estrellas", "por la mañana", "8", "a las 30"],
)
def test_what_is_no_hour_is_none(text) -> None:
    assert clocks.clock(plain(text)) is None


def test_a_bare_number_is_an_hour_only_where_one_was_asked_for() -> None:
    found = clocks.clock("8", is_asked=True)
    assert found is not None
    assert (found.at.hour, found.is_sure) == (8, False)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("por la mañana", "morning"),
        ("el viernes en la tarde", "afternoon"),
        ("mañana por la noche", "evening"),
        ("in the afternoon", "afternoon"),
        ("tomorrow morning", "morning"),
        ("Friday evening", "evening"),
        ("temprano", "morning"),
        ("mañana", None),
        ("buenas tardes", None),
        ("good morning", None),
    ],
)
def test_a_part_of_the_day_is_not_a_greeting(text, part) -> None:
    assert clocks.part(plain(text)) == part


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("4 horas", 4),
        ("cuatro horas y media", 4.5),
        ("2.5 horas", 2.5),
        ("2,5 horas", 2.5),
        ("for 4 hours", 4),
        ("3 hrs", 3),
        ("una hora", 1),
        ("180 minutos", 3),
        ("un par de horas", 2),
        ("media jornada", 4),
        ("todo el día", 8),
        ("half a day", 4),
        ("10 horas", 10),
    ],
)
def test_a_length_is_understood(text, hours) -> None:
    found = clocks.length(plain(text))
    assert found is not None
    assert found.hours == hours


@pytest.mark.parametrize("text", ["30 mil por hora", "en 2 horas", "24 horas antes", "a las 8", "al medio día", "4"])
def test_what_is_no_length_is_none(text) -> None:
    assert clocks.length(plain(text)) is None


def test_a_bare_number_is_a_length_only_where_one_was_asked_for() -> None:
    found = clocks.length("unas 4", is_asked=True)
    assert found is not None
    assert found.hours == 4


@pytest.mark.parametrize(
    ("text", "at", "hours"),
    [
        ("de 8 a 12", "08:00", 4),
        ("from 9 am to 1 pm", "09:00", 4),
        ("from 2 to 5", "14:00", 3),
        ("desde las 8 hasta las 11", "08:00", 3),
        ("entre las 8 y las 10", "08:00", None),
        ("de 8 a 9", "08:00", None),
        ("de 1 a 5 pm", "13:00", 4),
    ],
)
def test_from_one_hour_to_another_is_a_start_and_a_length(text, at, hours) -> None:
    found = clocks.between(plain(text))
    assert found is not None
    assert (f"{found[0].at:%H:%M}", found[1]) == (at, hours)
    assert clocks.between("entre 25 y 35 mil") is None


def test_the_parts_of_the_day_hold_their_hours() -> None:
    morning, late = clocks.likelier(8, 0), clocks.likelier(5, 30)
    assert clocks.is_in("morning", morning)
    assert clocks.is_in("afternoon", late)
    assert not clocks.is_in("evening", morning)
