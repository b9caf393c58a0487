"""Free hours and drafts in words. A draft is never told as a booking: what the person's button does is explained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from amara.offline import clocks, speech
from amara.offline.clocks import Part
from amara.offline.speech import Said
from amara.offline.tongue import Locale

Json = dict[str, Any]

_STEP: Final = timedelta(minutes=30)

_ON_ONE_DAY: Final = Said(
    "Para una visita de {length}, {name} puede empezar el {day} {spans}. ¿A qué hora le queda bien?",
    "For a visit of {length}, {name} can start on {day} {spans}. Which time suits you?",
)
_ON_DAYS: Final = Said(
    "Para una visita de {length}, {name} puede empezar a estas horas:",
    "For a visit of {length}, {name} can start at these times:",
)
_WHICH: Final = Said("¿Qué día y a qué hora le queda bien?", "Which day and time suit you?")
_NOT_IN_PART: Final = {
    "morning": Said("Por la mañana no hay horas libres.", "There is nothing free in the morning."),
    "afternoon": Said("Por la tarde no hay horas libres.", "There is nothing free in the afternoon."),
    "evening": Said("Por la noche no hay horas libres.", "There is nothing free in the evening."),
}
_NONE_LATER: Final = Said(
    "{name} no tiene horas libres en esas fechas. Lo más próximo que hay:",
    "{name} has nothing free on those dates. The next free times are:",
)
_NONE: Final = Said(
    "{name} no tiene horas libres en esas fechas ni en las semanas que siguen; se reserva con un mínimo de 24 horas y "
    "un máximo de 60 días. ¿Probamos otra fecha u otra persona?",
    "{name} has nothing free on those dates or in the weeks after them; visits are booked at least 24 hours and at "
    "most 60 days ahead. Shall we try another date, or somebody else?",
)
_TAKEN: Final = Said(
    "El {when} no está libre. Lo más cercano que hay:", "{when} is not free. The nearest free times are:"
)
_TAKEN_NONE: Final = Said(
    "El {when} no está libre y no hay otra hora cercana. ¿Miramos otro día?",
    "{when} is not free, and there is no other time near it. Shall we look at another day?",
)
_SUITS_ONE: Final = Said("¿Le sirve?", "Would that suit you?")
_SUITS_ANY: Final = Said("¿Cuál le sirve? También podemos mirar otro día.", "Which one suits you? Or another day?")

_DRAFT: Final = Said(
    "Le preparé un borrador: {service} con {name}, {when}, {length}, {price}{address}.",
    "I have prepared a draft: {service} with {name}, {when}, {length}, {price}{address}.",
)
_CHANGED: Final = Said(
    "Cambié el borrador: {service} con {name}, {when}, {length}, {price}{address}. Sigue sin reservarse nada: la hora "
    "queda guardada 15 minutos y usted confirma con el botón de la tarjeta.",
    "I have changed the draft: {service} with {name}, {when}, {length}, {price}{address}. Nothing is booked yet: the "
    "hour is held for 15 minutes, and you confirm with the button on the card.",
)
_AT: Final = Said(", en {address}", ", at {address}")
_NOTE: Final = Said(", con la nota «{text}»", ", with the note “{text}”")
_NOT_YET: Final = Said(
    "Todavía no hay nada reservado: la hora queda guardada 15 minutos y usted confirma con el botón de la tarjeta.",
    "Nothing is booked yet: the hour is held for 15 minutes, and you confirm with the button on the card.",
)
_ADDRESS_FIRST: Final = Said(
    "Todavía no hay nada reservado, y la hora queda guardada 15 minutos. Antes de confirmar con el botón de la tarjeta "
    "falta la dirección: ¿cuál es?",
    "Nothing is booked yet, and the hour is held for 15 minutes. Before you can confirm with the button on the card, "
    "the address is missing: what is it?",
)
_AFTER: Final = {
    True: Said(
        "{name} acepta reservas inmediatas, así que con eso basta.",
        "{name} takes bookings instantly, so that settles it.",
    ),
    False: Said(
        "Después queda pendiente hasta que {name} responda, a más tardar en 24 horas.",
        "After that it is pending until {name} answers, within 24 hours at the latest.",
    ),
    None: Said(
        "Después queda pendiente hasta que {name} responda, salvo que acepte reservas inmediatas.",
        "After that it is pending until {name} answers, unless bookings are taken instantly.",
    ),
}
_CANCEL: Final = Said(
    "Si la cancela, por la reserva de {service} con {name} ({when}) le devuelven {amount} ({percent} %). Todavía no se "
    "ha cancelado nada: usted confirma con el botón de la tarjeta en los próximos 15 minutos.",
    "If you cancel the {service} booking with {name} ({when}), {amount} ({percent}%) comes back to you. Nothing has "
    "been cancelled yet: you confirm with the button on the card within the next 15 minutes.",
)
_MOVE: Final = Said(
    "Le preparé el cambio: {service} con {name} para el {when}, al mismo precio ({price}). Todavía no se ha movido "
    "nada: la hora nueva queda guardada 15 minutos y usted confirma con el botón de la tarjeta. Después {name} debe "
    "aceptarla de nuevo.",
    "I have prepared the change: {service} with {name} for {when}, at the same price ({price}). Nothing has been moved "
    "yet: the new hour is held for 15 minutes, and you confirm with the button on the card. Then {name} has to accept "
    "it again.",
)

FAILED: Final = {
    "not_found": Said(
        "Ya no encuentro a esa persona entre los profesionales. ¿Quiere que busque de nuevo?",
        "I can no longer find that person among the professionals. Shall I search again?",
    ),
    "not_offered": Said(
        "Esa persona no está disponible o no ofrece ese servicio. ¿Miramos otra persona u otro servicio?",
        "That person is not available or does not offer that service. Shall we look at somebody or something else?",
    ),
    "bad_duration": Said(
        "Una visita dura entre 2 y 8 horas, por medias horas. ¿Cuántas horas necesita?",
        "A visit lasts between 2 and 8 hours, in half hours. How many hours do you need?",
    ),
    "already_over": Said(
        "Esa reserva ya empezó, ya pasó o ya estaba cancelada, así que no se puede cambiar.",
        "That booking has begun, is over or was already cancelled, so it can't be changed.",
    ),
    "too_late": Said(
        "Faltan menos de 24 horas para esa visita y ya no se puede mover. Sí se puede cancelar: ¿quiere ver cuánto le "
        "devuelven?",
        "That visit is less than 24 hours away and can no longer be moved. It can still be cancelled: shall I show you "
        "what would come back?",
    ),
    "not_changeable": Said(
        "Eso no se puede cambiar aquí; al mover una reserva, la duración y el precio se conservan.",
        "That can't be changed here; when a booking is moved, its length and price stay.",
    ),
}


def hours(
    starts: Sequence[datetime],
    later: Sequence[datetime],
    locale: Locale,
    *,
    name: str,
    minutes: object,
    part: Part | None,
) -> str:
    """When somebody can start, by days; where nothing is free, the next hours that are."""
    name = f"**{speech.quoted(name)}**"
    if not starts:
        return (
            f"{_NONE_LATER.to(locale, name=name)}\n\n{choice(later, locale)}" if later else _NONE.to(locale, name=name)
        )
    length = speech.hours(minutes, locale)
    fitting = [start for start in starts if part is None or clocks.is_in(part, start.time())]
    opening = f"{_NOT_IN_PART[part].to(locale)} " if part and not fitting else ""
    days = [(day, list(of_day)) for day, of_day in groupby(fitting or starts, key=lambda start: start.date())]
    if len(days) == 1:
        told = _ON_ONE_DAY.to(
            locale, length=length, name=name, day=speech.day(days[0][0], locale), spans=spans(days[0][1], locale)
        )
        return (opening + told).replace("m.. ", "m. ")  # «p. m.» ends the sentence too
    lines = [f"- {_day(day, of_day, locale)}" for day, of_day in days]
    return "\n".join([opening + _ON_DAYS.to(locale, length=length, name=name), "", *lines, "", _WHICH.to(locale)])


def _day(day: date, starts: list[datetime], locale: Locale) -> str:
    return f"{speech.day(day, locale)}: {spans(starts, locale)}"


def spans(starts: Sequence[datetime], locale: Locale) -> str:
    """Half hours in a row as «de … a …», in the order of the day."""
    runs: list[list[datetime]] = []
    for start in starts:
        if runs and start - runs[-1][-1] == _STEP:
            runs[-1].append(start)
        else:
            runs.append([start])
    return speech.among([_run(run, locale) for run in runs], locale)


def _run(run: list[datetime], locale: Locale) -> str:
    if len(run) < 3:
        return speech.among([speech.at(start, locale) for start in run], locale)
    between = Said("de {first} a {last}", "from {first} to {last}")
    return between.to(locale, first=speech.clock(run[0], locale), last=speech.clock(run[-1], locale))


def choice(starts: Sequence[datetime], locale: Locale) -> str:
    """Single hours, numbered, and the question which one."""
    lines = [
        f"{place}. {speech.day(start, locale)} {speech.at(start, locale)}" for place, start in enumerate(starts, 1)
    ]
    closing = _SUITS_ONE if len(starts) == 1 else _SUITS_ANY
    return "\n".join([*lines, "", closing.to(locale)])


def taken(wished: datetime | None, others: Sequence[datetime], locale: Locale) -> str:
    """The hour is not free, and these are."""
    if wished is None:
        when = Said("momento que pide", "That time").to(locale)
    else:
        when = f"{speech.day(wished, locale)} {speech.at(wished, locale)}"
    if not others:
        return _TAKEN_NONE.to(locale, when=when)
    return f"{_TAKEN.to(locale, when=when)}\n\n{choice(others, locale)}"


def draft(
    offer: Json, locale: Locale, zone: ZoneInfo | None, *, name: str, is_instant: bool | None, is_first: bool
) -> str:
    """What a draft says, and what its button would do.

    Args:
        offer: the draft of the card.
        locale: of the person.
        zone: of the person.
        name: of the professional.
        is_instant: They take bookings without being asked; unknown is None.
        is_first: The person has not yet been told how a draft becomes a booking.
    """
    values = {
        "service": speech.service(offer.get("service"), locale),
        "name": f"**{speech.quoted(name)}**",
        "when": speech.moment(offer.get("starts_at", ""), locale, zone),
        "price": speech.money(offer.get("total_price"), locale),
    }
    if offer.get("kind") == "cancel":
        refund = offer.get("refund") if isinstance(offer.get("refund"), dict) else {}
        refund = refund or {}
        percent = speech.quoted(refund.get("percent") or 0, 3)
        return _CANCEL.to(locale, **values, amount=speech.money(refund.get("amount") or 0, locale), percent=percent)
    if offer.get("kind") == "reschedule":
        return _MOVE.to(locale, **values)
    address = offer.get("address")
    where = _AT.to(locale, address=speech.place(address)) if address else ""
    where += _NOTE.to(locale, text=speech.quoted(note, 120)) if (note := offer.get("instructions")) else ""
    values |= {"length": speech.hours(offer.get("duration_minutes"), locale), "address": where}
    if not is_first and not offer.get("missing"):
        return _CHANGED.to(locale, **values)
    told = _DRAFT.to(locale, **values)
    if offer.get("missing"):
        return f"{told} {_ADDRESS_FIRST.to(locale)}"
    after = _AFTER[is_instant].to(locale, name=speech.quoted(name).split(" ")[0] or "—")
    return f"{told} {_NOT_YET.to(locale)} {after}"
