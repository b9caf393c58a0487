"""The shapes that two tools share: a booking as a card holds it, and an instant in a person's own zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg

from amara.tools.tool import Json
from amara.tools.words import plain

HOME_ZONE = "America/Bogota"
"""Where the marketplace lives; stands in for a zone nobody knows."""


def local(instant: datetime | None, time_zone: str) -> str | None:
    """RFC 3339 with the offset of the zone at that instant."""
    return None if instant is None else instant.astimezone(_zone(time_zone)).isoformat(timespec="seconds")


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


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name with a slash too many may be a path or a directory
        return ZoneInfo(HOME_ZONE)
