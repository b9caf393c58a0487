"""Days as people say them («el próximo martes», "December 5th"), resolved against the day it is for the person.

All patterns read folded text. What could mean two days is taken as the next one to come, never as today: a visit begins
a day ahead at the earliest. The answer always says the date in full, so that a wrong guess shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

LEAD: Final = timedelta(hours=24)
FORTNIGHT: Final = 13
"""Days after the first one that «cualquier día» looks at."""


class Day(NamedTuple):
    """A day, or several in a row, as it stands in a text."""

    first: date
    last: date
    start: int
    end: int
    weekday: int | None = None
    """Said by its weekday alone, Monday being 0."""


@dataclass(frozen=True, slots=True)
class _Reader:
    today: date
    spanish: bool
    bare: bool


_Span = tuple[date, date]
_Resolve = Callable[[re.Match[str], _Reader], _Span | None]

_WEEKDAYS: Final = (
    r"lunes|monday",
    r"martes|tuesday",
    r"miercoles|wednesday",
    r"jueves|thursday",
    r"viernes|friday",
    r"sabados?|saturday",
    r"domingos?|sunday",
)
_MONTHS: Final = (
    r"enero|january|ene|jan",
    r"febrero|february|feb",
    r"marzo|march|mar",
    r"abril|april|abr|apr",
    r"mayo|may",
    r"junio|june|jun",
    r"julio|july|jul",
    r"agosto|august|ago|aug",
    r"septiembre|setiembre|september|sept|sep",
    r"octubre|october|oct",
    r"noviembre|november|nov",
    r"diciembre|december|dic|dec",
)
_WEEKDAY: Final = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})"
_ANY_WEEKDAY: Final = rf"(?:{'|'.join(_WEEKDAYS)})"
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})"
_NUMBER: Final = r"(?P<day>\d{1,2}|primer[oa]?|first)(?:st|nd|rd|th|ro)?"
_YEAR: Final = r"(?:,? (?:de |del |of )?(?P<year>20\d\d))?"
_LEAD: Final = (
    r"(?:\b(?:el|al|del|este|esta|proxim[oa]|siguiente|the|on|this|next|coming)\b ?){0,4}"
    rf"(?:\b{_ANY_WEEKDAY},? (?:el |the )?)?"
)
_ANY_DAY: Final = (
    r"\b(?:cualquier dia|(?:lo )?(?:antes|mas pronto) (?:posible|que (?:pueda|se pueda))|cuanto antes|any ?day|asap|"
    r"as soon as possible|whenever|(?:the )?(?:earliest|soonest)(?: possible)?|primer dia (?:libre|disponible))\b"
)
_THE_WEEKDAY: Final = (
    rf"(?:\b(?:el|al|del|este|proxim[oa]|siguiente|the|on|this|next|coming) ){{0,4}}\b{_WEEKDAY}\b"
    r"(?: (?:que viene|que entra|proximo|siguiente|entrante))?"
)
_NEXT_WEEK: Final = (
    r"(?:(?:de |of )?(?:la )?(?:proxima semana|semana proxima|otra semana|semana que (?:viene|entra)|siguiente semana|"
    r"semana entrante)|next week|the week after)"
)
_NOT: Final = r"\b(?:no|not|never|n't|nunca|menos|except\w*)(?: \w+){0,3}? $"


def said(text: str, today: date, *, spanish: bool, bare: bool = False) -> list[Day]:
    """The days a text names, in its order, without those it rules out («el viernes no»).

    Args:
        text: Folded, numbers in digits.
        today: On the person's calendar.
        spanish: 5/12 is the fifth of December, not May 12.
        bare: A day was asked for: «el 2» is one, and not the second of a list.
    """
    reader = _Reader(today, spanish, bare)
    taken: list[tuple[int, int]] = []
    found: list[Day] = []
    for pattern, resolve in _WAYS:
        for match in re.finditer(pattern, text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            span = resolve(match, reader)
            if span is None and resolve is _numbered:
                continue
            taken.append(match.span())
            ruled_out = re.search(_NOT, text[: match.start()]) or re.match(
                r" ?no\b(?! (?:se|hay))", text[match.end() :]
            )
            if span is not None and not ruled_out:
                only = resolve is _coming
                found.append(Day(*span, *match.span(), span[0].weekday() if only else None))
    return sorted(found, key=lambda day: day.start)


def soonest(day: date, at: time | None, now: datetime) -> date:
    """The first day from this one on at which a visit may begin at this hour: a day ahead of now at the least."""
    earliest = now + LEAD
    if at is None:
        return max(day, earliest.date())
    day = max(day, earliest.date())
    return day if datetime.combine(day, at, earliest.tzinfo) >= earliest else day + timedelta(days=1)


def _one(day: date) -> _Span:
    return day, day


def _nothing(_match: re.Match[str], _reader: _Reader) -> None:
    """Days that repeat («de lunes a viernes») are none that can be booked at once."""
    return


def _exact(match: re.Match[str], _reader: _Reader) -> _Span | None:
    return _valid(int(match["year"]), int(match["month"]), int(match["day"]))


def _valid(year: int, month: int, day: int) -> _Span | None:
    try:
        return _one(date(year, month, day))
    except ValueError:
        return None


def _dated(match: re.Match[str], reader: _Reader) -> _Span | None:
    number = int(match["day"]) if match["day"].isdigit() else 1
    month = next(place for place, names in enumerate(_MONTHS, 1) if re.fullmatch(names, match["month"]))
    return _in_year(match["year"], month, number, reader)


def _in_year(year: str | None, month: int, day: int, reader: _Reader) -> _Span | None:
    if year:
        return _valid(int(year) % 100 + 2000, month, day)
    this = _valid(reader.today.year, month, day)
    return this if this is None or this[0] >= reader.today else _valid(reader.today.year + 1, month, day)


def _slashed(match: re.Match[str], reader: _Reader) -> _Span | None:
    one, two = int(match[1]), int(match[2])
    day, month = (one, two) if (reader.spanish or one > 12) and two <= 12 else (two, one)
    return _in_year(match[3], month, day, reader)


def _after_tomorrow(_match: re.Match[str], reader: _Reader) -> _Span:
    return _one(reader.today + timedelta(days=2))


def _weekday(match: re.Match[str]) -> int:
    return next(place for place, names in enumerate(_WEEKDAYS) if re.fullmatch(names, match["weekday"]))


def _monday(reader: _Reader) -> date:
    """Of the week that comes."""
    return reader.today + timedelta(days=7 - reader.today.weekday())


def _in_next_week(match: re.Match[str], reader: _Reader) -> _Span:
    return _one(_monday(reader) + timedelta(days=_weekday(match)))


def _coming(match: re.Match[str], reader: _Reader) -> _Span:
    ahead = (_weekday(match) - reader.today.weekday() - 1) % 7 + 1
    return _one(reader.today + timedelta(days=ahead))


def _week_after(match: re.Match[str], reader: _Reader) -> _Span:
    return _one(_coming(match, reader)[0] + timedelta(days=7))


def _ahead(match: re.Match[str], reader: _Reader) -> _Span | None:
    number = int(match["number"]) if match["number"].isdigit() else 1
    unit = match["unit"]
    if unit.startswith(("seman", "week")):
        number *= 7
    elif number in {8, 15} and unit.startswith("d") and reader.spanish:
        number -= 1  # «en ocho días» counts today: a week; «en quince», a fortnight
    return _one(reader.today + timedelta(days=number)) if number <= 400 else None


def _today(_match: re.Match[str], reader: _Reader) -> _Span:
    return _one(reader.today)


def _tomorrow(_match: re.Match[str], reader: _Reader) -> _Span:
    return _one(reader.today + timedelta(days=1))


def _weekend(_match: re.Match[str], reader: _Reader) -> _Span:
    saturday = reader.today + timedelta(days=(5 - reader.today.weekday() - 1) % 7 + 1)
    return saturday, saturday + timedelta(days=1)


def _next_week(_match: re.Match[str], reader: _Reader) -> _Span:
    return _monday(reader), _monday(reader) + timedelta(days=6)


def _this_week(match: re.Match[str], reader: _Reader) -> _Span:
    sunday = _monday(reader) - timedelta(days=1)
    return (reader.today + timedelta(days=1), sunday) if sunday > reader.today else _next_week(match, reader)


def _whenever(_match: re.Match[str], reader: _Reader) -> _Span:
    return reader.today + timedelta(days=1), reader.today + timedelta(days=1 + FORTNIGHT)


def _numbered(match: re.Match[str], reader: _Reader) -> _Span | None:
    number = int(match["day"])
    if not reader.bare and number <= 5 and "dia" not in match[0] and "on " not in match[0]:
        return None
    year, month = reader.today.year, reader.today.month
    for _ in range(3):
        span = _valid(year, month, number)
        if span is not None and span[0] > reader.today:
            return span
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return None


_WAYS: Final[tuple[tuple[str, _Resolve], ...]] = (
    (
        rf"\b(?:de )?{_ANY_WEEKDAY} (?:a|to|through|-) {_ANY_WEEKDAY}\b|\b(?:every|cada|todos los) {_ANY_WEEKDAY}",
        _nothing,
    ),
    (r"\b(?P<year>20\d\d)-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b", _exact),
    (rf"{_LEAD}(?<![\d:.]){_NUMBER} (?:de |of )?{_MONTH}\b\.?{_YEAR}(?!\d)", _dated),
    (rf"{_LEAD}\b{_MONTH}\.? (?:the )?{_NUMBER}\b(?![:/]\d| ?[ap]\.?m){_YEAR}", _dated),
    (r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/((?:20)?\d\d))?(?![\d/])", _slashed),
    (r"\b(?:pasado manana|(?:the )?day after tomorrow)\b", _after_tomorrow),
    (rf"\b(?:el |del )?{_WEEKDAY} en 8(?: dias)?\b", _week_after),
    (rf"\b(?:an?|one|1) week (?:from|after) (?:next )?{_WEEKDAY}\b", _week_after),
    (rf"{_LEAD}\b{_WEEKDAY},? {_NEXT_WEEK}\b", _in_next_week),
    (rf"\b{_NEXT_WEEK},? (?:el |on )?{_WEEKDAY}\b", _in_next_week),
    (_THE_WEEKDAY, _coming),
    (
        r"\b(?:en|in|dentro de|de hoy en) (?P<number>\d{1,2}|un|una|an?|one) (?P<unit>dias?|semanas?|days?|weeks?)\b",
        _ahead,
    ),
    (r"\b(?:hoy|today|tonight|esta (?:manana|tarde|noche)|this (?:morning|afternoon|evening))\b", _today),
    (r"(?<!\bla )(?<!\besta )(?<!\bhasta )\bmanana\b|(?<!\byou )\btomorrow\b", _tomorrow),
    (r"\b(?:(?:el|este|proximo|this|the|next) ){0,3}(?:fin de semana|finde|weekend)\b", _weekend),
    (rf"\b{_NEXT_WEEK}\b", _next_week),
    (r"\b(?:(?:en )?esta semana|this week)\b", _this_week),
    (_ANY_DAY, _whenever),
    (r"\b(?:el dia|dia|el|al|del) (?P<day>[0-3]?\d)\b(?! ?(?:de la|[ap]\.? ?m|horas?|y media|:|%))", _numbered),
    (r"\b(?:on )?the (?P<day>[0-3]?\d)(?:st|nd|rd|th)\b(?! (?:one|person|option|professional|booking))", _numbered),
)
