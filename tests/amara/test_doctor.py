"""The doctor names what is missing before somebody finds it out, and changes nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from amara.doctor import Examination
from amara.settings import Settings
from tests import builders
from tests import upstream as scripted
from tests.rig import SECRET, serving


def patient(urls, **more):
    return Settings(database_url=urls.login_url, jwt_secret=SECRET, **more)


async def findings(settings, **environment):
    return {finding.about: finding async for finding in Examination(settings, environment).findings()}


async def test_a_healthy_service_is_well_to_the_last_round_trip(urls):
    async with serving(urls) as service:
        port = urlsplit(service.url).port
        found = await findings(patient(urls, port=port), AMARA_PORT=str(port))
    assert {name for name, finding in found.items() if finding.verdict == "ill"} == set()
    assert found["socket"].says.endswith("says welcome")
    assert "AMARA_PORT" in found["settings"].says
    assert found["model"].verdict == "note"


async def test_an_empty_database_is_told_what_to_run(empty_urls):
    found = await findings(patient(empty_urls))
    assert found["migrations"].verdict == "ill"
    assert "amara migrate" in found["migrations"].says


async def test_a_database_that_is_away_is_said_without_its_password():
    found = await findings(Settings(database_url="postgresql://somebody:secret@127.0.0.1:9/nowhere", jwt_secret=SECRET))
    assert found["database"].verdict == "ill"
    assert "secret" not in str(found)


async def test_a_login_that_is_not_there_yet_is_told_what_makes_it(empty_urls):
    url = empty_urls.login_url.replace("//amara_login@", "//nobody_yet@")
    assert url != empty_urls.login_url
    found = await findings(Settings(database_url=url, jwt_secret=SECRET))
    assert found["database"].verdict == "ill"
    assert "amara migrate makes that login where it is missing" in found["database"].says


async def test_every_missing_column_has_its_name(urls, owner):
    await owner.execute("drop view amara_api.professionals; create view amara_api.professionals as select 1 as id")
    found = await findings(patient(urls))
    assert "amara_api.professionals.full_name" in found["columns"].says
    assert "amara_api.professionals.id" not in found["columns"].says.split()


async def test_old_bookings_that_overlap_are_named_in_pairs(urls, owner):
    professional = await builders.a_professional(owner)
    await owner.execute("alter table bookings drop constraint bookings_no_overlap")
    ids = [await builders.a_booking(owner, professional_id=professional) for _ in range(2)]
    found = await findings(patient(urls))
    assert found["overlaps"].verdict == "note"
    assert all(str(booking_id) in found["overlaps"].says for booking_id in ids)


@pytest.mark.parametrize(("status", "verdict"), [(200, "well"), (401, "ill"), (404, "note")])
async def test_a_key_is_tried_where_it_costs_nothing(urls, monkeypatch, status, verdict):
    async with scripted.upstream() as model:
        model.otherwise = scripted.Answer(status=status, body=b"{}", headers={"content-type": "application/json"})
        found = await findings(patient(urls, anthropic_api_key="a-key", anthropic_base_url=model.url))
    assert found["model"].verdict == verdict
    assert "a-key" not in str(found)


async def test_a_broker_is_asked_where_one_is_named_and_its_absence_stands_in_nobodys_way(urls, broker):
    assert "broker" not in await findings(patient(urls))
    settings = patient(urls, redis_url=broker.url)
    assert (await findings(settings))["broker"].verdict == "well"
    broker.kill()
    assert (await findings(settings))["broker"].verdict == "note"
