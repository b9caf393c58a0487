"""Somebody of staff who follows a conversation while it is handed off: they hear everything, and say nothing here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from amara import errors, frames
from amara.dialogue import Dialogue
from amara.frames import Hello, Pong, Refresh
from amara.outbox import Closing
from amara.thread import is_shown

OVER = "This conversation is not handed off to you any more."


class Visit(Dialogue):
    """Ends with the hand-off, whatever the visitor still wants to hear."""

    is_its_person = False

    async def act(self, word: frames.Word) -> None:
        """Follows, and goes on following; whoever speaks here does so over HTTP, where it is said who they are.

        Raises:
            NotAllowed: anything else.
            Closing: the hand-off was over before the visit began.
        """
        if not isinstance(word, Hello | Refresh | Pong):
            raise errors.NotAllowed("Staff speaks through /staff-messages.")
        await super().act(word)
        if isinstance(word, Hello) and not await self.may_stay():  # it may have ended before we listened
            raise Closing(frames.ORIGIN, OVER)

    async def may_stay(self) -> bool:
        """Whether the policies still show it to this person."""
        return await is_shown(self._house.database, self.caller, self._thread.conversation_id)

    def hear(self, run_id: UUID | None, frame: str) -> None:
        """Everything; the end of the hand-off is the last thing heard."""
        super().hear(run_id, frame)
        if frames.is_aside(frame) and _gives_back(msgspec.json.decode(frame)):
            self._out.end(Closing(frames.ORIGIN, OVER))


def _gives_back(told: dict[str, Any]) -> bool:
    return bool(told["name"] == "handoff" and told["value"]["state"] == "returned")
