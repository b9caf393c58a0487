"""What browsers report when a page of ours asks for something its policy forbids: a script, a picture, another site.

Anybody may send anything here, so a report is read by closed lists of our own words: nothing that somebody wrote, no
address of another site and no id out of one of ours gets into a line of the log. A few a minute are enough to know.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from amara import asking
from amara.limits import Limits
from amara.metrics import Metrics
from amara.shapes import Complaint, PolicyReport

BODY_MAX = 16 * 1024  # bytes; browsers cut what they quote, so a report has one or two thousand
MINUTELY = 60

_DIRECTIVES = frozenset(
    f"{kind}-src"
    for kind in ("child", "connect", "default", "font", "frame", "img", "manifest", "media", "object", "worker")
) | {
    *("script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr"),
    *("base-uri", "form-action", "frame-ancestors", "require-trusted-types-for", "trusted-types"),
}
_PAGES = frozenset({"/", "/guest", "/docs", "/widget/v1/frame"})
_WITHOUT_ADDRESS = frozenset({"inline", "eval", "wasm-eval", "trusted-types-policy", "trusted-types-sink"})
_SCHEMES = {"http": "site", "https": "site", "ws": "site", "wss": "site", "data": "data", "blob": "blob"}

_logger = structlog.get_logger(__name__)


def routes(limits: Limits, metrics: Metrics) -> list[HTTPRouteHandler]:
    """`POST /v1/csp-reports`. Args: limits has the clock; metrics counts what a line is written of."""
    pace = limits.pace(MINUTELY)

    @post(
        "/v1/csp-reports",
        status_code=204,
        summary="What a browser reports of a page's policy",
        request_max_body_size=BODY_MAX,
    )
    async def hear(request: Request[Any, Any, Any]) -> Response[None]:
        pace.take()  # before it is read: a flood costs nothing but its own bytes
        told = told_of((await asking.body(request, PolicyReport)).complaint)
        _logger.warning("policy_violated", **told)
        metrics.complained(told["blocked"])
        return Response(None)

    return [hear]


def told_of(complaint: Complaint) -> dict[str, str]:
    """The `directive`, what was `blocked` and on which `page`, each a word out of a closed list."""
    directive = (complaint.effective_directive or complaint.violated_directive).partition(" ")[0]
    page = _parts(complaint.document_uri)[1]
    return {
        "directive": directive if directive in _DIRECTIVES else "other",
        "blocked": _blocked(complaint),
        "page": page if page in _PAGES else "/admin" if page.startswith("/admin/") else "other",
    }


def _blocked(complaint: Complaint) -> str:
    if complaint.blocked_uri in _WITHOUT_ADDRESS:
        return complaint.blocked_uri
    origin, _ = _parts(complaint.blocked_uri)
    scheme = (origin or complaint.blocked_uri).partition(":")[0]
    if scheme.endswith("-extension"):
        return "extension"
    if origin and origin == _parts(complaint.document_uri)[0]:
        return "own"
    return _SCHEMES.get(scheme, "other")


def _parts(address: str) -> tuple[str, str]:
    """The origin and the path; nothing where this is no address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return (f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""), parts.path
