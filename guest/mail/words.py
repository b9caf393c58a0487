"""What guests read in their mail, in Spanish and English."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from guest.mail.shapes import GONE, Code, Kind, Language, Letter, Notice

_DAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_HALVES = {"es": ("a. m.", "p. m."), "en": ("a.m.", "p.m.")}

_SUBJECTS: dict[Language, dict[Kind, str]] = {
    "es": {
        "requested": "Recibimos su reserva del {day}",
        "confirmed": "Su reserva del {day} está confirmada",
        "moved": "Su reserva tiene una nueva fecha: {day}",
        "declined": "Su reserva del {day} no pudo ser aceptada",
        "cancelled": "Su reserva del {day} fue cancelada",
    },
    "en": {
        "requested": "We have your booking for {day}",
        "confirmed": "Your booking for {day} is confirmed",
        "moved": "Your booking has a new date: {day}",
        "declined": "Your booking for {day} could not be accepted",
        "cancelled": "Your booking for {day} was cancelled",
    },
}
_LEADS: dict[Language, dict[Kind, str]] = {
    "es": {
        "requested": "Recibimos su solicitud.",
        "confirmed": "Su reserva quedó confirmada.",
        "moved": "Su reserva cambió de fecha u hora. Estos son los datos nuevos.",
        "declined": "Su profesional no pudo tomar esta reserva, y la hora quedó libre.",
        "cancelled": "La visita no se realizará.",
    },
    "en": {
        "requested": "We have your request.",
        "confirmed": "Your booking is confirmed.",
        "moved": "Your booking has moved. These are the new details.",
        "declined": "Your professional could not take this booking, and the hour is free again.",
        "cancelled": "The visit will not take place.",
    },
}
_WAITS = {
    "es": "Su profesional tiene 24 horas para aceptarla; le escribiremos apenas responda.",
    "en": "Your professional has 24 hours to accept it; we will write as soon as they answer.",
}
_LABELS = {
    "es": ("Servicio", "Profesional", "Cuándo", "Dirección", "Total", "Reembolso", "Referencia", "Volver a Amara"),
    "en": ("Service", "Professional", "When", "Address", "Total", "Refund", "Reference", "Back to Amara"),
}
_KEEP = {
    "es": "Guarde la referencia: con ella y este correo puede volver a entrar sin una cuenta.",
    "en": "Keep the reference: with it and this address you can get back in without an account.",
}
_VISIT = {"es": "Visita", "en": "Visit"}
_WITH = {"es": "con", "en": "with"}
_HELLO = {"es": "Hola", "en": "Hello"}


def plain(said: str | None, most: int = 200) -> str:
    """One line of a text that somebody else wrote: printable characters, single spaces, not too many."""
    return " ".join("".join(c if c.isprintable() else " " for c in said or "").split())[:most]


def summary(notice: Notice) -> str:
    """The visit in a few words, as a calendar shows it."""
    service = plain(notice.service) or _VISIT[notice.language]
    professional = plain(notice.professional)
    return f"{service} {_WITH[notice.language]} {professional}" if professional else service


def letter(notice: Notice, *, link: str, time_zone: str) -> Letter:
    """What this guest is told of this booking.

    Args:
        notice: what happened.
        link: where to go on; it opens nothing by itself.
        time_zone: IANA; the professional's own goes before it.
    """
    language = notice.language
    zone = ZoneInfo(notice.time_zone or time_zone)
    start = notice.starts_at.astimezone(zone) if notice.starts_at else None
    day = _day(start or datetime(notice.day.year, notice.day.month, notice.day.day, tzinfo=zone), language)
    when = day if start is None else f"{day}, {_hours(start, notice.ends_at, zone, language)}"
    values = (
        plain(notice.service),
        plain(notice.professional),
        when,
        plain(notice.address),
        "" if notice.total_price is None else money(notice.total_price, notice.currency),
        "" if notice.refund is None else money(notice.refund, notice.currency),
        str(notice.booking_id),
        link,
    )
    details = [f"{label}: {value}" for label, value in zip(_LABELS[language], values, strict=True) if value]
    waits = "" if notice.kind in GONE or notice.is_confirmed else f" {_WAITS[language]}"
    parts = [_greeting(notice), _LEADS[language][notice.kind] + waits, "\n".join(details)]
    if notice.kind not in GONE:
        parts.append(_KEEP[language])
    return Letter(subject=_SUBJECTS[language][notice.kind].format(day=day), text="\n\n".join(parts) + "\n")


def code_letter(said: Code) -> Letter:
    """The code, and what to do who did not ask for one."""
    if said.language == "en":
        return Letter(
            subject="Your code for MaidConnect",
            text=f"Your code is {said.code}. It is good for {said.minutes} minutes and works once.\n\n"
            "If you did not ask for it, do nothing: nobody gets in without it. Never pass it on.\n",
        )
    return Letter(
        subject="Su código de MaidConnect",
        text=f"Su código es {said.code}. Sirve durante {said.minutes} minutos y una sola vez.\n\n"
        "Si usted no lo pidió, no haga nada: nadie entra sin él. No lo comparta con nadie.\n",
    )


def money(amount: int, currency: str) -> str:
    """Whole units, grouped as in Colombia, with the currency's name."""
    return f"$ {amount:,} {plain(currency, 8)}".replace(",", ".")


def _greeting(notice: Notice) -> str:
    """By the first name, where it is one: whoever opens a session for a stranger must not get a link or a slogan in."""
    first, *_ = [*plain(notice.full_name, 60).split(), ""]
    name = first if first.replace("'", "").replace("-", "").isalpha() else ""
    return f"{_HELLO[notice.language]}{', ' if name else ''}{name}:"


def _day(moment: datetime, language: Language) -> str:
    weekday, month = _DAYS[language][moment.weekday()], _MONTHS[language][moment.month - 1]
    if language == "en":
        return f"{weekday}, {month} {moment.day}, {moment.year}"
    return f"{weekday} {moment.day} de {month} de {moment.year}"


def _hours(start: datetime, end: datetime | None, zone: ZoneInfo, language: Language) -> str:
    said = _hour(start, language)
    return said if end is None else f"{said} – {_hour(end.astimezone(zone), language)}"


def _hour(moment: datetime, language: Language) -> str:
    return f"{moment.hour % 12 or 12}:{moment.minute:02} {_HALVES[language][moment.hour >= 12]}"
