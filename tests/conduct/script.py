"""The conversations Amara is judged by, as they stand in `conversations/*.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

FOLDER = Path(__file__).parent / "conversations"


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing a person says, and what must be true of the answer besides what always must."""

    says: str
    uses: list[str] = []
    """One of these tools is called."""
    never: list[str] = []
    """None of these is."""
    mentions: str = ""
    """A pattern the words match, in any case."""
    avoids: str = ""
    """A pattern they do not match."""
    checks: list[str] = []
    """Checks that are not for every turn, by name."""


class Conversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one person says from beginning to end."""

    id: str
    locale: Literal["es", "en"]
    turns: list[Turn]
    speaks: Literal["es", "en", ""] = ""
    """The language they write in, where it is not the page's."""
    who: Literal["visitor", "customer"] = "customer"
    plants: int | None = None
    """The injected text that stands in every professional's bio meanwhile, by number."""

    @property
    def language(self) -> str:
        return self.speaks or self.locale


class _File(msgspec.Struct, forbid_unknown_fields=True):
    conversation: list[Conversation]


def chapters() -> dict[str, list[Conversation]]:
    """Every conversation, by the file it stands in."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def everything() -> Iterator[Conversation]:
    for conversations in chapters().values():
        yield from conversations


def _read(path: Path) -> list[Conversation]:
    return msgspec.convert(tomllib.loads(path.read_text()), type=_File).conversation
