"""Entering the pages, what is shown to whom, and leaving: over HTTP, as a browser would and as an attacker would."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import aiohttp
import pytest

from amara.auth import Tokens as Signer
from amara.doorkeeper import Doorkeeper
from amara.store import people
from analytics import errors
from analytics.pages import routes
from analytics.pages.admission import COOKIE, LASTS, Admission
from analytics.settings import Handed, Settings
from tests.builders import a_person
from tests.guest.serving import SECRET, handed_over, serving

SESSION, FUNNEL = "/admin/session", "/admin/funnel"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
FILES = [f"/admin/{name}.{form}" for name in ("funnel", "event-counts") for form in ("csv", "json")]


@pytest.fixture
def admission(db, clock):
    return Admission(db.service, clock, Doorkeeper(Signer(SECRET), db).again)


@pytest.fixture
def settings():
    return Settings()


@pytest.fixture
async def door(db, clock, tokens, admission, settings):
    """A client of the pages that keeps no cookies but those a test gives it."""
    router = routes.router(Handed(**handed_over(db, clock, tokens)), settings, admission)
    async with (
        serving(router, errors.AnalyticsError) as address,
        aiohttp.ClientSession(address, cookie_jar=aiohttp.DummyCookieJar()) as client,
    ):
        yield client


@pytest.fixture
async def laura(owner):
    """An administrator."""
    return await a_person(owner, role="admin")


def token_of(tokens, user_id, **more):
    return tokens.bearer(user_id, **more)["Authorization"].removeprefix("Bearer ")


async def enter(door, headers=FORM, **fields):
    async with door.post(SESSION, data=urlencode(fields), headers=headers, allow_redirects=False) as answer:
        return answer, await answer.text()


def cookie_of(answer):
    return SimpleCookie(answer.headers.get("Set-Cookie", "")).get(COOKIE)


def tags(page):
    found = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: found.add(tag)
    parser.feed(page)
    assert "body" in found
    return found


async def look(door, cookie=None, path=FUNNEL, method="GET", headers=None, **query):
    given = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    async with door.request(method, path, headers=given | (headers or {}), params=query) as answer:
        return answer, await answer.text()


@pytest.fixture
async def cookie(door, tokens, laura):
    answer, _ = await enter(door, token=token_of(tokens, laura))
    return cookie_of(answer).value


async def test_a_token_becomes_a_session_that_ends_with_it(door, tokens, laura):
    answer, _ = await enter(door, token=f" {token_of(tokens, laura)}\n", lang="en")
    assert (answer.status, answer.headers["Location"]) == (303, "/admin/funnel?lang=en")
    cookie = cookie_of(answer)
    assert (cookie["path"], cookie["samesite"].lower(), cookie["httponly"]) == ("/admin", "strict", True)
    assert int(cookie["max-age"]) == pytest.approx(3600, abs=30)  # the token's
    assert not cookie["secure"]
    assert token_of(tokens, laura) not in cookie.value
    answer, page = await look(door, cookie.value, lang="en")
    assert answer.status == 200
    assert "Funnel and events" in page


async def test_a_program_enters_with_json(door, tokens, laura, customer):
    async with door.post(SESSION, json={"token": token_of(tokens, laura)}) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
        assert (await look(door, cookie_of(answer).value))[0].status == 200
    for token, status, code in (
        (token_of(tokens, customer), 403, "not_allowed"),
        ("x", 401, "token_invalid"),
        (17, 401, "token_invalid"),
    ):
        async with door.post(SESSION, json={"token": token}) as answer:
            assert (answer.status, (await answer.json(content_type=None))["code"]) == (status, code)
            assert cookie_of(answer) is None


@pytest.mark.parametrize("settings", [Settings(public_url="https://amara.example")], ids=["https"])
async def test_behind_https_the_cookie_is_for_https_alone(door, tokens, laura):
    answer, _ = await enter(door, token=token_of(tokens, laura))
    assert cookie_of(answer)["secure"] is True


@pytest.mark.parametrize("role", ["customer", "professional"])
async def test_nobody_else_enters(door, owner, tokens, role):
    answer, page = await enter(door, token=token_of(tokens, await a_person(owner, role=role)), lang="en")
    assert (answer.status, cookie_of(answer)) == (403, None)
    assert "not an administrator" in page


async def test_a_visitor_does_not_enter(door, owner, tokens):
    visitor = await a_person(owner, is_anonymous=True)
    answer, _ = await enter(door, token=token_of(tokens, visitor, is_anonymous=True))
    assert (answer.status, cookie_of(answer)) == (403, None)


@pytest.mark.parametrize("fields", [{}, {"token": ""}, {"token": "x"}, {"code": "x"}, {"token": "é\n"}], ids=str)
async def test_what_is_no_token_lets_nobody_in(door, fields):
    answer, page = await enter(door, **fields)
    assert (answer.status, cookie_of(answer)) == (401, None)
    assert 'role="alert"' in page


async def test_an_expired_token_lets_nobody_in(door, tokens, laura):
    answer, _ = await enter(door, token=token_of(tokens, laura, ttl_s=-3600))
    assert (answer.status, cookie_of(answer)) == (401, None)


async def test_a_link_is_shown_without_being_spent_and_works_once(door, admission, laura):
    code = await admission.code(laura)
    for _ in range(3):  # a browser that fetches ahead, a chat that shows previews
        answer, page = await look(door, path="/admin", code=code)
        assert (answer.status, cookie_of(answer)) == (200, None)
        assert code in page
    answer, _ = await enter(door, code=code)
    assert (await look(door, cookie_of(answer).value))[0].status == 200
    assert code not in answer.headers["Location"]
    answer, page = await enter(door, code=code, lang="en")
    assert (answer.status, cookie_of(answer)) == (401, None)
    assert "This link was used" in page


async def test_a_link_is_no_use_when_its_person_is_no_administrator(door, admission, customer):
    answer, _ = await enter(door, code=await admission.code(customer))
    assert (answer.status, cookie_of(answer)) == (403, None)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
    ],
    ids=str,
)
async def test_another_site_signs_nobody_in_or_out(door, tokens, laura, cookie, headers):
    told = {"Content-Type": FORM["Content-Type"]} | headers
    answer, _ = await enter(door, told, token=token_of(tokens, laura))
    assert (answer.status, cookie_of(answer)) == (403, None)
    answer, _ = await look(door, cookie, "/admin/leave", "POST", headers)
    assert (answer.status, cookie_of(answer)) == (403, None)
    assert (await look(door, cookie))[0].status == 200


async def test_an_older_browser_says_its_origin_alone(door, tokens, laura):
    ours = str(door._base_url).rstrip("/")
    answer, _ = await enter(door, {"Content-Type": FORM["Content-Type"], "Origin": ours}, token=token_of(tokens, laura))
    assert answer.status == 303


async def test_leaving_ends_the_session_everywhere(door, cookie):
    answer, page = await look(door, cookie, "/admin/leave", "POST", lang="en")
    assert "You are signed out." in page
    assert cookie_of(answer)["max-age"] == "0"
    assert (await look(door, cookie))[0].status == 401
    assert (await look(door, cookie, FILES[0]))[0].status == 401


async def test_a_session_ends_by_itself(door, clock, cookie):
    clock.move(LASTS - timedelta(seconds=1))
    assert (await look(door, cookie))[0].status == 200
    clock.move(LASTS)
    answer, page = await look(door, cookie, lang="en")
    assert answer.status == 401
    assert "Your session is over" in page


async def test_an_administrator_no_more_sees_no_more(door, owner, laura, cookie):
    assert (await look(door, cookie))[0].status == 200
    await owner.execute("update public.profiles set role = 'customer' where id = $1", laura)
    answer, page = await look(door, cookie)
    assert answer.status == 403
    assert "<table" not in page
    for path in FILES:
        answer, said = await look(door, cookie, path)
        assert answer.status == 403
        assert "not_allowed" in said


@pytest.mark.parametrize("deed", ["signed out", "deleted"])
async def test_who_is_signed_out_or_deleted_is_out_here(door, owner, clock, laura, cookie, deed):
    if deed == "deleted":
        await owner.execute("delete from auth.users where id = $1", laura)
    else:
        await people.sign_out(owner, laura, issued_before=clock() + timedelta(seconds=1))
    assert (await look(door, cookie))[0].status == 401


@pytest.mark.parametrize("path", [FUNNEL, *FILES])
@pytest.mark.parametrize("given", [None, "x", "e30.e30.e30"])
async def test_without_a_session_nothing_is_shown(door, path, given):
    answer, said = await look(door, given, path)
    assert answer.status == 401
    assert "SearchStarted" not in said
    assert "<table" not in said


async def test_a_bearer_token_is_no_cookie(door, tokens, laura):
    assert (await look(door, token_of(tokens, laura)))[0].status == 401


async def test_every_answer_keeps_to_itself(door, admission, laura, cookie):
    for path, given in ((FUNNEL, cookie), (FUNNEL, None), ("/admin", None), (FILES[0], cookie), (FILES[1], cookie)):
        answer, _ = await look(door, given, path)
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers


async def test_what_somebody_asks_for_becomes_no_markup(door, cookie):
    attack = "\"><script>alert(1)</script><img src=x onerror='x'>"
    answer, page = await look(door, cookie, city=attack)
    assert answer.status == 200
    assert tags(page) & {"script", "img"} == set()
    answer, page = await look(door, path="/admin", code=attack, lang=attack)
    assert tags(page) & {"script", "img"} == set()


@pytest.mark.parametrize(
    "query",
    [{"from": "2025-11-07", "to": "2025-11-01"}, {"from": "x"}, {"channel": "phone"}, {"city": "a\0b"}],
    ids=str,
)
async def test_what_cannot_be_asked_is_said_on_the_page(door, cookie, query):
    answer, page = await look(door, cookie, lang="en", **query)
    assert answer.status == 400
    assert "look at the days" in page


async def test_the_files_are_the_numbers_of_the_page(door, cookie):
    answer, said = await look(door, cookie, FILES[0], by="day", **{"from": "2025-11-01", "to": "2025-11-02"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(said.splitlines()) == 3
    answer, said = await look(door, cookie, FILES[3])
    assert answer.content_type == "application/json"
    assert '"counts":[]' in said


async def test_a_body_larger_than_a_token_is_refused(door):
    answer, _ = await enter(door, token="x" * (routes.BODY_MAX + 1))
    assert answer.status == 413
