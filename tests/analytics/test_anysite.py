"""What a page of any site may do: send, and read the answer; and nothing of it says who somebody is."""

from __future__ import annotations

import pytest

from tests.rig import WRITE_KEY

PAGE = {"Origin": "https://anywhere.example"}
PATHS = ["events", "batch", "b", "t", "identify", "i", "g"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_asks_once_a_day(door, path):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-retry-count"}
    async with door.options(f"/v1/{path}", headers=PAGE | asked) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
        assert {"authorization", "content-type", "content-encoding", "x-retry-count"} <= set(allowed)
        assert int(answer.headers["Access-Control-Max-Age"]) >= 7200
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("cookie", [{}, {"Cookie": "session=somebody; access_token=somebody"}])
async def test_what_a_page_sends_with_cookies_is_nobodys(door, owner, cookie):
    headers = PAGE | cookie | {"Content-Type": "text/plain"}
    async with door.post("/v1/events", data=b'{"event_type":"SearchStarted"}', headers=headers) as answer:
        assert answer.status == 202
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert await owner.fetchval("select user_id from platform_events") is None


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_may_read_why_it_was_refused(door, path):
    async with door.post(f"/v1/{path}", data=b"{", headers=PAGE | {"Content-Type": "text/plain"}) as answer:
        assert answer.status in {400, 401}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Expose-Headers"] == "retry-after"


async def test_the_settings_are_any_pages_and_the_numbers_are_not(door):
    async with door.get(f"/v1/projects/{WRITE_KEY}/settings", headers=PAGE) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    async with door.get("/v1/analytics/funnel", headers=PAGE) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
