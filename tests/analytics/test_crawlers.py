"""Who is a visitor, by the name."""

from __future__ import annotations

import pytest

from analytics.crawlers import Crawlers

CRAWLERS = Crawlers()


@pytest.mark.parametrize(
    "name",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; +https://openai.com/gptbot)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
    ],
)
def test_who_only_looks_around_is_known(name):
    assert CRAWLERS.sent(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1",
        "analytics-node-next/latest",
        "analytics-python/2.4.0",
        "okhttp/4.12.0",
        "Python/3.11 aiohttp/3.14.5",
        "x" * 100_000,
    ],
    ids=lambda name: name[:20],
)
def test_browsers_apps_and_servers_of_senders_are_none(name):
    assert not CRAWLERS.sent(name)
