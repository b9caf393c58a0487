"""Ways capture and the numbers can fail.

::

    AnalyticsError                a situation: code, status, a sentence a person may read
    ├── BadRequest                400  the body is not JSON, or neither an event nor a list of them
    ├── BadRange                  400  days that are no days, or in the wrong order
    ├── TokenMissing              401  the numbers are for somebody
    ├── AccountGone               401  the token is good, its account is no more
    ├── NotAllowed                403  the numbers are for administrators
    ├── TooLarge                  413  the body, or the number of events in it
    ├── WrongMediaType            415
    └── EventDropped              one event is refused; in a list it costs itself alone
        ├── EventInvalid          422  a field is missing or of another kind
        ├── EventTooLarge         413
        └── TextRefused           422  characters that cannot be stored
"""

from __future__ import annotations

from typing import ClassVar


class AnalyticsError(Exception):
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


class BadRequest(AnalyticsError):
    code = "bad_request"
    status = 400
    message = "This request cannot be read."


class BadRange(AnalyticsError):
    code = "bad_request"
    status = 400
    message = "`from` and `to` are days such as 2025-11-07, `from` not after `to`, in this century."


class TokenMissing(AnalyticsError):
    code = "token_missing"
    status = 401
    message = "A token is needed."


class AccountGone(AnalyticsError):
    code = "token_invalid"
    status = 401
    message = "The token is not valid."


class NotAllowed(AnalyticsError):
    code = "not_allowed"
    status = 403
    message = "This is for administrators."


class TooLarge(AnalyticsError):
    code = "too_large"
    status = 413
    message = "This is larger than allowed."


class WrongMediaType(AnalyticsError):
    code = "unsupported_media_type"
    status = 415
    message = "Events come as application/json or text/plain."


class EventDropped(AnalyticsError):
    code = "event_invalid"
    status = 422
    message = "This event cannot be read."


class EventInvalid(EventDropped):
    pass


class EventTooLarge(EventDropped):
    code = "event_too_large"
    status = 413
    message = "An event has at most 32 KB."


class TextRefused(EventDropped):
    code = "text_refused"
    message = "The event has characters that cannot be stored (U+0000 or a lone surrogate)."
