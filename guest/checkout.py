"""A guest's purchase, from the form to the session that holds it.

Opening: *consent* first, since without it nothing of a person may be kept → *contact*, each field as it will be
stored → a *token* that only the guest gets → the session, remembered by the token's hash. Returning: the token, hashed,
finds the session while it lasts; whatever else comes finds nothing, and always the same nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from uuid import UUID, uuid4

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from guest import errors, store, tokens
from guest.settings import Handed, Settings
from guest.shapes import Consent, Contact, Form, OpenedSession, Session

REGION = "CO"  # a number without a country's code is Colombian

# Marks that turn the reading direction: a name with one shows as another name.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSTORABLE = {"Cc", "Cs", "Zl", "Zp"}


async def open_session(
    form: Form,
    handed: Handed,
    settings: Settings,
    *,
    principal: UUID | None = None,
    mint: Callable[[], str] = tokens.mint,
    new_id: Callable[[], UUID] = uuid4,
) -> OpenedSession:
    """A new session for this guest. The principal is the visitor's, where one has been talking already.

    Raises:
        ConsentMissing: before anything else is looked at.
        EmailInvalid, NameInvalid, PhoneInvalid, TextRefused: that field cannot be used.
    """
    version = consented(form.consent, settings)
    contact = Contact(
        email=email(form.email, settings),
        full_name=name(form.full_name, settings),
        phone=phone(form.phone, settings),
        consent_version=version,
        analytics_session_id=word(form.analytics_session_id, settings),
    )
    token, created_at = mint(), handed.now()
    async with handed.service() as connection:
        session = await store.remember(
            connection,
            new_id(),
            token,
            contact,
            created_at=created_at,
            expires_at=created_at + settings.lifetime,
            principal=principal,
        )
    return OpenedSession(
        id=session.id,
        session_token=token,
        email=session.email,
        full_name=session.full_name,
        phone=session.phone,
        expires_at=session.expires_at,
        created_at=session.created_at,
    )


async def return_to_session(token: str | None, handed: Handed) -> Session:
    """The session this token opens.

    Raises:
        SessionUnknown: missing, wrong, unknown or expired, without a difference.
    """
    if not token or len(token) > tokens.TOKEN_MAX_CHARACTERS:
        raise errors.SessionUnknown
    async with handed.service() as connection:
        session = await store.recall(connection, tokens.at_rest(token), now=handed.now())
    if session is None:
        raise errors.SessionUnknown
    return session


def consented(consent: Consent | None, settings: Settings) -> str:
    """The version of the text the guest agreed to.

    Source: Ley 1581 de 2012 (Colombia), art. 9: consent is prior and express, and can be shown later.

    Raises:
        ConsentMissing: not accepted, or nobody can say what was accepted.
    """
    version = word(str(consent.version), settings) if consent is not None else None
    if consent is None or not consent.accepted or version is None:
        raise errors.ConsentMissing
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
