"""The words of the guest's door: what may be asked, what is answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from guest import errors


class Consent(msgspec.Struct):
    """The ticked box and the text beside it."""

    version: str | int = ""
    accepted: bool = False


class Form(msgspec.Struct):
    """What a guest tells before a booking; unknown fields are not read."""

    email: str
    full_name: str
    phone: str | None = None
    consent: Consent | None = None
    analytics_session_id: str | None = None


class Contact(msgspec.Struct, frozen=True):
    """A form after checking: what may be stored."""

    email: str
    full_name: str
    phone: str | None
    """E.164."""
    consent_version: str
    analytics_session_id: str | None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A guest's session as its holder may read it."""

    id: UUID
    email: str
    full_name: str
    phone: str | None
    expires_at: datetime
    created_at: datetime


class OpenedSession(Session, frozen=True, kw_only=True):
    """A new session with its token: the only answer that ever carries one."""

    session_token: str


_FORM = msgspec.json.Decoder(Form)


def form(body: bytes) -> Form:
    """The form in this body.

    Raises:
        BadRequest: not JSON, or a field is missing or of another kind.
    """
    try:
        return _FORM.decode(body)
    except msgspec.ValidationError as error:
        raise errors.BadRequest(f"{error}.") from error  # names the field and the kind, never the value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.BadRequest("The body is not a JSON object.") from error
