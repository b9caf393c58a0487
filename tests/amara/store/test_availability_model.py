"""`amara_api.free_starts` against a model that tries every half hour."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import a_person, a_professional
from tests.calendars import BOGOTA, HALF_HOUR, NEW_YORK, NOW, Calendar, ask, write

ZONES = [BOGOTA, NEW_YORK, "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana", "Europe/Madrid"]
QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 15)


@st.composite
def calendars(draw):
    zone = draw(st.sampled_from(ZONES))
    spans = draw(
        st.lists(
            st.tuples(
                st.integers(0, 6), st.integers(0, 95).map(lambda q: q * 15), st.integers(4, 96).map(lambda q: q * 15)
            ),
            max_size=14,
            unique_by=lambda span: span[:2],
        )
    )
    taken, at = [], NOW + timedelta(hours=draw(st.integers(0, 60)))
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=12)):
        since = at + gap * HALF_HOUR
        at = since + length * HALF_HOUR
        taken.append((since, at))
    return Calendar(
        zone=zone,
        buffer=draw(st.sampled_from([0, 15, 30, 45, 90])),
        per_day=draw(st.sampled_from([None, 1, 2, 3])),
        spans=[(day, start, min(start + length, 1440)) for day, start, length in spans],
        blocked={date(2030, 3, 1) + timedelta(days=n) for n in draw(st.sets(st.integers(0, 16), max_size=4))},
        taken=taken,
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calendar=calendars(),
    minutes=st.integers(4, 16).map(lambda n: n * 30),
    first=st.integers(-2, 14),
    length=st.integers(0, 5),
)
async def test_it_agrees_with_a_model_that_tries_every_half_hour(market, calendar, minutes, first, length):
    owner, professional, customer, rival = market
    since = date(2030, 3, 1) + timedelta(days=first)
    until = since + timedelta(days=length)
    attempt = owner.transaction()
    await attempt.start()
    try:
        await write(owner, professional, calendar, customer, rival)
        found = await ask(owner, professional, since, until, minutes)
    finally:
        await attempt.rollback()
    assert found == calendar.free_starts(since, until, minutes, NOW)


@pytest.fixture
async def market(owner):
    await owner.execute("set time zone 'Asia/Tokyo'")  # whatever the session's zone, days are the professional's
    return owner, await a_professional(owner), await a_person(owner), await a_person(owner)
