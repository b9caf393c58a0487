"""The page of the funnel: pictures, each with the table it is made of, and how the assistant did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from analytics.funnel import CHANNELS, Wish
from analytics.pages import charts, expenses
from analytics.pages.frame import frame, other_language
from analytics.pages.markup import Child, tag
from analytics.pages.words import ABSENT, WORDS, Language, day, number, percent
from analytics.shapes import Counts, Funnel, FunnelDay

DAYS_SHOWN = 92
PATH = "/admin/funnel"
_PERIODS = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to show."""

    funnel: Funnel
    days: Sequence[FunnelDay]
    """The last ones of the period."""
    counts: Counts
    cities: Sequence[str]
    health: Mapping[str, Any]
    today: date
    zone: str
    retention_days: int
    links: Sequence[tuple[str, Mapping[str, str]]] = ()
    """Other pages behind the same session, and what they are called."""


def page(spoken: Language, wish: Wish, found: Found) -> bytes:
    """All of it."""
    words = WORDS[spoken]
    is_empty = not any(stage.unique_users for stage in found.funnel.stages)
    beyond = words["beyond"].format(n=found.retention_days) if found.funnel.beyond_retention else None
    return frame(
        spoken,
        words["title"],
        _head(spoken, asked(wish), found.links),
        _form(spoken, wish, found),
        tag("p", _period(spoken, wish), class_="period"),
        tag("p", beyond, class_="notice") if beyond else None,
        _empty(spoken, found) if is_empty else None,
        _funnel(spoken, found, has_picture=not is_empty),
        None if is_empty else _days(spoken, wish, found),
        tag("div", _counts(spoken, wish, found), _health(spoken, wish, found), class_="beside"),
        expenses.section(spoken, found.health, _table),
        _files(spoken, wish, found),
    )


def refusal(spoken: Language) -> bytes:
    """Of a period or a filter that is none."""
    words = WORDS[spoken]
    back = tag("p", tag("a", words["empty_link"], href=_link(spoken, {})))
    return frame(spoken, words["title"], _head(spoken, {}), tag("p", words["bad"], class_="notice", role="alert"), back)


def asked(wish: Wish) -> dict[str, str]:
    """The query that asks for the same once more."""
    query = {"from": str(wish.days.first), "to": str(wish.days.last), "channel": wish.channel, "city": wish.city}
    return {name: value for name, value in query.items() if value}


def _link(spoken: Language, query: Mapping[str, str]) -> str:
    return f"{PATH}?{urlencode({**query, 'lang': spoken})}"


def _head(spoken: Language, query: dict[str, str], links: Sequence[tuple[str, Mapping[str, str]]] = ()) -> list[Child]:
    leave = tag(
        "form",
        tag("input", type="hidden", name_="lang", value=spoken),
        tag("button", WORDS[spoken]["leave"], class_="quiet"),
        method="post",
        action="/admin/leave",
    )
    others = (tag("a", names[spoken], href=f"{path}?{urlencode({'lang': spoken})}") for path, names in links)
    return [*others, other_language(spoken, PATH, query), leave]


def _period(spoken: Language, wish: Wish) -> str:
    words, days = WORDS[spoken], wish.days
    said = [f"{day(days.first, spoken, has_year=True)} – {day(days.last, spoken, has_year=True)}"]
    said += [f"{words['channel']}: {words[wish.channel]}"] if wish.channel else []
    said += [f"{words['city']}: {wish.city.title()}"] if wish.city else []
    return " · ".join(said)


def _form(spoken: Language, wish: Wish, found: Found) -> Element:
    words = WORDS[spoken]
    cities = {city: city.title() for city in found.cities}
    if wish.city and wish.city not in cities:
        cities[wish.city] = wish.city.title()
    return tag(
        "form",
        tag("input", type="hidden", name_="lang", value=spoken),
        _field(words["from"], "from", tag("input", type="date", value=str(wish.days.first))),
        _field(words["to"], "to", tag("input", type="date", value=str(wish.days.last))),
        _field(
            words["channel"],
            "channel",
            _choice({"": words["all_channels"], **{name: words[name] for name in CHANNELS}}, wish.channel),
        ),
        _field(words["city"], "city", _choice({"": words["all_cities"], **cities}, wish.city)),
        tag("button", words["show"], class_="call"),
        tag("ul", *(tag("li", link) for link in _periods(spoken, wish, found)), class_="periods"),
        method="get",
        action=PATH,
        class_="filter",
    )


def _field(label: str, name: str, control: Element) -> Element:
    control.set("id", name)
    control.set("name", name)
    return tag("div", tag("label", label, for_=name), control, class_="field")


def _choice(options: Mapping[str, str], chosen: str | None) -> Element:
    chosen = chosen or ""
    return tag("select", *(tag("option", says, value=name, selected=name == chosen) for name, says in options.items()))


def _periods(spoken: Language, wish: Wish, found: Found) -> Iterable[Element]:
    for length in _PERIODS:
        first = found.today - timedelta(days=length - 1)
        is_shown = (wish.days.first, wish.days.last) == (first, found.today)
        query = asked(wish) | {"from": str(first), "to": str(found.today)}
        says = WORDS[spoken]["last"].format(n=length)
        yield tag("a", says, href=_link(spoken, query), aria_current="true" if is_shown else None)


def _empty(spoken: Language, found: Found) -> Element:
    words = WORDS[spoken]
    everything = {"from": str(found.today - timedelta(days=89)), "to": str(found.today)}
    return tag(
        "section",
        tag("h2", words["empty"]),
        tag("p", words["empty_says"]),
        tag("p", words["empty_send"]),
        tag("p", tag("a", words["empty_link"], href=_link(spoken, everything))),
        class_="card empty",
    )


def _funnel(spoken: Language, found: Found, *, has_picture: bool) -> Element:
    words, stages = WORDS[spoken], found.funnel.stages
    first = stages[0].unique_users
    steps = [
        charts.Step(
            words[stage.stage],
            stage.unique_users,
            f"{number(stage.unique_users, spoken)} · {percent(stage.unique_users, first, spoken)}",
        )
        for stage in stages
    ]
    rows = [
        (
            words[stage.stage],
            number(stage.unique_users, spoken),
            percent(stage.unique_users, first, spoken),
            percent(stage.unique_users, stages[row - 1].unique_users, spoken) if row else ABSENT,
        )
        for row, stage in enumerate(stages)
    ]
    return tag(
        "section",
        tag("h2", words["funnel"]),
        tag("p", words["funnel_says"], class_="soft"),
        charts.funnel(steps, words["funnel"]) if has_picture else None,
        _table(words["funnel"], [words[name] for name in ("stage", "people", "of_first", "of_previous")], rows),
        class_="card",
    )


def _days(spoken: Language, wish: Wish, found: Found) -> Element:
    words, names = WORDS[spoken], [stage.stage for stage in found.funnel.stages]
    shown = [
        charts.Day(
            of_day.day,
            day(of_day.day, spoken),
            of_day.stages[names[0]],
            of_day.stages[names[-1]],
            f"{day(of_day.day, spoken)}: {words['searched']} {of_day.stages[names[0]]},"
            f" {words['booked']} {of_day.stages[names[-1]]}",
        )
        for of_day in found.days
    ]
    rows = [
        (day(of_day.day, spoken), *(number(of_day.stages[name], spoken) for name in names))
        for of_day in reversed(found.days)
    ]
    is_cut = len(found.days) < (wish.days.last - wish.days.first).days + 1
    return tag(
        "section",
        tag("h2", words["days"]),
        tag("p", words["days_says"], class_="soft"),
        charts.bars(shown, words["days"]),
        tag("ul", *(tag("li", words[kind], class_=kind) for kind in ("searched", "booked")), class_="legend"),
        tag("p", words["days_cut"].format(n=DAYS_SHOWN), class_="soft") if is_cut else None,
        _table(words["days"], [words["day"], *(words[name] for name in names)], rows, is_long=True),
        class_="card",
    )


def _counts(spoken: Language, wish: Wish, found: Found) -> Element:
    words = WORDS[spoken]
    rows = [
        (words.get(each.event_type, each.event_type), number(each.event_count, spoken)) for each in found.counts.counts
    ]
    return tag(
        "section",
        tag("h2", words["counts"]),
        tag("p", words["counts_all"], class_="soft") if wish.city else None,
        _table(words["counts"], [words["type"], words["times"]], rows)
        if rows
        else tag("p", words["counts_none"], class_="soft"),
        class_="card",
    )


def _health(spoken: Language, wish: Wish, found: Found) -> Element:
    words, health = WORDS[spoken], found.health
    runs = health.get("runs")
    tools: Sequence[Mapping[str, Any]] = health.get("tools") or []
    figures = {
        "answers": _figure(health.get("answers"), spoken),
        "interrupted": ABSENT if runs is None else percent(health["interrupted"], runs, spoken),
        "failed": ABSENT if runs is None else percent(health["failed"], runs, spoken),
        **{name: _figure(health.get(name), spoken) for name in ("drafts", "bookings")},
        "tokens": _figure(health.get("tokens_per_booking"), spoken),
        "cost": expenses.money(health.get("cost_per_booking"), spoken),
    }
    rows = [(each["tool"], number(each["uses"], spoken), number(each["failed"], spoken)) for each in tools]
    return tag(
        "section",
        tag("h2", words["health"]),
        tag("p", words["health_all"], class_="soft") if wish.city or wish.channel else None,
        tag("dl", *(tag("div", tag("dt", words[name]), tag("dd", said)) for name, said in figures.items())),
        _table(words["tool"], [words[name] for name in ("tool", "uses", "with_error")], rows)
        if rows
        else tag("p", words["no_tools"], class_="soft"),
        class_="card",
    )


def _figure(value: float | None, spoken: Language) -> str:
    return ABSENT if value is None else number(value, spoken)


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, is_long: bool = False) -> Element:
    """The first column names the row. A table that is wider or longer than its place is moved with the keys too."""
    table = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *(tag("th", name, scope="col") for name in head))),
        tag(
            "tbody",
            *(tag("tr", tag("th", name, scope="row"), *(tag("td", cell) for cell in cells)) for name, *cells in rows),
        ),
    )
    size = "scroll long" if is_long else "scroll"
    return tag("div", table, class_=size, tabindex=0, role="region", aria_label=caption)


def _files(spoken: Language, wish: Wish, found: Found) -> Element:
    words, query = WORDS[spoken], asked(wish)
    links = [
        tag("li", f"{words[what]}: ", *_pair(f"/admin/{name}", words[what], query | more))
        for what, name, more in (
            ("funnel", "funnel", {}),
            ("days", "funnel", {"by": "day"}),
            ("counts", "event-counts", {}),
        )
    ]
    return tag(
        "section",
        tag("h2", words["take"]),
        tag("ul", *links),
        tag("p", words["zone"].format(zone=found.zone), class_="soft"),
        class_="files",
    )


def _pair(path: str, what: str, query: Mapping[str, str]) -> Iterable[Child]:
    for place, form in enumerate(("csv", "json")):
        if place:
            yield " · "
        yield tag("a", form.upper(), href=f"{path}.{form}?{urlencode(query)}", aria_label=f"{what}, {form.upper()}")
