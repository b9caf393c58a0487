"""`amara_api.free_starts`, by hand where a rule has an edge."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from tests.builders import a_booking, a_person, a_professional
from tests.calendars import NEW_YORK, NOW, a_hold, ask, clocks


@pytest.fixture
async def ana(owner):
    """Monday to Saturday from eight to six in Bogotá."""
    return await a_professional(owner)


async def hours(owner, professional, *spans, zone=None):
    await owner.execute("delete from public.professional_working_hours where professional_id = $1", professional)
    for day, start, end in spans:
        await owner.execute(
            "insert into public.professional_working_hours (professional_id, weekday, start_time, end_time)"
            " values ($1, $2, $3::text::time, $4::text::time)",
            professional,
            day,
            start,
            end,
        )
    if zone:
        await owner.execute(
            "update public.professional_profiles set time_zone = $2 where profile_id = $1", professional, zone
        )


async def test_a_visit_starts_on_half_hours_inside_the_day_and_ends_in_it(owner, ana):
    monday = date(2030, 3, 4)
    assert clocks(await ask(owner, ana, monday, monday, 480)) == [
        f"04 {hour}" for hour in ("08:00", "08:30", "09:00", "09:30", "10:00")
    ]
    assert clocks(await ask(owner, ana, monday, monday, 120))[-1] == "04 16:00"
    assert await ask(owner, ana, date(2030, 3, 3), date(2030, 3, 3), 120) == []


@pytest.mark.parametrize("minutes", [-30, 0, 30, 90, 135, 510, 100_000, None])
async def test_no_other_length_is_offered(owner, ana, minutes):
    assert await ask(owner, ana, date(2030, 3, 4), date(2030, 3, 4), minutes) == []


async def test_it_begins_a_day_ahead_and_ends_after_sixty(owner, ana):
    await hours(owner, ana, *((day, "00:00", "24:00") for day in range(7)))
    found = await ask(owner, ana, date(1990, 1, 1), date(2100, 1, 1), 120)
    assert found[0] == datetime(2030, 3, 2, 15, 30, tzinfo=UTC)
    assert found[-1] == datetime(2030, 4, 30, 15, 0, tzinfo=UTC)
    exact = await ask(owner, ana, date(2030, 3, 2), date(2030, 4, 30), 120, now=NOW.replace(minute=0))
    assert (exact[0], exact[-1]) == (datetime(2030, 3, 2, 15, tzinfo=UTC), datetime(2030, 4, 30, 15, tzinfo=UTC))


async def test_days_in_the_wrong_order_and_at_the_ends_of_time_hold_nothing(owner, ana):
    assert await ask(owner, ana, date(2030, 3, 9), date(2030, 3, 4), 120) == []
    assert await ask(owner, ana, date.max, date.min, 120) == []
    assert len(await ask(owner, ana, date.min, date.max, 120)) > 500


async def test_a_lunch_break_is_kept_and_touching_spans_are_one(owner, ana):
    await hours(owner, ana, (1, "08:00", "12:00"), (1, "13:00", "17:00"), (2, "08:00", "10:15"), (2, "10:15", "12:00"))
    assert clocks(await ask(owner, ana, date(2030, 3, 4), date(2030, 3, 5), 240)) == [
        "04 08:00",
        "04 13:00",
        "05 08:00",
    ]


@pytest.mark.parametrize("midnight", ["24:00", "23:59", "23:59:59"])
async def test_a_visit_may_go_on_after_midnight_where_the_hours_do(owner, ana, midnight):
    await hours(owner, ana, (1, "20:00", midnight), (2, "00:00", "02:00"))
    assert clocks(await ask(owner, ana, date(2030, 3, 4), date(2030, 3, 4), 300)) == [
        "04 20:00",
        "04 20:30",
        "04 21:00",
    ]
    await owner.execute("insert into public.professional_blocked_dates values ($1, '2030-03-05')", ana)
    assert await ask(owner, ana, date(2030, 3, 4), date(2030, 3, 4), 300) == []


async def test_a_booking_of_the_next_day_counts_on_the_last_day_asked(owner, ana):
    await hours(owner, ana, (1, "18:00", "24:00"), (2, "00:00", "06:00"))
    midnight = datetime(2030, 3, 5, 5, 30, tzinfo=UTC)  # half past twelve at night in Bogotá
    await a_booking(owner, professional_id=ana, scheduled_start=midnight, scheduled_end=midnight + timedelta(hours=3))
    assert clocks(await ask(owner, ana, date(2030, 3, 4), date(2030, 3, 4), 240)) == [
        "04 18:00", "04 18:30", "04 19:00", "04 19:30", "04 20:00",
    ]  # fmt: skip


async def test_a_buffer_stands_before_and_after_every_visit(owner, ana):
    start = datetime(2030, 3, 5, 16, 0, tzinfo=UTC)  # eleven to one
    await a_booking(owner, professional_id=ana, scheduled_start=start, scheduled_end=start + timedelta(hours=2))
    tuesday = date(2030, 3, 5)
    assert clocks(await ask(owner, ana, tuesday, tuesday, 120)) == [
        "05 08:00", "05 08:30", "05 13:30", "05 14:00", "05 14:30", "05 15:00", "05 15:30", "05 16:00",
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["declined", "cancelled", "completed"])
async def test_what_is_no_more_takes_no_hour(owner, ana, status):
    await a_booking(owner, professional_id=ana, status=status)
    assert len(await ask(owner, ana, date(2030, 3, 5), date(2030, 3, 5), 120)) == 17


async def test_a_full_day_has_no_hours_left_and_its_own_booking_does_not_fill_it(owner, ana):
    await owner.execute("update public.professional_profiles set max_bookings_per_day = 1")
    booking = await a_booking(owner, professional_id=ana)
    tuesday = date(2030, 3, 5)
    assert await ask(owner, ana, tuesday, tuesday, 120) == []
    assert len(await ask(owner, ana, tuesday, tuesday, 120, booking=booking)) == 17


async def test_a_hold_of_somebody_else_counts_until_it_ends(owner, ana):
    laura, rival = await a_person(owner), await a_person(owner)
    since = datetime(2030, 3, 4, 13, 0, tzinfo=UTC)
    draft = await a_hold(owner, ana, rival, since, since + timedelta(hours=10), expires_at=NOW + timedelta(minutes=1))
    monday = date(2030, 3, 4)
    assert await ask(owner, ana, monday, monday, 120, person=laura) == []
    assert len(await ask(owner, ana, monday, monday, 120, person=rival)) == 17
    assert len(await ask(owner, ana, monday, monday, 120, draft=draft)) == 17
    assert len(await ask(owner, ana, monday, monday, 120, person=laura, now=NOW + timedelta(minutes=1))) == 17
    for status in ("cancelled", "superseded", "expired", "confirmed"):
        await owner.execute("update public.amara_booking_drafts set status = $1", status)
        assert len(await ask(owner, ana, monday, monday, 120, person=laura)) == 17


async def test_nights_on_which_clocks_change_are_as_long_as_they_are(owner, ana):
    await hours(owner, ana, (0, "00:00", "06:00"), zone=NEW_YORK)
    spring, autumn = date(2030, 3, 10), date(2030, 11, 3)
    forward = await ask(owner, ana, spring, spring, 300)
    assert clocks(forward, NEW_YORK) == ["10 00:00"]
    assert forward == [datetime(2030, 3, 10, 5, 0, tzinfo=UTC)]
    back = await ask(owner, ana, autumn, autumn, 420, now=datetime(2030, 10, 20, tzinfo=UTC))
    assert back == [datetime(2030, 11, 3, 4, 0, tzinfo=UTC)]
    twice = await ask(owner, ana, autumn, autumn, 120, now=datetime(2030, 10, 20, tzinfo=UTC))
    assert clocks(twice, NEW_YORK)[:6] == ["03 00:00", "03 00:30", "03 01:00", "03 01:30", "03 01:00", "03 01:30"]


async def test_who_is_not_active_or_not_there_is_never_free(owner, ana):
    monday = date(2030, 3, 4)
    assert await ask(owner, uuid4(), monday, monday, 120) == []
    await owner.execute("update public.professional_profiles set status = 'paused'")
    assert await ask(owner, ana, monday, monday, 120) == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize("function", ["amara_api.free_starts", "amara_api.lock_professional"])
async def test_only_the_service_may_ask(owner, role, function):
    question = "select has_function_privilege($1, $2::text::regproc::oid, 'execute')"
    assert await owner.fetchval(question, role, function) is False
    assert await owner.fetchval(question, "amara_service", function) is True
