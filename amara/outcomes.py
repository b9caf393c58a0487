"""What came of an approval, in one or two sentences to the person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from amara.prompt import plain  # these words stand in the history as the assistant's own
from amara.tools.money import pesos
from amara.tools.tool import Locale
from amara.tools.words import service_name

Json = dict[str, Any]

_DAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "es": (
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}

_SENTENCES: dict[str, tuple[str, str]] = {
    "confirmed:book:pending": (
        (
            "Listo: su reserva de {service} con {professional} para el {when} quedó registrada y espera la "
            "respuesta de {professional}, que tiene 24 horas para darla."
        ),
        (
            "Done: your {service} booking with {professional} for {when} is registered and waits for "
            "{professional}'s answer, due within 24 hours."
        ),
    ),
    "confirmed:book": (
        "Listo: su reserva de {service} con {professional} para el {when} quedó confirmada.",
        "Done: your {service} booking with {professional} for {when} is confirmed.",
    ),
    "confirmed:cancel": (
        "Listo: la reserva del {when} quedó cancelada. El reembolso es de {refund} ({percent} %).",
        "Done: the booking for {when} is cancelled. The refund is {refund} ({percent}%).",
    ),
    "confirmed:reschedule": (
        "Listo: su reserva con {professional} se movió al {when} y espera de nuevo su respuesta.",
        "Done: your booking with {professional} was moved to {when} and waits for a new answer.",
    ),
    "withdrawn:book": (
        "De acuerdo, no se reservó nada.",
        "All right, nothing was booked.",
    ),
    "withdrawn": (
        "De acuerdo, la reserva sigue como estaba.",
        "All right, the booking stays as it was.",
    ),
    "expired": (
        (
            "El tiempo para confirmar se acabó y la hora quedó libre; no se hizo ningún cambio. Con gusto lo "
            "preparo de nuevo."
        ),
        ("The time to confirm ran out and the hour is free again; nothing was changed. I can gladly prepare it anew."),
    ),
    "superseded": (
        "Ese borrador ya fue reemplazado por otro más reciente; no se hizo ningún cambio.",
        "That draft was replaced by a newer one; nothing was changed.",
    ),
    "offered": (
        "Actualicé el borrador: {when}, {total}. Nada está reservado hasta que usted lo confirme.",
        "I have updated the draft: {when}, {total}. Nothing is booked until you confirm it.",
    ),
    "price_changed": (
        "La tarifa cambió mientras tanto: ahora son {total}. No se reservó nada; usted decide si la confirma.",
        "The rate changed meanwhile: it is {total} now. Nothing was booked; it is yours to confirm.",
    ),
    "version_changed": (
        "El borrador cambió mientras tanto. Este es el vigente: {when}, {total}; nada se ha confirmado.",
        "The draft changed meanwhile. This is the one in force: {when}, {total}; nothing was confirmed.",
    ),
    "slot_lost": (
        "Esa hora acaba de ocuparse, así que no se reservó nada. {others}",
        "That hour was just taken, so nothing was booked. {others}",
    ),
    "contact_form": (
        "Para reservar necesito su nombre y un correo. Escríbalos en la tarjeta; todavía no se ha reservado nada.",
        "To book this I need your name and an e-mail. Please fill them in on the card; nothing is booked yet.",
    ),
    "incomplete": (
        "Para poder confirmar falta la dirección. ¿Cuál es?",
        "The address is still missing before this can be confirmed. What is it?",
    ),
    "handoff": (
        (
            "Le paso esta conversación a una persona de nuestro equipo: le responderá aquí mismo en cuanto la tome. "
            "Mientras tanto puede escribir lo que falte; yo no respondo hasta que me la devuelvan."
        ),
        (
            "I am passing this conversation to a person of our team: they will answer right here as soon as they take "
            "it. Meanwhile you can write whatever is missing; I stay silent until they give it back."
        ),
    ),
    "handoff_later": (
        (
            "Le paso esta conversación a una persona de nuestro equipo. Ahora no hay nadie: vuelven el {when} y le "
            "responderán aquí mismo. Lo que escriba mientras tanto queda guardado."
        ),
        (
            "I am passing this conversation to a person of our team. Nobody is there now: they are back on {when} and "
            "will answer right here. Whatever you write meanwhile is kept."
        ),
    ),
    "sorry": (
        "Lamento no haber podido responderle. ",
        "I am sorry that I could not answer you. ",
    ),
    "impossible": (
        "Eso ya no se puede hacer, y no se cambió nada.",
        "That cannot be done any more, and nothing was changed.",
    ),
}


def sentence(card: Json, locale: Locale) -> str:
    """Says what is true, in the person's language.

    Args:
        card: the approval card: `outcome`, `draft`, `booking`, `alternatives`; times with the person's offset. A card
            without an outcome is what it asks for.
        locale: of the person.
    """
    draft, booking = card.get("draft") or {}, card.get("booking") or {}
    outcome, kind, status = card.get("outcome") or card["card"], draft.get("kind", "book"), booking.get("status", "")
    if outcome == "handoff" and not card["staffed"]:
        outcome = "handoff_later"
    spanish, english = next(
        _SENTENCES[key]
        for key in (f"{outcome}:{kind}:{status}", f"{outcome}:{kind}", outcome, "impossible")
        if key in _SENTENCES
    )
    if card.get("reason") == "failures":
        spanish, english = (sorry + told for sorry, told in zip(_SENTENCES["sorry"], (spanish, english), strict=True))
    others = [when(start, locale) for start in card.get("alternatives") or []]
    refund = draft.get("refund") or {}
    return (spanish if locale == "es" else english).format(
        service=service(draft.get("service") or {}, locale),
        professional=plain((draft.get("professional") or {}).get("name")),
        when=when(draft.get("starts_at") or card.get("staffed_from"), locale),
        total=pesos(draft.get("total_price") or 0, locale),
        refund=pesos(refund.get("amount") or 0, locale),
        percent=refund.get("percent") or 0,
        others=_others(others, locale),
    )


def service(offered: Json, locale: Locale) -> str:
    """The service in the person's language, as it stands inside a sentence."""
    return service_name(offered.get("slug") or "", locale, offered.get("name") or "").lower()


def when(moment: str | None, locale: Locale) -> str:
    """`jueves 26 de noviembre a las 8:00 a. m.` · `Thursday, November 26 at 8:00 am`."""
    if not moment:
        return ""
    start = datetime.fromisoformat(moment)
    day, month = _DAYS[locale][start.weekday()], _MONTHS[locale][start.month - 1]
    clock = f"{(start.hour + 11) % 12 + 1}:{start.minute:02}"
    if locale == "es":
        return f"{day} {start.day} de {month} a las {clock} {'a' if start.hour < 12 else 'p'}. m."
    return f"{day}, {month} {start.day} at {clock} {'am' if start.hour < 12 else 'pm'}"


def _others(others: list[str], locale: Locale) -> str:
    if not others:
        return "¿Buscamos otro día?" if locale == "es" else "Shall we look for another day?"
    joined = "; ".join(others)
    told = f"Todavía hay lugar el {joined}" if locale == "es" else f"Still free: {joined}"
    return told if told.endswith(".") else f"{told}."
