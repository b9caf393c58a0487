"""One concierge and one client for every test here."""

from __future__ import annotations

import pytest_asyncio
from anthropic import AsyncAnthropic

from amara import offline


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def base_url():
    async with offline.start(pace_s=0) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(base_url):
    async with AsyncAnthropic(api_key="x", base_url=base_url, max_retries=0) as made:
        yield made
