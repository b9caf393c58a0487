from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from amara.model.claude import Patience
from tests import upstream as scripted
from tests.builders import a_person
from tests.rig import Chat, Service, chatting, serving


@pytest.fixture
async def upstream() -> AsyncIterator[scripted.Upstream]:
    """A model whose every answer the test chooses; it refuses what is no legal request, and none may have been made."""
    async with scripted.upstream() as model:
        yield model
    assert model.refused == []


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


@pytest.fixture
async def camila(owner) -> UUID:
    """Of staff, signed in by `staff`."""
    return await a_person(owner, full_name="Camila Torres", role="admin")


@pytest.fixture
def staff(service, camila) -> str:
    return service.token(camila)


@pytest.fixture
async def andres(owner, service) -> str:
    """A colleague of hers."""
    return service.token(await a_person(owner, full_name="Andrés Mejía", role="admin"))


@pytest.fixture
async def chat(service, token) -> AsyncIterator[Chat]:
    """A conversation that has begun."""
    async with chatting(service, token) as one:
        await one.ask("Hola, busco limpieza")
        yield one
