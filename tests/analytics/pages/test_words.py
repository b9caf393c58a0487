"""Two languages that say the same things."""

from __future__ import annotations

import string
from datetime import date

import pytest

from analytics.pages.words import ABSENT, WORDS, day, language, number, percent


def test_both_languages_say_everything_and_fill_the_same_places():
    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert WORDS["es"].keys() == WORDS["en"].keys()
    for name, text in WORDS["es"].items():
        assert text.strip()
        assert places(text) == places(WORDS["en"][name]), name


@pytest.mark.parametrize(
    ("asked", "header", "spoken"),
    [
        ("en", "es-CO", "en"),
        ("es", "en", "es"),
        ("fr", "en-US,en;q=0.9", "en"),
        (None, "es-CO,es;q=0.9,en;q=0.8", "es"),
        (None, "fr, en;q=0.3, es;q=0.7", "es"),
        (None, "EN-gb", "en"),
        (None, "en;q=0, es;q=0.1", "es"),
        (None, "en;q=nan", "es"),
        (None, ";;q=,,=;q=1.1.1,x", "es"),
        (None, "", "es"),
    ],
)
def test_the_language_is_the_one_liked_best(asked, header, spoken):
    assert language(asked, header) == spoken


def test_numbers_and_days_are_written_as_people_write_them():
    assert (number(1234567, "es"), number(1234567, "en")) == ("1.234.567", "1,234,567")
    assert (percent(1, 3, "es"), percent(1, 3, "en")) == ("33,3\N{NO-BREAK SPACE}%", "33.3%")
    assert percent(0, 0, "es") == ABSENT
    assert day(date(2025, 1, 7), "es") == "7 ene"
    assert day(date(2025, 12, 7), "en", has_year=True) == "Dec 7, 2025"
