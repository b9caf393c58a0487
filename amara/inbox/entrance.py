"""What every answer of the staff's page has in common, and what somebody gets who may not see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from litestar import Request, Response

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'; report-uri /v1/csp-reports"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CSP,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Entrance(Exception):
    """Nobody of staff asks: here is the entrance."""

    def __init__(self, page: bytes, status: int) -> None:
        super().__init__(status)
        self.page = page
        self.status = status

    def shown(self) -> Response[bytes]:
        """As the answer."""
        return html(self.page, status=self.status)


def goal(request: Request[Any, Any, Any]) -> str:
    """The page that somebody wanted to see; of a deed, the conversation it is about."""
    return "/".join(request.url.path.split("/")[:4])


def fields_of(body: bytes) -> Mapping[str, str]:
    """Of a form; what cannot be read has none. A browser sends a line's end as two characters and counts it as one."""
    try:
        read = parse_qs(body.decode(), max_num_fields=10)
        return {name: values[-1].replace("\r\n", "\n") for name, values in read.items()}
    except ValueError:
        return {}


def html(content: bytes, *, status: int = 200) -> Response[bytes]:
    """A page, or a part of one."""
    return Response(content, status_code=status, headers=HEADERS, media_type="text/html")
