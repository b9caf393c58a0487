"""Cancelling and moving a booking, and what is said of a draft that waits for the person's own button."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from amara.offline import choosing, clocks, courtesies, replies, steps, telling
from amara.offline.days import Day
from amara.offline.memory import BOOKINGS, CANCEL, MOVE, Deed, Json, Memory, Plan
from amara.offline.speech import Said
from amara.offline.steps import question, step
from amara.offline.understanding import Understanding
from amara.offline.wishes import Wish

_CANCEL: Final = (
    r"\b(?:cancel(?!ad|led|lation|acion)\w*|anul(?!ad)\w*|call(?:ing)? (?:it )?off|"
    r"ya no (?:quiero|necesito|voy a necesitar) (?:la|mi) (?:reserva|cita|visita))\b"
)
_MOVE: Final = (
    r"\b(?:muev\w+|mov(?:er\w*|amos\w*)|cambi\w+|reagend\w+|reprogram\w+|aplaz\w+|pospon\w+|pas(?:e|ar|emos)l[ao]s?|"
    r"pas(?:e|ar) (?:la|mi)|corr(?:a|er)l[ao]|adelant\w+|move|moving|reschedul\w+|postpone|change|push|shift|bring)\b"
)
_BOOKING: Final = (
    r"\b(?:reserva(?:s|cion|ciones)?|citas?|visitas?|bookings?|reservations?|appointments?|visits?|limpieza|aseo|cleaning|"
    r"servicio)\b"
)
_OWN: Final = rf"\b(?:mis?|nuestras?|my|our|otras?|other)\b(?: \w+){{0,2}} {_BOOKING}"
_IT: Final = r"(?:[aeo]l[ao]s?\b|\b(?:it|that|this|esa|ese|esta|la|lo|one)\b)"
_CONFIRM: Final = (
    r"\b(?:confirm(?:o|ar\w*|a|e|el[ao]|emos|amos|ed|ad[oa])?|acepto|de acuerdo|adelante|hagal[oe]|proced\w*|"
    r"go ahead|do it|book it|reserve it|reserv(?:el[ao]|arl[ao]|e ya)|agendel[ao]|i accept|i agree|proceed|"
    r"(?:is|are|am) (?:it|that|we|i|everything) (?:\w+ )?(?:booked|reserved|confirmed|done|set|cancelled)|"
    r"(?:esta|quedo|quedamos|estamos) (?:\w+ )?(?:reservad|confirmad|agendad|cancelad|list)[oa]s?)\b"
)
_LEAVE: Final = (
    r"\b(?:olvid(?:el[ao]|al[ao])|dej(?:el[ao]|emosl[ao]) asi|mejor no\b(?! a)|ya no(?: l[ao])? (?:quiero|necesito)|"
    r"never ?mind|forget (?:it|about it)|leave it|(?:do ?n'?t|do not) want it)\b"
)
_NO: Final = r"^\W*(?:no|nop|nope|no gracias|no thanks?|no thank you)\b\W*(?:gracias|thanks?|thank you|por ahora)?\W*$"

_BUTTON: Final = {
    "book": Said(
        "Con gusto, pero eso solo lo puede hacer usted: oprima el botón de confirmar en la tarjeta. Lo que se escribe "
        "aquí no confirma nada, y hasta entonces no hay nada reservado; la hora queda guardada 15 minutos.",
        "Gladly, but only you can do that: press the confirm button on the card. What is written here confirms "
        "nothing, and until then nothing is booked; the hour is held for 15 minutes.",
    ),
    "cancel": Said(
        "Solo usted puede hacerlo: oprima el botón de confirmar en la tarjeta. Lo que se escribe aquí no confirma "
        "nada, y hasta entonces su reserva sigue como está.",
        "Only you can do that: press the confirm button on the card. What is written here confirms nothing, and until "
        "then your booking stays as it is.",
    ),
}
_DECLINE: Final = Said(
    "Muy bien. No se ha hecho nada todavía: puede descartarlo en la tarjeta, o dejar que venza solo a los 15 minutos. "
    "¿Prefiere otra hora u otra persona?",
    "All right. Nothing has been done yet: you can discard it on the card, or let it lapse by itself after 15 minutes. "
    "Would you prefer another time or another person?",
)
_DROPPED: Final = Said(
    "Muy bien, lo dejamos así; no se ha hecho nada. Si quiere, buscamos otra cosa.",
    "All right, we'll leave it; nothing has been done. We can look for something else if you like.",
)
_LAPSED: Final = Said(
    "Ya pasaron los 15 minutos y la hora no quedó guardada. Preparo el borrador de nuevo.",
    "The 15 minutes are over and the hour is no longer held. Let me prepare the draft again.",
)
_QUOTING: Final = Said("Voy a ver cuánto le devuelven.", "Let me see what would come back to you.")
_NO_MATCH: Final = Said("No veo una reserva así.", "I see no such booking.")


def hear(memory: Memory, wish: Wish, understood: Understanding) -> Deed | None:
    """Takes up a message about a draft or a booking there is; None when it is about something else."""
    cancels = re.search(_CANCEL, wish.text) is not None
    own = re.search(_OWN, wish.text) is not None
    if memory.draft is not None and (deed := _of_draft(memory, wish, cancels=cancels, own=own)):
        return deed
    leaves = re.search(_LEAVE, wish.text) is not None
    collecting = memory.plan.asked is not None and memory.draft is None
    if collecting and (leaves or (cancels and memory.plan.deed == "book" and not own and not memory.shown_bookings)):
        memory.plan = Plan()
        return Deed(_DROPPED.to(memory.locale))
    if understood.kind == "about" and understood.topic is None and not wish.is_said():
        return None
    if cancels and memory.can(CANCEL):
        return _begin(memory, "cancel", wish)
    if _moves(memory, wish, own=own) and memory.can(MOVE):
        return _begin(memory, "move", wish)
    if memory.plan.asked == "which" and understood.kind not in {"search", "ask"}:
        return _which(memory, wish)
    if understood.kind == "bookings" and memory.plan.deed != "book" and memory.plan.booking is None:
        memory.plan = Plan()  # the list is looked at for its own sake now
    may_cancel = memory.plan.deed == "cancel" and memory.plan.booking is not None and memory.draft is None
    if may_cancel and re.search(courtesies.YES, wish.text):
        return _proceed(memory, memory.plan.booking or {})
    return None


def _of_draft(memory: Memory, wish: Wish, *, cancels: bool, own: bool) -> Deed | None:
    draft = memory.draft or {}
    kind = str(draft.get("kind"))
    names_one = memory.shown_bookings and choosing.plainly(memory.shown, wish.rest) is not None
    about_other = own or names_one or any(_is_source(day, wish.text) for day in wish.days)
    if (cancels and kind != "cancel" and not about_other) or re.search(_LEAVE, wish.text) or re.search(_NO, wish.text):
        return Deed(_DECLINE.to(memory.locale))
    agrees = re.search(_CONFIRM, wish.text) or (
        re.search(courtesies.YES, wish.text) and re.search(courtesies.NODS, wish.text)
    )
    if wish.is_said() or memory.plan.asked or not (agrees or (cancels and not about_other)):
        return None
    expires_at = choosing.instant(draft.get("expires_at"), memory.around.zone)
    if expires_at is not None and expires_at <= memory.now():
        again = _redone(memory, kind)
        return Deed(_LAPSED.to(memory.locale), again.tool, again.input)
    return Deed(_BUTTON["cancel" if kind == "cancel" else "book"].to(memory.locale))


def _redone(memory: Memory, kind: str) -> Deed:
    if kind == "cancel":
        return Deed("", CANCEL, {"booking_id": str((memory.draft or {}).get("booking_id"))})
    return steps.draft(memory)


def _moves(memory: Memory, wish: Wish, *, own: bool) -> bool:
    if re.search(_MOVE, wish.text) is None:
        return False
    if memory.draft is not None and memory.draft.get("kind") == "book" and not own:
        return False  # the draft is what changes
    meant = own or re.search(_BOOKING, wish.text) is not None or memory.shown_bookings
    return (
        meant or (re.search(_IT, wish.text) is not None and not memory.plan.is_begun()) or memory.plan.deed == "cancel"
    )


def _begin(memory: Memory, deed: str, wish: Wish) -> Deed:
    opened = memory.plan.booking or memory.opened
    memory.plan = plan = Plan(deed="cancel" if deed == "cancel" else "move")
    source = [day for day in wish.days if deed == "cancel" or _is_source(day, wish.text)]
    if deed == "move":
        if len(source) == len(wish.days) > 1:
            source = source[:-1]
        target = tuple(day for day in wish.days if day not in source)
        plan.take(replace(wish, days=target, clock=clocks.clock(wish.text), hours=None, address=None))
    plan.clue = replace(wish, days=tuple(source))
    if opened is not None and not source and choosing.plainly(memory.shown, wish.rest) is None:
        return _proceed(memory, opened)
    return resolve(memory)


def _is_source(day: Day, text: str) -> bool:
    """«La del jueves», "my Thursday booking": the day it is on, not the one it goes to."""
    before, named, after = text[: day.start], text[day.start : day.end], text[day.end :]
    if named.startswith("del ") or re.search(r"\b(?:de|from|my|mi|of)\s*$", before):
        return True
    if re.match(rf"(?:'s)? (?:\w+ )?{_BOOKING}", after) or re.match(r" (?:one|morning one)\b", after):
        return True
    return named.startswith(("on ", "el ")) and re.search(rf"(?:{_BOOKING}|\bone) ?$", before) is not None


def _which(memory: Memory, wish: Wish) -> Deed | None:
    memory.plan.clue = wish
    found = choosing.bookings(memory.shown, wish, wish.day(), memory.around.zone, None)
    if len(found) == 1:
        return _proceed(memory, found[0])
    return Deed(question(memory)) if wish.is_said() or found != memory.shown else None


def resolve(memory: Memory, *, is_listed: bool = False) -> Deed:
    """The booking that is meant, from the list; the list is looked at first.

    Args:
        memory: with the clue to it in the plan.
        is_listed: The list came this moment.
    """
    plan = memory.plan
    if not memory.shown_bookings:
        return Deed(replies.LOOKING_UP.to(memory.locale), BOOKINGS, {"when": "upcoming"})
    clue = plan.clue or Wish("", "")
    found = choosing.bookings(memory.shown, clue, clue.day(), memory.around.zone, memory.done)
    if len(found) == 1:
        return _proceed(memory, found[0])
    if not is_listed and not found:
        return Deed(replies.LOOKING_UP.to(memory.locale), BOOKINGS, {"when": "upcoming"})
    if not memory.shown:
        memory.plan = Plan()
        return Deed(telling.result({"bookings": [], "when": "upcoming"}, memory.locale, None, failed=False))
    plan.asked = "which"
    listed = {"bookings": memory.shown, "found": len(memory.shown), "when": "upcoming"}
    told = telling.bookings_shown(listed, memory.locale, memory.around.zone) if is_listed else ""
    opening = "" if found else f"{_NO_MATCH.to(memory.locale)} "
    return Deed("\n\n".join(part for part in (told, opening + question(memory)) if part))


def _proceed(memory: Memory, booking: Json) -> Deed:
    plan = memory.plan
    plan.booking, plan.asked = booking, None
    professional = booking.get("professional")
    plan.professional = professional if isinstance(professional, dict) else None
    if plan.deed == "cancel":
        return Deed(_QUOTING.to(memory.locale), CANCEL, {"booking_id": str(booking.get("id", ""))})
    start = choosing.instant(booking.get("starts_at"), memory.around.zone)
    if plan.first is None and plan.at is not None and start is not None:
        plan.first = plan.last = start.date()
    return step(memory)
