"""A booking as a calendar entry (RFC 5545), which follows the booking: one UID, a SEQUENCE that rises."""

from __future__ import annotations

from datetime import UTC, datetime

from guest.mail import words
from guest.mail.shapes import GONE, Notice

LINE_OCTETS = 75  # RFC 5545, 3.1
NAME = {"es": "reserva.ics", "en": "booking.ics"}


def method(notice: Notice) -> str:
    """What the reader's calendar does with it (RFC 5546, 3.2.1 and 3.2.5)."""
    return "CANCEL" if notice.kind in GONE else "PUBLISH"


def entry(notice: Notice, *, organizer: str, link: str) -> bytes | None:
    """The entry; none for a booking without an hour.

    Args:
        notice: what happened.
        organizer: the address the letter comes from.
        link: where to go on.
    """
    if notice.starts_at is None or notice.ends_at is None:
        return None
    alive = "CONFIRMED" if notice.is_confirmed else "TENTATIVE"
    address = words.plain(notice.address)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//MaidConnect//Amara//ES",
        f"METHOD:{method(notice)}",
        "BEGIN:VEVENT",
        f"UID:{notice.booking_id}",  # RFC 7986, 5.3: no host in it, so that the service may move
        f"SEQUENCE:{notice.sequence}",
        f"DTSTAMP:{_utc(notice.noted_at)}",
        f"DTSTART:{_utc(notice.starts_at)}",
        f"DTEND:{_utc(notice.ends_at)}",
        f"STATUS:{'CANCELLED' if notice.kind in GONE else alive}",
        f"ORGANIZER;CN=MaidConnect:mailto:{organizer}",
        f"SUMMARY:{_text(words.summary(notice))}",
        *([f"LOCATION:{_text(address)}"] if address else []),
        f"DESCRIPTION:{_text(f'{notice.booking_id} · {link}')}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(said: str) -> str:
    return said.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> bytes:
    """The line with its end; a long one goes on after a space, and no character is torn."""
    rows, row = [], b""
    for character in line:
        octets = character.encode()
        if len(row) + len(octets) > LINE_OCTETS:
            rows.append(row)
            row = b" "
        row += octets
    return b"\r\n".join([*rows, row, b""])
