"""What a person may want to say next, for a tap: made from the cards of the answer, without asking anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amara import outcomes
from amara.offline.tongue import guess
from amara.tools.tool import Locale

Json = dict[str, Any]

SUGGESTIONS_MAX = 3
TEXT_MAX = 60  # characters
NAME_MAX = 24  # characters: a chip is short

_BETWEEN = str.maketrans("", "", " .'’-")

_WORDS: Mapping[Locale, Mapping[str, str]] = {
    "es": {
        "free": "¿Cuándo puede {name}?",
        "more": "Muéstreme otras personas",
        "elsewhere": "Busque en {city}",
        "later": "El {when}",
        "other_days": "¿Qué otros días hay?",
        "other_hour": "Prefiero otra hora",
        "other_person": "Prefiero a otra persona",
        "longer": "¿Cuánto costaría una hora más?",
        "keep": "No, deje la reserva como está",
        "move": "Quiero mover una reserva",
        "cancel": "Quiero cancelar una reserva",
        "move_it": "Quiero moverla a otro día",
        "cancel_it": "Quiero cancelarla",
        "again": "Quiero reservar otra visita",
        "look": "Busco a alguien para la casa",
        "past": "¿Y las reservas anteriores?",
    },
    "en": {
        "free": "When is {name} free?",
        "more": "Show me others",
        "elsewhere": "Search in {city}",
        "later": "{when}",
        "other_days": "What other days are there?",
        "other_hour": "I would rather have another time",
        "other_person": "I would rather have somebody else",
        "longer": "How much would one more hour be?",
        "keep": "No, leave the booking as it is",
        "move": "I want to move a booking",
        "cancel": "I want to cancel a booking",
        "move_it": "I want to move it to another day",
        "cancel_it": "I want to cancel it",
        "again": "I want to book another visit",
        "look": "I am looking for help at home",
        "past": "And my earlier bookings?",
    },
}


def after(said: str, calls: Sequence[Json], *, locale: Locale, is_waiting: bool) -> list[str]:
    """At most three, none longer than sixty characters, in the language of the answer.

    Args:
        said: the answer's words; they tell its language.
        calls: what the tools of this turn were asked and answered, in order: `{name, input, result, is_error}`.
        locale: where the words do not tell.
        is_waiting: a draft waits for the person's decision; the buttons for that are its own.
    """
    spoken = guess(said, locale)
    results = [call["result"] for call in calls if not call.get("is_error") and isinstance(call.get("result"), dict)]
    card = results[-1] if results else {}
    say = _WORDS[spoken]
    match card.get("card"):
        case "professionals":
            found = _of_people(card, say, spoken)
        case "availability":
            found = _of_hours(card, say, spoken)
        case "booking_draft":
            found = _of_draft(card, say) if is_waiting else []
        case "bookings":
            found = _of_bookings(card, say)
        case "booking":
            is_open = card["booking"]["status"] in {"pending", "confirmed"}
            found = [say["move_it"], say["cancel_it"]] if is_open else [say["again"]]
        case _:
            found = []
    return [text for text in dict.fromkeys(found) if 0 < len(text) <= TEXT_MAX][:SUGGESTIONS_MAX]


def _of_people(card: Json, say: Mapping[str, str], spoken: Locale) -> list[str]:
    people = card.get("professionals") or []
    if people:
        names = [one["name"].split(" ", 1)[0] for one in people[:2]]
        asking = [say["free"].format(name=name) for name in names if _is_a_name(name)]
        return [*asking, say["more"]] if card.get("more") else asking
    freed = card.get("next_free")
    cities = [say["elsewhere"].format(city=city) for city in _listed(card.get("cities")) if _is_a_name(city)]
    return [_hour(freed, say, spoken), *cities] if freed else cities


def _of_hours(card: Json, say: Mapping[str, str], spoken: Locale) -> list[str]:
    """The first hour of each day; it is the person who chooses, and nothing is held yet."""
    starts = [day["starts"][0] for day in card.get("days") or [] if day["starts"]] or _listed(card.get("later"))
    hours = [_hour(start, say, spoken) for start in starts[: SUGGESTIONS_MAX - 1]]
    return [*hours, say["other_days"]]


def _of_draft(card: Json, say: Mapping[str, str]) -> list[str]:
    draft = card.get("draft") or {}
    if draft.get("missing"):
        return []  # what is asked for now only the person can say
    if draft.get("kind") == "book":
        return [say["other_hour"], say["other_person"]]
    return [say["keep"], say["other_hour"]] if draft.get("kind") == "reschedule" else [say["keep"], say["move_it"]]


def _of_bookings(card: Json, say: Mapping[str, str]) -> list[str]:
    if card.get("when") == "upcoming":
        return [say["move"], say["cancel"], say["again"]] if card.get("found") else [say["look"], say["past"]]
    return [say["again"]]


def _hour(moment: str, say: Mapping[str, str], spoken: Locale) -> str:
    return say["later"].format(when=outcomes.when(moment, spoken))


def _is_a_name(said: Any) -> bool:
    """Short, and of letters alone: by a tap it becomes the person's own words, which are believed as theirs."""
    return isinstance(said, str) and len(said) <= NAME_MAX and said.translate(_BETWEEN).isalpha()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
