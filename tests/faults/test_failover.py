"""A standby takes over under load. The long form is `python -m tests.faults.failover`."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.faults import failover

pytestmark = pytest.mark.timeout(300)


async def test_nothing_acknowledged_is_lost_when_a_standby_takes_over(open_directory, postgres_bin):
    place = open_directory / f"pair-{uuid4()}"
    place.mkdir(mode=0o755)
    said: list[str] = []
    assert await failover.run(2, 1, place, binaries=postgres_bin, say=said.append) == 0, said
    assert " 0 broken promises" in said[-1]
    assert " 0 messages" not in said[-1]
