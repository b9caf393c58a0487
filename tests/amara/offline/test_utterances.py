"""Sixty first messages per language, and what a competent reader takes from each."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pytest

Locale = Literal["es", "en"]
Utterance = dict[str, Any]

LOCALES: tuple[Locale, ...] = ("es", "en")
ENOUGH = 54
"""Of sixty: patterns may miss one message in ten, no more."""

PROPORTIONS = {
    "search": 24,
    "ask": 8,
    "bookings": 8,
    "greeting": 5,
    "thanks or goodbye": 4,
    "about": 4,
    "handoff": 4,
    "out_of_scope": 3,
}
CITIES = {"Bogotá", "Medellín", "Cali", "Barranquilla", "Cartagena", "Bucaramanga", "Pereira", "Manizales"}
SERVICES = {
    "cleaning",
    "deep_cleaning",
    "laundry",
    "ironing",
    "cooking",
    "childcare",
    "elder_care",
    "gardening",
}
CRITERIA = {"city", "service", "max_hourly_rate_cop", "language", "min_rating"}


def utterances(locale: Locale) -> list[Utterance]:
    file = Path(__file__).with_name(f"utterances.{locale}.json")
    found: list[Utterance] = json.loads(file.read_text(encoding="utf-8"))
    return found


def is_right(expect: dict[str, Any], understood: Any) -> bool:
    if understood.kind != expect["kind"]:
        return False
    if "input" in expect:
        # A criterion of None was not understood; any other one that nobody said is as wrong as a missing one.
        said = {name: value for name, value in understood.input.items() if value is not None}
        return bool(said == expect["input"])
    if "missing" in expect:
        return set(understood.missing) == set(expect["missing"])
    return True


@pytest.mark.parametrize("locale", LOCALES)
def test_nine_first_messages_in_ten_are_understood(locale: Locale):
    # Late, so that the sentences can be judged by the tests below without anything that understands them.
    from amara.offline.understanding import understand

    wrong = []
    for utterance in utterances(locale):
        understood = understand(utterance["say"], locale)
        if not is_right(utterance["expect"], understood):
            took = {"kind": understood.kind, "input": understood.input, "missing": understood.missing}
            wrong.append(f"{utterance['say']}\n  expected   {utterance['expect']}\n  understood {took}\n")
    right = len(utterances(locale)) - len(wrong)
    # Shown when the test fails, and under `pytest -rP` when it passes.
    sys.stdout.write(f"{locale}: {right} right\n" + "".join(wrong))
    assert right >= ENOUGH, f"{locale}: {right} right, {len(wrong)} wrong:\n" + "".join(wrong)


@pytest.mark.parametrize("locale", LOCALES)
def test_sixty_distinct_utterances_keep_their_proportions(locale: Locale):
    rows = utterances(locale)
    assert len(rows) == 60
    assert len({" ".join(row["say"].casefold().split()) for row in rows}) == 60
    kinds = Counter(
        "thanks or goodbye" if row["expect"]["kind"] in {"thanks", "goodbye"} else row["expect"]["kind"] for row in rows
    )
    assert kinds == PROPORTIONS


@pytest.mark.parametrize("locale", LOCALES)
def test_every_expectation_is_one_the_tools_could_be_given(locale: Locale):
    for row in utterances(locale):
        expect = row["expect"]
        match expect["kind"]:
            case "search":
                assert set(expect) == {"kind", "input"}, row
                assert {"city", "service"} <= set(expect["input"]) <= CRITERIA, row
                assert expect["input"]["city"] in CITIES, row
                assert expect["input"]["service"] in SERVICES, row
                assert isinstance(expect["input"].get("max_hourly_rate_cop", 1), int), row
                assert expect["input"].get("language", "es") in {"es", "en"}, row
                assert 0 < expect["input"].get("min_rating", 5) <= 5, row
            case "ask":
                assert set(expect) == {"kind", "missing"}, row
                assert expect["missing"], row
                assert set(expect["missing"]) <= {"city", "service"}, row
            case "bookings":
                assert expect["input"].keys() == {"when"}, row
                assert expect["input"]["when"] in {"upcoming", "past", "all"}, row
            case _:
                assert set(expect) == {"kind"}, row


def test_every_city_and_service_is_searched_for_in_both_languages():
    for locale in LOCALES:
        searches = [row["expect"]["input"] for row in utterances(locale) if row["expect"]["kind"] == "search"]
        assert {search["city"] for search in searches} == CITIES
        assert {search["service"] for search in searches} == SERVICES


def test_no_sentence_serves_both_languages():
    spanish, english = ({row["say"].casefold() for row in utterances(locale)} for locale in LOCALES)
    assert not spanish & english
