"""The short form of the storm: every kind of fault twice, on real processes; the long one is a command."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.faults import weather
from tests.faults.storm import storm

FAULTS = 2 * len(weather.FAULTS)


@pytest.mark.timeout(300)  # a database is made, two processes start, and some of them several times
async def test_nothing_acknowledged_is_lost_nothing_done_twice_and_nobody_waits_for_ever(open_directory, postgres_bin):
    place = open_directory / f"storm-{uuid4()}"
    place.mkdir(mode=0o755)
    said: list[str] = []
    assert await storm(place, faults=FAULTS, seed=11, each=2, binaries=postgres_bin, say=said.append) == [], said
    assert said[-1].startswith(f"\n{FAULTS} faults")
