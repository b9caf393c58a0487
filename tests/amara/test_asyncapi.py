"""The description of the socket says what is spoken, and the files of the documentation say the same."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import msgspec
import pytest

from amara import VERSION, asyncapi, frames
from tests import upstream as scripted
from tests.rig import chatting

DOCS = Path(__file__).parents[2] / "docs"


def test_the_files_are_those_the_structs_make():
    assert msgspec.json.decode((DOCS / "asyncapi.json").read_bytes()) == asyncapi.document(version=VERSION)
    assert (DOCS / "amara.d.ts").read_text() == asyncapi.typescript()


def test_every_reference_leads_somewhere():
    document = asyncapi.document(version=VERSION)

    def references(value):
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for reference in references(document):
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


@pytest.mark.parametrize(
    ("written", "struct"),
    [(frames.words("m", 'a"ñ\n'), asyncapi.Words), (frames.arguments("c", "{}"), asyncapi.Arguments)],
)
def test_what_is_written_by_hand_is_what_is_described(written, struct):
    decoded = msgspec.json.decode(written, type=struct)
    assert msgspec.json.decode(msgspec.json.encode(decoded)) == msgspec.json.decode(written)


async def test_everything_that_is_heard_is_described(service, upstream, token):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro. "), scripted.says("No tiene reservas."))
    controls = msgspec.json.Decoder(frames.Welcome | frames.Ack | frames.Reconnect | frames.Refused | asyncapi.Ping)
    envelopes, asides = msgspec.json.Decoder(asyncapi.Envelope), msgspec.json.Decoder(asyncapi.Happened)
    async with chatting(service, token) as chat:
        await chat.ask("¿Mis reservas?")
        await chat.hear_until("event")
        for frame in chat.frames:
            decoder = envelopes if "chunk" in frame else asides if frame["type"] == "event" else controls
            decoder.decode(msgspec.json.encode(frame))
        assert {frame.get("type") for frame in chat.frames} >= {"welcome", "ack", "event"}


async def test_the_service_describes_itself(service):
    async with aiohttp.ClientSession() as http, http.get(f"{service.url}/asyncapi.json") as answer:
        assert answer.status == 200
        assert await answer.json() == asyncapi.document(version=VERSION)
