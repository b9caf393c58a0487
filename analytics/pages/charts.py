"""The two pictures: places across in percent, letters in pixels, so that one picture fits every screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element

from analytics.pages.markup import add, tag

_ROW, _BAR = 62, 26  # pixels of a stage, and of its bar
_TOP, _PLOT, _FOOT = 22, 170, 26  # pixels above the bars, of the tallest, and below for the days
_LEAST = 0.4  # percent of the width: somebody is seen, however few


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the funnel, in words."""

    name: str
    people: int
    says: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the bars, in words."""

    day: date
    label: str
    searched: int
    booked: int
    says: str


def funnel(steps: Sequence[Step], title: str) -> Element:
    """A bar a stage, as long as the share of those who searched that got there."""
    picture = _picture(title, len(steps) * _ROW - (_ROW - _BAR - 26))
    most = max((step.people for step in steps), default=0)
    for row, step in enumerate(steps):
        top = row * _ROW
        add(
            picture,
            tag("text", step.name, x=0, y=top + 17, class_="label"),
            tag("text", step.says, x="100%", y=top + 17, class_="figure", text_anchor="end"),
            tag("rect", x=0, y=top + 26, width="100%", height=_BAR, rx=4, class_="track"),
        )
        if step.people:
            width = _percent(max(100 * step.people / most, _LEAST))
            add(picture, tag("rect", x=0, y=top + 26, width=width, height=_BAR, rx=4, class_=f"step step-{row + 1}"))
    return picture


def bars(days: Sequence[Day], title: str) -> Element:
    """A pale bar for who searched, and in it a strong one for who booked."""
    picture = _picture(title, _TOP + _PLOT + _FOOT)
    ceiling = rounded_up(max((day.searched for day in days), default=0))
    ground = _TOP + _PLOT
    for share in (1, 0.5):
        y = _TOP + _PLOT * (1 - share)
        if ceiling * share == int(ceiling * share):
            add(
                picture,
                tag("line", x1=0, x2="100%", y1=_pixels(y), y2=_pixels(y), class_="grid"),
                tag("text", int(ceiling * share), x=0, y=_pixels(y - 5), class_="tick"),
            )
    for place, day in enumerate(days):
        bar = tag("g", tag("title", day.says))
        for people, kind in ((day.searched, "searched"), (day.booked, "booked")):
            if people:
                height = max(_PLOT * people / ceiling, 2)
                add(bar, _bar(place, len(days), ground - height, height, kind))
        add(picture, bar)
    add(picture, tag("line", x1=0, x2="100%", y1=ground, y2=ground, class_="axis"))
    add(picture, *_labels(days, ground + 19))
    return picture


def _bar(place: int, count: int, y: float, height: float, kind: str) -> Element:
    x, width = 100 * (place + 0.12) / count, 100 * 0.76 / count
    return tag("rect", x=_percent(x), width=_percent(width), y=_pixels(y), height=_pixels(height), class_=kind)


def _labels(days: Sequence[Day], y: int) -> list[Element]:
    """The first day, the middle one and the last."""
    if not days:
        return []
    shown = [(days[0], "start", "0%"), (days[-1], "end", "100%")]
    if len(days) == 1:
        shown = [(days[0], "middle", "50%")]
    elif len(days) >= 5:
        middle = len(days) // 2
        shown.append((days[middle], "middle", _percent(100 * (middle + 0.5) / len(days))))
    return [tag("text", day.label, x=x, y=y, class_="tick", text_anchor=anchor) for day, anchor, x in shown]


def rounded_up(most: int) -> int:
    """The next 1, 2, 4, 6 or 8 with noughts behind it, so that the lines behind the bars have round numbers."""
    step = 1
    while True:
        for leading in (1, 2, 4, 6, 8):
            if leading * step >= most:
                return leading * step
        step *= 10


def _picture(title: str, height: int) -> Element:
    return tag("svg", tag("title", title), role="img", aria_label=title, width="100%", height=height, focusable="false")


def _percent(value: float) -> str:
    return f"{value:.3f}%"


def _pixels(value: float) -> str:
    return f"{value:.1f}"
