"""The concierge behaves as Amara shall, in every conversation she is judged by."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conduct import script, stage
from tests.rig import Service, serving

CONVERSATIONS_MIN = 60


@pytest.fixture
async def service(urls) -> AsyncIterator[Service]:
    async with serving(urls, has_demo=True) as running:
        yield running


@pytest.mark.parametrize("chapter", script.chapters())
async def test_the_concierge_minds_its_manners(service, owner, chapter):
    complaints = [
        complaint
        for conversation in script.chapters()[chapter]
        for complaint in await stage.play(service, owner, conversation)
    ]
    assert complaints == []


def test_there_are_sixty_conversations_and_half_of_them_are_spanish():
    conversations = list(script.everything())
    assert len(conversations) >= CONVERSATIONS_MIN
    assert len({conversation.id for conversation in conversations}) == len(conversations)
    spanish = sum(conversation.language == "es" for conversation in conversations)
    assert 0.4 <= spanish / len(conversations) <= 0.6
