"""The types of events that are known, and of what kind each one's properties are.

Kinds are read leniently, because senders are many: a number may come as text, as it does from a form, and an id as a
number. What is stored is what was sent. More properties than these are welcome, and a null is as good as left out. A
type that is not here is kept as it is and counted nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec

from analytics import errors, store
from analytics.settings import Connection

KINDS: Mapping[str, Any] = {
    "text": str | int,
    "number": int | float,
    "whole": int,
    "boolean": bool,
    "list": list[Any],
    "object": dict[str, Any],
    "any": Any,
}

Kinds = Mapping[str, str]
"""Property → kind, with a question mark where it may be left out."""

KNOWN: Mapping[str, Kinds] = {
    "SearchStarted": {"city": "text?", "service": "text?", "lat": "number?", "lng": "number?", "device": "text?"},
    "ProfessionalViewed": {
        "pro_id": "text",
        "badges": "list?",
        "price": "number?",
        "availability_score": "number?",
    },
    "CheckoutStarted": {"pro_id": "text", "items": "list?", "subtotal": "number", "deposit_type": "text?"},
    "PaymentAttempted": {"method": "text", "success": "boolean", "error_code": "text?", "amount": "number?"},
    "BookingConfirmed": {"booking_id": "text", "total": "number", "deposit_captured": "boolean"},
    "ReviewSubmitted": {"booking_id": "text", "rating": "number", "text_len": "whole"},
    "LeadReceived": {},
    "LeadAccepted": {},
    "LeadDeclined": {},
    "JobStatusChanged": {"booking_id": "text", "from": "text", "to": "text", "trigger": "text?"},
    "PayoutInitiated": {},
    "Cancellation": {
        "booking_id": "text",
        "who_initiated": "text",
        "reason": "text?",
        "refund_amount": "number?",
    },
    "DisputeOpened": {},
    "DisputeResolved": {},
}


class KindUnknown(ValueError):
    """A declared property is of no kind that can be looked at."""

    def __init__(self, event_type: str) -> None:
        """Args: event_type is the operator's own word."""
        super().__init__(
            f"gives a property of {event_type} a kind other than {', '.join(KINDS)}, each with or without ?"
        )


class Registry:
    """What is known, ready to be asked for each event."""

    def __init__(self, declared: Mapping[str, Kinds]) -> None:
        """Args: declared are the operator's; one of the same name as ours replaces ours."""
        self._shapes = {name: _shape(kinds) for name, kinds in {**KNOWN, **declared}.items() if kinds}

    def check(self, event_type: str, properties: dict[str, Any]) -> None:
        """Nothing, where the properties are of their kinds or the type is not known.

        Raises:
            EventInvalid: naming the property.
        """
        shape = self._shapes.get(event_type)
        if shape is None:
            return
        if None in properties.values():
            properties = {name: value for name, value in properties.items() if value is not None}
        try:
            msgspec.convert(properties, shape, strict=False)
        except msgspec.ValidationError as error:
            raise errors.EventInvalid(_said(str(error))) from error


async def declare(
    service: Callable[[], AbstractAsyncContextManager[Connection]], declared: Mapping[str, Kinds]
) -> None:
    """The operator's types are counted from now on.

    Raises:
        KindUnknown: a property is of a kind that there is not.
    """
    for name, kinds in declared.items():
        for word in kinds.values():
            if word.removesuffix("?") not in KINDS:
                raise KindUnknown(name)
    if declared:
        async with service() as connection:
            await store.declare(connection, sorted(declared))


def _shape(kinds: Kinds) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any, Any]] = []
    for number, (name, word) in enumerate(kinds.items()):
        default = msgspec.UNSET if word.endswith("?") else msgspec.NODEFAULT
        # A property may have any name; a field of a struct is a word of Python's.
        fields.append((f"property_{number}", KINDS[word.removesuffix("?")], msgspec.field(name=name, default=default)))
    return msgspec.defstruct("Properties", fields, kw_only=True, gc=False)


def _said(error: str) -> str:
    """The decoder's sentence, in the words of the sender."""
    return error.replace("`$", "`$.properties") + ("." if "$" in error else " - at `$.properties`.")
