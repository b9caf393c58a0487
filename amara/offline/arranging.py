"""Arranging a visit: who, what day, what hour, how long, where; one missing thing at a time, and then a draft.

Everything here is found again by reading the conversation once more, so nothing is kept between two requests.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Final

from amara.offline import choosing, clocks, courtesies, days, phrases
from amara.offline.memory import DRAFT, Deed, Json, Memory, Plan
from amara.offline.steps import USUAL_HOURS, question, step, wanted_hours
from amara.offline.understanding import Understanding
from amara.offline.wishes import Wish

_HOURS: Final = (
    r"\b(?:(?:que|cuales|cuantas|a que|dime|digame|muestr\w*me|ver|sus|las|hay) (?:\w+ ){0,2}?(?:horas?|horarios?|"
    r"disponibilidad|cupos?|dias? (?:libres?|disponibles?|tiene|puede))|horarios?|disponib\w*|horas libres|"
    r"cuando (?:puede|podria|esta libre|tiene|seria posible|viene libre)|esta libre|"
    r"(?:what|which) (?:\w+ )?(?:times?|hours?|days?|slots?)|when (?:is|can|could|would|does)|availab\w*|"
    r"(?:free|open) (?:hours|slots?|times?|on)|(?:time|open) slots?|(?:is|are) (?:she|he|they|\w+) free)\b"
)
_LATER: Final = r"\b(?:despues|luego|mas tarde|mas adelante|later|afterwards)\b"
_WITH: Final = r"\b(?:con|with|mejor|instead|prefiero|rather|switch|en vez)\b"


def hear(memory: Memory, wish: Wish, understood: Understanding) -> Deed | None:
    """Takes up a message about a visit; None when it is about something else."""
    plan = memory.plan
    if _is_search(memory, wish, understood):
        return None
    if plan.deed == "book" and (deed := _with_somebody(memory, wish, understood)):
        return deed
    if plan.deed == "book" and plan.professional is None and (memory.shown_bookings or not memory.shown):
        return None  # there is nobody to choose from: first somebody is looked for
    if not plan.is_begun() or (understood.kind == "bookings" and not plan.asked):
        return None
    if plan.is_numbered and _take_of_list(plan, wish):
        return step(memory)
    if wish.is_said() and plan.deed != "cancel":
        _take(plan, wish, understood)
        return step(memory)
    is_later = plan.asked == "address" and re.search(_LATER, wish.text) is not None
    if plan.asked and plan.asked != "which" and (wish.is_indifferent or is_later):
        _leave_open(memory)
        return step(memory)
    is_lost = understood.topic in {"unclear", "nod", "book"} or re.search(_HOURS, wish.text) is not None
    if plan.asked and is_lost and not (understood.topic == "nod" and re.match(r"\W*no\b", wish.text)):
        if re.search(_HOURS, wish.text) and plan.asked == "hour":
            plan.free = []
        return step(memory)
    return None


def _is_search(memory: Memory, wish: Wish, understood: Understanding) -> bool:
    """Somebody else is looked for: the criteria name a city, or a service that is no part of this visit."""
    if understood.kind not in {"search", "ask"} or not understood.input.keys() & {"city", "service"}:
        return False
    if choosing.plainly(memory.shown, wish.rest) is not None and not memory.shown_bookings:
        return False
    return not (wish.address or ("city" not in understood.input and memory.plan.is_begun() and wish.is_said()))


def note(memory: Memory, wish: Wish) -> None:
    """Keeps when and how long, said while somebody is still looked for."""
    before = memory.plan
    memory.plan = Plan(hours=before.hours, address=before.address, note=before.note)
    if before.deed == "book" and before.professional is None:
        memory.plan.first, memory.plan.last = before.first, before.last
        memory.plan.at, memory.plan.is_sure, memory.plan.part = before.at, before.is_sure, before.part
    memory.plan.take(wish)
    memory.plan.has_wrong_length = False


def day_wanted(memory: Memory) -> Json:
    """The day, hour and length of a search, where one day was named before anybody was chosen."""
    plan = memory.plan
    if not memory.can(DRAFT) or plan.deed != "book" or plan.professional is not None or not plan.is_one_day():
        return {}
    assert plan.first is not None  # one day is settled
    wanted: Json = {"date": plan.first.isoformat()}
    if time_said := f"{plan.at:%H:%M}" if plan.at else plan.part:
        wanted["time"] = time_said
    if plan.hours is not None:
        wanted["hours"] = wanted_hours(memory)
    return wanted


def _with_somebody(memory: Memory, wish: Wish, understood: Understanding) -> Deed | None:
    """A professional is chosen, or those shown are asked about without saying which."""
    if memory.shown_bookings or not memory.shown or (memory.plan.is_numbered and not re.search(_WITH, wish.text)):
        return None
    plan, people = memory.plan, memory.shown
    wants = re.search(phrases.BOOK_IT, wish.text) is not None
    asks = re.search(_HOURS, wish.text) is not None and understood.kind != "bookings"
    one = choosing.plainly(people, wish.rest) or _last(people, wish.rest, wants=wants)
    if one is not None and (wants or asks or wish.is_said() or plan.asked == "who" or _switches(plan, one, wish)):
        _take_person(plan, one)
    elif (wants or asks) and plan.professional is None:
        if len(people) > 1:
            _take(plan, wish, understood)
            plan.asked = "who"
            return Deed(question(memory))
        _take_person(plan, people[0])
    elif not ((wants or asks) and (asks or plan.asked is None) and memory.draft is None):
        return None
    _take(plan, wish, understood)
    if asks and not wish.clock:
        plan.at, plan.free = None, []
        if plan.first is None:
            _whenever(memory)
    return step(memory)


def _last(people: list[Json], text: str, *, wants: bool) -> Json | None:
    return people[-1] if wants and re.search(phrases.LAST_ONE, text) else None


def look_at(memory: Memory, one: Json) -> None:
    """Somebody is described, and a day that is named next is meant for them."""
    if memory.draft is None:
        _take_person(memory.plan, one)


def _switches(plan: Plan, one: Json, wish: Wish) -> bool:
    other = plan.professional is not None and plan.professional.get("id") != one.get("id")
    return other and re.search(_WITH, wish.text) is not None


def _take_person(plan: Plan, one: Json) -> None:
    if plan.professional is None or plan.professional.get("id") != one.get("id"):
        plan.professional, plan.free, plan.is_numbered = one, [], False
        service = one.get("service")
        plan.service = str(service.get("slug") or "") if isinstance(service, dict) else str(service or "")
    plan.asked = None


def _take(plan: Plan, wish: Wish, understood: Understanding) -> None:
    plan.take(wish)
    if (
        plan.deed == "book"
        and "service" in understood.input
        and understood.kind in {"search", "ask"}
        and not wish.address
    ):
        plan.service = str(understood.input["service"])
    if wish.is_said():
        plan.is_numbered = plan.is_numbered and not wish.day()


def _take_of_list(plan: Plan, wish: Wish) -> bool:
    """One of the hours told by number; whether the message chose one."""
    by_place = next(
        (start for start, word in zip(plan.free, phrases.ORDINALS, strict=False) if re.search(word, wish.rest)), None
    )
    day, fitting = wish.day(), plan.free
    if day is not None:
        fitting = [start for start in fitting if day.first <= start.date() <= day.last]
    if wish.clock is not None:
        fitting = [start for start in fitting if _same_hour(start, wish.clock.at, is_sure=wish.clock.is_sure)]
    agrees = re.search(courtesies.YES, wish.text) is not None or wish.is_indifferent
    one = by_place or (fitting[0] if len(fitting) == 1 and (day or wish.clock or agrees) else None)
    if one is None and wish.is_indifferent and plan.free:
        one = plan.free[0]
    if one is None:
        return False
    plan.start(one)
    plan.is_numbered = False
    if wish.hours is not None or wish.address or wish.note:
        plan.take(Wish(wish.text, wish.rest, hours=wish.hours, address=wish.address, note=wish.note))
    return True


def _same_hour(start: datetime, at: time, *, is_sure: bool) -> bool:
    return (start.hour, start.minute) == (at.hour, at.minute) or (
        not is_sure and (start.hour % 12, start.minute) == (at.hour % 12, at.minute)
    )


def _leave_open(memory: Memory) -> None:
    """The person has no preference in what was asked."""
    plan = memory.plan
    if plan.asked == "who":
        _take_person(plan, memory.shown[0])
    elif plan.asked == "length":
        plan.hours = USUAL_HOURS
    elif plan.asked == "address":
        plan.is_address_later = True
    elif plan.asked == "hour" and plan.free:
        wanted = [start for start in plan.free if plan.part is None or clocks.is_in(plan.part, start.time())]
        plan.start((wanted or plan.free)[0])
    else:
        _whenever(memory)


def _whenever(memory: Memory) -> None:
    tomorrow = memory.now().date() + timedelta(days=1)
    memory.plan.first, memory.plan.last = tomorrow, tomorrow + timedelta(days=days.FORTNIGHT)
