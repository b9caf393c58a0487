"""The short form of `webhook_run`: nothing is lost and nothing out of order, whoever fails and whoever is killed."""

from __future__ import annotations

import random

import pytest

from tests.faults.webhook_run import Books, Weather, _run, verdict
from tests.receiver import Receiver


@pytest.mark.timeout(240)
async def test_every_notice_arrives_in_its_order_over_kills_and_a_receiver_that_fails(open_directory):
    place = open_directory / "webhooks"
    place.mkdir(mode=0o755)
    books = await _run(place, kills=2, bookings=6, seed=random.randrange(1000))
    assert books.wrong == []
    assert (books.kills, books.notices) == (2, 24)


async def test_a_notice_that_is_lost_or_early_is_found_out(owner):
    await owner.execute("update amara_private.webhook_receiver set is_there = true")
    from tests.telling import a_life

    await a_life(owner)
    books = Books()
    await verdict(owner, Receiver(), books)
    assert len(books.wrong) == 1
    assert Weather(random.Random(1), books).receiver is None
