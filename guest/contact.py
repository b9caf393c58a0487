"""A guest's contact, each field as it will be stored; what is wrong with one has its own answer."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from guest import errors
from guest.settings import Settings
from guest.shapes import Consent, Contact, Form

REGION = "CO"  # a number without a country's code is Colombian

# Where most people here have their mail, and neighbours of theirs that only look like a slip.
_WELL_KNOWN = (
    "gmail.com",
    "hotmail.com",
    "hotmail.es",
    "outlook.com",
    "outlook.es",
    "yahoo.com",
    "yahoo.es",
    "yahoo.com.co",
    "icloud.com",
    "live.com",
    "msn.com",
)
_NEIGHBOURS = frozenset({"ymail.com", "mail.com", "gmx.com", "email.com", "yahoo.co", "me.com"})

# Marks that turn the reading direction: a name with one shows as another name.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSTORABLE = {"Cc", "Cs", "Zl", "Zp"}


def read(form: Form, settings: Settings) -> Contact:
    """The form as it may be stored; consent first, since without it nothing of a person may be kept.

    Raises:
        ConsentMissing, ConsentOutdated: before anything else is looked at.
        EmailInvalid, NameInvalid, PhoneInvalid, TextRefused: that field cannot be used.
    """
    version = consented(form.consent, settings)
    return Contact(
        email=email(form.email, settings),
        full_name=name(form.full_name, settings),
        phone=phone(form.phone, settings),
        consent_version=version,
        analytics_session_id=word(form.analytics_session_id, settings),
    )


def consented(consent: Consent | None, settings: Settings) -> str:
    """The version of the text the guest agreed to.

    Source: Ley 1581 de 2012 (Colombia), art. 9: consent is prior and express, and can be shown later.

    Raises:
        ConsentMissing: not accepted, or nobody can say what was accepted.
        ConsentOutdated: another text than the one in force.
    """
    version = word(str(consent.version), settings) if consent is not None else None
    if consent is None or not consent.accepted or version is None:
        raise errors.ConsentMissing
    if version != settings.consent_version:
        raise errors.ConsentOutdated
    return version


def email(said: str, settings: Settings) -> str:
    """The address, normalised. Its domain is not asked about: that would make a stranger's DNS part of our answer.

    Raises:
        EmailInvalid: no mail could be sent to it.
    """
    said = said.strip()
    if len(said) > settings.email_characters:
        raise errors.EmailInvalid
    try:
        return validate_email(said, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise errors.EmailInvalid from error


def hint(address: str) -> str | None:
    """The address somebody may have meant, one slip of the fingers away; only ever a question, never a refusal."""
    local, _, domain = address.rpartition("@")
    if domain in _WELL_KNOWN or domain in _NEIGHBOURS:
        return None
    meant = next((known for known in _WELL_KNOWN if _is_a_slip(domain, known)), None)
    return None if meant is None else f"{local}@{meant}"


def _is_a_slip(typed: str, meant: str) -> bool:
    """One letter too many, too few or another, or two that changed places."""
    if abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    same = next((n for n, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    ours, theirs = typed[same:], meant[same:]
    return (
        ours[1:] == theirs
        or ours == theirs[1:]
        or ours[1:] == theirs[1:]
        or (ours[:2] == theirs[:2][::-1] and ours[2:] == theirs[2:])
    )


def name(said: str, settings: Settings) -> str:
    """The name as one line, single spaces, composed characters (NFC).

    Raises:
        NameInvalid: empty, too long, or with characters that are no part of a name.
    """
    written = " ".join(unicodedata.normalize("NFC", said).split())
    if not 1 <= len(written) <= settings.name_characters or not is_storable(written):
        raise errors.NameInvalid
    return written


def phone(said: str | None, settings: Settings) -> str | None:
    """The number in E.164; none for a field left empty.

    Source: ITU-T E.164; `00` is how the international prefix is dialled where no + can be typed, and libphonenumber's
    Colombian rules would read `0057…` as a Russian number.

    Raises:
        PhoneInvalid: no such number can be dialled, or it says more than one number.
    """
    if said is None or not said.strip():
        return None
    if len(said) > settings.phone_characters:
        raise errors.PhoneInvalid
    # Copied contacts bring full-width digits and invisible direction marks along.
    typed = "".join(c for c in unicodedata.normalize("NFKC", said) if unicodedata.category(c) != "Cf").strip()
    if typed.startswith("00"):
        typed = f"+{typed[2:]}"
    if any(c.isalpha() or unicodedata.category(c) in _UNSTORABLE for c in typed):
        raise errors.PhoneInvalid  # libphonenumber would dial letters and drop words and extensions
    try:
        number = phonenumbers.parse(typed, REGION)
    except phonenumbers.NumberParseException as error:
        raise errors.PhoneInvalid from error
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise errors.PhoneInvalid
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def word(said: str | None, settings: Settings) -> str | None:
    """A short opaque text; none when empty.

    Raises:
        TextRefused: too long, or with characters that cannot be stored.
    """
    if said is None or not (said := said.strip()):
        return None
    if len(said) > settings.word_characters or not is_storable(said):
        raise errors.TextRefused
    return said


def is_storable(text: str) -> bool:
    """No control characters, line separators, lone surrogates or marks that turn the reading direction."""
    return not _TURNS.search(text) and not any(unicodedata.category(c) in _UNSTORABLE for c in text)
