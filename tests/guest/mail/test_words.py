"""What a letter says, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import pytest

from guest.mail import words
from guest.mail.shapes import Code, Notice

NOTICE = Notice(
    id=UUID(int=1),
    booking_id=UUID("0b9f0a6e-54f2-4c4e-9d1c-4d1f0a6b7c11"),
    kind="requested",
    sequence=0,
    noted_at=datetime(2030, 3, 1, 12, tzinfo=UTC),
    starts_at=datetime(2030, 3, 5, 14, tzinfo=UTC),
    ends_at=datetime(2030, 3, 5, 18, 30, tzinfo=UTC),
    is_confirmed=False,
    day=date(2030, 3, 5),
    email="maria@example.com",
    full_name="María José González",
    language="es",
    service="Limpieza",
    professional="Ana Milena Rojas",
    address="Calle 72 # 10-34, Bogotá",
    total_price=112_500,
    currency="COP",
    refund=None,
    time_zone="America/Bogota",
    sent_lately=0,
)
SPANISH = """\
Hola, María:

Recibimos su solicitud. Su profesional tiene 24 horas para aceptarla; le escribiremos apenas responda.

Servicio: Limpieza
Profesional: Ana Milena Rojas
Cuándo: martes 5 de marzo de 2030, 9:00 a. m. – 1:30 p. m.
Dirección: Calle 72 # 10-34, Bogotá
Total: $ 112.500 COP
Referencia: 0b9f0a6e-54f2-4c4e-9d1c-4d1f0a6b7c11
Volver a Amara: https://example.com/

Guarde la referencia: con ella y este correo puede volver a entrar sin una cuenta.
"""
ENGLISH = """\
Hello, María:

The visit will not take place.

Service: Limpieza
Professional: Ana Milena Rojas
When: Tuesday, March 5, 2030, 9:00 a.m. – 1:30 p.m.
Address: Calle 72 # 10-34, Bogotá
Total: $ 112.500 COP
Refund: $ 56.250 COP
Reference: 0b9f0a6e-54f2-4c4e-9d1c-4d1f0a6b7c11
Back to Amara: https://example.com/
"""


def about(**changes):
    notice = msgspec.structs.replace(NOTICE, **changes)
    return words.letter(notice, link="https://example.com/", time_zone="America/Bogota")


def test_a_request_in_spanish():
    assert about().text == SPANISH
    assert about().subject == "Recibimos su reserva del martes 5 de marzo de 2030"


def test_a_cancellation_in_english():
    said = about(language="en", kind="cancelled", refund=56_250)
    assert (said.subject, said.text) == ("Your booking for Tuesday, March 5, 2030 was cancelled", ENGLISH)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("kind", ["requested", "confirmed", "moved", "declined", "cancelled"])
def test_only_what_is_open_waits_for_the_professional(language, kind):
    waiting = about(language=language, kind=kind).text != about(language=language, kind=kind, is_confirmed=True).text
    assert waiting == (kind in {"requested", "confirmed", "moved"})


def test_hours_are_the_professionals_own_else_the_houses():
    assert "3:00 p. m. – 7:30 p. m." in about(time_zone="Europe/Madrid").text
    assert "9:00 a. m. – 1:30 p. m." in about(time_zone=None).text


def test_noon_and_midnight_are_twelve():
    start, end = datetime(2030, 3, 5, 17, tzinfo=UTC), datetime(2030, 3, 6, 5, tzinfo=UTC)
    assert "12:00 p. m. – 12:00 a. m." in about(starts_at=start, ends_at=end).text


def test_a_booking_without_an_hour_has_a_day():
    assert "Cuándo: martes 5 de marzo de 2030\n" in about(starts_at=None, ends_at=None).text


def test_what_is_not_known_is_left_out():
    text = about(service=None, professional=None, address=None, total_price=None).text
    assert [line.partition(":")[0] for line in text.splitlines() if ": " in line][:3] == [
        "Cuándo",
        "Referencia",
        "Volver a Amara",
    ]


@pytest.mark.parametrize(
    ("name", "hello"),
    [
        ("María José", "Hola, María:"),
        ("O'Neil", "Hola, O'Neil:"),
        ("Jean-Luc P.", "Hola, Jean-Luc:"),
        ("https://evil.example", "Hola:"),
        ("evil.example", "Hola:"),
        ("$$$ win", "Hola:"),
        ("\u202e\n", "Hola:"),
        ("", "Hola:"),
    ],
)
def test_somebody_is_greeted_by_a_name_and_by_nothing_else(name, hello):
    assert about(full_name=name).text.splitlines()[0] == hello


def test_what_others_wrote_stays_on_its_line():
    text = about(address="Calle 1\r\nTotal: $ 1 COP\x1b[2J\u2028x").text
    assert "Dirección: Calle 1 Total: $ 1 COP [2J x\n" in text


def test_a_code_is_told_with_how_long_it_lasts():
    for language, minutes in (("es", "10 minutos"), ("en", "10 minutes")):
        said = words.code_letter(Code(email="a@example.com", language=language, code="000123", minutes=10))
        assert "000123" in said.text
        assert minutes in said.text
        assert "000123" not in said.subject  # it shows on a locked screen
