"""One professional, read from what somebody wrote about them."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from email_validator import EmailNotValidError, validate_email

from amara.intake.sheet import Problem, Record, Unreadable
from amara.tools.cards import is_zone
from amara.tools.words import fold, service_slug

RATE_MAX = 10_000_000  # COP an hour; more is a mistake
NEEDED = ("email", "full_name", "city", "services")
STATES = ("active", "draft", "paused")
_DAYS = {
    day: number
    for names in (
        ("dom", "lun", "mar", "mie", "jue", "vie", "sab"),
        ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
    )
    for number, day in enumerate(names)
}
_SPAN = re.compile(r"([a-z]+)(?: ?- ?([a-z]+))? (\d{1,2})(?::(\d\d))? ?- ?(\d{1,2})(?::(\d\d))?")
_YES, _NO = {"si", "yes", "true", "1", "x"}, {"no", "false", "0"}


@dataclass(frozen=True, slots=True)
class Professional:
    """As the tables take one."""

    line: int
    email: str
    full_name: str
    columns: dict[str, Any] = field(default_factory=dict)
    """Of `professional_profiles`; what the file does not say is not here."""
    hours: list[tuple[int, dt.time, dt.time]] | None = None
    """Weekday (0 Sunday), from, to; none leaves those that are there."""
    blocked_dates: list[dt.date] | None = None


def read(record: Record) -> Professional:
    """The professional of this record.

    Raises:
        Unreadable: with everything that is wrong.
    """
    problems = [Problem(record.line, name, "is missing") for name in NEEDED if name not in record.values]
    found: dict[str, Any] = {}
    for name, value in record.values.items():
        try:
            found[name] = _READERS[name](value)
        except ValueError as error:
            problems.append(Problem(record.line, name, str(error)))
    if problems:
        raise Unreadable(problems)
    apart = {name: found.pop(name, None) for name in ("email", "full_name", "hours", "blocked_dates")}
    return Professional(record.line, columns=found, **apart)


def _text(limit: int) -> Callable[[Any], str]:
    def text(value: Any) -> str:
        if not isinstance(value, str) or "\x00" in value or not value.strip():
            raise ValueError("must be a text")
        if len(value) > limit:
            raise ValueError(f"has {len(value)} characters, and may have {limit}")
        return value.strip()

    return text


def _email(value: Any) -> str:
    try:
        return validate_email(_text(254)(value), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise ValueError("is no e-mail address") from error


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def whole(value: Any) -> int:
        said = str(value).strip()
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", said) or not least <= int(said) <= most:
            raise ValueError(f"must be a whole number, {least} to {most}")
        return int(said)

    return whole


def _rating(value: Any) -> float:
    said = str(value).strip().replace(",", ".")
    if isinstance(value, bool) or not re.fullmatch(r"[0-5](\.[0-9]{1,2})?", said) or float(said) > 5:
        raise ValueError("must be a number, 0 to 5")
    return float(said)


def _answer(value: Any) -> bool:
    said = fold(str(value))
    if said not in _YES | _NO:
        raise ValueError("must be sí or no, yes or no, true or false")
    return said in _YES


def _one_of(value: Any) -> str:
    if str(value).strip().lower() not in STATES:
        raise ValueError(f"must be one of {', '.join(STATES)}")
    return str(value).strip().lower()


def _zone(value: Any) -> str:
    if not isinstance(value, str) or not is_zone(value.strip()):
        raise ValueError("must be an IANA time zone such as America/Bogota")
    return value.strip()


def _parts(value: Any) -> list[Any]:
    """A cell holds several with a bar between them; JSON has a list."""
    if isinstance(value, list):
        return value
    return [part.strip() for part in str(value).split("|") if part.strip()]


def _languages(value: Any) -> list[str]:
    return [_text(40)(part).lower() for part in _parts(value)]


def _services(value: Any) -> list[dict[str, Any]]:
    found = []
    for part in _parts(value):
        if isinstance(part, dict):
            name, rate, slug = part.get("name"), part.get("hourly_rate_cop"), part.get("slug")
        else:
            name, equals, rate = str(part).partition("=")
            slug = None
            if not equals:
                raise ValueError(f"“{part}” needs its price an hour: name=25000")
        name = _text(80)(name)
        slug = slug or service_slug(name) or fold(name).replace(" ", "_")
        found.append({"name": name, "slug": _text(80)(slug), "hourly_rate_cop": _rate(name, rate)})
    if not found:
        raise ValueError("is empty")
    slugs = [str(service["slug"]) for service in found]
    twice = {slug for slug in slugs if slugs.count(slug) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))} stands there twice")
    return found


def _rate(name: str, value: Any) -> int:
    said = str(value).strip().removeprefix("$").strip()
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}|[0-9]{1,3}(\.[0-9]{3})+", said):
        raise ValueError(f"“{name}” must cost whole pesos an hour: 25000 or 25.000")
    rate = int(said.replace(".", ""))
    if not 0 < rate <= RATE_MAX:
        raise ValueError(f"“{name}” must cost 1 to {RATE_MAX} pesos an hour")
    return rate


def _hours(value: Any) -> list[tuple[int, dt.time, dt.time]]:
    spans = []
    for part in _parts(value):
        said = " ".join(str(part).lower().translate(str.maketrans("áéíóú–—", "aeiou--")).split())
        match = _SPAN.fullmatch(said)
        if match is None:
            raise ValueError(f"“{part}” must be days and hours, such as lun-vie 08:00-18:00")
        first, last, *clock = match.groups()
        days = _days(str(part), first, last or first)
        start, end = _time(str(part), *clock[:2]), _time(str(part), *clock[2:])
        if start >= end:
            raise ValueError(f"“{part}” ends before it begins")
        spans += [(day, start, end) for day in days]
    spans.sort()
    for one, other in itertools.pairwise(spans):
        if one[0] == other[0] and other[1] < one[2]:
            raise ValueError(f"{one[1]:%H:%M}-{one[2]:%H:%M} and {other[1]:%H:%M}-{other[2]:%H:%M} overlap on one day")
    return spans


def _days(part: str, first: str, last: str) -> list[int]:
    if first[:3] not in _DAYS or last[:3] not in _DAYS:
        raise ValueError(f"“{part}” names a day nobody knows; they are lun mar mié jue vie sáb dom")
    start = _DAYS[first[:3]]
    return [(start + more) % 7 for more in range((_DAYS[last[:3]] - start) % 7 + 1)]


def _time(part: str, hour: str, minute: str | None) -> dt.time:
    try:
        return dt.time(int(hour), int(minute or 0))
    except ValueError as error:
        raise ValueError(f"“{part}” has an hour no clock shows") from error


def _dates(value: Any) -> list[dt.date]:
    found = set()
    for part in _parts(value):
        try:
            found.add(dt.date.fromisoformat(str(part)))
        except ValueError as error:
            raise ValueError(f"“{part}” must be a day such as 2026-12-24") from error
    return sorted(found)


_READERS: dict[str, Callable[[Any], Any]] = {
    "email": _email,
    "full_name": _text(200),
    "city": _text(100),
    "services": _services,
    "hours": _hours,
    "blocked_dates": _dates,
    "languages": _languages,
    "bio": _text(4_000),
    "experience_years": _whole(0, 80),
    "rating": _rating,
    "review_count": _whole(0, 1_000_000),
    "on_time_rate": _whole(0, 100),
    "verification_level": _text(40),
    "time_zone": _zone,
    "buffer_minutes": _whole(0, 600),
    "max_bookings_per_day": _whole(1, 24),
    "instant_booking": _answer,
    "status": _one_of,
}
