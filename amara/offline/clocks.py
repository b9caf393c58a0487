"""Hours and lengths as people say them («a las 8 y media», "from 9 to 1", «medio día»): patterns over folded text."""

from __future__ import annotations

import re
from datetime import time
from typing import Final, Literal, NamedTuple

Part = Literal["morning", "afternoon", "evening"]

SHORTEST_H: Final = 2.0
LONGEST_H: Final = 8.0


class Clock(NamedTuple):
    """An hour of the day as it stands in a text."""

    at: time
    is_sure: bool
    """Said with its half of the day; «a las 8» alone is the likelier of two."""
    start: int
    end: int


class Length(NamedTuple):
    """How long, in hours, as it stands in a text."""

    hours: float
    start: int
    end: int


_PARTS: Final[dict[str, Part]] = {
    "manana": "morning", "madrugada": "morning", "temprano": "morning", "morning": "morning", "mornings": "morning",
    "tarde": "afternoon", "tardes": "afternoon", "afternoon": "afternoon", "afternoons": "afternoon",
    "noche": "evening", "evening": "evening", "night": "evening", "evenings": "evening", "tonight": "evening",
    "mananas": "morning", "tardecita": "afternoon",
}  # fmt: skip
_HALF: Final = (
    r"(?: ?(?P<am>a\.? ?m\b\.?)| ?(?P<pm>p\.? ?m\b\.?)| ?(?P<noon>m\b\.?)|"
    r" (?:(?:de|en|por|a) la|in the|at|this) (?P<part>manana|tarde|noche|madrugada|morning|afternoon|evening|night))"
)
_MINUTES: Final = (
    r"(?:(?:[:.h] ?(?P<minutes>[0-5]\d))|\.(?P<half>5)|(?: y (?P<beyond>media|cuarto|[1-5]\d))|"
    r"(?: (?P<loose>00|15|30|45)))?"
)
_HOUR: Final = r"(?<![\d#$.,:/-])(?P<hour>\d{1,2}|una)"
_NO_CLOCK: Final = (
    r"(?! ?(?:hours?|hrs|mil\b|k\b|pesos|cop\b|estrell|stars?\b|dias?\b|days?\b|weeks?\b|semanas?\b|%|anos|years|"
    r"personas|people|resenas|reviews|/|#|-\d)|[\d]|[.,]\d)"
)
_LEAD: Final = (
    r"(?:\b(?:a |para |de |desde |hacia |sobre |tipo |como ){0,3}(?:las|la)|\btipo|"
    r"\b(?:at|around|about|by|from|to|until|@)) "
)
_CLOCKS: Final = (
    r"\b(?:half past (?P<past>\d{1,2})|quarter past (?P<quarter>\d{1,2})|quarter to (?P<before>\d{1,2})|"
    r"(?:15 para las|cuarto para las|un cuarto para las) (?P<para>\d{1,2})|"
    r"(?:a )?las (?P<menos>\d{1,2}) menos (?:15|cuarto))\b" + rf"(?:{_HALF})?",
    rf"(?:{_LEAD})?{_HOUR}{_MINUTES}(?: horas| hrs)?{_HALF}",
    rf"{_LEAD}{_HOUR}{_MINUTES}{_NO_CLOCK}",
    rf"{_HOUR}(?::(?P<minutes>[0-5]\d)| (?:o'?clock|en punto))",
    r"\b(?P<named>(?:al? )?mediodia|al? medio dia|(?:at )?noon|midday|medianoche|midnight)\b",
)
_BARE: Final = (
    r"^\W*(?P<hour>\d{1,2})(?:(?::|\.)(?P<minutes>[0-5]\d)| y (?P<beyond>media|cuarto)|\.(?P<half>5))?(?:ish)?\W*$"
)
_PART: Final = (
    r"\b(?:(?:por|en|de|a) las? (?P<part>mananas?|tardes?|noche)|(?P<early>temprano)|(?P<tonight>tonight)|"
    r"(?:esta|manana|(?:lun|mart|miercol|juev|viern)es|sabado|domingo) (?P<whose>tarde|noche)|"
    r"(?:in the|this|that|tomorrow|\w+day|prefer(?:ably)?|the|free) (?:early |late )?(?P<english>mornings?|afternoons?|"
    r"evenings?))\b"
)
_RANGE: Final = (
    r"\b(?:de|desde|from|entre|between) (?:las? )?(?P<from>\d{1,2})(?::(?P<from_minutes>[0-5]\d))?"
    r"(?: ?(?:(?P<from_am>a\.?m\b\.?)|(?P<from_pm>p\.?m\b\.?)))?"
    r" ?(?:a|hasta|to|until|till|y|and|-) (?:las? )?(?P<to>\d{1,2})(?::(?P<to_minutes>[0-5]\d))?"
    r"(?: ?(?:(?P<to_am>a\.?m\b\.?)|(?P<to_pm>p\.?m\b\.?)))?" + _NO_CLOCK
)
_LENGTHS: Final[tuple[tuple[str, float], ...]] = (
    (r"\b(?:un par de horas|(?:a )?couple (?:of )?hours|par de horitas)\b", 2.0),
    (r"\b(?:media jornada|medio turno|(?<!\bal )medio dia(?! ?\d)|half(?: |-)?(?:a )?day)\b", 4.0),
    (
        r"\b(?:(?:jornada|turno) completa?o?|todo el dia|dia (?:completo|entero)|(?:full|whole|entire|all)[ -]day)\b",
        8.0,
    ),
)
_HOURS: Final = (
    r"(?<!\ben )(?<!\bin )(?<!\blas )(?<!\bcada )(?<![\d.,#$])"
    r"(?P<hours>\d{1,2}(?:[.,]\d)?|una|an|one)(?: |-)?(?:horas?|horitas|hours?|hrs?|h)\b(?P<half> y media| and a half)?"
)
_MINUTE_LENGTH: Final = r"(?<!\ben )(?<!\bin )\b(?P<minutes>9\d|[1-4]\d\d) ?(?:minutos|minutes|mins?)\b"
_NOT: Final = r"(?:\b(?:no|not)|n't)(?: (?!mejor)\w+){0,2}? $"
_BEFORE: Final = r"^ (?:antes|before|ahead|de anticipacion|notice)"


def clock(text: str, *, is_asked: bool = False) -> Clock | None:
    """The hour a text settles on: of two, the one not ruled out, and the later one after a «mejor».

    Args:
        text: Folded, numbers in digits.
        is_asked: An hour was asked for, so a bare number is one.
    """
    found: dict[int, Clock] = {}
    for pattern in (*_CLOCKS, *([_BARE] if is_asked else [])):
        for match in re.finditer(pattern, text):
            overlaps = any(match.start() < known.end and known.start < match.end() for known in found.values())
            hour = None if overlaps else _read(match)
            if hour is not None and not re.search(_NOT, text[: match.start()]):
                found[match.start()] = Clock(*hour, *match.span())
    if not found:
        return None
    turns = re.search(r"\b(?:mejor|sino|instead|rather|make it|al?|to)\b", text) is not None
    return found[max(found) if turns else min(found)]


def _read(match: re.Match[str]) -> tuple[time, bool] | None:
    groups = match.groupdict()
    if named := groups.get("named"):
        return (time(0) if "night" in named or "noche" in named else time(12)), True
    hour, minute = _hour_and_minute(groups)
    if hour > 23 or (groups.get("noon") and hour != 12):
        return None
    part = _PARTS.get(groups.get("part") or "")
    if groups.get("am") or (part == "morning" and hour <= 12):
        return (time(hour % 12, minute), True) if hour <= 12 else None
    if groups.get("pm") or (part is not None and part != "morning"):
        if part == "evening" and hour == 12:
            return time(0, minute), True
        return time(hour if hour >= 12 else hour + 12, minute), True
    if groups.get("noon") or hour == 0 or hour > 12:
        return time(hour, minute), True
    return likelier(hour, minute), False


def _hour_and_minute(groups: dict[str, str | None]) -> tuple[int, int]:
    for name, minute in (("past", 30), ("quarter", 15), ("before", 45), ("para", 45), ("menos", 45)):
        if said := groups.get(name):
            return (int(said) - 1 or 12 if minute == 45 else int(said)), minute
    said = groups.get("hour") or ""
    hour = int(said) if said.isdigit() else 1
    beyond = groups.get("beyond")
    if groups.get("half") or beyond == "media":
        return hour, 30
    if beyond == "cuarto":
        return hour, 15
    return hour, int(beyond or groups.get("minutes") or groups.get("loose") or 0)


def likelier(hour: int, minute: int) -> time:
    """Without its half of the day: visits begin between six in the morning and five in the afternoon."""
    return time(hour + 12 if 1 <= hour <= 5 else hour, minute)


def part(text: str) -> Part | None:
    """The part of the day asked for, greetings aside."""
    match = re.search(_PART, re.sub(r"\b(?:good|buenas) (?:morning|afternoon|evening|tardes|noches)\b", "", text))
    word = next((word for word in match.groups() if word), "") if match else ""
    return _PARTS.get(word)


def is_in(part: Part, at: time) -> bool:
    """Whether an hour lies in this part of the day."""
    return {"morning": at.hour < 12, "afternoon": 12 <= at.hour < 18, "evening": at.hour >= 17}[part]


def between(text: str) -> tuple[Clock, float | None] | None:
    """«De 8 a 12»: the start, and the length where it makes a visit; «entre 8 y 10» is a wish without a length."""
    match = re.search(_RANGE, text)
    if match is None or int(match["from"]) > 23 or int(match["to"]) > 24:
        return None
    begins = _end_of_range(int(match["from"]), match["from_am"], match["from_pm"])
    ends = _end_of_range(int(match["to"]), match["to_am"], match["to_pm"])
    if match["to_pm"] and not match["from_am"] and not match["from_pm"] and begins + 12 < ends < 24 and begins < 6:
        begins += 12
    while ends <= begins:
        ends += 12
    hours = ends + int(match["to_minutes"] or 0) / 60 - begins - int(match["from_minutes"] or 0) / 60
    is_length = not match[0].startswith(("entre", "between")) and SHORTEST_H <= hours <= LONGEST_H
    sure = bool(match["from_am"] or match["from_pm"])
    at = time(begins % 24, int(match["from_minutes"] or 0))
    return Clock(at, sure, *match.span()), hours if is_length else None


def _end_of_range(hour: int, am: str | None, pm: str | None) -> int:
    if am:
        return hour % 12
    if pm:
        return hour if hour >= 12 else hour + 12
    return likelier(hour, 0).hour if hour <= 12 else hour


def length(text: str, *, is_asked: bool = False) -> Length | None:
    """How long a visit is to be, in half hours; it may be too long or too short.

    Args:
        text: Folded, numbers in digits.
        is_asked: A length was asked for, so a bare number is one.
    """
    if match := re.search(_HOURS, text):
        said = match["hours"].replace(",", ".")
        hours = float(said) if said[0].isdigit() else 1.0
        if not re.match(_BEFORE, text[match.end() :]):
            return Length(_rounded(hours + (0.5 if match["half"] else 0)), *match.span())
    if match := re.search(_MINUTE_LENGTH, text):
        return Length(_rounded(int(match["minutes"]) / 60), *match.span())
    for pattern, hours in _LENGTHS:
        if match := re.search(pattern, text):
            return Length(hours, *match.span())
    if is_asked and (match := re.search(r"^\W*(?:con |unas |about |like |just )?(\d{1,2}(?:[.,]5)?)\W*$", text)):
        return Length(_rounded(float(match[1].replace(",", "."))), *match.span())
    return None


def _rounded(hours: float) -> float:
    return round(hours * 2) / 2
