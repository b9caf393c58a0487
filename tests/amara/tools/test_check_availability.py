from __future__ import annotations

from datetime import timedelta

import pytest

from amara import demo
from amara.tools.tool import Refusal
from tests.amara.tools.conftest import TODAY

CHECK = "check_availability"
DAY = timedelta(days=1)


@pytest.fixture
async def someone(market):
    """Who works tomorrow or the day after, by id."""
    return await market.fetchrow(
        "select p.profile_id as id, p.full_name, p.services->0->>'slug' as slug,"
        " (p.services->0->>'hourly_rate_cop')::int as rate from professional_profiles p order by p.full_name limit 1"
    )


async def test_the_card_has_free_hours_by_the_persons_days_and_the_price_of_the_visit(call, someone):
    card = await call(
        CHECK, professional_id=str(someone["id"]), date_from=f"{TODAY + DAY}", date_to=f"{TODAY + 9 * DAY}", hours=3.5
    )
    assert card["card"] == "availability"
    assert card["professional"] == {"id": str(someone["id"]), "name": someone["full_name"]}
    assert card["duration_minutes"] == 210
    assert 0 < len(card["days"]) <= 7
    assert card["found"] >= sum(len(day["starts"]) for day in card["days"])
    for day in card["days"]:
        assert all(start.startswith(day["date"]) and start.endswith(":00-05:00") for start in day["starts"])
    service = next(service for service in card["services"] if service["slug"] == someone["slug"])
    assert service["total_price"] == service["hourly_rate_cop"] * 7 // 2
    assert "later" not in card


async def test_days_are_the_persons_own_wherever_they_are(call, someone):
    here = await call(CHECK, professional_id=str(someone["id"]), date_from=f"{TODAY + 2 * DAY}", hours=2)
    two_days = {"date_from": f"{TODAY + 2 * DAY}", "date_to": f"{TODAY + 3 * DAY}"}
    tokyo = await call(CHECK, professional_id=str(someone["id"]), hours=2, zone="Asia/Tokyo", **two_days)
    assert {day["date"] for day in tokyo["days"]} <= {f"{TODAY + 2 * DAY}", f"{TODAY + 3 * DAY}"}
    assert all(start.endswith("+09:00") for day in tokyo["days"] for start in day["starts"])
    assert here["from"] == here["to"] == f"{TODAY + 2 * DAY}"


async def test_where_nothing_is_free_it_says_what_comes_next(call, market, someone):
    await market.execute(
        "insert into professional_blocked_dates select $1, $2 on conflict do nothing", someone["id"], TODAY + 2 * DAY
    )
    card = await call(CHECK, professional_id=str(someone["id"]), date_from=f"{TODAY + 2 * DAY}")
    assert (card["found"], card["days"]) == (0, [])
    assert 0 < len(card["later"]) <= 3
    assert all(start > f"{TODAY + 3 * DAY}" for start in card["later"])
    past = await call(CHECK, professional_id=str(someone["id"]), date_from="2001-01-01")
    assert past["later"][0] >= f"{TODAY + DAY}"


@pytest.mark.parametrize("professional_id", ["", "ana", "00000000-0000-0000-0000-000000000001", str(demo.CUSTOMER_ID)])
async def test_who_is_not_there_is_refused_alike(call, professional_id):
    with pytest.raises(Refusal) as refused:
        await call(CHECK, professional_id=professional_id, date_from="2025-12-02")
    assert refused.value.code == "not_found"


@pytest.mark.parametrize("days", [("2025-12-05", "2025-12-04"), ("0001-01-01", None), ("9999-12-31", None)])
async def test_days_that_are_none_are_refused(call, someone, days):
    with pytest.raises(Refusal) as refused:
        await call(CHECK, professional_id=str(someone["id"]), date_from=days[0], date_to=days[1])
    assert refused.value.code == "bad_arguments"


async def test_it_reads_two_weeks_at_the_most(call, someone):
    card = await call(CHECK, professional_id=str(someone["id"]), date_from=f"{TODAY}", date_to="2100-01-01")
    assert card["to"] == f"{TODAY + 13 * DAY}"
