"""From the whole conversation that was sent to the next thing to say or do.

The criteria of a search gather over the turns: what an earlier message said holds until a later one says otherwise or
asks for both another service and a city.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from amara import marks
from amara.offline import arranging, changing, choosing, courtesies, handing, phrases, replies, results, telling, wishes
from amara.offline.memory import BOOKING, BOOKINGS, CANCEL, DRAFT, HUMAN, MOVE, SEARCH, Deed, Memory
from amara.offline.requests import Block, Message, Request, surroundings
from amara.offline.tongue import Locale, guess
from amara.offline.understanding import Understanding, plain, understand

Json = dict[str, Any]

_CRITERIA: Final = frozenset({"city", "service", "max_hourly_rate_cop", "language", "min_rating"})
_UUID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_REMEMBERED: Final = 60
"""Messages that are read again; what lies before has long been answered."""
_SKIMMED: Final = 600
"""Characters of an earlier message that are read again."""


def answer(request: Request) -> Deed:
    """The next deed of the concierge."""
    around = surroundings(request.system_text())
    memory = Memory(around.locale, around, request.tool_names())
    *before, last = request.messages[-_REMEMBERED:]
    tools: dict[str, str] = {}
    for message in before:
        _remember(memory, message, tools)
    if around.is_suggesting:
        return Deed(_suggestion(memory, request.messages))
    blocks = [block for block in last.blocks() if block.get("type") == "tool_result"]
    if blocks:
        deeds = [_came(memory, block, tools) for block in blocks]
        deed = Deed("\n\n".join(told.text for told in deeds if told.text), deeds[-1].tool, deeds[-1].input)
    else:
        deed = _hear(memory, last.text())
    if deed.tool is not None and deed.tool not in memory.tools:
        return Deed(replies.CANNOT.to(memory.locale))
    return deed


def _suggestion(memory: Memory, messages: list[Message]) -> str:
    """For a colleague: what the person said before the colleague asked, and words that would fit."""
    said = [message.text() for message in messages if message.role == "user"]
    told = " ".join(said[-3:])
    about = told.rpartition("(A colleague of the team:")[0] or told
    return handing.suggested(plain(about), memory.locale, replies.addressed(memory.around.name))


def _hear(memory: Memory, said: str) -> Deed:
    understood = understand(said, memory.locale)
    memory.locale = _language(memory, said)
    visit = _visit(memory, said, understood)
    return visit or _shown_before(memory, said, understood) or _deed(memory, said, understood)


def _language(memory: Memory, said: str) -> Locale:
    """Of the words; an address is in the language of its street."""
    return guess(wishes.split_address(said)[1], memory.locale)


def _visit(memory: Memory, said: str, understood: Understanding) -> Deed | None:
    """What concerns a visit that is arranged, changed or drafted; where drafts can be made."""
    if not memory.can(DRAFT) or understood.kind in {"handoff", "goodbye"} or _UUID.search(said):
        return None
    is_arranging = memory.plan.professional is not None or memory.draft is not None
    wish = wishes.read(said, memory.now(), memory.locale, memory.plan.asked, is_arranging=is_arranging)
    if understood.kind == "out_of_scope" and understood.topic != "unclear" and not wish.address:
        return None
    deed = changing.hear(memory, wish, understood) or arranging.hear(memory, wish, understood)
    if deed is None and understood.kind in {"search", "ask"}:
        arranging.note(memory, wish)
    return deed


def _came(memory: Memory, block: Block, tools: dict[str, str]) -> Deed:
    failed = block.get("is_error") is True
    return results.came(memory, tools.get(str(block.get("tool_use_id")), ""), _card(block), failed=failed)


def _remember(memory: Memory, message: Message, tools: dict[str, str]) -> None:
    for block in message.blocks():
        kind = block.get("type")
        if kind == "tool_result":
            _came(memory, block, tools)
        elif kind == "tool_use" and isinstance(block.get("input"), dict):
            tool = tools[str(block.get("id"))] = str(block.get("name"))
            results.called(memory, tool, block["input"])
            if tool == SEARCH:
                memory.criteria = {key: value for key, value in block["input"].items() if key in _CRITERIA}
                memory.searched = True
                memory.asked_for = {key: value for key, value in block["input"].items() if key != "exclude_ids"}
                excluded = block["input"].get("exclude_ids")
                memory.seen = [str(one) for one in excluded] if isinstance(excluded, list) else []
        elif kind == "text" and message.role == "assistant":
            words = str(block.get("text", ""))[:_SKIMMED]
            if not words.startswith(marks.NOTICE):  # else it is about a booking, and not about the draft on the table
                results.told(memory, words)
    said = message.text()[:_SKIMMED]
    if message.role == "user" and said:
        understood = understand(said, memory.locale)
        memory.lost = memory.lost + 1 if understood.topic == "unclear" else 0
        memory.locale = _language(memory, said)
        if _visit(memory, said, understood) is None and _shown_before(memory, said, understood) is None:
            _gather(memory, said, understood)


def _card(block: Block) -> Json:
    """The JSON object a tool answered with; what is no object becomes an error that says nothing."""
    content = block.get("content", "")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    try:
        card = marks.unmarked(msgspec.json.decode(str(content)))
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
    if agreed and memory.nobody and _let_go(memory):
        memory.nobody = False
        return True
    if agreed and memory.asked_city and "service" in memory.criteria and memory.around.city:
        home = understand(memory.around.city, memory.locale).input.get("city")
        if home:
            memory.criteria["city"] = home
            memory.asked_city = False
            return True
    return False


def _let_go(memory: Memory) -> bool:
    """Does without the criterion that was offered; whether there was one."""
    plan, loose = memory.plan, memory.loose or telling.relaxable(memory.criteria)
    if loose == "time":
        plan.at = plan.part = None
    elif loose == "date":
        plan.first = plan.last = memory.next_free.date() if memory.next_free else None
    elif loose is None or memory.criteria.pop(loose, None) is None:
        return False
    return True


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
    locale = memory.locale
    searched = memory.searched
    if understood.topic == "more" and searched:
        if memory.shown_bookings:
            return Deed(replies.UNCLEAR.to(locale))
        if not memory.more:
            return Deed(replies.NO_MORE.to(locale))
        return Deed(replies.MORE.to(locale), SEARCH, memory.asked_for | {"exclude_ids": memory.seen})
    if understood.topic == "elsewhere":
        memory.criteria |= understood.input
        return Deed(replies.ELSEWHERE.to(locale, cities=replies.cities(locale)))
    if _gather(memory, said, understood):
        missing = [key for key in ("city", "service") if key not in memory.criteria]
        if missing:
            return Deed(replies.ask(memory.criteria, missing, locale, home=memory.around.city))
        wanted = memory.criteria | arranging.day_wanted(memory)
        return Deed(replies.SEARCHING.to(locale, what=replies.sought(wanted, locale)), SEARCH, wanted)
    if understood.kind == "bookings":
        cannot = understood.topic == "change" and not memory.can(CANCEL, MOVE)
        opening = replies.CHANGE if cannot else replies.LOOKING_UP
        return Deed(opening.to(locale), BOOKINGS, understood.input)
    return _hand_over(memory, said, understood) or Deed(_words(memory, understood))


def _hand_over(memory: Memory, said: str, understood: Understanding) -> Deed | None:
    """A person of the team sees to it: by what was said, or because we did not help; where one can be called."""
    why = handing.reason(plain(said)) if understood.kind == "handoff" else None
    if understood.topic == "unclear" and memory.lost >= handing.LOST_MAX and not memory.asked_city:
        why = "failures"
    if why is None or HUMAN not in memory.tools:
        return None
    summary = " ".join(said.split())[: handing.SUMMARY_MAX]
    return Deed(handing.OPENING[why].to(memory.locale), HUMAN, {"reason": why, "summary": summary})


def _words(memory: Memory, understood: Understanding) -> str:
    locale = memory.locale
    name = replies.addressed(memory.around.name)
    offered = {"services": replies.services(locale), "cities": replies.cities(locale)}
    if understood.topic == "unclear" and memory.asked_city and memory.criteria:
        missing = [key for key in ("city", "service") if key not in memory.criteria]
        return replies.ask(memory.criteria, missing, locale, home=None)
    can_book = memory.can(DRAFT)
    book = replies.ASK_BOTH if can_book else replies.BOOK
    by_topic = {"unclear": replies.UNCLEAR, "nod": replies.NOD, "book": book, "trade": replies.TRADE}
    by_kind = {
        "greeting": replies.GREETING,
        "thanks": replies.THANKS,
        "goodbye": replies.GOODBYE,
        "about": replies.ABOUT_BOOKING if can_book else replies.ABOUT,
        "handoff": replies.HANDOFF,
    }
    reply = by_topic.get(understood.topic or "") or by_kind.get(understood.kind, replies.OUTSIDE)
    return reply.to(locale, name=name, **offered)


def _shown_before(memory: Memory, said: str, understood: Understanding) -> Deed | None:
    """A question about one of those just shown; None when it is about something else."""
    locale = memory.locale
    if (booking_id := _UUID.search(said)) and understood.kind not in {"handoff", "search"}:
        return Deed(replies.OPENING.to(locale), BOOKING, {"booking_id": booking_id.group().lower()})
    if (
        not memory.shown
        or understood.kind in {"handoff", "search", "greeting", "goodbye"}
        or understood.input.keys() & _CRITERIA
    ):
        return None
    text = plain(said)
    one = choosing.meant(memory.shown, text)
    if one is None or understood.topic == "change":
        return None
    if not memory.shown_bookings:
        can_book = memory.can(DRAFT)
        if re.search(phrases.BOOK_IT, text) and not can_book:
            return Deed(replies.BOOK.to(locale))
        if can_book:
            arranging.look_at(memory, one)
        return Deed(telling.professional(one, locale, can_book=can_book))
    if isinstance(one.get("id"), str):
        return Deed(replies.OPENING.to(locale), BOOKING, {"booking_id": one["id"]})
    return None
