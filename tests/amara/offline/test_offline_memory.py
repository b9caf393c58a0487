"""What is settled of a visit, message by message."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from amara.offline import wishes
from amara.offline.memory import Memory, Plan
from amara.offline.requests import Surroundings

NOW = datetime(2025, 11, 25, 13, 4, tzinfo=ZoneInfo("America/Bogota"))


def after(*said: str) -> Plan:
    plan = Plan()
    for text in said:
        plan.take(wishes.read(text, NOW, "es", None))
    return plan


def test_what_is_said_later_replaces_only_what_it_speaks_of() -> None:
    plan = after("el jueves a las 8 por 4 horas en la Calle 1 # 2-3", "mejor a las 10")
    assert (str(plan.first), str(plan.at), plan.hours, plan.address) == ("2025-11-27", "10:00:00", 4, "Calle 1 # 2-3")


def test_a_part_of_the_day_undoes_the_hour() -> None:
    assert after("a las 8", "mejor por la tarde").at is None


def test_an_hour_beside_the_afternoon_is_in_it() -> None:
    assert str(after("por la tarde, a las 7").at) == "19:00:00"


def test_a_wrong_length_is_remembered_and_never_settled() -> None:
    plan = after("4 horas", "12 horas")
    assert plan.has_wrong_length
    assert plan.hours == 4


def test_nothing_can_be_arranged_without_a_day_or_a_tool() -> None:
    around = Surroundings(now=NOW)
    assert Memory("es", around, frozenset({"draft_booking"})).can("draft_booking")
    assert not Memory("es", around).can("draft_booking")
    assert not Memory("es", Surroundings(), frozenset({"draft_booking"})).can("draft_booking")
