"""HTTP beside the socket."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.rig import chatting, serving
from tests.web import browsing, check_problem


@pytest.fixture
async def http(service, token):
    async with browsing(service.url, token) as session:
        yield session


@pytest.fixture
async def nobody(service):
    async with browsing(service.url) as session:
        yield session


async def read(http, path: str, status: int = 200):
    async with http.get(path) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_a_visitor_gets_a_principal_of_their_own_and_may_speak(service, nobody, owner):
    async with nobody.post("/v1/auth/anonymous") as answer:
        assert answer.status == 201
        assert answer.headers["cache-control"] == "no-store"
        first = await answer.json()
    assert first.keys() == {"access_token", "token_type", "expires_in", "user_id"}
    assert (first["token_type"], first["expires_in"]) == ("bearer", 86_400)
    assert await owner.fetchval("select is_anonymous from auth.users where id = $1", UUID(first["user_id"]))
    async with chatting(service, first["access_token"]) as chat:
        await chat.ask("Hola")
    async with browsing(service.url, first["access_token"]) as same, same.post("/v1/auth/anonymous") as answer:
        assert (await answer.json())["user_id"] == first["user_id"]
    async with nobody.post("/v1/auth/anonymous") as answer:
        assert (await answer.json())["user_id"] != first["user_id"]


async def test_nobody_plays_the_demos_customer_without_the_demo(service, nobody, urls):
    async with nobody.post("/v1/demo/customer") as answer:
        await check_problem(answer, 404, "not_found")


async def test_the_demos_customer_may_be_played_under_the_demo(urls):
    async with serving(urls, has_demo=True) as service, browsing(service.url) as http:
        async with http.post("/v1/demo/customer") as answer:
            assert answer.status == 201
            customer = await answer.json()
        assert customer["full_name"]
        assert (await read(http, "/v1/amara/about"))["demo"]


async def test_about_says_who_answers(nobody):
    about = await read(nobody, "/v1/amara/about")
    assert about.items() >= {"concierge": False, "model": "scripted", "demo": False, "limits": {"text": 8_000}}.items()


async def test_unknown_routes_and_methods_are_problems_too(nobody):
    async with nobody.get("/v1/nowhere") as answer:
        await check_problem(answer, 404, "not_found")
    async with nobody.put("/v1/amara/about") as answer:
        await check_problem(answer, 405, "method_not_allowed")
    async with nobody.get("/v1/amara/chat") as answer:
        assert answer.status in {404, 405, 426}
    for path in ("/schema", "/docs/nowhere", "/debug"):
        async with nobody.get(path) as answer:
            await check_problem(answer, 404, "not_found")


async def test_the_service_is_ready_until_it_drains_and_alive_all_along(service, nobody):
    body = await read(nobody, "/health/ready")
    assert (body["status"], body["reasons"]) == ("ready", [])
    service.door.house.runs.is_draining = True
    body = await read(nobody, "/health/ready", 503)
    assert (body["status"], body["reasons"]) == ("unready", ["draining"])
    assert await read(nobody, "/health/live") == {"status": "live"}


async def test_the_service_is_not_ready_without_its_migrations(service, nobody, owner):
    await owner.execute("delete from supabase_migrations.schema_migrations where name = 'amara_api'")
    body = await read(nobody, "/health/ready", 503)
    assert "amara_api.sql" in body["reasons"][0]
