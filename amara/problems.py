"""An error becomes an HTTP body (RFC 9457) or a frame; the one renderer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Protocol, runtime_checkable

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from amara import errors, frames

_logger = structlog.get_logger(__name__)


@runtime_checkable
class Situation(Protocol):
    """What an error of any of our packages carries."""

    code: str
    status: int
    retryable: bool
    retry_after_s: float | None

    @property
    def detail(self) -> str:
        """The sentence to show."""
        ...


_HTTP_CODES = {
    400: "bad_request",
    401: "token_missing",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
}


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Problem details for whatever went wrong; what we did not foresee is logged and says nothing of itself."""
    if isinstance(error, Situation):
        return _problem(request, error.status, error.code, error.detail, error.retry_after_s)
    if isinstance(error, HTTPException):
        code = _HTTP_CODES.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")
        detail = error.detail if error.status_code < 500 else errors.AmaraError.message
        return _problem(request, error.status_code, code, detail, None)
    # By its pattern: what stands in the places of a path is whatever somebody put there.
    _logger.error("request_broken", route=request.scope.get("path_template") or "", exc_info=error)
    return _problem(request, 500, errors.AmaraError.code, errors.AmaraError.message, None)


def _problem(
    request: Request[Any, Any, Any], status: int, code: str, detail: str, retry_after_s: float | None
) -> Response[bytes]:
    body = {
        "type": f"urn:amara:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": request.url.path,
    }
    headers = {"cache-control": "no-store"}
    if retry_after_s is not None or status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = str(max(1, round(retry_after_s or 1)))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        headers=headers,
        media_type=MediaType.JSON.value.replace("json", "problem+json"),
    )


def codes() -> set[str]:
    """Of all situations of ours, and of what the framework refuses by itself."""

    def below(kind: type[errors.AmaraError]) -> set[str]:
        return {kind.code}.union(*map(below, kind.__subclasses__()))

    return below(errors.AmaraError) | set(_HTTP_CODES.values())


def refused(error: errors.AmaraError) -> str:
    """The error frame of our own clients."""
    wait_s = error.retry_after_s
    return frames.Refused(
        code=error.code,
        message=error.detail,
        retryable=error.retryable,
        retry_after_ms=frames.UNSET if wait_s is None else round(wait_s * 1000),
    ).frame()


def refused_run(thread_id: str, run_id: str, error: errors.AmaraError) -> list[str]:
    """The same to a stock client, which knows no error frame: a run that starts and fails."""
    return [
        frames.encoded(frames.RunStarted(thread_id=thread_id, run_id=run_id)),
        frames.encoded(frames.RunError(message=error.detail, code=error.code)),
    ]


_CLOSES: dict[type[errors.AmaraError], int] = {
    errors.BadFrame: frames.BAD_FRAME,
    errors.TokenMissing: frames.TOKEN,
    errors.TokenInvalid: frames.TOKEN,
    errors.TokenExpired: frames.TOKEN,
    errors.NotAllowed: frames.ORIGIN,
    errors.NotFound: frames.NO_CONVERSATION,
    errors.TooLarge: frames.FRAME_TOO_LARGE,
    errors.TooMany: frames.TOO_MANY,
    errors.Unavailable: frames.TOO_SLOW,
    errors.Fenced: frames.RESTARTING,
}


def close_code(error: errors.AmaraError) -> int:
    """The close code of a situation that ends a connection."""
    return _CLOSES.get(type(error), frames.TOO_SLOW)
