"""Who is free on the day wanted, the next three, and what would have to give way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from amara import auth, demo
from amara.tools.looking import Day, said
from amara.tools.search_professionals import SEARCH_PROFESSIONALS
from amara.tools.tool import Context, Refusal
from tests.amara.tools.conftest import NOW
from tests.calendars import a_hold, ask

SEARCH = "search_professionals"
BOGOTA = ZoneInfo("America/Bogota")
FRIDAY = date(2025, 12, 5)
CLEANING = {"city": "Bogotá", "service": "cleaning"}


def ids(card):
    return [professional["id"] for professional in card["professionals"]]


async def everybody(call, **criteria) -> list[str]:
    """Whoever matches, page by page."""
    found: list[str] = []
    while True:
        card = await call(SEARCH, **criteria, exclude_ids=found)
        if not card["professionals"]:
            return found
        found += ids(card)


async def really_free(market, day: date, minutes: int, **person) -> dict[str, list[datetime]]:
    """Asked one by one, everybody who cleans in Bogotá."""
    rows = await market.fetch(
        "select id from amara_api.professionals where city = 'Bogotá' and services @> '[{\"slug\":\"cleaning\"}]'"
    )
    free = {str(row["id"]): await ask(market, row["id"], day, day, minutes, now=NOW, **person) for row in rows}
    return {one: [start.astimezone(BOGOTA) for start in starts] for one, starts in free.items() if starts}


@pytest.mark.parametrize("day", [FRIDAY + timedelta(days) for days in range(-3, 6)])
@pytest.mark.parametrize("hours", [2, 8])
async def test_whoever_is_found_for_a_day_is_whoever_is_free_then(call, market, day, hours):
    free = await really_free(market, day, hours * 60)
    card = await call(SEARCH, **CLEANING, date=day.isoformat(), hours=hours)
    assert card["found"] == len(free)
    assert set(await everybody(call, **CLEANING, date=day.isoformat(), hours=hours)) == set(free)
    for one in card["professionals"]:
        assert datetime.fromisoformat(one["free_at"]) == free[one["id"]][0]


async def test_an_hour_wanted_is_free_and_the_reason_names_it(call, market):
    spanish = await call(SEARCH, **CLEANING, date="2025-12-05", time="9:00")
    english = await call(SEARCH, **CLEANING, date="2025-12-05", time="09:00", locale="en")
    assert spanish["found"] == english["found"] > 0
    assert ids(spanish) == ids(english)
    for one in spanish["professionals"]:
        assert one["reason"].startswith("libre el viernes 5 a las 9:00; ")
        assert one["free_at"] == "2025-12-05T09:00:00-05:00"
    assert english["professionals"][0]["reason"].startswith("free on Friday 5 at 9:00; ")
    assert spanish["criteria"] == {
        "city": "Bogotá",
        "service": {"slug": "cleaning", "name": "Aseo general"},
        "date": "2025-12-05",
        "time": "9:00",
        "duration_minutes": 240,
    }


async def test_a_part_of_the_day_is_hours_of_it(call):
    card = await call(SEARCH, **CLEANING, date="2025-12-05", time="afternoon", hours=2)
    starts = [datetime.fromisoformat(one["free_at"]) for one in card["professionals"]]
    assert starts
    assert all(12 <= start.hour < 18 for start in starts)


async def test_who_is_taken_is_not_found_and_ones_own_hold_takes_nobody(call, market):
    (one, *_), hour = ids(await call(SEARCH, **CLEANING, date="2025-12-05", time="9:00")), datetime(2025, 12, 5, 9)
    start = hour.replace(tzinfo=BOGOTA)
    held = {"expires_at": NOW + timedelta(minutes=10)}
    await a_hold(market, UUID(one), demo.CUSTOMER_ID, start, start + timedelta(hours=4), **held)
    assert one in await everybody(call, **CLEANING, date="2025-12-05", time="9:00")
    assert one not in await everybody(call, **CLEANING, date="2025-12-05", time="9:00", user_id=demo.SECOND_CUSTOMER_ID)


async def test_the_day_is_the_persons_own(call):
    """Four in the morning of Saturday in Tokyo is still Friday in Bogotá."""
    card = await call(SEARCH, **CLEANING, date="2025-12-06", time="morning", zone="Asia/Tokyo", hours=2)
    starts = [datetime.fromisoformat(one["free_at"]) for one in card["professionals"]]
    assert starts
    assert all(start.astimezone(BOGOTA).date() == FRIDAY for start in starts)
    assert all(one["reason"].startswith("libre el sábado 6") for one in card["professionals"])


async def test_whoever_lives_in_a_zone_nobody_knows_hides_alone(call, market):
    before = await call(SEARCH, **CLEANING, date="2025-12-05")
    await market.execute(
        "update professional_profiles set time_zone = 'Mars/Olympus' where profile_id = $1", UUID(ids(before)[0])
    )
    after = await call(SEARCH, **CLEANING, date="2025-12-05")
    assert after["found"] == before["found"] - 1
    assert (await call(SEARCH, **CLEANING))["found"] == 3


async def test_the_next_three_were_never_shown_and_all_are_shown_in_the_end(call):
    first = await call(SEARCH, service="cleaning")
    second = await call(SEARCH, service="cleaning", exclude_ids=ids(first))
    assert (first["found"], first["more"]) == (second["found"], second["more"] + 3)
    assert not set(ids(first)) & set(ids(second))
    shown = await everybody(call, service="cleaning")
    assert len(shown) == len(set(shown)) == first["found"]
    end = await call(SEARCH, service="cleaning", exclude_ids=shown)
    assert (end["found"], end["more"], end["professionals"]) == (first["found"], 0, [])
    assert not {"relax", "cities"} & end.keys()


async def test_ids_of_nobody_leave_nobody_out(call):
    plain = await call(SEARCH, service="cleaning")
    assert await call(SEARCH, service="cleaning", exclude_ids=["x", str(uuid4()), "'; drop table"]) == plain


@pytest.mark.parametrize("day", ["2025-12-07", "2025-12-01", "2020-01-01"])
async def test_a_day_on_which_nobody_is_free_names_the_next_one(call, market, day):
    """A Sunday, today and one long ago."""
    await market.execute("delete from professional_working_hours where weekday = 0")
    card = await call(SEARCH, **CLEANING, date=day)
    assert (card["found"], card["relax"]) == (0, {"date": 3})
    after = datetime.fromisoformat(card["next_free"])
    assert after.date() > max(date.fromisoformat(day), NOW.date())
    assert (await call(SEARCH, **CLEANING, date=after.date().isoformat()))["found"] > 0
    between = max(date.fromisoformat(day), NOW.date()) + timedelta(1)
    while between < after.date():
        assert (await call(SEARCH, **CLEANING, date=between.isoformat()))["found"] == 0
        between += timedelta(1)


async def test_each_criterion_that_stands_in_the_way_alone_is_named_with_whom_it_hides(call):
    card = await call(SEARCH, **CLEANING, date="2025-12-05", time="23:30", max_hourly_rate_cop=24_000)
    assert card["relax"].keys() == {"time", "date"}
    assert (await call(SEARCH, **CLEANING, date="2025-12-05", max_hourly_rate_cop=24_000))["found"] == card["relax"][
        "time"
    ]
    card = await call(SEARCH, **CLEANING, min_rating=5)
    assert card["relax"] == {"min_rating": 3}
    card = await call(SEARCH, **CLEANING, max_hourly_rate_cop=9_000)
    assert (card["relax"], card["lowest_hourly_rate_cop"]) == ({"max_hourly_rate_cop": 3}, 19_000)
    assert (await call(SEARCH, **CLEANING, language="de"))["relax"] == {"language": 3}


async def test_where_two_criteria_stand_in_the_way_neither_is_promised_to_help(call):
    assert "relax" not in await call(SEARCH, **CLEANING, language="de", max_hourly_rate_cop=9_000)


@pytest.mark.parametrize(
    "given", [{"date": "9999-12-31"}, {"date": "mañana"}, {"time": "9 am"}, {"time": "25:00"}, {"hours": 9}]
)
async def test_a_day_no_calendar_has_is_refused(call, given):
    with pytest.raises(Refusal) as refused:
        await call(SEARCH, **CLEANING, **given)
    assert refused.value.code == "bad_arguments"


async def test_all_calendars_are_read_in_one_query(db, market):
    class Counting:
        asked = 0

        async def free_of(self, professional_ids, since, until, minutes):
            self.asked += 1
            return {one: [since.replace(hour=9)] for one in professional_ids}

    desk = Counting()
    async with db.transaction(auth.person(demo.CUSTOMER_ID, is_anonymous=False)) as connection:
        context = Context(db=connection, now=NOW, time_zone="America/Bogota", locale="es", desk=desk)
        card = await SEARCH_PROFESSIONALS.run(context, SEARCH_PROFESSIONALS.decode(b'{"date":"2025-12-05"}'))
    assert (card["found"], desk.asked) == (24, 1)


def test_a_start_is_said_as_it_was_asked_for():
    one = datetime(2025, 12, 5, 13, 30, tzinfo=BOGOTA)
    assert said(one, Day(FRIDAY, "13:30", 240), "es") == "libre el viernes 5 a las 13:30"
    assert said(one, Day(FRIDAY, None, 240), "es") == "libre el viernes 5 desde las 13:30"
    assert said(one.replace(hour=1, minute=0), Day(FRIDAY, None, 240), "es") == "libre el viernes 5 desde la 1:00"
    assert said(one, Day(FRIDAY, None, 240), "en") == "free on Friday 5 from 13:30"


def test_hours_of_the_clock_are_those_and_parts_of_the_day_are_all_of_theirs():
    nine = datetime(2025, 12, 5, 9, tzinfo=BOGOTA)
    assert Day(FRIDAY, "9:00", 240).fits(nine)
    assert Day(FRIDAY, "09:00", 240).fits(nine)
    assert Day(FRIDAY, "morning", 240).fits(nine)
    assert not Day(FRIDAY, "9:30", 240).fits(nine)
    assert not Day(FRIDAY, "evening", 240).fits(nine)
