"""What one message says about a visit: when, how long, where; and what is left of it once that is taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from amara.offline import clocks, notes, tongue
from amara.offline import days as calendar
from amara.offline.days import Day
from amara.offline.understanding import plain

Asked = Literal["who", "which", "day", "hour", "length", "address"]
"""The one thing that was asked of the person last."""

_STREET: Final = (
    r"(?:calle|clle?|cl|carrera|cra|kra|kr|cr|avenida|avda|av|ave|transversal|transv|tv|diagonal|diag|dg|circular|circ|"
    r"autopista|vereda|manzana|mz|kil[oó]metro|km|conjunto|edificio|urbanizaci[oó]n|barrio|torres? de|street|avenue)"
)
_LABEL: Final = (
    r"(?:(?:la|mi|nuestra|the|my|our|nueva|new) ){0,3}(?:direcci[oó]n|address|domicilio)"
    r"(?: (?:es|ser[ií]a|ser[aá]|queda|a|is|would be|to))?\s*[:,]?\s*(?:en |at )?"
)
_LABELLED: Final = re.compile(rf"\b{_LABEL}(?P<where>\S.*)", re.IGNORECASE | re.DOTALL)
_PLACED: Final = re.compile(
    rf"(?:\b(?:en|at|in|a)\s+)?(?:\b(?:la|el|the)\s+)?(?P<where>\b{_STREET}\b\.?\s+(?=[^?]*\d)\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_NUMBERED_STREET: Final = re.compile(
    r"(?:\b(?:at|en)\s+)?(?P<where>\b\d{1,5}\s+(?:[A-Z][\w.]+\s+){1,3}(?:Street|St|Avenue|Ave|Road|Rd)\b.*)", re.DOTALL
)
_DAY_WORD: Final = (
    r"(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|ma[ñn]ana|pasado ma[ñn]ana|hoy|pr[oó]ximo|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|today|next)"
)
_AFTER_ADDRESS: Final = re.compile(
    rf"[\s,;.]+(?:(?:(?:para|on|for|y|and|desde|from)\s+){{0,3}}(?:(?:el|este|this|the)\s+){{0,3}}{_DAY_WORD}\b|a\s+las?\s+\d|at\s+\d"
    r"|(?:por|for|durante)\s+\d+\s*h|\d+(?:[.,]\d)?\s*(?:horas?|hours?|hrs?)\b|a\s+(?:eso|partir)\s+de"
    r"|(?:muchas\s+)?gracias|por\s+favor|please|thank).*$",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESS_MAX: Final = 300

_NO_PREFERENCE: Final = (
    r"\b(?:no (?:tengo|hay) preferencia|sin preferencia|me da (?:igual|lo mismo)|da igual|(?:como|lo que|la que|"
    r"el que) (?:usted|sea|quiera|prefiera|recomiende|me recomiende|diga|crea)\w*|usted (?:decida|decide|diga|escoja)|"
    r"lo (?:normal|usual|de siempre|habitual)|no (?:lo )?se\b|no estoy segur[oa]|cualquier(?:a)?|ni idea|"
    r"no preference|(?:do ?n'?t|do not) (?:mind|care|know)|whatever|up to you|you (?:decide|choose|pick)|any(?:thing)? "
    r"(?:is fine|works|time|hour)|not sure|no idea|doesn'?t matter|does not matter|the (?:usual|default|standard))\b"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One message, read for what a visit needs."""

    text: str
    """Folded, without the address."""
    rest: str
    """Without days, hours and lengths too: here a «2» is the second one, and a name is a name."""
    days: tuple[Day, ...] = ()
    clock: clocks.Clock | None = None
    part: clocks.Part | None = None
    hours: float | None = None
    address: str | None = None
    note: str | None = None
    """What the professional should know."""
    is_indifferent: bool = False

    def is_said(self) -> bool:
        """Anything a visit needs."""
        return bool(self.days or self.clock or self.part or self.hours or self.address or self.note)

    def day(self) -> Day | None:
        """The day wanted: the last one named."""
        return self.days[-1] if self.days else None


def read(said: str, now: datetime, locale: tongue.Locale, asked: Asked | None, *, is_arranging: bool = False) -> Wish:
    """What a message says about a visit.

    Args:
        said: As the person wrote it.
        now: On the person's clock.
        locale: The language the conversation is in.
        asked: What was asked before, if anything: a bare «4» is an answer to that.
        is_arranging: There is somebody to leave a note for.
    """
    note, without = notes.split(said[: tongue.LONGEST]) if is_arranging else (None, said[: tongue.LONGEST])
    address, other = split_address(without)
    if address is None and asked == "address" and _may_be_address(other):
        address, other = other, ""
    text = plain(other)
    spanish = tongue.guess(other, locale) == "es"
    named = tuple(calendar.said(text, now.date(), spanish=spanish, bare=asked == "day"))
    ranged = clocks.between(text)
    clock = ranged[0] if ranged else clocks.clock(text, is_asked=asked == "hour")
    length = clocks.length(text, is_asked=asked == "length")
    if not named and asked == "day" and (number := re.fullmatch(r"\W*(\d{1,2})\W*", text)):
        named = tuple(calendar.said(f"el dia {number[1]}", now.date(), spanish=True))
    spans = [(day.start, day.end) for day in named]
    spans += [(found.start, found.end) for found in (clock, length) if found is not None]
    return Wish(
        text=text,
        rest=_without(text, spans),
        days=named,
        clock=clock,
        part=None if clock and clock.is_sure else clocks.part(text),
        hours=length.hours if length else ranged[1] if ranged else None,
        address=address[:_ADDRESS_MAX] if address else None,
        note=note,
        is_indifferent=re.search(_NO_PREFERENCE, text) is not None,
    )


def split_address(said: str) -> tuple[str | None, str]:
    """The address in a message, as it was written, and the message without it."""
    for pattern in (_LABELLED, _PLACED, _NUMBERED_STREET):
        match = pattern.search(said)
        if match is None:
            continue
        where = match["where"]
        after = _AFTER_ADDRESS.search(where)
        address = " ".join((where[: after.start()] if after else where).split()).strip(" .,;:!")
        if len(address) < 4 or "?" in address or (pattern is _LABELLED and not _says_where(address)):
            continue
        return address, f"{said[: match.start()]} {where[after.start() :] if after else ''}".strip()
    return None, said


def _says_where(text: str) -> bool:
    """Text behind «la dirección …» may be a question or a wish to change it."""
    return re.search(r"\d|\w+ \w+ \w+", text) is not None and not re.match(
        r"(?:cu[aá]l|which|what|que)\b", text.lower()
    )


def _may_be_address(said: str) -> bool:
    """An answer to «¿en qué dirección?» that is written as nobody expected."""
    folded = tongue.fold(said)
    if "?" in said or re.search(_NO_PREFERENCE, folded):
        return False
    is_place = re.search(r"\d", said) is not None and re.search(r"[^\W\d]{2}", said) is not None
    return is_place and not re.search(rf"\b(?:{_DAY_WORD})\b|\b(?:horas?|hours?|am|pm|a las?|at) ?\d?", folded)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return " ".join(text.split())
