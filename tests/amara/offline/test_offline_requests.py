"""Requests that are refused, and what is read of the instructions."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import anthropic
import httpx2
import pytest

from amara.offline import requests
from tests.amara.offline.talk import FOUND, gave, say, used


async def test_a_result_without_its_call_is_refused_as_the_vendor_does(client) -> None:
    with pytest.raises(anthropic.BadRequestError, match="tool_result"):
        await say(client, "hola", "Hola", gave(FOUND))
    with pytest.raises(anthropic.BadRequestError, match="no tool_result"):
        await say(client, "aseo en Cali", used("search_professionals", {}), "¿y?")


async def test_a_conversation_must_end_with_the_person(client) -> None:
    with pytest.raises(anthropic.BadRequestError, match="user message"):
        await say(client, "hola", "Hola")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"model":"m"}', b"\xff\xfe", b'{"model":"m","max_tokens":0,"messages":[]}', b"[" * 90_000],
)
async def test_a_malformed_body_is_refused_in_the_vendors_shape(base_url, body) -> None:
    async with httpx2.AsyncClient() as http:
        response = await http.post(f"{base_url}/v1/messages", content=body)
    assert response.status_code == 400
    assert response.json()["type"] == "error"
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_the_person_is_read_leniently_from_the_instructions() -> None:
    system = (
        "You are Amara.\nName: nobody\n\n- Language: en\n- Time zone: America/Bogota\n- City: Cali\n- Name: Ana Ruiz"
    )
    assert requests.surroundings(system) == requests.Surroundings("en", "Ana Ruiz", "Cali", ZoneInfo("America/Bogota"))
    assert requests.surroundings("") == requests.Surroundings()
    assert requests.surroundings("Zone: Mars/Olympus").zone is None
    assert requests.surroundings("Now: Sunday 2026-11-22 16:11 (UTC)").zone == ZoneInfo("UTC")
    assert requests.surroundings("Now: Sunday 2026-11-22 16:11 (Etc/GMT+5)").zone == ZoneInfo("Etc/GMT+5")


def test_the_day_is_read_from_the_instructions_in_the_persons_zone() -> None:
    told = requests.surroundings("Language: es\nNow: Tuesday 2025-11-25 13:04 (America/Bogota)")
    assert told.now == datetime(2025, 11, 25, 13, 4, tzinfo=ZoneInfo("America/Bogota"))
    assert requests.surroundings("Now: Tuesday 2025-11-25 13:04").now is None
    assert requests.surroundings("Now: 2025-13-40 (America/Bogota)").now is None
