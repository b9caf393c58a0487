"""How names, money, days and hours are written to a person in either language."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from amara.offline.tongue import Locale


class Said(NamedTuple):
    """One sentence in both languages."""

    es: str
    en: str

    def to(self, locale: Locale, **values: object) -> str:
        """The sentence for this person, with its values."""
        return (self.es if locale == "es" else self.en).format(**values)


SERVICES: Final = {
    "cleaning": Said("aseo", "cleaning"),
    "deep_cleaning": Said("aseo profundo", "deep cleaning"),
    "laundry": Said("lavado de ropa", "laundry"),
    "ironing": Said("planchado", "ironing"),
    "cooking": Said("cocina", "cooking"),
    "childcare": Said("cuidado de niños", "childcare"),
    "elder_care": Said("cuidado de adultos mayores", "elder care"),
    "gardening": Said("jardinería", "gardening"),
}
LANGUAGES: Final = {
    "es": Said("español", "Spanish"),
    "en": Said("inglés", "English"),
    "fr": Said("francés", "French"),
    "pt": Said("portugués", "Portuguese"),
    "de": Said("alemán", "German"),
    "it": Said("italiano", "Italian"),
}
STATUSES: Final = {
    "pending": Said("pendiente de respuesta", "awaiting an answer"),
    "confirmed": Said("confirmada", "confirmed"),
    "declined": Said("no aceptada", "declined"),
    "in_progress": Said("en curso", "in progress"),
    "completed": Said("terminada", "completed"),
    "cancelled": Said("cancelada", "cancelled"),
}
_DAYS_ES: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_DAYS_EN: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_ES: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_MONTHS_EN: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def quoted(value: object, longest: int = 80) -> str:
    """Text of other people (a name, an address, a note) as data: one line, no markup, not long."""
    bare = re.sub(r"[\x00-\x1f\x7f\u2028\u2029*_`<>\[\]{}|#~\\]+", " ", str(value))
    line = " ".join(bare.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def place(value: object) -> str:
    """An address as data; a Colombian one has its number sign."""
    return " # ".join(quoted(part, 120) for part in str(value).split("#")[:4]).strip()


def money(amount: object, locale: Locale) -> str:
    """Whole COP: `$ 50.000` in Spanish, `COP 50,000` in English."""
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return "—"
    grouped = f"{round(amount):,}"
    return f"$ {grouped.replace(',', '.')}" if locale == "es" else f"COP {grouped}"


def decimal(value: object, locale: Locale) -> str:
    """One decimal, with a comma in Spanish."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "—"
    return f"{value:.1f}".replace(".", "," if locale == "es" else ".")


def moment(value: object, locale: Locale, zone: ZoneInfo | None) -> str:
    """Day and hour in words, in the person's zone; where no zone is known, in the one the moment was written in."""
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        return quoted(value)
    if zone is not None and when.tzinfo is not None:
        when = when.astimezone(zone)
    if locale == "es":
        return f"{day(when, locale)} de {when.year} {at(when, locale)}"
    return f"{day(when, locale)}, {when.year} {at(when, locale)}"


def day(when: date, locale: Locale) -> str:
    """«jueves 27 de noviembre», "Thursday, November 27"."""
    if locale == "es":
        return f"{_DAYS_ES[when.weekday()]} {when.day} de {_MONTHS_ES[when.month - 1]}"
    return f"{_DAYS_EN[when.weekday()]}, {_MONTHS_EN[when.month - 1]} {when.day}"


def at(when: datetime | time, locale: Locale) -> str:
    """«a las 8:00 a. m.», "at 8:00 a.m."."""
    lead = "at" if locale == "en" else "a la" if when.hour % 12 == 1 else "a las"
    return f"{lead} {clock(when, locale)}"


def clock(when: datetime | time, locale: Locale) -> str:
    """«8:00 a. m.», "8:00 a.m."."""
    half = "a" if when.hour < 12 else "p"
    mark = f"{half}. m." if locale == "es" else f"{half}.m."
    return f"{when.hour % 12 or 12}:{when.minute:02d} {mark}"


def hours(minutes: object, locale: Locale) -> str:
    """A duration in hours."""
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        return "—"
    amount = f"{minutes / 60:.1f}".removesuffix(".0").replace(".", "," if locale == "es" else ".")
    one = amount == "1"
    return f"{amount} {'hora' if one else 'horas'}" if locale == "es" else f"{amount} {'hour' if one else 'hours'}"


def service(value: Any, locale: Locale) -> str:
    """The name of a service, given its slug, its name or both."""
    slug = value.get("slug") if isinstance(value, dict) else value
    if isinstance(slug, str) and slug in SERVICES:
        return SERVICES[slug].to(locale)
    return quoted(value.get("name", "") if isinstance(value, dict) else value or "")


def among(parts: list[str], locale: Locale) -> str:
    """«a, b y c» (or «e», before the same sound) or "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    joint = "and" if locale == "en" else "e" if parts[-1].lower().startswith(("i", "í", "hi")) else "y"
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"
