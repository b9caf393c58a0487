from __future__ import annotations

from datetime import UTC, datetime

import pytest

from amara.tools import cards

NOON = datetime(2025, 12, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("America/Bogota", "2025-12-01T07:00:00-05:00"),
        ("UTC", "2025-12-01T12:00:00+00:00"),
        ("Asia/Kolkata", "2025-12-01T17:30:00+05:30"),
    ],
)
def test_an_instant_carries_the_offset_of_the_persons_zone(zone, written):
    assert cards.local(NOON, zone) == written


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../../etc/passwd", "America", "/etc", "a\x00b", "x" * 5000])
def test_a_zone_nobody_knows_is_read_as_the_marketplaces_own(zone):
    assert cards.local(NOON, zone) == "2025-12-01T07:00:00-05:00"


def test_no_instant_is_none():
    assert cards.local(None, "UTC") is None
