"""An endpoint that speaks less of the Messages API is asked for less, from its first refusal on."""

from __future__ import annotations

import pytest

from amara import errors, values
from amara.model import Ask, Ended, Words
from amara.model.features import NAMES, Features, says_full
from tests import upstream as scripted

RICH = Ask(
    [{"type": "text", "text": "Usted es Amara.", "cache_control": {"type": "ephemeral"}}],
    [
        {"role": "user", "content": [{"type": "text", "text": "Hola"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hola.", "signature": "c2ln"},
                {"type": "text", "text": "¿Sí?"},
            ],
        },
        {"role": "user", "content": [{"type": "text", "text": "Busco", "cache_control": {"type": "ephemeral"}}]},
    ],
    [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}],
    may_call=False,
)


class Spare:
    """A strict server: it refuses the first thing it does not know, in words like those of servers met in life."""

    def __init__(self, *lacks: str) -> None:
        self.lacks = lacks

    def __call__(self, request):
        sent = str(request)
        if "cache_control" in self.lacks and "cache_control" in sent:
            return self._no("system.0.cache_control: Extra inputs are not permitted")
        if "tool_choice" in self.lacks and "tool_choice" in request:
            return self._no("[{'loc': ('body', 'tool_choice'), 'msg': 'extra fields not permitted'}]", status=422)
        if "thinking" in self.lacks and "'thinking'" in sent:
            return self._no("messages.1.content.0: Invalid `signature` in `thinking` block")
        if "system_blocks" in self.lacks and not isinstance(request["system"], str):
            return self._no("system: Input should be a valid string")
        return scripted.says("Hola.")

    def _no(self, why, status=400):
        return scripted.fails(status, "invalid_request_error", message=why)


def words(heard):
    return "".join(event.text for event in heard if isinstance(event, Words))


@pytest.mark.parametrize("lacks", [[name] for name in NAMES] + [NAMES], ids="+".join)
async def test_what_a_server_refuses_once_is_not_sent_again(upstream, ask, model, waited, lacks):
    upstream.otherwise = Spare(*lacks)
    assert words(await ask(RICH)) == "Hola."
    assert (len(upstream.requests), waited) == (1 + len(lacks), [])
    assert words(await ask(RICH)) == "Hola."
    assert len(upstream.requests) == 2 + len(lacks)  # remembered
    assert model.features.missing == set(lacks)
    assert model.is_well


async def test_nothing_is_left_out_for_a_server_that_takes_it(upstream, ask, model):
    await ask(RICH)
    [request] = upstream.requests
    assert request["system"] == RICH.system
    assert request["messages"] == RICH.messages
    assert request["tool_choice"] == {"type": "none"}
    assert model.features.missing == set()


async def test_what_is_known_from_the_settings_is_never_sent(upstream, ask, model):
    model.features = Features(set(NAMES))
    upstream.otherwise = Spare(*NAMES)
    assert isinstance((await ask(RICH))[-1], Ended)
    [request] = upstream.requests
    assert request["system"] == "Usted es Amara."
    assert request["messages"][1]["content"] == [{"type": "text", "text": "¿Sí?"}]


async def test_a_refusal_that_names_nothing_we_can_spare_stands(upstream, ask):
    upstream.then(scripted.fails(400, "invalid_request_error", message="model: not found"))
    with pytest.raises(errors.ModelRefusedUs):
        await ask(RICH)
    assert len(upstream.requests) == 1


async def test_a_server_that_complains_for_ever_is_not_asked_for_ever(upstream, ask):
    upstream.otherwise = scripted.fails(400, message="cache_control, tool_choice, thinking and system are wrong")
    with pytest.raises(errors.ModelRefusedUs):
        await ask(RICH)
    assert len(upstream.requests) == 1 + len(NAMES)


def test_a_thought_that_was_all_leaves_a_message_that_is_not_empty():
    thought = {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "x"}]}
    fitted = Features({"thinking"}).fit({"system": "", "messages": [thought]})
    assert fitted["messages"][0]["content"] == [{"type": "text", "text": "…"}]


def test_the_settings_know_every_feature():
    assert set(NAMES) == values.MODEL_FEATURES


@pytest.mark.parametrize("complaint", ["messages: roles must alternate", "max_tokens: 4096 > 2048", "context"])
def test_other_complaints_are_not_about_length(complaint):
    assert not says_full(complaint)
