"""THE STORY of what becomes of a booking outside its chat: noted with the deed by the database, and told from here.

1. *Look* which conversations are to be told something; nothing but a question, so that it works behind any pooler.
2. *Write*: one commit takes the note away, and makes a message and an aside of it. So each change is told once, and in
   its order, whatever dies and however many look.
3. The aside reaches whoever has the chat open, as everything does that happens beside an answer; the message is what
   anybody reads who comes later, and what Amara remembers, marked as the platform's word and not her own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import structlog

from amara import errors, tidings
from amara.db import Database
from amara.store import asides, conversations, news
from amara.tools import cards
from amara.tools.tool import Locale

EVERY_S = 0.5
BATCH = 50  # conversations of one look

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class News:
    """Tells conversations what the platform did."""

    database: Database
    time_zone: str
    """Of those who have said none."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    new_id: Callable[[], UUID] = uuid4
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._for_ever(), name="news")

    async def stop(self) -> None:
        """Ends; what is half written is rolled back, and told another time."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def once(self) -> int:
        """Writes down what there is to tell; how many messages.

        Raises:
            Unavailable: the database is away.
        """
        async with self.database.service() as db:
            waiting = await news.where(db, limit=BATCH)
        return sum([await self._tell(conversation_id) for conversation_id in waiting])

    async def _tell(self, conversation_id: UUID) -> int:
        async with self.database.service() as db:
            # Whoever else is here waits, and then finds nothing left.
            if not await conversations.lock_conversation(db, conversation_id):
                return 0
            conversation = await conversations.conversation_by_id(db, conversation_id)
            assert conversation is not None  # it is held
            person = await conversations.person(db, conversation["user_id"])
            zone = (person and person["time_zone"]) or ""
            zone = zone if cards.is_zone(zone) else self.time_zone
            told = await news.take(db, conversation_id)
            locale: Locale = "en" if conversation["locale"] == "en" else "es"
            for row in told:
                card = cards.booking(row, zone)
                words, shown = tidings.sentence(row["kind"], card, locale), {"card": "booking", "booking": card}
                run_id, message_id = self.new_id(), self.new_id()
                notice = {"kind": row["kind"], "booking_id": str(row["id"]), "status": row["status"]}
                await news.record_run(db, run_id, conversation_id, conversation["user_id"])
                await conversations.add_reply(
                    db,
                    message_id,
                    conversation_id,
                    sequence=await conversations.reserve_sequence(db),
                    content=words,
                    tool_calls=None,
                    metadata={
                        "run_id": str(run_id),
                        "status": "complete",
                        "locale": locale,
                        "notice": notice,
                        "card": shown,
                    },
                )
                said = {"message_id": str(message_id), "created_at": _written(row["created_at"])}
                value = {**shown, **notice, "text": words, **said}
                await asides.leave(db, conversation_id, "booking", value)
            if told:
                await conversations.touch_conversation(db, conversation_id)
        return len(told)

    async def _for_ever(self) -> None:
        is_away = False
        while True:
            await self.sleep(EVERY_S)
            try:
                await self.once()
                is_away = False
            except errors.AmaraError as error:
                if not is_away:
                    _logger.warning("news_not_told", code=error.code)
                is_away = True
            except Exception:  # one bad look must not end all later ones
                _logger.exception("news_broken")


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
