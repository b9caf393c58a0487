"""What a connection may say, and when: a table, and nothing that waits.

::

    state     hello   run    abort   refresh  pong
    waiting   → ours  4401   4401    4401     4401     no token yet; ten seconds to say hello
    stock     → ours  stays  stays   refused  stays    a bearer header, never said hello
    ours      refused stays  stays   stays    stays    said hello; hears the whole conversation
"""

from __future__ import annotations

from typing import Literal

from amara import errors, frames

State = Literal["waiting", "stock", "ours"]

TABLE: dict[State, dict[type[frames.Word], State]] = {
    "waiting": {frames.Hello: "ours"},
    "stock": {frames.Hello: "ours", frames.Say: "stock", frames.Abort: "stock", frames.Pong: "stock"},
    "ours": {frames.Say: "ours", frames.Abort: "ours", frames.Refresh: "ours", frames.Pong: "ours"},
}

EXPIRY_GRACE_S = 30.0  # the skew a token was accepted with
PINGS_UNANSWERED_MAX = 2


class Session:
    """One connection's state; every change of it happens here."""

    def __init__(self, *, has_token: bool) -> None:
        """Args: has_token when a bearer header was checked at the handshake."""
        self.state: State = "stock" if has_token else "waiting"
        self.expires_at: float | None = None
        """Unix seconds of the token in force."""
        self._unanswered = 0

    @property
    def frame_max(self) -> int:
        """The largest frame this connection may send, in bytes."""
        return frames.FRAME_MAX_STOCK if self.state == "stock" else frames.FRAME_MAX_OURS

    def hears(self, word: frames.Word) -> None:
        """Moves on by the table.

        Raises:
            TokenMissing: something else than hello came first.
            BadFrame: this word has no place here.
        """
        following = TABLE[self.state].get(type(word))
        if following is None:
            if self.state == "waiting":
                raise errors.TokenMissing("The first frame must be hello, with a token.")
            raise errors.BadFrame(f"{type(word).__name__.lower()} has no place here.")
        if isinstance(word, frames.Pong):
            self._unanswered = 0
        self.state = following

    def pings(self) -> bool:
        """Counts a ping about to be sent. False: the peer left two unanswered and is dead (after hello only)."""
        if self.state != "ours":
            return True
        if self._unanswered >= PINGS_UNANSWERED_MAX:
            return False
        self._unanswered += 1
        return True

    @property
    def ends_at(self) -> float | None:
        """When the token's time, and the skew it was granted, are over; none without a token. Units: Unix seconds."""
        return None if self.expires_at is None else self.expires_at + EXPIRY_GRACE_S

    def has_expired(self, now: float) -> bool:
        """That moment has come. Units: Unix seconds."""
        return self.ends_at is not None and now >= self.ends_at
