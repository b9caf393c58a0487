"""Ways a guest's checkout can fail.

::

    GuestError                    a situation: code, status, a sentence a person may read
    ├── BadRequest                400  the body is not JSON, or not the form
    ├── TooLarge                  413
    ├── ConsentMissing            422  no express consent to a named text (Ley 1581 de 2012, art. 9)
    ├── EmailInvalid              422
    ├── NameInvalid               422
    ├── PhoneInvalid              422
    ├── TextRefused               422  characters that cannot be stored, or too many of them
    ├── CodeRefused               422  wrong, spent, too old or tried too often: one answer for all
    ├── TooMany                   429  sessions from one address, or for one e-mail
    ├── ConsentOutdated           422  the consent is to another text than the one in force
    ├── ClaimRefused              403  token, account and confirmed address do not go together: one answer for all
    └── SessionUnknown            404  missing, wrong, unknown or expired token: one answer for all
"""

from __future__ import annotations

from typing import ClassVar


class GuestError(Exception):
    """A situation that has a code. The message is safe to show, and holds nothing of what was sent."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    """The HTTP status that carries this situation."""
    retryable: ClassVar[bool] = False
    message: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, detail: str | None = None, *, retry_after_s: float | None = None) -> None:
        """A detail replaces the general sentence."""
        super().__init__(detail or self.message)
        self.retry_after_s = retry_after_s

    @property
    def detail(self) -> str:
        """The sentence to show."""
        return str(self)


class BadRequest(GuestError):
    code = "bad_request"
    status = 400
    message = "This request cannot be read."


class TooLarge(GuestError):
    code = "too_large"
    status = 413
    message = "This is larger than allowed."


class ConsentMissing(GuestError):
    code = "consent_missing"
    status = 422
    message = (
        "Consent is needed: `consent.accepted` must be true and `consent.version` must name the text that was shown."
    )


class ConsentOutdated(GuestError):
    code = "consent_outdated"
    status = 422
    message = "The text has changed since it was shown: show the one in force and ask again."


class EmailInvalid(GuestError):
    code = "email_invalid"
    status = 422
    message = "This is not an e-mail address that can receive mail."


class NameInvalid(GuestError):
    code = "name_invalid"
    status = 422
    message = "A name has 1 to 200 characters and no control characters."


class PhoneInvalid(GuestError):
    code = "phone_invalid"
    status = 422
    message = "This is not a phone number; outside Colombia it opens with + and the country's code."


class TextRefused(GuestError):
    code = "text_refused"
    status = 422
    message = "A field is too long or has characters that cannot be stored."


class SessionUnknown(GuestError):
    code = "not_found"
    status = 404
    message = "There is no such guest session."


class CodeRefused(GuestError):
    code = "code_refused"
    status = 422
    message = "This code opens nothing: it is wrong, spent, too old or was tried too often. Ask for another one."


class TooMany(GuestError):
    code = "too_many"
    status = 429
    retryable = True
    message = "Too many guest sessions; wait a while."


class ClaimRefused(GuestError):
    code = "claim_refused"
    status = 403
    message = "This account cannot take these bookings over: it needs the guest's token and the guest's own e-mail."
