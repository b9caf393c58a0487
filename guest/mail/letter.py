"""A letter as it goes over the wire (RFC 5322): one person, one text, perhaps a calendar entry."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

from email_validator import EmailNotValidError, validate_email

from guest.mail import calendar, words
from guest.mail.shapes import Code, Letter, Notice


class Undeliverable(Exception):
    """No letter can be sent to this address: a browser may have written it into the table itself."""


def about_booking(notice: Notice, *, sender: str, link: str, time_zone: str) -> EmailMessage:
    """What this guest is told, with the entry for the calendar.

    The same notice gives the same Message-ID: who gets it twice, sees it once.

    Raises:
        Undeliverable: not an address.
    """
    said = words.letter(notice, link=link, time_zone=time_zone)
    message = _message(said, notice.email, sender, name=str(notice.id), at=notice.noted_at)
    entry = calendar.entry(notice, organizer=parseaddr(sender)[1], link=link)
    if entry is not None:
        message.add_attachment(
            entry,
            maintype="text",
            subtype="calendar",
            filename=calendar.NAME[notice.language],
            params={"charset": "utf-8", "method": calendar.method(notice)},
        )
    return message


def with_code(said: Code, *, sender: str, name: str, at: datetime) -> EmailMessage:
    """The letter that carries a code.

    Raises:
        Undeliverable: not an address.
    """
    return _message(words.code_letter(said), said.email, sender, name=name, at=at)


def _message(said: Letter, email: str, sender: str, *, name: str, at: datetime) -> EmailMessage:
    to = _address(email)
    message = EmailMessage(SMTP if to.addr_spec.isascii() else SMTPUTF8)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = said.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{name}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply comes back
    message.set_content(said.text, cte="quoted-printable")  # every relay takes seven bits
    return message


def _address(email: str) -> Address:
    try:
        found = validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise Undeliverable from error
    # A domain beyond ASCII has an ASCII form; a name before the @ beyond it needs a relay that can (RFC 6531).
    return Address(username=found.ascii_local_part or found.local_part, domain=found.ascii_domain)
