from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from amara import demo

TODAY = date(2025, 12, 1)
CITIES = {"Bogotá", "Medellín", "Cali", "Barranquilla", "Cartagena", "Bucaramanga"}
TABLES = ("auth.users", "profiles", "professional_profiles", "professional_working_hours", "professional_blocked_dates")


async def everything(owner):
    rows = []
    for table in (*TABLES, "bookings"):
        found = await owner.fetch(f"select to_jsonb(t)::text as row from {table} t order by 1")
        rows.append((table, len(found), [row["row"] for row in found]))
    return rows


async def test_loading_twice_is_loading_once(owner):
    assert await demo.load(owner, TODAY) is True
    before = await everything(owner)
    assert await demo.load(owner, TODAY + timedelta(days=30)) is False
    assert await everything(owner) == before


async def test_the_marketplace_is_as_large_as_promised(owner):
    await demo.load(owner, TODAY)
    professionals = await owner.fetch("select city, status, services::text as services from professional_profiles")
    assert len(professionals) == 24
    assert {row["city"] for row in professionals} == CITIES
    assert {row["status"] for row in professionals} == {"active"}
    rates = await owner.fetch(
        "select (s ->> 'hourly_rate_cop')::int as rate, s ->> 'slug' as slug"
        " from professional_profiles, jsonb_array_elements(services) s"
    )
    assert len({row["slug"] for row in rates}) == 8
    assert len(rates) > 40
    assert (min(row["rate"] for row in rates), max(row["rate"] for row in rates)) == (18_000, 60_000)
    assert await owner.fetchval("select count(*) from auth.users") == 24 + 3
    assert await owner.fetchval("select count(distinct full_name) from profiles") == 27


async def test_at_least_three_split_their_day_and_some_work_on_saturdays(owner):
    await demo.load(owner, TODAY)
    split = await owner.fetchval(
        "select count(distinct professional_id) from (select professional_id from professional_working_hours"
        " group by professional_id, weekday having count(*) > 1) s"
    )
    saturdays = await owner.fetchval(
        "select count(distinct professional_id) from professional_working_hours where weekday = 6"
    )
    everybody = await owner.fetchval("select count(distinct professional_id) from professional_working_hours")
    assert split >= 3
    assert 3 < saturdays < 24
    assert everybody == 24
    assert await owner.fetchval("select count(*) from professional_blocked_dates where date > $1", TODAY) >= 8
    assert await owner.fetchval("select count(distinct max_bookings_per_day) from professional_profiles") >= 3
    assert 0 < await owner.fetchval("select count(*) from professional_profiles where instant_booking") < 24


async def test_the_people_are_who_they_should_be(owner):
    await demo.load(owner, TODAY)
    rows = await owner.fetch(
        "select p.id, p.role, p.full_name, p.city, p.locale, p.time_zone, u.email, u.is_anonymous,"
        " u.email_confirmed_at is not null as is_confirmed from profiles p join auth.users u using (id)"
    )
    people = {row["id"]: row for row in rows}
    customer = people[demo.CUSTOMER_ID]
    assert (customer["full_name"], customer["city"], customer["locale"]) == ("Valentina Ríos", "Bogotá", "es-CO")
    assert (customer["role"], people[demo.ADMIN_ID]["role"]) == ("customer", "admin")
    assert people[demo.SECOND_CUSTOMER_ID]["role"] == "customer"
    assert [row["role"] for row in rows].count("professional") == 24
    assert all(row["is_confirmed"] and not row["is_anonymous"] for row in rows)
    assert all(row["email"].endswith("@example.com") for row in rows)
    assert {row["time_zone"] for row in rows} == {"America/Bogota"}


# Every weekday, the end of a year and a leap day: visits lie on working days whatever the day of loading.
@pytest.mark.parametrize(
    "today", [*(TODAY + timedelta(days=n) for n in range(7)), date(2025, 12, 31), date(2028, 2, 29)]
)
async def test_bookings_lie_around_the_day_of_loading_inside_working_hours(owner, today):
    await demo.load(owner, today)
    rows = await owner.fetch("select * from bookings order by scheduled_start")
    mine = [row for row in rows if row["customer_id"] == demo.CUSTOMER_ID]
    past, upcoming = (
        [row["status"] for row in mine if (row["service_date"] > today) is late] for late in (False, True)
    )
    assert (sorted(past), sorted(upcoming)) == (["cancelled", "completed", "declined"], ["confirmed", "pending"])
    assert [row["customer_id"] for row in rows].count(demo.SECOND_CUSTOMER_ID) == 2
    for row in rows:
        start, end = (row[f"scheduled_{side}"].astimezone(ZoneInfo("America/Bogota")) for side in ("start", "end"))
        assert start.date() == end.date() == row["service_date"]
        hours = await owner.fetch(
            "select start_time, end_time from professional_working_hours where professional_id = $1 and weekday = $2",
            row["professional_id"],
            start.isoweekday() % 7,
        )
        assert any(span["start_time"] <= start.time() and end.time() <= span["end_time"] for span in hours)
        assert not await owner.fetchval(
            "select count(*) from professional_blocked_dates where professional_id = $1 and date = $2",
            row["professional_id"],
            row["service_date"],
        )
        assert row["created_at"] < datetime.combine(today, time(), ZoneInfo("America/Bogota"))


async def test_prices_are_the_professionals_own_rate_times_the_hours(owner):
    await demo.load(owner, TODAY)
    assert await owner.fetchval(
        "select bool_and(b.total_price = (s ->> 'hourly_rate_cop')::int * b.duration_minutes / 60"
        " and b.currency = 'COP' and b.scheduled_end - b.scheduled_start = make_interval(mins => b.duration_minutes))"
        " from bookings b join professional_profiles p on p.profile_id = b.professional_id"
        " cross join lateral jsonb_array_elements(p.services) s where s ->> 'name' = b.service_name"
    )


async def test_a_failed_load_leaves_nothing_behind(owner):
    await owner.execute("alter table bookings add constraint nothing_goes check (false)")
    with pytest.raises(Exception, match="nothing_goes"):
        await demo.load(owner, TODAY)
    assert await owner.fetchval("select count(*) from auth.users") == 0


def test_the_same_people_have_the_same_ids_everywhere():
    assert uuid.UUID("8e532e2d-28f2-52ba-9424-b01b6f0f630d") == demo.CUSTOMER_ID
    assert len({demo.CUSTOMER_ID, demo.SECOND_CUSTOMER_ID, demo.ADMIN_ID}) == 3
    assert all(person.version == 5 for person in (demo.CUSTOMER_ID, demo.SECOND_CUSTOMER_ID, demo.ADMIN_ID))
