"""A letter as bytes, read by the standard library as a mail program would."""

from __future__ import annotations

import email
from email.policy import default

import msgspec
import pytest

from guest.mail import letter
from tests.guest.mail.test_words import NOTICE


def written(**changes):
    return letter.about_booking(
        msgspec.structs.replace(NOTICE, **changes),
        sender="MaidConnect <hola@example.com>",
        link="https://example.com/",
        time_zone="America/Bogota",
    )


def test_a_letter_is_one_text_and_one_entry():
    raw = written().as_bytes()
    assert raw.isascii()  # every relay takes it
    read = email.message_from_bytes(raw, policy=default)
    assert read["From"].addresses[0].addr_spec == "hola@example.com"
    assert read["To"] == "maria@example.com"
    assert read["Subject"] == "Recibimos su reserva del martes 5 de marzo de 2030"
    assert read["Date"].datetime == NOTICE.noted_at
    assert read["Message-ID"] == f"<{NOTICE.id}@example.com>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert "Dirección: Calle 72 # 10-34, Bogotá" in read.get_body().get_content()
    (entry,) = read.iter_attachments()
    assert entry.get_filename() == "reserva.ics"
    assert entry["Content-Type"].params["method"] == "PUBLISH"
    assert entry.get_content().startswith("BEGIN:VCALENDAR")


def test_a_booking_without_an_hour_has_no_entry():
    assert not list(written(starts_at=None).iter_attachments())


@pytest.mark.parametrize(
    ("said", "to"),
    [
        (" maria@example.com ", "maria@example.com"),
        ("Maria+casa@EXAMPLE.com", "Maria+casa@example.com"),
        ("maria@bogotá.co", "maria@xn--bogot-1qa.co"),
        ("josé@ejemplo.co", "josé@ejemplo.co"),
    ],
)
def test_an_address_is_written_so_that_relays_read_it(said, to):
    assert written(email=said)["To"].addresses[0].addr_spec == to


@pytest.mark.parametrize(
    "said",
    [
        "",
        "maria",
        "maria@example.com, pedro@example.com",
        "maria@example.com\r\nBcc: pedro@example.com",
        "Maria <maria@example.com>",
        "maria@example.com\x00",
    ],
)
def test_what_a_browser_wrote_for_an_address_goes_to_nobody(said):
    with pytest.raises(letter.Undeliverable):
        written(email=said)
