"""What a model's tokens cost, by the operator's own table; what is not in it has no price, and nobody guesses one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

_DATED = re.compile(r"-(20\d{6})\Z")
_PER = Decimal(1_000_000)

FREE = "concierge"
"""The offline concierge, which costs nothing."""


class Price(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Units: USD per million tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal


class Prices:
    """Of every model that has one."""

    def __init__(self, known: Mapping[str, Price]) -> None:
        """Args: by the model's name."""
        self._known = {FREE: Price(Decimal(0), Decimal(0), Decimal(0), Decimal(0))} | dict(known)

    def of(self, model: str) -> Price | None:
        """By its name; an edition (`…-20260115`) costs what the name without its date does, unless it is named too."""
        return self._known.get(model) or self._known.get(_DATED.sub("", model))

    def cost(self, model: str, *, fresh: int, output: int, cache_read: int, cache_write: int) -> Decimal | None:
        """Of these tokens; none where the model has no price. Units: USD."""
        price = self.of(model)
        if price is None:
            return None
        parts = (
            (fresh, price.input),
            (output, price.output),
            (cache_read, price.cache_read),
            (cache_write, price.cache_write),
        )
        return sum((tokens * each for tokens, each in parts), Decimal(0)) / _PER


def read(said: str) -> Prices:
    """The table of this JSON.

    Raises:
        msgspec.DecodeError, ValueError: it is none.
    """
    known = msgspec.json.decode(said or "{}", type=dict[str, Price])
    for price in known.values():
        if not all(part.is_finite() and part >= 0 for part in msgspec.structs.astuple(price)):
            raise ValueError("a price is a number, not negative")
    return Prices(known)
