"""The page, and the widget's files for pages of any site."""

from __future__ import annotations

import asyncio
import re

import pytest

from amara import widget_routes
from tests.rig import serving
from tests.web import browsing


@pytest.fixture
async def nobody(service):
    async with browsing(service.url) as session:
        yield session


async def test_the_page_allows_no_foreign_script_and_is_cached_by_its_content(nobody):
    async with nobody.get("/") as page:
        assert (page.status, page.content_type) == (200, "text/html")
        assert page.headers["content-security-policy"] == widget_routes.CSP
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "<script>" not in await page.text()
    async with nobody.get("/", headers={"if-none-match": page.headers["etag"]}) as again:
        assert again.status == 304
        assert await again.read() == b""
    async with nobody.get("/", headers={"if-none-match": '"another"'}) as again:
        assert again.status == 200
    assert "script-src 'unsafe-inline'" not in widget_routes.CSP


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/style.css", "text/css; charset=utf-8"),
        ("/widget/v1/amara-chat.js", "text/javascript; charset=utf-8"),
        ("/widget/v1/icon.svg", "image/svg+xml"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
    ],
)
async def test_what_a_file_is_stands_in_its_head_once(nobody, path, kind):
    async with nobody.get(path) as file:
        assert file.status == 200
        assert file.headers.getall("content-type") == [kind]


async def test_the_widget_is_a_short_way_to_a_version_that_never_changes(nobody):
    async with nobody.get("/widget/v1/amara-chat.js") as script:
        assert script.content_type == "text/javascript"
        assert script.headers["cache-control"] == "no-cache"
        way = re.fullmatch(r'export \* from "\./([0-9a-f]{16}/amara-chat\.js)";\n', await script.text())
    assert way is not None
    async with nobody.get(f"/widget/v1/{way[1]}") as twin:
        assert twin.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "customElements.define" in await twin.text()


async def test_a_page_opened_before_an_upgrade_finds_what_it_loads_later(nobody):
    async with nobody.get("/widget/v1/0123456789abcdef/table.js") as later:
        assert (later.status, later.headers["cache-control"]) == (200, "no-cache")
    async with nobody.get("/widget/v1/0123456789abcdef/none.js") as nothing:
        assert nothing.status == 404


async def test_pages_of_any_site_may_take_the_modules_but_not_the_page(nobody):
    async with nobody.get("/widget/v1/protocol.js", headers={"origin": "https://shop.example"}) as module:
        assert module.headers["access-control-allow-origin"] == "*"
        assert module.headers["cross-origin-resource-policy"] == "cross-origin"
    async with nobody.get("/", headers={"origin": "https://shop.example"}) as page:
        assert "access-control-allow-origin" not in page.headers


async def test_there_is_no_frame_unless_somebody_may_show_it(nobody):
    async with nobody.get("/widget/v1/frame") as frame:
        assert frame.status == 404


async def test_the_frame_names_who_may_show_it(urls):
    ancestors = ("https://shop.example", "https://app.example")
    async with serving(urls, frame_ancestors=ancestors) as service, browsing(service.url) as nobody:
        async with nobody.get("/widget/v1/frame") as frame:
            assert frame.status == 200
            policy = frame.headers["content-security-policy"]
            assert "; frame-ancestors https://shop.example https://app.example;" in policy
        assert "unsafe-inline" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/widget/v1/../settings.py",
        "/widget/v1/..%2Fsettings.py",
        "/widget/v1/%2e%2e/settings.py",
        "/widget/v1//etc/passwd",
        "/widget/v1/..\\settings.py",
        "/widget/v1/",
        "/widget/v1/amara-chat.js%00",
        "/widget/v1/0123456789abcdef/../settings.py",
        "/widget/v1/0123456789abcdef/",
        "/widget/v2/amara-chat.js",
        "/amara-chat.js",
    ],
)
async def test_nothing_but_the_widgets_files_can_be_read(service, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.split(b"\r\n")[0].split()[1] == b"404", answer
