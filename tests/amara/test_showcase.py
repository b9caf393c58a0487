"""The demo's window: professionals and their free hours, for a page without a chat; nowhere else."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.rig import serving
from tests.web import browsing, check_problem


@pytest.fixture
async def demo(urls):
    async with serving(urls, has_demo=True) as service, browsing(service.url) as web:
        yield web


async def read(web, path: str):
    async with web.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_a_search_shows_professionals_of_that_city_and_service(demo):
    card = await read(demo, "/v1/demo/professionals?city=bogota&service=cleaning&locale=en")
    assert card["card"] == "professionals"
    assert len(card["professionals"]) == 3
    assert {one["city"] for one in card["professionals"]} == {"Bogotá"}
    assert {one["service"]["slug"] for one in card["professionals"]} == {"cleaning"}


async def test_the_hours_of_somebody_are_in_the_marketplaces_own_days(demo):
    (somebody, *_) = (await read(demo, "/v1/demo/professionals?city=Bogotá&service=cleaning"))["professionals"]
    card = await read(demo, f"/v1/demo/professionals/{somebody['id']}/hours?minutes=180")
    assert (card["card"], card["duration_minutes"]) == ("availability", 180)
    assert card["found"] == sum(len(day["starts"]) for day in card["days"]) > 0
    assert all(
        start.startswith(day["date"]) and start.endswith("-05:00") for day in card["days"] for start in day["starts"]
    )


async def test_nobody_has_hours_who_is_not_there(demo):
    assert (await read(demo, f"/v1/demo/professionals/{uuid4()}/hours"))["days"] == []


@pytest.mark.parametrize(
    "path", ["?service=nothing%20like%20it", "?locale=fr", "/00000000-0000-4000-8000-000000000000/hours?minutes=30"]
)
async def test_what_cannot_be_looked_for_is_said(demo, path):
    async with demo.get(f"/v1/demo/professionals{path}") as answer:
        await check_problem(answer, 400, "bad_request")


async def test_without_the_demo_there_is_no_window(urls):
    async with serving(urls) as service, browsing(service.url) as web, web.get("/v1/demo/professionals") as answer:
        await check_problem(answer, 404, "not_found")


async def test_the_catalogue_holds_everybody_with_what_they_do_and_when_they_are_free(demo):
    card = await read(demo, "/v1/demo/catalogue?locale=en")
    assert card["found"] == len(card["professionals"]) == 24
    assert (len(card["cities"]), len(card["services"])) == (6, 8)
    assert {"slug": "childcare", "name": "Childcare"} in card["services"]
    for one in card["professionals"]:
        rates = [service["hourly_rate_cop"] for service in one["services"]]
        assert rates == sorted(rates)
        assert one["hourly_rate_cop"] == rates[0]
        assert one["next_free"] is None or one["next_free"].endswith("-05:00")
    assert sum(one["next_free"] is not None for one in card["professionals"]) > 12


async def test_the_next_free_hour_of_the_catalogue_is_the_first_of_the_sheet(demo):
    card = await read(demo, "/v1/demo/catalogue?city=medellin&service=cleaning")
    assert {one["city"] for one in card["professionals"]} == {"Medellín"}
    for one in card["professionals"]:
        days = (await read(demo, f"/v1/demo/professionals/{one['id']}/hours"))["days"]
        assert one["next_free"] == (days[0]["starts"][0] if days else None)
        (mine,) = [service for service in one["services"] if service["slug"] == "cleaning"]
        assert one["hourly_rate_cop"] == mine["hourly_rate_cop"]


async def test_where_nobody_does_it_the_catalogue_says_where_somebody_does(demo, owner):
    await owner.execute(
        "update professional_profiles set services = '[]'::jsonb"
        " where city = 'Cali' and services @> '[{\"slug\": \"cooking\"}]'"
    )
    card = await read(demo, "/v1/demo/catalogue?city=Cali&service=cooking")
    assert (card["found"], card["professionals"]) == (0, [])
    assert "Bogotá" in card["cities_of_service"]
    assert "Cali" not in card["cities_of_service"]


async def test_a_sheet_tells_what_the_database_knows(demo, owner):
    (first, *_) = (await read(demo, "/v1/demo/catalogue?city=Bogotá"))["professionals"]
    sheet = await read(demo, f"/v1/demo/professionals/{first['id']}")
    row = await owner.fetchrow("select * from professional_profiles where profile_id = $1", first["id"])
    assert (sheet["name"], sheet["about"], sheet["on_time_rate"]) == (row["full_name"], row["bio"], row["on_time_rate"])
    assert sheet["services"] == first["services"]


async def test_nobody_has_a_sheet_who_is_not_there_or_not_active(demo, owner):
    (first, *_) = (await read(demo, "/v1/demo/catalogue"))["professionals"]
    await owner.execute("update professional_profiles set status = 'paused' where profile_id = $1", first["id"])
    for gone in (first["id"], uuid4()):
        async with demo.get(f"/v1/demo/professionals/{gone}") as answer:
            await check_problem(answer, 404, "not_found")
    assert (await read(demo, "/v1/demo/catalogue"))["found"] == 23
