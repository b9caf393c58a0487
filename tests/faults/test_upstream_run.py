"""Every way in which the model's side fails, twice: the short form of `python -m tests.faults.upstream_run`."""

from __future__ import annotations

import pytest

from tests.faults import upstream_run
from tests.faults.broken import WAYS

WAYS_MIN = 14


@pytest.mark.timeout(240)
async def test_nothing_half_is_taken_for_whole_and_no_conversation_is_poisoned(service, upstream, owner):
    tallies = await upstream_run.run(service, owner, upstream, 2, lambda: None)
    assert len(WAYS) >= WAYS_MIN
    assert {name: tally.wrong for name, tally in tallies.items() if not tally.is_clean} == {}
    assert all(tally.times == 2 for tally in tallies.values())
