"""A request's body as it is meant: inflated, but never beyond what is allowed; a form, as the JSON it stands for."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from analytics import errors

_GZIP = 16 + zlib.MAX_WBITS
_FIELDS_MAX = 1000
_OBJECT = "{"


def inflated(body: bytes, encoding: str | None, *, most: int) -> bytes:
    """The body behind its `Content-Encoding`; what would grow beyond `most` bytes is left as soon as it does.

    Source: RFC 1952; several members in a row are one body.

    Raises:
        TooLarge, BadRequest: it grows too far; it is not gzip, or is cut.
        WrongMediaType: it is packed in another way.
    """
    name = (encoding or "").strip().lower()
    if name in {"", "identity"}:
        return body
    if name not in {"gzip", "x-gzip"}:
        raise errors.WrongMediaType
    parts, left = [], most
    try:
        while body:
            member = zlib.decompressobj(_GZIP)
            parts.append(member.decompress(body, left + 1))
            left -= len(parts[-1])
            if left < 0:
                raise errors.TooLarge
            if not member.eof:
                raise errors.BadRequest("The body ends in the middle of its gzip stream.")
            body = member.unused_data
    except zlib.error as error:
        raise errors.BadRequest("The body is not gzip.") from error
    return b"".join(parts)


def unformed(body: bytes) -> bytes:
    """The JSON that a form stands for: `data=` holds it whole, plain or in base64; else a field for each of its own.

    `properties[city]=Cali` is a field within a field, and a field that opens with a brace is JSON again.

    Raises:
        BadRequest: it is no form.
    """
    if body.lstrip()[:1] in {b"{", b"["}:
        return body  # JSON under a form's name, as pages send it to be spared the preflight
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except (UnicodeDecodeError, ValueError) as error:
        raise errors.BadRequest("The form cannot be read.") from error
    found: dict[str, Any] = {}
    for name, value in fields:
        if name == "data":
            return _whole(value)
        outer, _, inner = name.partition("[")
        if inner.endswith("]") and isinstance(held := found.setdefault(outer, {}), dict):
            held[inner[:-1]] = value
        else:
            found[outer] = _part(value)
    return msgspec.json.encode(found)


def _whole(value: str) -> bytes:
    if value.lstrip().startswith(_OBJECT):
        return value.encode()
    try:
        text = value.replace("-", "+").replace("_", "/").replace(" ", "+")
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.BadRequest("`data` is neither JSON nor base64.") from error


def _part(value: str) -> Any:
    if not value.lstrip().startswith((_OBJECT, "[")):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value
