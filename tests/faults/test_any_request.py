"""Whatever is asked over HTTP, by whomever, is answered as the document says, and never with an error of ours."""

from __future__ import annotations

import asyncio

import pytest

from tests import upstream as scripted
from tests.faults import any_request
from tests.rig import serving


@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore")
async def test_every_door_answers_everybody_as_the_document_says(urls, owner):
    async with (
        scripted.upstream() as model,
        serving(urls, has_demo=True, anthropic_base_url=model.url, model="scripted") as service,
    ):
        world = await any_request.settle(service, owner)
        verdict = await asyncio.to_thread(any_request.ask_everything, service.url, world, examples=4, number=1)
    assert len(verdict.operations) > 80
    assert verdict.callers.keys() == world.callers.keys()
    assert not verdict.broken, str(verdict)
