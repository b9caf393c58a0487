"""The calendar entry, read by somebody else's reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import icalendar
import msgspec
import pytest

from guest.mail import calendar
from tests.guest.mail.test_words import NOTICE


def entry(**changes):
    return calendar.entry(
        msgspec.structs.replace(NOTICE, **changes), organizer="hola@example.com", link="https://example.com/"
    )


def read(raw):
    found = icalendar.Calendar.from_ical(raw)
    (event,) = found.events
    assert not event.errors
    return found, event


def test_a_visit_is_an_entry_at_its_hours():
    found, event = read(entry())
    assert (found["VERSION"], found["METHOD"]) == ("2.0", "PUBLISH")
    assert event["UID"] == str(NOTICE.booking_id)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (NOTICE.starts_at, NOTICE.ends_at)
    assert event["DTSTAMP"].dt == NOTICE.noted_at
    assert event["ORGANIZER"] == "mailto:hola@example.com"
    assert event["SUMMARY"] == "Limpieza con Ana Milena Rojas"
    assert event["LOCATION"] == "Calle 72 # 10-34, Bogotá"
    assert "https://example.com/" in event["DESCRIPTION"]


@pytest.mark.parametrize(
    ("changes", "method", "status"),
    [
        ({}, "PUBLISH", "TENTATIVE"),
        ({"kind": "confirmed", "is_confirmed": True}, "PUBLISH", "CONFIRMED"),
        ({"kind": "moved"}, "PUBLISH", "TENTATIVE"),
        ({"kind": "moved", "is_confirmed": True}, "PUBLISH", "CONFIRMED"),
        ({"kind": "declined"}, "CANCEL", "CANCELLED"),
        ({"kind": "cancelled", "is_confirmed": True}, "CANCEL", "CANCELLED"),
    ],
)
def test_an_entry_stands_as_the_booking_does(changes, method, status):
    found, event = read(entry(**changes, sequence=7))
    assert (found["METHOD"], event["STATUS"], event["SEQUENCE"]) == (method, status, 7)


def test_hours_are_written_in_utc():
    bogota = timezone(timedelta(hours=-5))
    raw = entry(starts_at=datetime(2030, 3, 5, 9, tzinfo=bogota), ends_at=datetime(2030, 3, 5, 13, tzinfo=bogota))
    assert b"\r\nDTSTART:20300305T140000Z\r\n" in raw
    assert read(raw)[1]["DTEND"].dt == datetime(2030, 3, 5, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    ["Cra 7; piso 3, int. \\2", "END:VEVENT", "á" * 200, "👩‍🦰 " * 40, "a\r\nBEGIN:VALARM\r\nb", "\u202ex"],
)
def test_what_people_wrote_is_text_and_no_line_is_too_long(said):
    raw = entry(address=said)
    _, event = read(raw)
    shown = " ".join("".join(c if c.isprintable() else " " for c in said).split())[:200]
    assert event["LOCATION"] == shown
    lines = raw.split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and line.decode() for line in lines)
    assert raw.count(b"\r\nBEGIN:V") == 1


def test_without_an_hour_there_is_no_entry():
    assert entry(starts_at=None) is None
