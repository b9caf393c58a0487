"""The shapes that tools and doors share: a booking and a draft as a card holds them, an instant in a person's zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg

from amara import terms
from amara.tools.tool import Json
from amara.tools.words import plain, service_slug

HOME_ZONE = "America/Bogota"
"""Where the marketplace lives; stands in for a zone nobody knows."""


def local(instant: datetime | None, time_zone: str) -> str | None:
    """RFC 3339 with the offset of the zone at that instant."""
    return None if instant is None else instant.astimezone(zone(time_zone)).isoformat(timespec="seconds")


def booking(row: asyncpg.Record, time_zone: str) -> Json:
    """A booking without the fields that only its own card shows."""
    return {
        "id": str(row["id"]),
        "status": row["status"],
        "service": plain(row["service_name"] or "", 80),
        "professional": {
            "id": str(row["professional_id"]) if row["professional_id"] else None,
            "name": plain(row["professional_name"] or "", 80),
        },
        "starts_at": local(row["scheduled_start"], time_zone),
        "ends_at": local(row["scheduled_end"], time_zone),
        "duration_minutes": row["duration_minutes"],
        "total_price": None if row["total_price"] is None else int(row["total_price"]),
        "currency": row["currency"] or "COP",
        "address": plain(row["address"] or "", 200),
    }


def full_booking(row: asyncpg.Record, time_zone: str) -> Json:
    """A booking with everything its owner may see of it."""
    return booking(row, time_zone) | {
        "special_instructions": plain(row["special_instructions"] or "", 500) or None,
        "created_at": local(row["created_at"], time_zone),
    }


def draft(offer: terms.Draft, time_zone: str, now: datetime) -> Json:
    """A draft as the database has it, whatever anybody says about it."""
    refund = {"amount": offer.refund_cop, "percent": offer.refund_percent, "currency": offer.currency}
    return {
        "id": str(offer.id),
        "version": offer.version,
        "kind": offer.kind,
        "status": offer.state(now),
        "booking_id": str(offer.booking_id or offer.target_booking_id or "") or None,
        "service": {
            "slug": offer.service_slug or service_slug(offer.service_name),
            "name": plain(offer.service_name, 80),
        },
        "professional": {"id": str(offer.professional_id), "name": plain(offer.professional_name, 80)},
        "starts_at": local(offer.starts_at, time_zone),
        "ends_at": local(offer.ends_at, time_zone),
        "duration_minutes": offer.duration_minutes,
        "total_price": offer.price_cop,
        "currency": offer.currency,
        "refund": refund if offer.kind == "cancel" else None,
        "address": plain(offer.address or "", 300) or None,
        "instructions": plain(offer.instructions or "", 1000) or None,
        "missing": list(offer.missing),
        "expires_at": local(offer.expires_at, time_zone),
    }


def days(starts: Iterable[datetime], time_zone: str) -> list[Json]:
    """Free starts by the person's own days."""
    here = sorted(start.astimezone(zone(time_zone)) for start in starts)
    return [
        {"date": day.isoformat(), "starts": [start.isoformat(timespec="seconds") for start in of_day]}
        for day, of_day in groupby(here, key=lambda start: start.date())
    ]


def answer(came_of_it: terms.Answer, time_zone: str, now: datetime) -> Json:
    """What came of an offer, an edit or a confirmation: `outcome`, and what is true now."""
    match came_of_it:
        case terms.Offered(offer):
            return {"outcome": "offered", "draft": draft(offer, time_zone, now)}
        case terms.Confirmed(offer, row):
            shown = {"draft": draft(offer, time_zone, now), "booking": full_booking(row, time_zone)}
            return {"outcome": "confirmed", **shown}
        case terms.SlotLost(offer, alternatives, wish):
            return {
                "outcome": "slot_lost",
                "draft": None if offer is None else draft(offer, time_zone, now),
                "wished": local(wish.starts_at, time_zone),
                "alternatives": [local(start, time_zone) for start in alternatives],
            }
        case terms.Changed(offer, what):
            return {"outcome": f"{what}_changed", "draft": draft(offer, time_zone, now)}
        case terms.Closed(offer):
            state = offer.state(now)
            return {
                "outcome": "withdrawn" if state == "cancelled" else state,
                "draft": draft(offer, time_zone, now),
            }
        case terms.Incomplete(offer):
            return {"outcome": "incomplete", "draft": draft(offer, time_zone, now)}
        case terms.Impossible(reason, maybe, stands):
            return {
                "outcome": "impossible",
                "reason": reason,
                "draft": None if maybe is None else draft(maybe, time_zone, now),
                "booking": None if stands is None else full_booking(stands, time_zone),
            }
        case _:
            assert_never(came_of_it)


def zone(name: str) -> ZoneInfo:
    """The zone of this name, or the marketplace's own."""
    return ZoneInfo(name if is_zone(name) else HOME_ZONE)


def is_zone(name: str) -> bool:
    """Whether a clock can be read there."""
    try:
        return bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name with a slash too many may be a path or a directory
        return False
