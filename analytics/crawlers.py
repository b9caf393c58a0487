"""Who only looks around: crawlers, monitors and previews, by the name they give themselves.

The list is a library's. Of it the programming libraries are left out: apps and servers of honest senders speak through
those, and whoever forges a name gives that of a browser anyway.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

import msgspec

_LIBRARIES = {"http-library"}
_NAME_MAX = 512  # characters; a browser's name has some 150


class _Listed(msgspec.Struct):
    pattern: str
    tags: list[str] = []


_LIST = msgspec.json.Decoder(list[_Listed])


class Crawlers:
    """Asked for each request; the list is read when it is asked first."""

    def __init__(self) -> None:
        """Most requests carry a name that was just seen."""
        self._known: re.Pattern[str] | None = None
        self.sent = lru_cache(maxsize=2048)(self._sent)

    def _sent(self, user_agent: str) -> bool:
        """Whether a crawler calls itself so."""
        if self._known is None:
            listed = (resources.files("crawleruseragents") / "crawler-user-agents.json").read_bytes()
            crawlers = [each for each in _LIST.decode(listed) if not _LIBRARIES & set(each.tags)]
            self._known = re.compile("|".join(each.pattern for each in crawlers))
        return self._known.search(user_agent[:_NAME_MAX]) is not None
