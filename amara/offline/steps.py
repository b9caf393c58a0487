"""What is still to be asked or looked up before a visit can be drafted, one thing at a time."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from amara.offline import days, offers, speech
from amara.offline.memory import DRAFT, HOURS, MOVE, Deed, Json, Memory
from amara.offline.speech import Said
from amara.offline.wishes import Asked

USUAL_HOURS: Final = 4.0
"""Where a person leaves it to us."""

_ASK: Final[dict[Asked, Said]] = {
    "who": Said("¿Con quién quiere la visita: {names}?", "Who would you like: {names}?"),
    "which": Said(
        "¿Cuál de sus reservas? Dígame el número o el día.", "Which of your bookings? Tell me its number or day."
    ),
    "day": Said("¿Para qué día quiere la visita de {name}?", "For which day would you like {name} to come?"),
    "hour": Said("¿A qué hora?", "At what time?"),
    "length": Said(
        "¿De cuántas horas? Una visita dura entre 2 y 8; si no tiene preferencia, la dejo en 4.",
        "For how many hours? A visit lasts between 2 and 8; with no preference I'll make it 4.",
    ),
    "address": Said("¿En qué dirección es la visita?", "At what address is the visit?"),
}
_NEW_DAY: Final = Said("¿Para qué día y a qué hora la quiere?", "Which day and time would you like instead?")
_LOOKING: Final = Said("Voy a mirar las horas libres de {name}.", "Let me look at the free hours of {name}.")
_TOO_SOON: Final = Said(
    "Las visitas empiezan al menos 24 horas después de pedirlas. Miro lo más próximo con {name}.",
    "Visits begin at least 24 hours after they are asked for. Let me see what {name} has soonest.",
)
_DRAFTING: Final = Said("Voy a preparar el borrador.", "Let me prepare the draft.")
_NOT_THEN: Final = Said(
    "A esa hora no está libre ({at}); {name} puede empezar {spans}. ¿Qué hora le sirve?",
    "That time is not free ({at}); {name} can start {spans}. Which time suits you?",
)
_ON_WHICH_DAY: Final = Said(
    "A esa hora puede el {days}. ¿Qué día prefiere?", "At that time it could be {days}. Which day do you prefer?"
)


def step(memory: Memory) -> Deed:
    """The next thing to ask or to call."""
    plan = memory.plan
    if plan.has_wrong_length:
        plan.has_wrong_length = False
        return _ask(memory, "length", offers.FAILED["bad_duration"].to(memory.locale))
    if plan.deed == "book" and plan.professional is None:
        return _ask(memory, "who")
    if plan.first is None or plan.last is None:
        return _ask(memory, "day")
    if plan.is_one_day() and (day := days.soonest(plan.first, plan.at, memory.now())) != plan.first:
        plan.first, plan.last, plan.at = day, day, None
        return _look(memory, _TOO_SOON)
    if plan.at is None or not plan.is_one_day():
        return _fit_into_days(memory) or _look(memory, _LOOKING)
    return _not_then(memory, plan.at) or _what_else(memory)


def _what_else(memory: Memory) -> Deed:
    plan = memory.plan
    if plan.deed == "book" and plan.hours is None:
        return _ask(memory, "length")
    if plan.deed == "book" and plan.address is None and not plan.is_address_later:
        return _ask(memory, "address")
    return draft(memory)


def _ask(memory: Memory, asked: Asked, text: str | None = None) -> Deed:
    memory.plan.asked = asked
    return Deed(text or question(memory))


def question(memory: Memory) -> str:
    """What was asked last, in words."""
    plan, locale = memory.plan, memory.locale
    asked = plan.asked or "day"
    if asked == "day" and plan.deed == "move":
        return _NEW_DAY.to(locale)
    names = [f"**{speech.quoted(str(one.get('name', '')))}**" for one in memory.shown]
    listed = [", ".join(names[:-1]), names[-1]] if len(names) > 1 else names
    return _ASK[asked].to(locale, name=_name(memory), names=Said(" o ", " or ").to(locale).join(listed))


def _name(memory: Memory) -> str:
    return speech.quoted(memory.name_of(memory.plan.professional)) or "—"


def _look(memory: Memory, opening: Said) -> Deed:
    plan = memory.plan
    assert plan.first is not None  # only a day that was said is looked at
    asked: Json = {"professional_id": str((plan.professional or {}).get("id", "")), "date_from": plan.first.isoformat()}
    if plan.last is not None and plan.last != plan.first:
        asked["date_to"] = plan.last.isoformat()
    if hours := wanted_hours(memory):
        asked["hours"] = hours
    plan.asked = "hour"
    return Deed(opening.to(memory.locale, name=_name(memory)), HOURS, asked)


def wanted_hours(memory: Memory) -> float | int | None:
    """How long the visit is to be, as far as that is known."""
    plan = memory.plan
    minutes = (plan.booking or {}).get("duration_minutes") if plan.deed == "move" else None
    hours = minutes / 60 if isinstance(minutes, int) and 120 <= minutes <= 480 and minutes % 30 == 0 else plan.hours
    return int(hours) if hours is not None and hours == int(hours) else hours


def _fit_into_days(memory: Memory) -> Deed | None:
    """An hour is settled and the day is not: the days that were told and have it."""
    plan = memory.plan
    if plan.at is None or plan.first is None or plan.last is None:
        return None
    fitting = [start for start in plan.free if start.time() == plan.at and plan.first <= start.date() <= plan.last]
    if len(fitting) > 1:
        named = [speech.day(start, memory.locale) for start in fitting]
        return _ask(memory, "day", _ON_WHICH_DAY.to(memory.locale, days=speech.among(named, memory.locale)))
    if not fitting:
        return None
    plan.start(fitting[0])
    return _what_else(memory)


def _not_then(memory: Memory, at: time) -> Deed | None:
    """The hours of that day are known, and this is none of them; «a las 8» may be eight in the evening, though."""
    plan = memory.plan
    of_day = [start for start in plan.free if start.date() == plan.first]
    times = [start.time().replace(tzinfo=None) for start in of_day]
    if at in times or not of_day:
        return None
    other = at.replace(hour=(at.hour + 12) % 24)
    if not plan.is_sure and other in times:
        plan.at = other
        return None
    if plan.free_minutes != (wanted_hours(memory) or USUAL_HOURS) * 60:
        return None  # told for visits of another length; the draft will tell
    plan.at, spans = None, offers.spans(of_day, memory.locale)
    words = _NOT_THEN.to(memory.locale, at=speech.clock(at, memory.locale), name=_name(memory), spans=spans)
    return _ask(memory, "hour", words.replace("m.. ", "m. "))


def draft(memory: Memory) -> Deed:
    """Everything is settled."""
    plan = memory.plan
    assert plan.first is not None  # `step` asks for what is missing
    assert plan.at is not None
    plan.asked = None
    starts_at = datetime.combine(plan.first, plan.at).isoformat(timespec="minutes")
    if plan.deed == "move":
        moved: Json = {"booking_id": str((plan.booking or {}).get("id", "")), "starts_at": starts_at}
        return Deed(_DRAFTING.to(memory.locale), MOVE, moved)
    wanted: Json = {
        "professional_id": str((plan.professional or {}).get("id", "")),
        "service": plan.service or memory.criteria.get("service", ""),
        "starts_at": starts_at,
        "hours": wanted_hours(memory),
    }
    if plan.address:
        wanted["address"] = plan.address
    if plan.note:
        wanted["instructions"] = plan.note
    return Deed(_DRAFTING.to(memory.locale), DRAFT, wanted)
