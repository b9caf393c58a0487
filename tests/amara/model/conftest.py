"""The real SDK against a scripted upstream, with no waiting in between."""

from __future__ import annotations

import pytest

from amara.model import Ask
from amara.model.claude import Claude, Patience
from tests import upstream as scripted

HELLO = Ask([{"type": "text", "text": "Usted es Amara."}], [{"role": "user", "content": "Hola"}])


@pytest.fixture
async def upstream():
    async with scripted.upstream() as served:
        yield served


@pytest.fixture
def waited():
    """The seconds that would have been waited, in order."""
    return []


@pytest.fixture
async def claude(upstream, waited):
    """`await claude(patience)`: opened, and closed after the test."""
    opened = []

    async def open_one(patience=None, *, url=upstream.url):
        async def sleep(seconds):
            waited.append(seconds)

        model = Claude("scripted", "sk-ant-geheim", url, patience or Patience(), sleep)
        opened.append(model)
        await model.open()
        return model

    yield open_one
    for model in opened:
        await model.close()


@pytest.fixture
async def model(claude):
    return await claude()


@pytest.fixture
def ask(model):
    """Everything the model says to one request."""

    async def everything(request=HELLO, *, of=model):
        return [event async for batch in of.stream(request) for event in batch]

    return everything
