"""What became of a booking outside the chat, in one sentence to the person."""

from __future__ import annotations

from typing import Any

from amara.outcomes import service, when
from amara.prompt import plain  # these words stand in the history as the assistant's own
from amara.tools.money import pesos
from amara.tools.tool import Locale
from amara.tools.words import service_slug

Json = dict[str, Any]

_SENTENCES: dict[str, tuple[str, str]] = {
    "pending": (
        "Su reserva{of}{on} espera de nuevo la respuesta de la profesional.",
        "Your{of} booking{on} waits again for the professional's answer.",
    ),
    "confirmed": (
        "Su reserva{of}{on} fue aceptada y quedó confirmada.",
        "Your{of} booking{on} was accepted and is confirmed.",
    ),
    "declined": (
        "Su reserva{of}{on} no fue aceptada, y la hora quedó libre. Con gusto le busco otra opción.",
        "Your{of} booking{on} was not accepted, and the hour is free again. I can gladly look for another option.",
    ),
    "in_progress": ("Su servicio{of} ya comenzó.", "Your{of} visit{by} has begun."),
    "completed": ("Su servicio{of}{since} quedó terminado.", "Your{of} visit{by}{since} is completed."),
    "cancelled": ("Su reserva{of}{on} fue cancelada.", "Your{of} booking{on} was cancelled."),
    "moved": ("Su reserva{of} se movió al {when}.", "Your{of} booking{by} was moved to {when}."),
    "moved:pending": (
        "Su reserva{of} se movió al {when} y espera la respuesta de la profesional.",
        "Your{of} booking{by} was moved to {when} and waits for the professional's answer.",
    ),
    "repriced": (
        "El precio de su reserva{of}{on} se corrigió: ahora es {total}.",
        "The price of your{of} booking{on} was corrected: it is {total} now.",
    ),
    "changed": ("Hubo un cambio en su reserva{of}{on}.", "There was a change to your{of} booking{on}."),
}


def sentence(kind: str, booking: Json, locale: Locale) -> str:
    """Says what happened, in the person's language; what a platform left open is left out.

    Args:
        kind: of the change.
        booking: a booking as a card holds it, times with the person's offset.
        locale: of the person.
    """
    name, start = plain((booking.get("professional") or {}).get("name")), booking.get("starts_at")
    called = booking.get("service") or ""
    done = service({"slug": service_slug(called), "name": called}, locale)
    moment = when(start, locale)
    if kind == "moved" and not moment:
        kind = "changed"
    key = next(key for key in (f"{kind}:{booking.get('status')}", kind) if key in _SENTENCES)
    spanish, english = _SENTENCES[key]
    if locale == "es":
        by = f" con {name}" if name else ""
        of = (f" de {done}" if done else "") + by
        on, since = (f" para el {moment}", f" del {moment}") if moment else ("", "")
    else:
        by = f" with {name}" if name else ""
        of = f" {done}" if done else ""
        on, since = (f"{by} for {moment}", f" on {moment}") if moment else (by, "")
    total = pesos(booking.get("total_price") or 0, locale)
    said = (spanish if locale == "es" else english).format(of=of, on=on, by=by, since=since, when=moment, total=total)
    return said.replace("m..", "m.")  # «a. m.» ends a sentence by itself
