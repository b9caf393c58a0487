"""A place in a conversation's log."""

from __future__ import annotations

from typing import NamedTuple

BIGINT_MAX = 2**63 - 1  # what the log's columns hold


class Cursor(NamedTuple):
    """A place in a conversation's log, compared as two integers."""

    epoch: int
    seq: int

    def __str__(self) -> str:
        """The form on the wire."""
        return f"{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor of this text; none if it is not one."""
        epoch, dash, seq = text.partition("-")
        if not dash or not (epoch.isascii() and epoch.isdigit() and seq.isascii() and seq.isdigit()):
            return None
        if len(epoch) > 19 or len(seq) > 19 or max(int(epoch), int(seq)) > BIGINT_MAX:
            return None
        return cls(int(epoch), int(seq))
