"""What browsers report of a page's policy: heard in words of ours, a few a minute, from whoever sends it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from amara.complaints import BODY_MAX, MINUTELY, told_of
from amara.limits import Limits
from amara.shapes import Complaint
from tests.browser import launched, visiting
from tests.rig import serving
from tests.web import browsing, check_problem

REPORTS = "/v1/csp-reports"
HERE = "https://amara.example/guest?name=Laura"
WORDS = {
    *("inline", "eval", "wasm-eval", "trusted-types-policy", "trusted-types-sink"),
    *("own", "site", "data", "blob", "extension", "other"),
}


@pytest.fixture
async def http(urls):
    async with serving(urls) as service, browsing(service.url) as session:
        yield session


def report(**more):
    return json.dumps({"csp-report": {name.replace("_", "-"): value for name, value in more.items()}})


@pytest.mark.parametrize(
    ("blocked", "what"),
    [
        ("inline", "inline"),
        ("https://amara.example/x.js", "own"),
        ("https://evil.example/laura@example.com", "site"),
        ("wss://evil.example", "site"),
        ("data", "data"),
        ("data:text/html,x", "data"),
        ("blob:https://amara.example/1", "blob"),
        ("chrome-extension://abcdef/x.js", "extension"),
        ("moz-extension", "extension"),
        ("https://[", "site"),
        ("Laura Gómez 300 123 4567", "other"),
        ("", "other"),
    ],
)
def test_what_was_asked_for_becomes_a_word(blocked, what):
    told = told_of(Complaint(document_uri=HERE, blocked_uri=blocked, violated_directive="script-src 'self'"))
    assert told == {"directive": "script-src", "blocked": what, "page": "/guest"}


def test_of_a_page_its_kind_is_known_and_no_id():
    inbox = Complaint(document_uri="https://amara.example/admin/inbox/6f9d1b0e?q=1", effective_directive="img-src")
    assert told_of(inbox)["page"] == "/admin"
    assert told_of(Complaint(document_uri="https://amara.example/laura"))["page"] == "other"


@given(st.builds(Complaint, *[st.text()] * 4))
def test_whatever_is_said_is_told_in_words_of_ours(complaint):
    told = told_of(complaint)
    assert told["blocked"] in WORDS
    assert told["page"] in {"/", "/guest", "/docs", "/widget/v1/frame", "/admin", "other"}
    assert told["directive"] == "other" or told["directive"].replace("-", "").isalpha()


async def test_a_report_is_a_line_and_a_number_and_nothing_of_what_was_written(http):
    said = report(document_uri=HERE, blocked_uri="https://laura.example/?3001234567", effective_directive="img-src")
    kind = {"content-type": "application/csp-report"}
    with capture_logs() as lines:
        async with http.post(REPORTS, data=said, headers=kind) as answer:
            assert answer.status == 204
    (line,) = [line for line in lines if line["event"] == "policy_violated"]
    assert (line["directive"], line["blocked"], line["page"]) == ("img-src", "site", "/guest")
    assert "laura" not in str(lines).lower()
    async with http.get("/metrics") as answer:
        assert 'amara_policy_complaints_total{blocked="site"} 1.0' in await answer.text()


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"csp-report": 7}', '{"csp-report": {"blocked-uri": 7}}'])
async def test_what_is_no_report_is_refused(http, body):
    async with http.post(REPORTS, data=body) as answer:
        await check_problem(answer, 400, "bad_request")


async def test_what_is_not_utf_8_is_refused(http):
    async with http.post(REPORTS, data=b'{"csp-report": {"blocked-uri": "\xff"}}') as answer:
        await check_problem(answer, 400, "bad_request")


async def test_a_report_as_long_as_a_book_is_not_read(http):
    async with http.post(REPORTS, data=report(blocked_uri="x" * BODY_MAX)) as answer:
        assert answer.status == 413


async def test_a_flood_writes_so_many_lines_a_minute_and_no_more(http):
    with capture_logs() as lines:
        for _ in range(MINUTELY):
            async with http.post(REPORTS, data=report()) as answer:
                assert answer.status == 204
        async with http.post(REPORTS, data=report()) as answer:
            await check_problem(answer, 429, "too_many")
            assert int(answer.headers["retry-after"]) in range(1, 61)
    assert len([line for line in lines if line["event"] == "policy_violated"]) == MINUTELY


def test_after_a_minute_reports_are_heard_again():
    now = [0.0]
    pace = Limits(clock=lambda: now[0]).pace(1)
    pace.take()
    now[0] = 60.0
    pace.take()


async def test_a_browser_reports_what_the_page_forbids_and_nothing_while_all_is_well(urls):
    async with serving(urls, has_demo=True) as service, launched() as chromium:
        async with visiting(chromium, service) as page:
            await page.get_by_role("textbox").wait_for()
        async with browsing(service.url) as http, http.get("/metrics") as answer:
            told = [
                line for line in (await answer.text()).splitlines() if line.startswith("amara_policy_complaints_total{")
            ]
            assert len(told) == len(WORDS)
            assert all(line.endswith(" 0.0") for line in told)
        context = await chromium.new_context()
        page = await context.new_page()
        await page.goto(service.url)
        async with page.expect_request_finished(lambda request: request.url.endswith(REPORTS)):
            await page.evaluate("() => { new Image().src = 'https://evil.example/x.png' }")
        await context.close()
        async with browsing(service.url) as http, http.get("/metrics") as answer:
            assert 'amara_policy_complaints_total{blocked="site"} 1.0' in await answer.text()
