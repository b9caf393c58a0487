"""Which one of those shown is meant."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from amara.offline import choosing, wishes
from amara.offline.understanding import plain

NOW = datetime(2025, 11, 25, 13, 4, tzinfo=ZoneInfo("America/Bogota"))
PEOPLE = [{"name": "Luz Marina Quintero"}, {"name": "Luz Dary Gil"}, {"name": "Óscar Henao"}]
BOOKINGS = [
    {
        "id": "1",
        "status": "pending",
        "professional": PEOPLE[0],
        "starts_at": "2025-11-25T18:00-05:00",
        "service": "Aseo",
    },
    {
        "id": "2",
        "status": "confirmed",
        "professional": PEOPLE[2],
        "starts_at": "2025-11-28T08:00-05:00",
        "service": "Planchado",
    },
    {
        "id": "3",
        "status": "cancelled",
        "professional": PEOPLE[2],
        "starts_at": "2025-11-28T08:00-05:00",
        "service": "Planchado",
    },
]


@pytest.mark.parametrize(
    ("text", "place"),
    [("la primera", 0), ("the third one", 2), ("con Óscar", 2), ("Luz Dary", 1), ("Luz Marina", 0), ("el número 2", 1)],
)
def test_a_place_or_a_name_names_one(text, place) -> None:
    assert choosing.plainly(PEOPLE, plain(text)) is PEOPLE[place]


def test_nobody_is_meant_where_nobody_is_named() -> None:
    assert choosing.plainly(PEOPLE, "el viernes") is None
    assert choosing.placed([], "la primera") is None
    assert choosing.meant(PEOPLE[:1], "cuenteme mas de esa") is PEOPLE[0]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("mi reserva del martes", ["1"]),
        ("mi reserva de hoy", ["1"]),
        ("la del 28 de noviembre", ["2"]),
        ("mi reserva de planchado", ["2"]),
        ("la de Óscar", ["2"]),
        ("la tercera", ["3"]),
        ("mi reserva", ["1", "2"]),
        ("la del domingo", []),
    ],
)
def test_a_booking_is_found_by_everything_said_about_it(text, ids) -> None:
    clue = wishes.read(text, NOW, "es", None)
    found = choosing.bookings(BOOKINGS, clue, clue.day(), ZoneInfo("America/Bogota"), None)
    assert [booking["id"] for booking in found] == ids


def test_the_booking_that_was_confirmed_last_is_meant_before_others() -> None:
    clue = wishes.read("muévala", NOW, "es", None)
    done = {"professional": PEOPLE[2], "starts_at": "2025-11-28T13:00:00Z"}
    found = choosing.bookings(BOOKINGS, clue, None, ZoneInfo("America/Bogota"), done)
    assert [booking["id"] for booking in found] == ["2"]


def test_a_moment_that_is_none_is_no_error() -> None:
    assert choosing.instant("soon", None) is None
    assert choosing.instant(None, None) is None
