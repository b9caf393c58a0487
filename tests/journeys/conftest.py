from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests import upstream as scripted
from tests.rig import Service, serving


@pytest.fixture
async def server(urls) -> AsyncIterator[Service]:
    """The service as `make run` has it: the demo marketplace, and the offline concierge."""
    async with serving(urls, has_demo=True) as service:
        yield service


@pytest.fixture
async def upstream() -> AsyncIterator[scripted.Upstream]:
    async with scripted.upstream() as model:
        yield model


@pytest.fixture
async def service(urls, upstream) -> AsyncIterator[Service]:
    """The service with the demo marketplace, and a model whose every answer the test chooses."""
    async with serving(urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted") as running:
        yield running
