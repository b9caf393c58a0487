"""The ways in which the model's side fails: what it sends, and what may be made of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from tests import upstream as scripted
from tests.upstream import Answer

Json = dict[str, Any]

WORDS = ("Tengo ", "tres ", "opciones: ", "aseo ", "y ", "más 🧹👩‍👧.")
WHOLE = "".join(WORDS)
CALL = scripted.call("list_my_bookings", '{"when": "upcoming"}', index=1)
ERROR_EVENT = {"type": "error", "error": {"type": "overloaded_error", "message": "scripted"}}


@dataclass(frozen=True)
class Way:
    """One way to fail."""

    answers: Callable[[], list[Answer]]
    """For the turn that meets it, in order."""
    ends: frozenset[str] = frozenset({"RUN_ERROR"})
    """How that turn may end."""
    tools: int = 0
    """How many calls were whole, and may be carried out."""


def _open(*words: str) -> list[Json]:
    return [scripted.start(), *scripted.text(*words)]


def _raw(*events: Json) -> bytes:
    return b"".join(map(scripted.sse, events))


def _drip() -> Iterator[Json]:
    yield from _open()[:2]
    yield from repeat({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}})


def _strange() -> Answer:
    whole = scripted.says(*WORDS).events
    new = [
        {"type": "of_tomorrow", "data": 1},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "of_tomorrow_delta", "x": "y"}},
        {"type": "content_block_start", "index": 7, "content_block": {"type": "of_tomorrow", "x": "y"}},
        {"type": "content_block_stop", "index": 7},
    ]
    return Answer([*whole[:3], *new, *whole[3:]])


FINISHED = frozenset({"RUN_FINISHED"})

WAYS: dict[str, Way] = {
    "400": Way(lambda: [scripted.fails(400, "invalid_request_error")]),
    "401": Way(lambda: [scripted.fails(401, "authentication_error")]),
    "429, come back in an hour": Way(lambda: [scripted.fails(429, "rate_limit_error", **{"retry-after": "3600"})]),
    "529, three times": Way(lambda: [scripted.fails(529, "overloaded_error")] * 3),
    "a page instead of a stream": Way(lambda: [Answer(body=b"<html>", headers={"content-type": "text/html"})]),
    "no header ever": Way(lambda: [Answer(until=asyncio.Event())]),
    "pings and nothing else": Way(lambda: [Answer(repeat({"type": "ping"}), pause_s=0.05)]),
    "silence after some words": Way(lambda: [Answer([*_open(*WORDS), *scripted.end()], until=asyncio.Event())]),
    "words that drip for ever": Way(lambda: [Answer(_drip(), pause_s=0.1)]),
    "an error event among the words": Way(lambda: [Answer([*_open(*WORDS)[:-1], ERROR_EVENT])]),
    "a reset among the words": Way(lambda: [Answer(_open(*WORDS), cut=True, cut_after_events=6)]),
    "an end without message_stop": Way(lambda: [Answer(_open(*WORDS))]),
    "an end without its last event": Way(lambda: [Answer([*_open(*WORDS), scripted.end()[0]])]),
    "an event that is no JSON": Way(lambda: [Answer(body=_raw(*_open(*WORDS)) + b"data: {half\n\n")]),
    "bytes that are no text": Way(lambda: [Answer(body=_raw(*_open(*WORDS)) + b'data: {"type":"\xff"}\n\n')]),
    "half a call, then the end": Way(lambda: [Answer([*_open("Miro. "), *CALL[:2]])]),
    "half a call, then a reset": Way(lambda: [Answer([*_open("Miro. "), *CALL[:3]], cut=True)]),
    "half a call at the end of the length": Way(
        lambda: [Answer([*_open("Miro. "), *CALL[:2], *scripted.end("max_tokens")])], FINISHED
    ),
    "half a call that says it is whole": Way(
        lambda: [Answer([*_open("Miro. "), *CALL[:2], CALL[-1], *scripted.end("tool_use")])]
    ),
    "nothing, twice": Way(lambda: [Answer([scripted.start(), *scripted.end()])] * 2),
    "a refusal among the words": Way(lambda: [Answer([*_open("Bueno, "), *scripted.end("refusal")])], FINISHED),
    "pauses for ever": Way(lambda: [Answer([*_open("Un momento. "), *scripted.end("pause_turn")])] * 8, FINISHED),
    "one id for two calls": Way(
        lambda: [*[scripted.calls("list_my_bookings", {})] * 2, scripted.says(*WORDS)], FINISHED, tools=2
    ),
    "a failure after a tool": Way(
        lambda: [scripted.calls("list_my_bookings", {}, before="Miro. "), scripted.fails(400)], tools=1
    ),
    "events of tomorrow": Way(lambda: [_strange()], FINISHED),
    "bytes that come one by one": Way(lambda: [Answer(scripted.says(*WORDS).events, piece=1)], FINISHED),
}
