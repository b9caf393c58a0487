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
    assert 1 <= len(card["professionals"]) <= 3
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


@pytest.mark.parametrize("path", ["?service=nothing%20like%20it", "?locale=fr", f"/{uuid4()}/hours?minutes=30"])
async def test_what_cannot_be_looked_for_is_said(demo, path):
    async with demo.get(f"/v1/demo/professionals{path}") as answer:
        await check_problem(answer, 400, "bad_request")


async def test_without_the_demo_there_is_no_window(urls):
    async with serving(urls) as service, browsing(service.url) as web, web.get("/v1/demo/professionals") as answer:
        await check_problem(answer, 404, "not_found")
