"""What a tool is, whatever it does."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from amara.tools.tool import Refusal, Tool


class Range(msgspec.Struct, forbid_unknown_fields=True):
    """Two days."""

    first: str
    last: str | None = None


class Args(msgspec.Struct, forbid_unknown_fields=True):
    """What it takes."""

    city: Annotated[str, Meta(description="A city.", max_length=80)]
    when: Literal["past", "all"] = "all"
    days: list[Range] = []


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Takes nothing."""


async def run(context, args, /):
    return {"city": args.city}


def tool(args=Args) -> Tool:
    return Tool("look", "Looks.", args, run, {"es": "Mirando…", "en": "Looking…"})


def nodes(schema):
    yield schema
    for value in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from nodes(value)


def test_arguments_become_the_tools_own_struct():
    decoded = tool().decode(b'{"city":"Cali","days":[{"first":"2025-12-01"}]}')
    assert decoded == Args("Cali", "all", [Range("2025-12-01")])
    assert tool().decode('{"city":"Cali"}') == tool().decode(b'{"city":"Cali"}')


@pytest.mark.parametrize("raw", [b"", b"{}"])
def test_a_call_without_arguments_is_an_empty_object(raw):
    assert tool(Nothing).decode(raw) == Nothing()


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b"", "city"),
        (b"{}", "city"),
        (b'{"city":7}', "city"),
        (b'{"city":"Cali","user_id":"x"}', "user_id"),
        (b'{"city":"Cali","when":"soon"}', "when"),
        (b'{"city":"Cali","days":[{"first":1}]}', "days"),
        (b'{"city":"' + b"x" * 81 + b'"}', "city"),
        (b'{"city":"Cali"', "look"),
        (b'{"city":"\xff"}', "look"),
    ],
)
def test_a_refusal_names_the_field_to_the_model(raw, named):
    with pytest.raises(Refusal) as refused:
        tool().decode(raw)
    assert refused.value.code == "bad_arguments"
    assert named in refused.value.detail


@given(st.binary() | st.text())
def test_whatever_the_model_sends_is_arguments_or_a_refusal(raw):
    try:
        outcome = tool().decode(raw)
    except Refusal as refusal:
        outcome = refusal
    assert isinstance(outcome, Args | Refusal)


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"city":' * 100_000, b'{"days":' + b"[" * 100_000, "\ud800"])
def test_a_deep_or_broken_argument_is_refused(raw):
    with pytest.raises(Refusal):
        tool().decode(raw)


def test_the_schema_stands_alone_and_is_closed_at_every_level():
    schema = tool().schema()
    assert schema["type"] == "object"
    assert schema["required"] == ["city"]
    assert schema["properties"]["city"] == {"type": "string", "description": "A city.", "maxLength": 80}
    objects = [node for node in nodes(schema) if isinstance(node, dict) and node.get("type") == "object"]
    assert len(objects) == 2
    assert all(node["additionalProperties"] is False for node in objects)
    assert not any(isinstance(node, dict) and "$ref" in node for node in nodes(schema))


def test_the_schema_is_the_same_bytes_every_time():
    assert msgspec.json.encode(tool().schema()) == msgspec.json.encode(tool().schema())


def test_a_refusal_has_a_code_and_a_sentence():
    refusal = Refusal("not_found", "There is no such booking.")
    assert (refusal.code, refusal.detail, str(refusal)) == ("not_found", refusal.detail, refusal.detail)
