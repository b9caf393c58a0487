from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from amara.model.claude import Patience
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person
from tests.rig import Service, serving


@pytest.fixture
async def upstream() -> AsyncIterator[scripted.Upstream]:
    """A model whose every answer the test chooses; whatever it was asked must have been a legal request."""
    async with scripted.upstream() as model:
        yield model
    for request in model.requests:
        wire.check_request(request)


@pytest.fixture
async def service(urls, upstream) -> AsyncIterator[Service]:
    """The service on that model, which it gives three seconds instead of half a minute."""
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=600) as running:
        running.door.house.model.patience = Patience(first_s=3, idle_s=3, backoff_s=0)
        yield running


@pytest.fixture
async def laura(owner) -> UUID:
    """A customer, signed in by `token`."""
    return await a_person(owner)


@pytest.fixture
def token(service, laura) -> str:
    return service.token(laura)
