"""Ways to fail, and the closed list of codes that HTTP and the socket share.

::

    AmaraError                    a situation: code, status, a sentence a person may read
    ├── BadFrame                  400  broken JSON, unknown type, missing field
    ├── BadRequest                400  the HTTP request does not say what it must
    ├── TextTooLong               422  more than 8,000 characters
    ├── TextRefused               422  characters that cannot be stored
    ├── MessageChanged            409  the same message id with another text
    ├── KeyReused                 422  the same Idempotency-Key with another body
    ├── TokenMissing              401
    ├── TokenInvalid              401
    ├── TokenExpired              401
    ├── NotAllowed                403
    ├── NotFound                  404  not there, or not yours: one answer for both
    ├── AlreadyTaken              409  a colleague has this conversation
    ├── Busy                      409  another answer is being written in this conversation
    ├── ContactNeeded             409  a visitor books without having said who they are
    ├── Resynced                  409  the place to go on from is unknown: here is the conversation as it is
    ├── CodeRefused               422  a code that came by mail or terminal is wrong, spent or too old
    ├── TooLarge                  413
    ├── TooMany                   429
    ├── Unavailable               503  the database is away, or the process is draining
    ├── Fenced                    503  another process became the conversation's writer
    └── ModelFailed               502  what the model's side did wrong
        ├── ModelOverloaded       529, 5xx, 408, 409, connection lost before the answer began
        ├── ModelBusy             429, with retry_after_s
        ├── ModelRefusedUs        any other 4xx: our key, our bill or our request
        ├── ModelFull             the conversation does not fit into what the model can read
        ├── ModelSilent           no content for too long
        └── ModelCut              the stream ended without message_stop
"""

from __future__ import annotations

import re
from typing import ClassVar

# A plain word stays: it is one of a newer protocol, or a slip of whoever writes a client.
_VALUE = re.compile(r"(value) (?!'[a-z_]{1,24}'(?: - at |$))(?:'.*'|\S+)(?= - at |$)", re.DOTALL)


class AmaraError(Exception):
    """A situation that has a code. Its sentence is safe to show: no SQL, path or secret, nothing of another person."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    """The HTTP status that carries this situation."""
    retryable: ClassVar[bool] = False
    message: ClassVar[str] = "Something went wrong on our side."

    def __init__(
        self, detail: str | None = None, *, retry_after_s: float | None = None, about: str | None = None
    ) -> None:
        """A detail replaces the general sentence; about is the id its client gave the message that it is about."""
        super().__init__(detail or self.message)
        self.retry_after_s = retry_after_s
        self.about = about

    @property
    def detail(self) -> str:
        """The sentence to show."""
        return str(self)


class BadFrame(AmaraError):
    code = "bad_frame"
    status = 400
    message = "This frame cannot be read."


class BadRequest(AmaraError):
    code = "bad_request"
    status = 400
    message = "This request cannot be read."


class TextTooLong(AmaraError):
    code = "text_too_long"
    status = 422
    message = "A message has at most 8,000 characters."


class TextRefused(AmaraError):
    code = "text_refused"
    status = 422
    message = "The text has characters that cannot be stored (U+0000 or a lone surrogate), or is empty."


class MessageChanged(AmaraError):
    code = "message_changed"
    status = 409
    message = "This message id was already used for another text."


class KeyReused(AmaraError):
    code = "key_reused"
    status = 422
    message = "This Idempotency-Key was already used for another request."


class TokenMissing(AmaraError):
    code = "token_missing"
    status = 401
    message = "A token is needed."


class TokenInvalid(AmaraError):
    code = "token_invalid"
    status = 401
    message = "The token is not valid."


class TokenExpired(AmaraError):
    code = "token_expired"
    status = 401
    message = "The token has expired."


class NotAllowed(AmaraError):
    code = "not_allowed"
    status = 403
    message = "This is not allowed."


class NotFound(AmaraError):
    code = "not_found"
    status = 404
    message = "There is nothing here for you."


class AlreadyTaken(AmaraError):
    code = "already_taken"
    status = 409
    message = "A colleague has this conversation."


class Busy(AmaraError):
    code = "busy"
    status = 409
    retryable = True
    message = "Amara is still answering in this conversation."


class ContactNeeded(AmaraError):
    code = "contact_needed"
    status = 409
    message = "A name and an e-mail are needed before this can be booked; nothing was booked yet."


class Resynced(AmaraError):
    code = "resync"
    status = 409
    message = "Part of this answer was missed; the conversation is shown as it is."


class CodeRefused(AmaraError):
    code = "code_refused"
    status = 422
    message = "This code opens nothing: it is wrong, spent or too old. Ask for another one."


class TooLarge(AmaraError):
    code = "too_large"
    status = 413
    message = "This is larger than allowed."


class TooMany(AmaraError):
    code = "too_many"
    status = 429
    retryable = True
    message = "Too many requests; wait a moment."


class Unavailable(AmaraError):
    code = "unavailable"
    status = 503
    retryable = True
    message = "The service cannot do this right now; try again in a moment."


class Fenced(AmaraError):
    code = "unavailable"
    status = 503
    retryable = True
    message = "The conversation moved to another process; try again."


class ModelFailed(AmaraError):
    code = "model_failed"
    status = 502
    retryable = True
    message = "Amara could not answer this time; try again in a moment."


class ModelOverloaded(ModelFailed):
    code = "model_overloaded"
    message = "Amara is very busy right now; try again in a moment."


class ModelBusy(ModelFailed):
    code = "model_busy"
    message = "Amara is very busy right now; try again in a moment."


class ModelRefusedUs(ModelFailed):
    code = "model_refused"
    retryable = False
    message = "Amara cannot answer at the moment; our team has been told."


class ModelFull(ModelFailed):
    code = "model_full"
    retryable = False
    message = "This conversation has grown too long for Amara; please start a new one. Your bookings stand."


class ModelSilent(ModelFailed):
    code = "model_silent"
    message = "Amara took too long to answer; try again."


class ModelCut(ModelFailed):
    code = "model_cut"
    message = "The answer was cut off; try again."


def unread(error: Exception) -> str:
    """What a decoder found wrong and where, without the value that it quotes: a token may stand in that place."""
    return _VALUE.sub(r"\1", str(error))
