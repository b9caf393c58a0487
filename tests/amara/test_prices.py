"""What a model's tokens cost is the operator's table, and nothing beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from amara import prices

TABLE = '{"claude-haiku-5-5": {"input": 1.0, "output": 5, "cache_read": 0.1, "cache_write": 1.25}}'


def cost(table: str, model: str, **tokens: int) -> Decimal | None:
    return prices.read(table).cost(model, **{"fresh": 0, "output": 0, "cache_read": 0, "cache_write": 0} | tokens)


def test_each_kind_of_token_has_its_own_price():
    assert cost(TABLE, "claude-haiku-5-5", fresh=1_000_000) == 1
    assert cost(TABLE, "claude-haiku-5-5", output=1_000_000) == 5
    assert cost(TABLE, "claude-haiku-5-5", cache_read=1_000_000) == Decimal("0.1")
    assert cost(TABLE, "claude-haiku-5-5", cache_write=1_000_000) == Decimal("1.25")
    assert cost(TABLE, "claude-haiku-5-5", fresh=1, output=1) == Decimal("0.000006")


def test_a_model_that_is_not_in_the_table_has_no_cost_rather_than_a_guess():
    assert cost(TABLE, "claude-haiku-5", fresh=10) is None
    assert cost("", "claude-haiku-5-5", fresh=10) is None


def test_an_edition_by_date_costs_what_its_name_does_unless_it_is_named_itself():
    assert cost(TABLE, "claude-haiku-5-5-20260115", output=1_000_000) == 5
    dearer = TABLE[:-1] + ', "claude-haiku-5-5-20260115": {"input": 2, "output": 9, "cache_read": 0, "cache_write": 0}}'
    assert cost(dearer, "claude-haiku-5-5-20260115", output=1_000_000) == 9


def test_the_concierge_costs_nothing():
    assert cost("", "concierge", fresh=10, output=10) == 0


@pytest.mark.parametrize(
    "table",
    [
        '{"m": {"input": 1}}',
        '{"m": {"input": -1, "output": 1, "cache_read": 1, "cache_write": 1}}',
        '{"m": {"input": "NaN", "output": 1, "cache_read": 1, "cache_write": 1}}',
        '{"m": {"input": 1, "output": 1, "cache_read": 1, "cache_write": 1, "per": "day"}}',
        "[]",
        "{",
    ],
)
def test_what_is_no_table_is_refused(table):
    with pytest.raises(ValueError, match=r"."):
        prices.read(table)
