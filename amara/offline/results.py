"""What a tool's answer changes in the conversation, and what is said or done because of it."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Final, Literal

from amara.offline import changing, choosing, handing, offers, telling, wishes
from amara.offline.memory import CANCEL, DRAFT, HOURS, MOVE, SEARCH, Deed, Json, Memory, Plan
from amara.offline.tongue import fold

_OURS: Final = frozenset({HOURS, DRAFT, CANCEL, MOVE})
_KINDS: Final[dict[str, Literal["cancel", "move"]]] = {"cancel": "cancel", "reschedule": "move"}
_DONE: Final = r"^(?:listo|done): "
_NOT_DONE: Final = r"^(?:de acuerdo, (?:no se reserv|la reserva sigue)|all right, (?:nothing was|the booking stays))"
_OVER: Final = r"^(?:el tiempo para confirmar|the time to confirm|ese borrador ya fue|that draft was replaced)"
_EDITED: Final = r"^(?:actualice el borrador|i have updated the draft|el borrador cambio|the draft changed)"
_LOST: Final = r"^(?:esa hora acaba de|that hour was just)"
_INCOMPLETE: Final = r"^(?:para poder confirmar falta|the address is still missing)"


def called(memory: Memory, tool: str, given: Json) -> None:
    """A call says in full what was said in part: its day is a date, whatever «mañana» meant when it was said."""
    plan = memory.plan
    if tool == SEARCH and (day := _date(given.get("date"))):
        plan.first = plan.last = day
    elif tool == HOURS and plan.first is not None:
        first = _date(given.get("date_from"))
        plan.first, plan.last = first or plan.first, _date(given.get("date_to")) or first or plan.last
    elif tool in {DRAFT, MOVE} and (start := choosing.instant(given.get("starts_at"), None)):
        plan.start(start)
        if tool == DRAFT and isinstance(given.get("hours"), int | float):
            plan.hours = float(given["hours"])


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def came(memory: Memory, tool: str, card: Json, *, failed: bool) -> Deed:
    """Takes up one answer; what to say of it, and perhaps the next call."""
    error = card.get("error")
    if failed or error is not None:
        return Deed(_failed(memory, tool, card))
    zone = memory.around.zone
    if isinstance(card.get("bookings"), list):
        _show(memory, card["bookings"], are_bookings=True)
    if isinstance(card.get("professionals"), list):
        _found(memory, card)
    if (words := _by_card(memory, card)) is not None:
        return Deed(words)
    if isinstance(card.get("professionals"), list):
        memory.people |= {str(person.get("id")): person for person in memory.shown}
    elif isinstance(card.get("bookings"), list):
        memory.opened = None
        if memory.plan.deed != "book" and memory.plan.booking is None and memory.plan.clue is not None:
            return changing.resolve(memory, is_listed=True)
    elif isinstance(card.get("booking"), dict):
        memory.opened = card["booking"]
    can_book = memory.can(DRAFT)
    return Deed(telling.result(card, memory.locale, zone, failed=False, can_book=can_book))


def _by_card(memory: Memory, card: Json) -> str | None:
    """What is said of a card that stands for itself; none of any other."""
    if card.get("card") == "handoff":
        return handing.told(card, memory.locale)
    if card.get("card") == "availability":
        return _availability(memory, card)
    if card.get("card") == "booking_draft" and isinstance(card.get("draft"), dict):
        return _drafted(memory, card["draft"])
    return None


def _show(memory: Memory, items: list[Any], *, are_bookings: bool) -> None:
    memory.shown = [item for item in items if isinstance(item, dict)]
    memory.shown_bookings, memory.nobody = are_bookings, False


def _found(memory: Memory, card: Json) -> None:
    """Whoever was found; where all of them were shown before, those stay in view."""
    people = [item for item in card["professionals"] if isinstance(item, dict)]
    found, more = card.get("found"), card.get("more")
    number = found if isinstance(found, int) else len(people)
    if people or not number:
        _show(memory, people, are_bookings=False)
    memory.nobody = not people and not number
    memory.seen += [str(person.get("id")) for person in people]
    memory.more = more if isinstance(more, int) else max(0, number - len(memory.seen))
    memory.loose = telling.loose(card)
    memory.next_free = choosing.instant(card.get("next_free"), memory.around.zone)


def _failed(memory: Memory, tool: str, card: Json) -> str:
    error = card.get("error")
    code = str(error.get("code") if isinstance(error, dict) else card.get("code"))
    plan = memory.plan
    if tool in _OURS and code in offers.FAILED and not (code == "not_found" and tool in {CANCEL, MOVE}):
        if code == "bad_duration":
            plan.asked, plan.hours = "length", None
        elif code == "too_late":
            memory.plan = Plan(deed="cancel", booking=plan.booking)
        else:
            plan.asked = None
        return offers.FAILED[code].to(memory.locale)
    if tool in _OURS:
        plan.asked = None
    return telling.result(card, memory.locale, memory.around.zone, failed=True)


def _availability(memory: Memory, card: Json) -> str:
    plan, zone = memory.plan, memory.around.zone
    professional = card.get("professional")
    name = memory.name_of(professional if isinstance(professional, dict) else plan.professional)
    listed = [start for day in _list(card.get("days")) if isinstance(day, dict) for start in _list(day.get("starts"))]
    starts = [moment for start in listed if (moment := choosing.instant(start, zone))]
    minutes = card.get("duration_minutes")
    plan.at, plan.asked = None, "hour"
    if card.get("outcome") == "slot_lost":
        plan.free, plan.free_minutes, plan.is_numbered = starts, None, bool(starts)
        plan.asked = "hour" if starts else "day"
        return offers.taken(choosing.instant(card.get("wished"), zone), starts, memory.locale)
    later = [moment for start in _list(card.get("later")) if (moment := choosing.instant(start, zone))]
    if not starts:
        plan.first = plan.last = None
        plan.free, plan.free_minutes, plan.is_numbered = later, None, bool(later)
        plan.asked = "hour" if later else "day"
    else:
        plan.free, plan.is_numbered = starts, False
        plan.free_minutes = minutes if isinstance(minutes, int) else None
    return offers.hours(starts, later, memory.locale, name=name, minutes=minutes, part=plan.part)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _drafted(memory: Memory, draft: Json) -> str:
    plan = memory.plan
    professional = draft.get("professional") if isinstance(draft.get("professional"), dict) else {}
    before = memory.draft or {}
    is_first = before.get("kind") != draft.get("kind") or bool(before.get("missing"))
    known = memory.people.get(str((professional or {}).get("id")), {})
    if draft.get("status", "open") == "open":
        memory.draft = draft
        _settle(memory, draft)
        plan.asked = "address" if draft.get("missing") else None
    instant = known.get("instant_booking")
    return offers.draft(
        draft,
        memory.locale,
        memory.around.zone,
        name=memory.name_of(professional),
        is_instant=instant if isinstance(instant, bool) else None,
        is_first=is_first,
    )


def _settle(memory: Memory, draft: Json) -> None:
    """The draft is what holds, whoever asked for it."""
    plan = memory.plan
    professional, service = draft.get("professional"), draft.get("service")
    plan.deed = _KINDS.get(str(draft.get("kind")), "book")
    plan.professional = professional if isinstance(professional, dict) else plan.professional
    if plan.deed != "book":
        shown = memory.shown if memory.shown_bookings else []
        target = next(
            (one for one in shown if one.get("id") == draft.get("booking_id")), {"id": draft.get("booking_id")}
        )
        plan.booking = plan.booking or target
    if plan.deed == "cancel":
        return
    if isinstance(service, dict) and service.get("slug"):
        plan.service = str(service["slug"])
    if start := choosing.instant(draft.get("starts_at"), memory.around.zone):
        plan.start(start)
    if isinstance(draft.get("duration_minutes"), int):
        plan.hours = draft["duration_minutes"] / 60
    plan.address = str(draft["address"]) if draft.get("address") else plan.address
    plan.note = str(draft["instructions"]) if draft.get("instructions") else plan.note
    plan.free, plan.is_numbered, plan.part = [], False, None


def told(memory: Memory, text: str) -> None:
    """What the desk said once the person's button was pressed; it stands in the history as the assistant's words."""
    said = fold(text)
    if memory.draft is None:
        return
    if re.search(_DONE, said):
        memory.done, memory.draft, memory.plan = memory.draft, None, Plan()
        if memory.shown_bookings:
            memory.shown, memory.shown_bookings = [], False  # they are not what they were
    elif re.search(_NOT_DONE, said) or re.search(_OVER, said):
        memory.draft = None
        memory.plan.asked = None
    elif re.search(_EDITED, said):
        _edited(memory, text)
    elif re.search(_LOST, said):
        memory.plan.free = _moments(memory, text)
        memory.plan.free_minutes, memory.plan.is_numbered = None, bool(memory.plan.free)
        memory.plan.asked = "hour" if memory.plan.free else "day"
    elif re.search(_INCOMPLETE, said):
        memory.plan.asked = "address"


def _edited(memory: Memory, text: str) -> None:
    """On the card other hours were chosen. The words give the start and the price, and the price gives the length."""
    plan, draft = memory.plan, memory.draft or {}
    if moments := _moments(memory, text):
        plan.start(moments[0])
    price, minutes = draft.get("total_price"), draft.get("duration_minutes")
    amount = re.search(r"(?:\$|COP)\s?(\d[\d.,]*\d)", text)
    if amount and isinstance(price, int) and isinstance(minutes, int) and price > 0:
        hours = int(re.sub(r"\D", "", amount[1])) * minutes / price / 60
        plan.hours = round(hours * 2) / 2 if 2 <= hours <= 8 else plan.hours
    # The address may have been changed there too: left out, the draft's own stays.
    plan.address, plan.is_address_later = None, True


def _moments(memory: Memory, text: str) -> list[datetime]:
    """Days with their hours, as the desk writes them."""
    found = []
    for part in re.split(r"[;:]\s", text):
        wish = wishes.read(part, memory.now(), memory.locale, None)
        day = wish.day()
        if day is not None and wish.clock is not None:
            found.append(datetime.combine(day.first, wish.clock.at, memory.around.zone))
    return found
