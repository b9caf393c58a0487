"""A whole message, read for what a visit needs."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from amara.offline import wishes

NOW = datetime(2025, 11, 25, 13, 4, tzinfo=ZoneInfo("America/Bogota"))


def test_everything_in_one_message_is_taken_and_the_rest_is_left() -> None:
    wish = wishes.read("Resérveme la primera el 2 de diciembre a las 8 por 4 horas", NOW, "es", None)
    day = wish.day()
    assert day is not None
    assert wish.clock is not None
    assert (str(day.first), wish.clock.at.hour, wish.hours) == ("2025-12-02", 8, 4)
    # The «2» of the day must not choose the second one.
    assert wish.rest == "reserveme la primera por"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("en la calle 10 # 5-20", "calle 10 # 5-20"),
        ("la dirección es Carrera 7 No. 12-34, gracias", "Carrera 7 No. 12-34"),
        ("my address is Calle 10 # 5-20, Bogotá", "Calle 10 # 5-20, Bogotá"),
        ("Cra 7 # 72-41 apto 502 el viernes a las 9", "Cra 7 # 72-41 apto 502"),
        ("at Calle 10 # 5-20 for 4 hours please", "Calle 10 # 5-20"),
        ("mejor en la Avenida 19 # 120-50", "Avenida 19 # 120-50"),
        ("¿cuál es la dirección?", None),
        ("el viernes a las 8", None),
        ("a las 10", None),
        ("quiero cambiar la dirección", None),
    ],
)
def test_an_address_is_kept_as_it_was_written(text, address) -> None:
    assert wishes.read(text, NOW, "es", None).address == address


def test_the_numbers_of_an_address_are_no_hour_and_no_day() -> None:
    wish = wishes.read("Carrera 7 # 8-12 torre 2", NOW, "es", "address")
    assert (wish.clock, wish.days, wish.hours) == (None, (), None)


def test_an_unusual_address_counts_where_one_was_asked_for() -> None:
    assert wishes.read("Torres del Parque apto 501", NOW, "es", "address").address == "Torres del Parque apto 501"
    assert wishes.read("Torres del Parque apto 501", NOW, "es", None).address is None
    assert wishes.read("mejor el viernes a las 9", NOW, "es", "address").address is None


@pytest.mark.parametrize("text", ["me da igual", "lo que usted recomiende", "no preference", "up to you", "no sé"])
def test_having_no_preference_is_an_answer(text) -> None:
    assert wishes.read(text, NOW, "es", "length").is_indifferent


@pytest.mark.parametrize("text", ["8", "8:30"])
def test_a_bare_number_answers_what_was_asked(text) -> None:
    assert wishes.read(text, NOW, "es", "hour").clock is not None
    assert not wishes.read(text, NOW, "es", None).days
    assert wishes.read("4", NOW, "es", "length").hours == 4
    assert wishes.read("30", NOW, "es", "day").day() is not None


@pytest.mark.parametrize(
    "piece", ["el ", "calle 1 ", "a las 8 ", "lunes a ", "de 8 a ", "12/", "la dirección ", "# 5-", "x", "mañana "]
)
def test_the_longest_message_takes_a_moment_and_no_more(piece) -> None:
    before = time.process_time()
    wishes.read(piece * (8_000 // len(piece)), NOW, "es", "address")
    assert time.process_time() - before < 2.0
