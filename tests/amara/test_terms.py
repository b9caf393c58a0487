"""The figures both sides agree on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amara import terms


@pytest.mark.parametrize(
    ("hours", "percent"),
    [(1000, 100), (24, 100), (23.999, 50), (12, 50), (11.999, 25), (4, 25), (3.999, 0), (0, 0), (-5, 0)],
)
def test_the_refund_falls_with_the_notice(hours, percent):
    assert terms.refund_percent(timedelta(hours=hours)) == percent


@given(st.integers(1, 10**9), st.integers(4, 16))
def test_a_price_is_the_rate_times_the_hours_in_whole_pesos(rate, halves):
    price = terms.price_cop(rate, halves * 30)
    assert abs(price * 2 - rate * halves) <= 1


@given(st.integers(0, 10**9), st.sampled_from([0, 25, 50, 100]))
def test_a_refund_is_never_more_than_was_paid(total, percent):
    assert 0 <= terms.refund_cop(total, percent) <= total


def test_a_visit_lasts_two_to_eight_hours_in_half_hours():
    assert [minutes for minutes in range(-60, 700) if terms.is_length(minutes)] == list(range(120, 481, 30))
