"""What the professional should know, as a person says it in passing («que timbre dos veces», "tell her to knock").

Read only where a visit is being arranged: while somebody is still looked for, «que traiga …» describes whom.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 500

_START: Final = r"(?:^|[,;.!¡]\s*|\by\s+|\band\s+|\bplease,?\s+|\bpor favor,?\s+)"
_DEED: Final = (
    r"(?:traiga|lleve|toque|timbre|llame|entre|use|deje|cierre|golpee|suba|espere|pregunte|recoja|avise|"
    r"tenga cuidado|venga con)"
)
_END: Final = r"(?P<what>{lead}\s+[^.;!?\n]+)"
_WAYS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _START
        + r"(?:por favor,?\s+)?(?:d[ií]gale|dile|p[ií]dale|av[ií]sele|ind[ií]quele|recu[eé]rdele)"
        + r"(?:\s+a\s+(?:ella|[eé]l|(?:la|el)\s+\w+|\w+))?\s+"
        + _END.format(lead="que"),
        _START + _END.format(lead=rf"que\s+(?:por favor\s+)?(?:no\s+)?{_DEED}\b"),
        _START
        + r"(?:please\s+)?(?:tell|ask|remind)\s+(?:her|him|them|the\s+\w+)\s+"
        + _END.format(lead=r"(?:to|that|not\s+to)\b"),
        _START + r"have\s+(?:her|him|them)\s+" + _END.format(lead=r"(?:bring|ring|knock|call|use|wait|leave|come)\b"),
        (
            r"\b(?:indicaci[oó]n(?:es)?|instrucci[oó]n(?:es)?|notas?|observaci[oó]n(?:es)?|instructions?|notes?)"
            r"(?:\s+(?:para|for)\s+\w+(?:\s+\w+)?)?\s*:\s*(?P<what>[^\n]+)"
        ),
    )
)
_COURTESY: Final = re.compile(r"[\s,]*\b(?:por favor|please|(?:muchas )?gracias|thanks?(?: you)?)\W*$", re.IGNORECASE)


def split(said: str) -> tuple[str | None, str]:
    """The note in a message, as it was written, and the message without it."""
    for way in _WAYS:
        match = way.search(said)
        if match is not None:
            what = " ".join(_COURTESY.sub("", match["what"]).split()).strip(" ,:")
            return what[:LONGEST], f"{said[: match.start()].strip()} {said[match.end() :].strip()}".strip()
    return None, said


def joined(before: str | None, more: str | None) -> str | None:
    """Both, each once."""
    if before and more and more not in before:
        return f"{before}; {more}"[:LONGEST]
    return before or more
