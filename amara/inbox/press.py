"""What the pages are made with and who is let in: handed over at the front door, where the numbers' pages are known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element

from amara.auth import Caller

Language = Literal["es", "en"]


@dataclass(frozen=True, slots=True)
class Press:
    """Pages that look like those of the numbers, behind the same session."""

    tag: Callable[..., Element]
    """`tag(name, *children, **attributes)`: text is text, whatever stands in it."""
    page: Callable[..., bytes]
    """`page(language, title, head, *children)`: a whole page."""
    entrance: Callable[..., bytes]
    """`entrance(language, notice=…)`: where somebody enters who has no session."""
    language: Callable[[str | None, str], Language]
    """Of what was asked for, and of the browser's own wish."""
    cookie: str
    """The session's name."""
    admitted: Callable[[str | None], Awaitable[Caller | None]]
    """Whose session it is, and until when at most; none when it is over. To look is to make it last on."""
