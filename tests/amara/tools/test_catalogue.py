"""What every tool promises the model, whatever it does."""

from __future__ import annotations

import msgspec
import pytest

from amara.tools import CATALOGUE
from amara.tools.tool import Refusal

TOOLS = list(CATALOGUE.values())


def names_of(node):
    """Every key and string anywhere in a schema."""
    if isinstance(node, dict):
        return {*node, *(name for value in node.values() for name in names_of(value))}
    if isinstance(node, list):
        return {name for value in node for name in names_of(value)}
    return {node} if isinstance(node, str) else set()


def test_the_catalogue_is_these_eight_in_this_order_and_cannot_be_written():
    assert list(CATALOGUE) == [
        "search_professionals",
        "check_availability",
        "draft_booking",
        "list_my_bookings",
        "get_booking",
        "cancel_booking",
        "reschedule_booking",
        "request_human",
    ]
    with pytest.raises(TypeError):
        CATALOGUE["confirm_booking"] = TOOLS[0]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_schema_is_closed_and_stands_alone(tool):
    schema = tool.schema()
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert not names_of(schema) & {"$ref", "$defs"}
    assert all(field["description"] for field in schema["properties"].values())
    assert msgspec.json.decode(msgspec.json.encode(schema)) == schema


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
@pytest.mark.parametrize("key", ["user_id", "customer_id", "role", "sql", "limit", "__class__"])
def test_a_key_that_is_not_in_the_schema_is_refused_by_name(tool, key):
    required = dict.fromkeys(tool.schema()["required"], "x")
    with pytest.raises(Refusal) as refused:
        tool.decode(msgspec.json.encode({key: "00000000-0000-0000-0000-000000000001", **required}))
    assert refused.value.code == "bad_arguments"
    assert key in refused.value.detail
    assert tool.name in refused.value.detail


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"7", b"{", b"null", b'{"city": ', b"[" * 100_000])
def test_what_is_no_object_is_refused(tool, raw):
    with pytest.raises(Refusal) as refused:
        tool.decode(raw)
    assert refused.value.code == "bad_arguments"
    assert len(refused.value.detail) < 300


@pytest.mark.parametrize(
    ("name", "args", "field"),
    [
        ("search_professionals", {"city": 7}, "city"),
        ("search_professionals", {"city": ["Bogotá"]}, "city"),
        ("search_professionals", {"city": "x" * 81}, "city"),
        ("search_professionals", {"service": {"slug": "cleaning"}}, "service"),
        ("search_professionals", {"max_hourly_rate_cop": "30000"}, "max_hourly_rate_cop"),
        ("search_professionals", {"max_hourly_rate_cop": 30000.5}, "max_hourly_rate_cop"),
        ("search_professionals", {"max_hourly_rate_cop": 0}, "max_hourly_rate_cop"),
        ("search_professionals", {"max_hourly_rate_cop": 10**12}, "max_hourly_rate_cop"),
        ("search_professionals", {"max_hourly_rate_cop": True}, "max_hourly_rate_cop"),
        ("search_professionals", {"min_rating": 5.1}, "min_rating"),
        ("search_professionals", {"min_rating": -1}, "min_rating"),
        ("list_my_bookings", {"when": "tomorrow"}, "when"),
        ("list_my_bookings", {"when": None}, "when"),
        ("get_booking", {}, "booking_id"),
        ("check_availability", {"professional_id": "x", "date_from": "tomorrow"}, "date_from"),
        ("check_availability", {"professional_id": "x", "date_from": "2025-12-02", "hours": 1.5}, "hours"),
        ("check_availability", {"professional_id": "x", "date_from": "2025-12-02", "hours": 2.25}, "hours"),
        ("draft_booking", {"professional_id": "x", "service": "y", "starts_at": "z", "hours": 9}, "hours"),
        ("draft_booking", {"professional_id": "x", "service": "y", "hours": 4}, "starts_at"),
        ("draft_booking", {"professional_id": "x", "service": "y", "starts_at": "z", "hours": 4, "address": 1}, "addr"),
        ("cancel_booking", {}, "booking_id"),
        ("reschedule_booking", {"booking_id": "x", "starts_at": None}, "starts_at"),
        ("get_booking", {"booking_id": 1}, "booking_id"),
    ],
)
def test_a_wrong_value_is_refused_naming_its_field(name, args, field):
    with pytest.raises(Refusal) as refused:
        CATALOGUE[name].decode(msgspec.json.encode(args))
    assert refused.value.code == "bad_arguments"
    assert field in refused.value.detail


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_person_reads_a_status_line_in_both_languages(tool):
    assert set(tool.labels) == {"es", "en"}
    assert all(label.endswith("…") and len(label) < 40 for label in tool.labels.values())


def test_the_search_says_what_it_is_doing():
    assert CATALOGUE["search_professionals"].labels["es"] == "Buscando profesionales…"
