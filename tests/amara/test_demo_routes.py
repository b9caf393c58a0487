"""An account for anybody who reads the demo's terminal, and for nobody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from amara import demo_routes, errors
from amara.demo_routes import Codes
from tests.builders import a_person
from tests.rig import serving
from tests.web import browsing, check_problem

EMAIL = "maria@example.com"
NOW = datetime(2030, 3, 1, tzinfo=UTC)


@pytest.fixture
def heard():
    return []


@pytest.fixture
async def demo(urls, heard):
    async with serving(urls, has_demo=True, say=heard.append) as service, browsing(service.url) as client:
        yield client


async def ask(client, status=None, **body):
    async with client.post("/v1/demo/account", json=body) as answer:
        assert answer.headers["cache-control"] == "no-store"
        assert status in {None, answer.status}
        return await answer.json()


def code_in(heard):
    return re.search(r"is (\d{6})\.", heard[-1])[1]


async def test_the_code_from_the_terminal_makes_a_confirmed_account(demo, heard, owner):
    assert await ask(demo, 202, email=" Maria@Example.com") == {"sent": True, "expires_in": 600}
    account = await ask(demo, 201, email=EMAIL, code=code_in(heard))
    assert set(account) == {"access_token", "token_type", "expires_in", "user_id", "full_name", "role"}
    row = await owner.fetchrow("select * from auth.users where id = $1", account["user_id"])
    assert (row["email"], row["is_anonymous"], row["email_confirmed_at"] is not None) == (EMAIL, False, True)
    async with demo.get("/v1/bookings", headers={"authorization": f"Bearer {account['access_token']}"}) as answer:
        assert answer.status == 200


async def test_an_account_is_made_once(demo, heard):
    accounts = []
    for _ in range(2):
        await ask(demo, email=EMAIL)
        accounts.append((await ask(demo, 201, email=EMAIL, code=code_in(heard)))["user_id"])
    assert accounts[0] == accounts[1]


async def test_an_address_that_somebody_has_not_confirmed_is_not_given_to_another(demo, heard, owner):
    await a_person(owner, email=EMAIL, confirmed=False)
    await ask(demo, email=EMAIL)
    assert (await ask(demo, 422, email=EMAIL, code=code_in(heard)))["code"] == "code_refused"


async def test_a_code_is_of_one_address_and_of_one_use(demo, heard):
    await ask(demo, email=EMAIL)
    code = code_in(heard)
    await ask(demo, 422, email="pedro@example.com", code=code)
    await ask(demo, 201, email=EMAIL, code=code)
    assert (await ask(demo, 422, email=EMAIL, code=code))["code"] == "code_refused"


@pytest.mark.parametrize(
    "body", [{}, {"email": 3}, {"email": "maria"}, {"email": "a" * 400}, {"email": EMAIL, "code": 1}]
)
async def test_what_is_no_address_is_refused(demo, body, heard):
    assert (await ask(demo, 400, **body))["code"] == "bad_request"
    assert not any("code for" in line for line in heard)


async def test_outside_a_demo_there_is_no_such_place(urls):
    async with serving(urls) as service, browsing(service.url) as client:
        async with client.post("/v1/demo/account", json={"email": EMAIL}) as answer:
            await check_problem(answer, 404, "not_found")
        async with client.post("/v1/demo/account", json={"email": EMAIL, "code": "123456"}) as answer:
            await check_problem(answer, 404, "not_found")


def counting(heard):
    time = [NOW]
    minted = iter(range(100_000, 200_000))
    codes = Codes(heard.append, lambda: time[0], lambda: str(next(minted)))
    return codes, time


def test_the_fifth_wrong_code_is_the_last_and_asking_again_gives_no_more(heard):
    codes, time = counting(heard)
    codes.tell(EMAIL)
    assert not any(codes.spend(EMAIL, "000000") for _ in range(5))
    codes.tell(EMAIL)
    assert heard[0] == heard[1]
    assert not codes.spend(EMAIL, "100000")
    time[0] += timedelta(minutes=10)
    codes.tell(EMAIL)
    assert codes.spend(EMAIL, "100001")


def test_a_code_lasts_ten_minutes(heard):
    codes, time = counting(heard)
    codes.tell(EMAIL)
    time[0] += timedelta(minutes=10)
    assert not codes.spend(EMAIL, "100000")


def test_a_demo_remembers_only_so_many_codes(heard):
    codes, time = counting(heard)
    for number in range(demo_routes.OPEN_MAX):
        codes.tell(f"{number}@example.com")
    with pytest.raises(errors.TooMany):
        codes.tell(EMAIL)
    time[0] += timedelta(minutes=10)
    codes.tell(EMAIL)
    assert codes.spend(EMAIL, "100100")


def test_a_code_that_is_no_number_is_wrong(heard):
    codes, _ = counting(heard)
    codes.tell(EMAIL)
    assert not codes.spend(EMAIL, "ñ")
