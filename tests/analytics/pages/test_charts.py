"""The pictures say what the numbers say."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from analytics.pages import charts


def rects(picture, kind):
    return [each for each in picture.iter("rect") if kind in each.get("class", "").split()]


def texts(picture):
    return [each.text for each in picture.iter("text")]


def days(*searched):
    first = date(2025, 11, 1)
    return [
        charts.Day(first + timedelta(days=place), f"day {place}", people, people // 2, f"day {place}: {people}")
        for place, people in enumerate(searched)
    ]


def test_a_bar_is_as_long_as_the_share_that_got_there():
    people = {"a": 200, "b": 50, "c": 1, "d": 0}
    picture = charts.funnel([charts.Step(name, number, f"{number}!") for name, number in people.items()], "Funnel")
    assert [each.get("width") for each in rects(picture, "step")] == ["100.000%", "25.000%", "0.500%"]
    assert texts(picture) == ["a", "200!", "b", "50!", "c", "1!", "d", "0!"]
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "Funnel")


def test_days_are_measured_by_the_line_above_them():
    picture = charts.bars(days(60, 30, 0, 1), "Days")
    heights = [float(each.get("height")) for each in rects(picture, "searched")]
    assert heights == [170, 85, pytest.approx(170 / 60, abs=0.1)]
    assert [float(each.get("height")) for each in rects(picture, "booked")] == [85, 42.5]
    assert texts(picture) == ["60", "30", "day 0", "day 3"]


def test_bars_keep_inside_the_picture_and_apart():
    picture = charts.bars(days(*range(1, 93)), "Days")
    edges = [
        (float(each.get("x")[:-1]), float(each.get("x")[:-1]) + float(each.get("width")[:-1]))
        for each in rects(picture, "searched")
    ]
    assert len(edges) == 92
    assert edges[0][0] >= 0
    assert edges[-1][1] <= 100
    assert all(end < start for (_, end), (start, _) in pairwise(edges))


def test_without_anybody_there_is_a_picture_nevertheless():
    assert rects(charts.bars(days(0), "Days"), "searched") == []
    assert texts(charts.bars([], "Days")) == ["1"]
    assert rects(charts.funnel([charts.Step("a", 0, "0")], "Funnel"), "step") == []


@pytest.mark.parametrize(
    ("most", "ceiling"), [(0, 1), (1, 1), (3, 4), (5, 6), (9, 10), (58, 60), (61, 80), (1001, 2000)]
)
def test_the_line_above_has_a_round_number(most, ceiling):
    assert charts.rounded_up(most) == ceiling
