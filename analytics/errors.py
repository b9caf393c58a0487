"""Ways capture and the numbers can fail.

::

    AnalyticsError                a situation: code, status, a sentence a person may read
    ├── BadRequest                400  the body is not JSON, or neither an event nor a list of them
    ├── BadRange                  400  days that are no days, or in the wrong order
    ├── BadQuestion               400  another channel, grouping or form than there is
    ├── TokenMissing              401  the numbers are for somebody
    ├── WriteKeyUnknown           401  a Segment SDK names itself with a key that is none of ours
    ├── AccountGone               401  the token is good, its account is no more
    ├── NotAllowed                403  the numbers are for administrators
    ├── TooLarge                  413  the body, or the number of events in it
    ├── WrongMediaType            415
    ├── Busy                      503  more events wait than we keep waiting; come back
    └── EventDropped              one event is refused; in a list it costs itself alone
        ├── EventInvalid          422  a field is missing or of another kind
        ├── EventTooLarge         413
        ├── TextRefused           422  characters that cannot be stored
        ├── Repeated              202  the same event twice in a request; counted, not kept
        └── Crawler               202  told by a machine that only looks around; not kept
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


class BadQuestion(AnalyticsError):
    code = "bad_request"
    status = 400
    message = "`channel` is assistant, guest or web; `by` is day; `format` is json or csv; `city` is a name."


class TokenMissing(AnalyticsError):
    code = "token_missing"
    status = 401
    message = "A token is needed."


class WriteKeyUnknown(AnalyticsError):
    code = "write_key_unknown"
    status = 401
    message = "This write key is not known here."


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
    message = "Events come as application/json or text/plain, as they are or in gzip."


class Busy(AnalyticsError):
    code = "busy"
    status = 503
    retryable = True
    message = "More events arrive than can be kept right now. Please send these again."


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


class Repeated(EventDropped):
    code = "event_repeated"
    status = 202
    message = "This request has the same event already."


class Crawler(EventDropped):
    code = "crawler"
    status = 202
    message = "Crawlers are no visitors."
