"""The concierge behaves as Amara shall, in every conversation she is judged by."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from tests import upstream as scripted
from tests.conduct import script, stage
from tests.rig import Service, serving
from tests.rules.tree import ROOT

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


async def test_one_command_plays_them_all_against_whatever_speaks_the_api():
    """Here one of them, against a model that promises what nobody can."""
    async with scripted.upstream() as model:
        model.otherwise = scripted.says("Le garantizo que queda contenta.")
        command = (sys.executable, "-m", "tests.conduct", "--base-url", model.url, "--only", "es-poema")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AMARA_", "ANTHROPIC_"))}
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=kept, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        report, progress = (said.decode() for said in await process.communicate())
    assert process.returncode == 1, progress
    assert "0 of 1 without one" in report
    assert "es-poema, turn 1, no_promises: promises: 'garantiz'" in report
    assert "100%" in progress
