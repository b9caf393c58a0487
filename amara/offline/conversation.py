"""From the whole conversation that was sent to the next thing to say or do.

The criteria of a search gather over the turns: what an earlier message said holds until a later one says otherwise or
asks for both another service and a city.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from amara.offline import courtesies, phrases, replies, telling
from amara.offline.requests import Block, Message, Request, Surroundings, surroundings
from amara.offline.tongue import Locale, guess
from amara.offline.understanding import Understanding, plain, understand

Json = dict[str, Any]

SEARCH: Final = "search_professionals"
BOOKINGS: Final = "list_my_bookings"
BOOKING: Final = "get_booking"

_CRITERIA: Final = frozenset({"city", "service", "max_hourly_rate_cop", "language", "min_rating"})
_UUID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_REMEMBERED: Final = 60
"""Messages that are read again; what lies before has long been answered."""
_SKIMMED: Final = 600
"""Characters of an earlier message that are read again."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What to say and, perhaps, the tool to call after it."""

    text: str
    tool: str | None = None
    input: Json = field(default_factory=dict)


@dataclass(slots=True)
class Memory:
    """What the conversation has told so far."""

    locale: Locale
    around: Surroundings
    criteria: Json = field(default_factory=dict)
    searched: bool = False
    asked_city: bool = False
    shown: list[Json] = field(default_factory=list)
    """The last professionals or bookings that were shown, in their order."""
    shown_bookings: bool = False
    nobody: bool = False
    """The last search found nobody, and letting go of a criterion was offered."""


def answer(request: Request) -> Deed:
    """The next deed of the concierge."""
    around = surroundings(request.system_text())
    memory = Memory(around.locale, around)
    *before, last = request.messages[-_REMEMBERED:]
    for message in before:
        _remember(memory, message)
    results = [block for block in last.blocks() if block.get("type") == "tool_result"]
    if results:
        return Deed("\n\n".join(_tell(memory, block) for block in results))
    said = last.text()
    understood = understand(said, memory.locale)
    memory.locale = understood.locale
    deed = _shown_before(memory, said, understood) or _deed(memory, said, understood)
    if deed.tool is not None and deed.tool not in request.tool_names():
        return Deed(replies.CANNOT.to(memory.locale))
    return deed


def _tell(memory: Memory, block: Block) -> str:
    return telling.result(_card(block), memory.locale, memory.around.zone, failed=block.get("is_error") is True)


def _remember(memory: Memory, message: Message) -> None:
    for block in message.blocks():
        kind = block.get("type")
        if kind == "tool_result":
            _remember_result(memory, _card(block))
        elif kind == "tool_use" and block.get("name") == SEARCH and isinstance(block.get("input"), dict):
            memory.criteria = {key: value for key, value in block["input"].items() if key in _CRITERIA}
            memory.searched = True
    said = message.text()[:_SKIMMED]
    if message.role == "user" and said:
        understood = understand(said, memory.locale)
        memory.locale = guess(said, memory.locale)
        _gather(memory, said, understood)


def _remember_result(memory: Memory, card: Json) -> None:
    for name in ("professionals", "bookings"):
        if isinstance(card.get(name), list):
            memory.shown = [item for item in card[name] if isinstance(item, dict)]
            memory.shown_bookings = name == "bookings"
            memory.nobody = name == "professionals" and not memory.shown


def _card(block: Block) -> Json:
    """The JSON object a tool answered with; what is no object becomes an error that says nothing."""
    content = block.get("content", "")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    try:
        card = msgspec.json.decode(str(content))
    except (msgspec.DecodeError, RecursionError):
        card = None
    return card if isinstance(card, dict) else {"error": {}}


def _gather(memory: Memory, said: str, understood: Understanding) -> bool:
    """Takes up what a message says about a search; whether it said anything about one."""
    if understood.kind in {"search", "ask"}:
        if memory.searched and {"city", "service"} <= understood.input.keys():
            memory.criteria = {}
        memory.criteria |= understood.input
        _lean(memory, plain(said), understood)
        memory.asked_city = "city" not in memory.criteria
        return True
    agreed = understood.topic == "nod" and re.search(courtesies.YES, plain(said)) is not None
    if agreed and memory.nobody and (loose := telling.relaxable(memory.criteria)):
        del memory.criteria[loose]
        memory.nobody = False
        return True
    if agreed and memory.asked_city and "service" in memory.criteria and memory.around.city:
        home = understand(memory.around.city, memory.locale).input.get("city")
        if home:
            memory.criteria["city"] = home
            memory.asked_city = False
            return True
    return False


def _lean(memory: Memory, said: str, understood: Understanding) -> None:
    """Words that move a criterion from where it is («más baratas», "any price")."""
    for key, pattern in (
        ("max_hourly_rate_cop", phrases.ANY_PRICE),
        ("min_rating", phrases.ANY_RATING),
        ("language", phrases.ANY_LANGUAGE),
    ):
        if re.search(pattern, said) and key not in understood.input:
            memory.criteria.pop(key, None)
    if re.search(phrases.CHEAPER, said) and "max_hourly_rate_cop" not in understood.input:
        rates = [] if memory.shown_bookings else [person.get("hourly_rate_cop") for person in memory.shown]
        known = [rate for rate in rates if isinstance(rate, int) and rate > 1_000]
        if known:
            # The next whole thousand below the cheapest one shown.
            memory.criteria["max_hourly_rate_cop"] = (min(known) - 1) // 1_000 * 1_000
    if re.search(phrases.BETTER_RATED, said) and "min_rating" not in understood.input:
        memory.criteria["min_rating"] = 4.8 if memory.criteria.get("min_rating", 0) >= 4.5 else 4.5


def _deed(memory: Memory, said: str, understood: Understanding) -> Deed:
    locale = understood.locale
    searched = memory.searched
    if understood.topic == "more" and searched:
        return Deed(replies.MORE.to(locale))
    if understood.topic == "elsewhere":
        memory.criteria |= understood.input
        return Deed(replies.ELSEWHERE.to(locale, cities=replies.cities(locale)))
    if _gather(memory, said, understood):
        missing = [key for key in ("city", "service") if key not in memory.criteria]
        if missing:
            return Deed(replies.ask(memory.criteria, missing, locale, home=memory.around.city))
        return Deed(replies.SEARCHING.to(locale, what=replies.sought(memory.criteria, locale)), SEARCH, memory.criteria)
    if understood.kind == "bookings":
        opening = replies.CHANGE if understood.topic == "change" else replies.LOOKING_UP
        return Deed(opening.to(locale), BOOKINGS, understood.input)
    return Deed(_words(memory, understood))


def _words(memory: Memory, understood: Understanding) -> str:
    locale = understood.locale
    name = replies.addressed(memory.around.name)
    offered = {"services": replies.services(locale), "cities": replies.cities(locale)}
    if understood.topic == "unclear" and memory.asked_city and memory.criteria:
        missing = [key for key in ("city", "service") if key not in memory.criteria]
        return replies.ask(memory.criteria, missing, locale, home=None)
    by_topic = {"unclear": replies.UNCLEAR, "nod": replies.NOD, "book": replies.BOOK, "trade": replies.TRADE}
    by_kind = {
        "greeting": replies.GREETING,
        "thanks": replies.THANKS,
        "goodbye": replies.GOODBYE,
        "about": replies.ABOUT,
        "handoff": replies.HANDOFF,
    }
    reply = by_topic.get(understood.topic or "") or by_kind.get(understood.kind, replies.OUTSIDE)
    return reply.to(locale, name=name, **offered)


def _shown_before(memory: Memory, said: str, understood: Understanding) -> Deed | None:
    """A question about one of those just shown; None when it is about something else."""
    locale = understood.locale
    if (booking_id := _UUID.search(said)) and understood.kind not in {"handoff", "search"}:
        return Deed(replies.OPENING.to(locale), BOOKING, {"booking_id": booking_id.group().lower()})
    if (
        not memory.shown
        or understood.kind in {"handoff", "search", "greeting", "goodbye"}
        or understood.input.keys() & _CRITERIA
    ):
        return None
    text = plain(said)
    one = _meant(memory.shown, text)
    if one is None or understood.topic == "change":
        return None
    if not memory.shown_bookings:
        if re.search(phrases.BOOK_IT, text):
            return Deed(replies.BOOK.to(locale))
        return Deed(telling.professional(one, locale))
    if isinstance(one.get("id"), str):
        return Deed(replies.OPENING.to(locale), BOOKING, {"booking_id": one["id"]})
    return None


def _meant(shown: list[Json], text: str) -> Json | None:
    """The one a person means by its place, its name or, being the only one, by «esa»."""
    for place, pattern in enumerate(phrases.ORDINALS):
        if place < len(shown) and re.search(pattern, text):
            return shown[place]
    for item in shown:
        holder = item.get("professional", item)
        first = plain(str(holder.get("name", "")) if isinstance(holder, dict) else "").split(" ")[0]
        if len(first) > 2 and re.search(rf"\b{re.escape(first)}\b", text):
            return item
    if not re.search(phrases.DETAILS, text):
        return shown[0] if len(shown) == 1 and re.search(phrases.BOOK_IT, text) else None
    if re.search(phrases.LAST_ONE, text):
        return shown[-1]
    return shown[0] if len(shown) == 1 and re.search(phrases.THAT_ONE, text) else None
