"""What a turn is handed."""

from __future__ import annotations

from datetime import UTC, timedelta

import msgspec
import pytest

from amara import house, prompt
from amara.tools import CATALOGUE


def a_house(**clocks):
    return house.build(None, None, None, None, CATALOGUE, "America/Bogota", desk=None, **clocks)


def test_the_wall_clock_knows_its_zone():
    assert house.utc_now().tzinfo is UTC
    assert house.utc_now().utcoffset() == timedelta(0)


def test_the_tools_are_declared_once_and_in_their_order():
    made = a_house()
    assert made.declared == prompt.declarations(CATALOGUE.values())
    assert [tool["name"] for tool in made.declared] == list(made.tools)
    assert msgspec.json.encode(made.declared) == msgspec.json.encode(a_house().declared)


def test_a_test_brings_its_own_clocks():
    made = a_house(clock=lambda: 7.0, now=lambda: "now")
    assert (made.clock(), made.now()) == (7.0, "now")
    assert made.new_id() != made.new_id()


def test_a_house_is_not_rebuilt_while_people_are_in_it():
    with pytest.raises(AttributeError):
        a_house().time_zone = "UTC"
