"""Whatever a client sends, made from our own words or from none: it is answered or sent away, and never by accident."""

from __future__ import annotations

import json
from typing import Any

import websockets
from hypothesis import given, settings
from hypothesis import strategies as st

from amara import errors
from amara.limits import Limits, Rates
from tests import wire
from tests.rig import chatting, end_of, text_of

FRAMES = 400
BROKEN = 1011  # what a server says that fell over its own feet

_ids = st.text(max_size=130)
_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
_anything = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
)
_roles = st.sampled_from(["user", "assistant", "system", "developer", "tool", "nobody"])
_content = st.text(max_size=60) | st.just([{"type": "text", "text": "Hola"}]) | _anything
_messages = st.lists(
    st.fixed_dictionaries({"id": _ids, "role": _roles, "content": _content}, optional={"toolCalls": _anything}),
    max_size=4,
)
_wishes = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("policy", "locale", "timeZone", "analyticsSessionId"), _anything)
)
_said = st.fixed_dictionaries(
    {"threadId": st.just("HERE") | _ids, "runId": _ids, "messages": _messages},
    optional={
        "resume": st.lists(st.fixed_dictionaries({"interruptId": _ids, "status": _anything, "payload": _anything})),
        "parentRunId": _ids,
        "forwardedProps": st.fixed_dictionaries({}, optional={"amara": _wishes | _anything}),
        "tools": _anything,
        "state": _anything,
    },
)
_control = st.fixed_dictionaries(
    {"type": st.sampled_from(["hello", "refresh", "abort", "pong", "ack", "RUN_STARTED", ""])},
    optional=dict.fromkeys(("token", "since", "runId", "locale", "device"), _anything),
)


@st.composite
def _frames(draw: st.DrawFn) -> str:
    """One of ours, one that is nearly one of ours, or no JSON at all."""
    whole: dict[str, Any] | Any = draw(_said | _said | _control | _anything)
    if isinstance(whole, dict) and draw(st.booleans()):
        for name in draw(st.lists(st.sampled_from(sorted(whole)), max_size=2)) if whole else []:
            whole[name] = draw(_anything)
    text = json.dumps(whole)
    if draw(st.integers(0, 5)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text(max_size=3)) + text[at + draw(st.integers(0, 3)) :]
    return text


def some_frames() -> list[str]:
    drawn: list[str] = []

    @settings(max_examples=FRAMES, database=None, derandomize=True, deadline=None)
    @given(_frames())
    def draw(text: str) -> None:
        drawn.append(text.encode("utf-8", "replace").decode())

    draw()
    return drawn


async def test_no_frame_breaks_a_socket(service, owner, token):
    service.door.sockets.limits = Limits(Rates(frames=10_000, messages=10_000, sockets=50))
    waiting, codes = some_frames(), set()
    assert len(waiting) >= FRAMES // 2
    while waiting:
        async with chatting(service, token) as chat:
            try:
                while waiting:
                    await chat.send(waiting[-1].replace('"HERE"', json.dumps(chat.thread_id)))
                    waiting.pop()
                await chat.send('{"type":"refresh","token":"x"}')
            except websockets.ConnectionClosed:
                waiting.pop()
            codes.add(await end_of(chat.socket))
    assert codes <= {4400, 4401, 4403, 4404}
    assert BROKEN not in codes
    async with chatting(service, token) as chat:
        assert text_of(await chat.ask("Hola")) == "Claro."
    await wire.at_rest(service)
    code = errors.AmaraError.code
    assert await owner.fetchval("select count(*) from public.amara_runs where error_code = $1", code) == 0
