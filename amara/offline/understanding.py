"""What one message asks for: plain pattern work over a folded text, in the order in which meanings outweigh each other.

It knows nothing of the conversation; `conversation` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from amara.offline import courtesies, criteria, handing, numerals, phrases, spelling, tongue, trades, words

Kind = Literal["greeting", "thanks", "goodbye", "about", "handoff", "out_of_scope", "search", "ask", "bookings"]
Topic = Literal["unclear", "nod", "elsewhere", "change", "book", "more", "foreign_money", "trade"]


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message, understood."""

    kind: Kind
    locale: tongue.Locale
    """The language the person writes, whatever was set before."""
    input: dict[str, Any] = field(default_factory=dict)
    """Arguments of the tool that this asks for, as far as they are known."""
    missing: list[str] = field(default_factory=list)
    """`city` and `service`, those of them that a search still needs."""
    topic: Topic | None = None
    """What makes a difference to the words of the answer, not to the deed."""


def plain(text: str) -> str:
    """The text as every pattern here expects it: folded, mended, numbers in digits."""
    return numerals.digits(spelling.mend(tongue.fold(text)))


def understand(text: str, locale: tongue.Locale) -> Understanding:
    """What a message asks for.

    Args:
        text: What the person wrote; only the first 8,000 characters are read.
        locale: The language to assume where the text does not tell.
    """
    language = tongue.guess(text, locale)
    said = plain(text)
    if not re.search(r"\w", said):
        return Understanding("out_of_scope", language, topic="unclear")
    if re.search(courtesies.PERSON_OR_MACHINE, said) and not re.search(courtesies.FIRST_PERSON_WISH, said):
        return Understanding("about", language)
    if handing.reason(said) is not None:
        return Understanding("handoff", language)
    if _any(words.OUTSIDE, said):
        return Understanding("out_of_scope", language)
    known, wanted = _narrowed(said, spanish=language == "es")
    if _asks_for_bookings(said) and not ({"city", "service"} <= known.keys() and re.search(phrases.SEEKS, said)):
        return _bookings(said, language)
    return _search(said, known, wanted, language) or _small_talk(said, language)


def _narrowed(said: str, *, spanish: bool) -> tuple[dict[str, Any], criteria.Wanted | None]:
    wanted = criteria.service(said)
    found = {
        "city": criteria.city(said),
        "service": wanted.service if wanted else None,
        "max_hourly_rate_cop": criteria.most_per_hour(said, spanish=spanish),
        "language": criteria.language(said),
        "min_rating": criteria.least_rating(said),
    }
    return {key: value for key, value in found.items() if value is not None}, wanted


def _asks_for_bookings(said: str) -> bool:
    if not _any(phrases.BOOKINGS, said):
        return False
    return not (re.search(phrases.NEW_BOOKING, said) and not re.search(r"\b(?:mis|my|tengo|have i|do i have)\b", said))


def _bookings(said: str, language: tongue.Locale) -> Understanding:
    both = re.search(phrases.PAST, said) and re.search(phrases.FRESH, said)
    future = bool(both) or re.search(phrases.UPCOMING, said) is not None
    past = re.search(phrases.PAST, said) is not None
    every = re.search(phrases.ALL, said) is not None
    done = not every and re.search(phrases.DONE, said) is not None
    if every and not past and not future:
        when = "all"
    elif past or done:
        when = "all" if future else "past"
    else:
        when = "upcoming"
    topic: Topic | None = "change" if re.search(phrases.CHANGE, said) else None
    return Understanding("bookings", language, {"when": "upcoming" if topic else when}, topic=topic)


def _search(
    said: str, known: dict[str, Any], wanted: criteria.Wanted | None, language: tongue.Locale
) -> Understanding | None:
    """A search, or the wish for one with something still missing; None when nobody is asked for."""
    plainly = wanted is not None and wanted.weight > trades.SIGN_ONLY
    if _any(courtesies.ABOUT, said) and not ({"city", "service"} <= known.keys() and plainly):
        return Understanding("about", language)
    if _any(words.OTHER_TRADES, said) and not plainly:
        return Understanding("out_of_scope", language, topic="trade")
    refines = _any(phrases.REFINEMENTS, said)
    if not known and not refines and not _any(words.WANTS_SOMEBODY, said):
        return None
    missing = [key for key in ("city", "service") if key not in known]
    topic: Topic | None = "elsewhere" if "city" in missing and criteria.elsewhere(said) else None
    if topic is None and not known and re.search(phrases.MORE, said) and not _any(phrases.LEANINGS, said):
        topic = "more"
    return Understanding("ask" if missing else "search", language, known, missing, topic)


def _small_talk(said: str, language: tongue.Locale) -> Understanding:
    if re.search(phrases.BOOK_IT, said):
        return Understanding("about", language, topic="book")
    if criteria.elsewhere(said):
        return Understanding("ask", language, {}, ["city", "service"], "elsewhere")
    if re.search(courtesies.GOODBYE, said):
        return Understanding("goodbye", language)
    if re.search(courtesies.THANKS, said):
        return Understanding("thanks", language)
    if _any(courtesies.MILD_ABOUT, said):
        return Understanding("about", language)
    if re.search(courtesies.GREETING, said):
        return Understanding("greeting", language)
    if re.search(courtesies.NODS, said):
        return Understanding("thanks", language, topic="nod")
    return Understanding("out_of_scope", language, topic="unclear")


def _any(patterns: Iterable[str], said: str) -> bool:
    return any(re.search(pattern, said) for pattern in patterns)
