"""What was taken is stored, once, whatever dies; `capture_run` plays the same a hundred times over."""

from __future__ import annotations

import pytest

from tests.faults import capture_run


@pytest.mark.timeout(180)
async def test_every_event_that_was_taken_is_there_once_after_kills_and_an_outage(
    open_directory, postgres_bin, tmp_path
):
    place = open_directory / tmp_path.name
    place.mkdir(mode=0o755)
    assert await capture_run.run(place, kills=2, outage_s=0, seed=7, binaries=postgres_bin) == []
