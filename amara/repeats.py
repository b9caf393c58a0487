"""What is asked twice under one key is done once: the first answer is everybody's.

Source: draft-ietf-httpapi-idempotency-key-header; rule 20 of the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from amara import errors
from amara.db import Connection
from amara.store import idempotency

Json = dict[str, Any]

KEY_MAX = 200  # characters


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and under which key; without one nothing is remembered."""

    key: str | None
    asked: bytes
    """A hash of the question, so that a key stands for one alone."""


def request(method: str, path: str, body: bytes, key: str | None) -> Request:
    """The request with this body.

    Raises:
        BadRequest: the key is none.
    """
    if key is not None and not (key.isascii() and key.isprintable() and 1 <= len(key) <= KEY_MAX):
        raise errors.BadRequest("An Idempotency-Key has 1 to 200 printable ASCII characters.")
    return Request(key, sha256(f"{method} {path}\n".encode() + body).digest())


async def answered(db: Connection, scope: str, asking: Request, *, now: datetime) -> Json | None:
    """*Service.* The answer this key has already; none, and the deed may go on.

    Raises:
        KeyReused: it stands for another question.
    """
    if asking.key is None:
        return None
    before = await idempotency.claim(db, scope, asking.key, asking.asked, now=now)
    if before is None:
        return None
    if before["body_hash"] != asking.asked:
        raise errors.KeyReused
    answer: Json = before["answer"]
    return answer


async def keep(db: Connection, scope: str, asking: Request, answer: Json) -> None:
    """*Service.* The answer, committed with the deed."""
    if asking.key is not None:
        await idempotency.keep(db, scope, asking.key, status=200, answer=answer)
