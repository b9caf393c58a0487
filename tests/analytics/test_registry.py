"""Which types of events are known, and of what kind their properties are."""

from __future__ import annotations

import pytest

from analytics import errors, registry
from analytics.registry import Registry

OURS = Registry({})
GOOD = {
    "SearchStarted": {"city": "Bogotá", "service": "cleaning", "lat": 4.7110, "lng": -74.0721, "device": "mobile"},
    "ProfessionalViewed": {"pro_id": "123", "badges": ["on time"], "price": 50_000, "availability_score": 0.5},
    "CheckoutStarted": {
        "pro_id": "123-456-789",
        "items": ["ironing"],
        "subtotal": 50_000,
        "deposit_type": "percentage",
    },
    "PaymentAttempted": {"method": "card", "success": False, "error_code": "declined", "amount": 55_000},
    "BookingConfirmed": {"booking_id": "789-456-123", "total": 55_000, "deposit_captured": True},
    "ReviewSubmitted": {"booking_id": "1", "rating": 4.5, "text_len": 12},
    "JobStatusChanged": {"booking_id": "1", "from": "pending", "to": "confirmed", "trigger": "professional"},
    "Cancellation": {"booking_id": "1", "who_initiated": "customer", "reason": "ill", "refund_amount": 0},
}


@pytest.mark.parametrize("event_type", registry.KNOWN)
def test_the_seeds_events_are_as_the_seed_sends_them(event_type):
    good = GOOD.get(event_type, {"anything": 1})
    OURS.check(event_type, good)
    for name, kind in registry.KNOWN[event_type].items():
        without = {key: value for key, value in good.items() if key != name}
        for nothing in (without, without | {name: None}):
            if kind.endswith("?"):
                OURS.check(event_type, nothing)
            else:
                with pytest.raises(errors.EventInvalid, match=name):
                    OURS.check(event_type, nothing)
        with pytest.raises(errors.EventInvalid, match=f"properties.{name}"):
            OURS.check(event_type, good | {name: {"of": "another kind"}})


def test_kinds_are_read_leniently():
    OURS.check("CheckoutStarted", {"pro_id": 7, "subtotal": "50000.50", "more": object})
    OURS.check("PaymentAttempted", {"method": "card", "success": "true"})
    OURS.check("SomethingNew", {"pro_id": {}})


def test_a_type_that_an_operator_declares_is_looked_at_like_ours():
    theirs = Registry(
        {"QuoteAsked": {"city": "text", "rooms": "whole?", "from": "any?"}, "LeadReceived": {"id": "text"}}
    )
    theirs.check("QuoteAsked", {"city": "Cali", "rooms": 3})
    for event_type, bad in (("QuoteAsked", {}), ("QuoteAsked", {"city": "Cali", "rooms": 1.5}), ("LeadReceived", {})):
        with pytest.raises(errors.EventInvalid):
            theirs.check(event_type, bad)


async def test_what_is_declared_is_counted(db, owner):
    await registry.declare(db.service, {"QuoteAsked": {"city": "text?"}})
    await registry.declare(db.service, {"QuoteAsked": {}})
    await registry.declare(db.service, {})
    assert await owner.fetchval("select is_counted from platform_event_types where event_type = 'QuoteAsked'")


async def test_a_kind_that_there_is_not_is_named_with_its_type(db):
    with pytest.raises(registry.KindUnknown, match="QuoteAsked"):
        await registry.declare(db.service, {"QuoteAsked": {"city": "string"}})
