"""Free hours and drafts in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from amara.offline import offers
from tests.amara.offline.talk import drafted

BOGOTA = ZoneInfo("America/Bogota")
EIGHT = datetime(2025, 11, 27, 8, 0, tzinfo=BOGOTA)
GIVEN = {
    "service": "cleaning",
    "professional_id": "p",
    "starts_at": "2025-11-27T08:00",
    "hours": 4,
    "address": "Calle 1",
}


def half_hours(count: int, start: datetime = EIGHT) -> list[datetime]:
    return [start + timedelta(minutes=30 * step) for step in range(count)]


def test_half_hours_in_a_row_are_told_as_one_span() -> None:
    starts = [*half_hours(5), *half_hours(2, EIGHT.replace(hour=13))]
    assert offers.spans(starts, "es") == "de 8:00 a. m. a 10:00 a. m. y a la 1:00 p. m. y a la 1:30 p. m."
    assert offers.spans(starts[:5], "en") == "from 8:00 a.m. to 10:00 a.m."


def test_several_days_are_told_one_a_line() -> None:
    starts = [*half_hours(3), *half_hours(3, EIGHT + timedelta(days=1))]
    told = offers.hours(starts, [], "en", name="Marta", minutes=240, part=None)
    assert "- Thursday, November 27: from 8:00 a.m. to 9:00 a.m." in told
    assert "- Friday, November 28: from 8:00 a.m. to 9:00 a.m." in told


def test_a_part_of_the_day_without_hours_is_said_and_the_others_are_told() -> None:
    told = offers.hours(half_hours(3), [], "es", name="Marta", minutes=120, part="evening")
    assert told.startswith("Por la noche no hay horas libres.")
    assert "de 8:00 a. m. a 9:00 a. m." in told


def test_nothing_free_is_said_with_the_reason() -> None:
    assert "60 días" in offers.hours([], [], "es", name="Marta", minutes=240, part=None)
    assert "¿Le sirve?" in offers.hours([], [EIGHT], "es", name="Marta", minutes=240, part=None)
    assert "no hay otra hora cercana" in offers.taken(EIGHT, [], "es")
    assert "That time is not free" in offers.taken(None, [EIGHT], "en")


@pytest.mark.parametrize(("is_instant", "words"), [(True, "inmediatas"), (False, "24 horas"), (None, "salvo que")])
def test_what_follows_the_button_depends_on_who_comes(is_instant, words) -> None:
    draft = drafted(GIVEN)["draft"]
    told = offers.draft(draft, "es", BOGOTA, name="Marta Gómez", is_instant=is_instant, is_first=True)
    assert words in told
    assert words not in offers.draft(draft, "es", BOGOTA, name="Marta Gómez", is_instant=is_instant, is_first=False)


@pytest.mark.parametrize("kind", ["book", "cancel", "reschedule"])
@pytest.mark.parametrize("locale", ["es", "en"])
def test_a_draft_is_never_told_as_done(kind, locale) -> None:
    refund = {"amount": 10, "percent": 25}
    draft = drafted(GIVEN, kind=kind, refund=refund)["draft"]
    told = offers.draft(draft, locale, BOGOTA, name="Marta", is_instant=False, is_first=True)
    assert re.search(r"Todavía no|Nothing (?:is|has)", told)
    assert re.search(r"botón de la tarjeta|button on the card", told)
    assert re.search(r"15 minut", told)
