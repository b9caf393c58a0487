"""A tool's card as a table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from rich.table import Table
from rich.text import Text

Json = dict[str, Any]
Locale = Literal["es", "en"]

SHOWN_MAX = 10  # rows of one table; the card says how many there are

_WORDS: dict[str, tuple[str, str]] = {
    "professional": ("Profesional", "Professional"),
    "service": ("Servicio", "Service"),
    "rate": ("Tarifa por hora", "Hourly rate"),
    "rating": ("Calificación", "Rating"),
    "reason": ("Por qué", "Why"),
    "when": ("Cuándo", "When"),
    "length": ("Duración", "Length"),
    "price": ("Precio", "Price"),
    "address": ("Dirección", "Address"),
    "instructions": ("Indicaciones", "Instructions"),
    "status": ("Estado", "Status"),
    "refund": ("Devolución", "Refund"),
    "day": ("Día", "Day"),
    "hours": ("Horas libres", "Free hours"),
    "found": ("Encontrados: {n}", "{n} found"),
    "draft": ("Borrador", "Draft"),
    "booking": ("Reserva", "Booking"),
}


_STATUSES: dict[str, tuple[str, str]] = {
    "open": ("por confirmar", "to be confirmed"),
    "pending": ("pendiente", "pending"),
    "confirmed": ("confirmada", "confirmed"),
    "declined": ("rechazada", "declined"),
    "in_progress": ("en curso", "in progress"),
    "completed": ("completada", "completed"),
    "cancelled": ("cancelada", "cancelled"),
    "expired": ("vencida", "expired"),
    "superseded": ("reemplazada", "replaced"),
}


def _status(name: str, locale: Locale) -> str:
    return _STATUSES.get(name, (name, name))[0 if locale == "es" else 1]


def word(name: str, locale: Locale) -> str:
    """The label of a field."""
    return _WORDS[name][0 if locale == "es" else 1]


def table(card: Json, locale: Locale) -> Table | None:
    """How this card looks in a terminal; nothing for one without a look, and for a refusal, which the model is told."""
    look = _LOOKS.get(card.get("card", ""))
    return look(card, locale) if look is not None else None


def money(amount: int | None, locale: Locale) -> str:
    """Whole pesos as people write them there."""
    if amount is None:
        return ""
    grouped = f"{amount:,}"
    return "$ " + grouped.replace(",", ".") if locale == "es" else f"COP {grouped}"


def rating(person: Json, locale: Locale) -> str:
    """`4,9 (132)` in Spanish, `4.9 (132)` in English; nothing where nobody has judged yet."""
    if person.get("rating") is None:
        return ""
    stars = str(person["rating"])
    return f"{stars.replace('.', ',') if locale == 'es' else stars} ({person.get('review_count', 0)})"


def moment(text: str | None) -> str:
    """Day and hour of an RFC 3339 time, in the zone it names."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}" if text else ""


def _professionals(card: Json, locale: Locale) -> Table:
    made = Table(title=word("found", locale).format(n=card.get("found", 0)))
    for column in ("professional", "service", "rate", "rating", "reason"):
        made.add_column(word(column, locale))
    for person in card.get("professionals", ()):
        made.add_row(
            *map(
                Text,
                (
                    f"{person['name']} ({person['city']})",
                    person["service"]["name"] if person.get("service") else "",
                    money(person.get("hourly_rate_cop"), locale),
                    rating(person, locale),
                    person.get("reason") or "",
                ),
            )
        )
    return made


def _availability(card: Json, locale: Locale) -> Table:
    made = Table(word("day", locale), word("hours", locale))
    for day in card.get("days", ())[:SHOWN_MAX]:
        made.add_row(day["date"], "  ".join(f"{datetime.fromisoformat(start):%H:%M}" for start in day["starts"]))
    return made


def _bookings(card: Json, locale: Locale) -> Table:
    made = Table(*(word(column, locale) for column in ("when", "professional", "service", "status", "price")))
    for booking in card.get("bookings", ())[:SHOWN_MAX]:
        made.add_row(
            *map(
                Text,
                (
                    moment(booking["starts_at"]),
                    booking["professional"]["name"],
                    booking["service"],
                    _status(booking["status"], locale),
                    money(booking["total_price"], locale),
                ),
            )
        )
    return made


def _fields(title: str, rows: list[tuple[str, str]], locale: Locale) -> Table:
    made = Table(title=title, show_header=False)
    for name, value in rows:
        if value:
            made.add_row(word(name, locale), Text(value))
    return made


def _draft(card: Json, locale: Locale) -> Table | None:
    draft = card.get("draft")
    if not draft:
        return None
    refund = draft.get("refund")
    back = f"{money(refund['amount'], locale)} ({refund['percent']} %)" if refund else ""
    return _fields(
        word("draft", locale),
        [
            ("professional", draft["professional"]["name"]),
            ("service", draft["service"]["name"]),
            ("when", moment(draft["starts_at"])),
            ("length", f"{draft['duration_minutes'] / 60:g} h" if draft.get("duration_minutes") else ""),
            ("price", money(draft["total_price"], locale)),
            ("refund", back),
            ("address", draft.get("address") or ""),
            ("instructions", draft.get("instructions") or ""),
            ("status", _status(draft["status"], locale)),
        ],
        locale,
    )


def _booking(card: Json, locale: Locale) -> Table | None:
    booking = card.get("booking")
    if not booking:
        return _draft(card, locale)
    return _fields(
        word("booking", locale),
        [
            ("professional", booking["professional"]["name"]),
            ("service", booking["service"]),
            ("when", moment(booking["starts_at"])),
            ("price", money(booking["total_price"], locale)),
            ("address", booking.get("address") or ""),
            ("instructions", booking.get("special_instructions") or ""),
            ("status", _status(booking["status"], locale)),
        ],
        locale,
    )


_LOOKS: dict[str, Callable[[Json, Locale], Table | None]] = {
    "professionals": _professionals,
    "availability": _availability,
    "bookings": _bookings,
    "booking": _booking,
    "booking_draft": _draft,
    "approval": _booking,
}
