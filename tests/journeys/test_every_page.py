"""Every page of ours in HTML, whoever asks: its policy lets no script or site in that is not ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

import amara
from amara import demo
from tests.rig import Service, serving
from tests.web import browsing

LISTED = "https://shop.example"


@pytest.fixture
async def framed(urls) -> AsyncIterator[Service]:
    async with serving(urls, has_demo=True, frame_ancestors=(LISTED,)) as running:
        yield running


def addresses(service: Service) -> set[str]:
    """Whatever can be got, as it is; a part of an address that may be anything is something here."""
    found = {"/nothing/here"}
    for route in service.door.app.routes:
        if isinstance(route, HTTPRoute) and "GET" in route.methods:
            path = route.path
            for parameter in route.path_parameters.values():
                path = path.replace("{" + parameter.full + "}", "6f9d1b0e-1c1c-4f0e-9f57-0d6f2f1f7a11")
            found.add(path)
    folder = Path(amara.__file__).parent / "widget"
    return found | {f"/widget/v1/{file.name}" for file in folder.glob("*.html")}


def told(policy: str) -> dict[str, str]:
    return {name: values for name, _, values in (one.strip().partition(" ") for one in policy.split(";"))}


@pytest.mark.parametrize("who", ["nobody", "administrator"])
async def test_every_page_says_what_may_run_and_who_may_show_it(framed, who):
    token = framed.token(demo.ADMIN_ID) if who == "administrator" else None
    pages = set()
    async with browsing(framed.url, token) as session:
        for path in sorted(addresses(framed)):
            async with session.get(path, headers={"accept": "text/html"}, allow_redirects=False) as answer:
                assert answer.status < 500, path
                if answer.content_type != "text/html":
                    continue
                pages.add(path)
                policy = told(answer.headers["content-security-policy"])
                assert policy["default-src"] == "'none'", path
                assert "unsafe" not in str(policy), path
                assert "*" not in str(policy), path
                assert {"base-uri", "form-action", "frame-ancestors"} <= policy.keys(), path
                assert policy.get("script-src", "'none'") in {"'self'", "'none'"}, path
                allowed = LISTED if path == "/widget/v1/frame" else "'self'"
                assert policy["frame-ancestors"] in {allowed, "'none'"}, path
                assert answer.headers["x-content-type-options"] == "nosniff", path
                assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin"}, path
    expected = {"/", "/guest", "/docs", "/widget/v1/frame", "/widget/v1/index.html", "/widget/v1/frame.html"}
    assert expected <= pages
    assert any(path.startswith("/admin") for path in pages), pages
