"""HTTP for browsers: the page, the widget's files for pages of any site, and the widget in a frame."""

from __future__ import annotations

import gzip
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from amara import errors
from amara.packing import Packing

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'self'; require-trusted-types-for 'script';"
    " trusted-types 'none'; report-uri /v1/csp-reports"
)
AGAIN = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
_STAMP = re.compile(r"[0-9a-f]{16}/")


@dataclass(frozen=True, slots=True)
class _File:
    """One file, as it goes out."""

    content: bytes
    packed: bytes
    etag: str
    kind: str


def routes(folder: Path, *, ancestors: Sequence[str]) -> list[HTTPRouteHandler]:
    """The files of this folder, out of memory. Args: ancestors are the sites that may show the chat in a frame."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    packing = Packing(files, main="amara-chat.js")
    loose = {name: _ready(name, content) for name, content in packing.loose.items()}
    packed = {name: _ready(name, content) for name, content in packing.packed.items()}

    @get("/", summary="The page", media_type="text/html")
    async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _answer(request, loose["index.html"], {"content-security-policy": CSP})

    @get("/guest", summary="Booking without an account, by hand", media_type="text/html")
    async def guest_page(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _answer(request, loose["guest.html"], {"content-security-policy": CSP})

    @get("/widget/v1/{name:path}", summary="The widget's files")
    async def widget(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        name = name.lstrip("/")
        stamp = _STAMP.match(name)
        # A page that was opened before an upgrade still finds what it loads later, though not to be kept.
        keep = FOR_EVER if stamp and stamp[0] == f"{packing.stamp}/" else AGAIN
        file = packed.get(name[stamp.end() :]) if stamp else loose.get(name)
        if file is None:
            raise errors.NotFound
        # Modules and what they load may be taken by pages of any site; what they may do there, their tokens decide.
        open_to_all = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
        return _answer(request, file, {"cache-control": keep, "content-security-policy": CSP} | open_to_all)

    @get("/widget/v1/frame", summary="The chat alone, for a frame or a WebView", media_type="text/html")
    async def frame(request: Request[Any, Any, Any]) -> Response[bytes]:
        if not ancestors:
            raise errors.NotFound
        return _answer(
            request,
            loose["frame.html"],
            {
                "content-security-policy": CSP.replace(
                    "frame-ancestors 'self'", f"frame-ancestors {' '.join(ancestors)}"
                )
            },
        )

    return [page, guest_page, frame, widget]


def _ready(name: str, content: bytes) -> _File:
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0] or "text/plain"
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    return _File(content, gzip.compress(content, mtime=0), etag, kind)


def _answer(request: Request[Any, Any, Any], file: _File, more: dict[str, str]) -> Response[bytes]:
    content = file.content
    headers = {
        "etag": file.etag,
        "cache-control": AGAIN,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "vary": "accept-encoding",
    } | more
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = file.packed
        headers |= {"content-encoding": "gzip"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=file.kind)
