"""Days in both languages, told on Tuesday, November 25, 2025, unless said otherwise."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from amara.offline import days
from amara.offline.understanding import plain

TUESDAY = date(2025, 11, 25)
BOGOTA = ZoneInfo("America/Bogota")


def named(text: str, today: date = TUESDAY, *, spanish: bool = True, bare: bool = False) -> list[str]:
    found = days.said(plain(text), today, spanish=spanish, bare=bare)
    return [str(day.first) if day.first == day.last else f"{day.first}..{day.last}" for day in found]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("hoy", "2025-11-25"),
        ("mañana", "2025-11-26"),
        ("mañana por la mañana", "2025-11-26"),
        ("pasado mañana", "2025-11-27"),
        ("el viernes", "2025-11-28"),
        ("este jueves", "2025-11-27"),
        ("el martes", "2025-12-02"),
        ("el próximo martes", "2025-12-02"),
        ("el martes que viene", "2025-12-02"),
        ("el miércoles de la próxima semana", "2025-12-03"),
        ("la próxima semana el lunes", "2025-12-01"),
        ("el viernes en ocho", "2025-12-05"),
        ("en ocho días", "2025-12-02"),
        ("en quince días", "2025-12-09"),
        ("dentro de tres días", "2025-11-28"),
        ("el 5 de diciembre", "2025-12-05"),
        ("viernes 5 de diciembre de 2025", "2025-12-05"),
        ("el primero de diciembre", "2025-12-01"),
        ("el 24 de noviembre", "2026-11-24"),
        ("5/12", "2025-12-05"),
        ("2025-12-05", "2025-12-05"),
        ("el día 30", "2025-11-30"),
        ("el 20", "2025-12-20"),
        ("la próxima semana", "2025-12-01..2025-12-07"),
        ("esta semana", "2025-11-26..2025-11-30"),
        ("el fin de semana", "2025-11-29..2025-11-30"),
        ("lo antes posible", "2025-11-26..2025-12-09"),
        ("el viernes no, mejor el sábado", "2025-11-29"),
    ],
)
def test_a_spanish_day_is_a_date(text, day) -> None:
    assert named(text) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2025-11-25"),
        ("tomorrow morning", "2025-11-26"),
        ("the day after tomorrow", "2025-11-27"),
        ("on Friday", "2025-11-28"),
        ("Tuesday", "2025-12-02"),
        ("next Tuesday", "2025-12-02"),
        ("Wednesday next week", "2025-12-03"),
        ("a week from Friday", "2025-12-05"),
        ("in two weeks", "2025-12-09"),
        ("December 5th", "2025-12-05"),
        ("the 5th of December", "2025-12-05"),
        ("Friday, December 5, 2025", "2025-12-05"),
        ("12/5", "2025-12-05"),
        ("25/12", "2025-12-25"),
        ("on the 30th", "2025-11-30"),
        ("this weekend", "2025-11-29..2025-11-30"),
        ("next week", "2025-12-01..2025-12-07"),
        ("not Friday, Saturday", "2025-11-29"),
    ],
)
def test_an_english_day_is_a_date(text, day) -> None:
    assert named(text, spanish=False) == [day]


@pytest.mark.parametrize(
    ("today", "text", "day"),
    [
        (date(2025, 11, 30), "mañana", "2025-12-01"),
        (date(2025, 12, 31), "mañana", "2026-01-01"),
        (date(2025, 12, 30), "el viernes", "2026-01-02"),
        (date(2025, 12, 20), "el 5 de enero", "2026-01-05"),
        (date(2025, 11, 30), "el 31", "2025-12-31"),
        (date(2026, 1, 31), "el día 30", "2026-03-30"),
        (date(2028, 2, 28), "mañana", "2028-02-29"),
        (date(2025, 11, 30), "esta semana", "2025-12-01..2025-12-07"),
        (date(2025, 11, 29), "el fin de semana", "2025-12-06..2025-12-07"),
    ],
)
def test_months_and_years_end(today, text, day) -> None:
    assert named(text, today) == [day]


@pytest.mark.parametrize(
    "text",
    [
        "de lunes a viernes", "todos los martes", "el 31 de noviembre", "30 de febrero", "por la mañana", "la 2",
        "el 2", "a las 8", "calle 10", "hasta mañana", "13/13", "",
    ],
)  # fmt: skip
def test_what_is_no_day_is_none(text) -> None:
    assert named(text) == []


def test_a_bare_number_is_a_day_only_where_one_was_asked_for() -> None:
    assert named("el 2") == []
    assert named("el 2", bare=True) == ["2025-12-02"]


def test_a_weekday_alone_is_remembered_as_one() -> None:
    (day,) = days.said("mi reserva del jueves", TUESDAY, spanish=True)
    assert day.weekday == 3
    assert days.said("el 27 de noviembre", TUESDAY, spanish=True)[0].weekday is None


@pytest.mark.parametrize(
    ("now", "day", "at", "soonest"),
    [
        ("2025-11-25T13:04", "2025-11-25", time(15), "2025-11-26"),
        ("2025-11-25T13:04", "2025-11-25", time(8), "2025-11-27"),
        ("2025-11-25T13:04", "2025-11-26", time(8), "2025-11-27"),
        ("2025-11-25T13:04", "2025-11-26", time(13, 30), "2025-11-26"),
        ("2025-11-25T13:04", "2025-11-25", None, "2025-11-26"),
        ("2025-11-30T20:00", "2025-11-30", time(8), "2025-12-02"),
        ("2025-11-25T13:04", "2025-12-05", time(8), "2025-12-05"),
    ],
)
def test_a_past_hour_means_the_next_possible_day(now, day, at, soonest) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=BOGOTA)
    assert str(days.soonest(date.fromisoformat(day), at, moment)) == soonest
