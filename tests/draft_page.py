"""A draft on the page: a professional to book, her draft as the model makes it, and the card's parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from playwright.async_api import Locator, Page, expect

from tests.builders import a_professional
from tests.upstream import Answer, calls, says

HERE = ZoneInfo("America/Bogota")
ADDRESS = "Calle 93 # 11-27, apto 502"


@dataclass
class Ana:
    """Ana Milena Rojas cleans for $ 25.000 an hour; her free starts are of one day, half an hour apart."""

    id: UUID
    starts: list[datetime]

    @classmethod
    async def arrives(cls, owner: Any) -> Ana:
        ana_id = await a_professional(owner, instant_booking=True, buffer_minutes=30)
        first = datetime.now(UTC).date() + timedelta(3)
        rows = await owner.fetch(
            "select starts_at from amara_api.free_starts($1, $2, $3, 240, now()) order by 1",
            ana_id,
            first,
            first + timedelta(2),
        )
        days = [row["starts_at"].astimezone(HERE).date() for row in rows]
        return cls(ana_id, [row["starts_at"] for row, day in zip(rows, days, strict=True) if day == days[0]])

    def draft(self, start: datetime | None = None, **more: Any) -> Answer:
        given = {"professional_id": str(self.id), "service": "cleaning", "hours": 4, "address": ADDRESS}
        start = start or self.starts[0]
        return calls("draft_booking", given | {"starts_at": start.astimezone(HERE).isoformat()} | more)

    async def bookings(self, owner: Any) -> list[Any]:
        rows: list[Any] = await owner.fetch("select * from bookings where professional_id = $1", self.id)
        return rows


def draft(page: Page) -> Locator:
    """The card that shows the draft whole; earlier ones only point to it."""
    return page.locator("amara-chat .draft:not(.elsewhere)")


def deed(page: Page, name: str) -> Locator:
    return draft(page).get_by_role("button", name=name, exact=True)


def heard(page: Page) -> Locator:
    """What is told to those who hear the page."""
    return page.locator("amara-chat [aria-live=polite]")


async def ask(page: Page, text: str = "Resérvela, por favor") -> None:
    await page.get_by_label(re.compile("^(Escriba su mensaje|Write your message)$")).fill(text)
    await page.keyboard.press("Enter")


async def offered(page: Page, upstream: Any, answer: Answer) -> None:
    """The model drafted it, and the buttons wait for the person."""
    upstream.then(answer, says("Aquí está el borrador."))
    await ask(page)
    await expect(deed(page, "Confirmar")).to_have_attribute("aria-disabled", "false")
