"""What the platform's own service is told, and how it knows that it was told by us.

The form is that of Standard Webhooks 1.0, so that a receiver may use a library it has already: three headers, of which
the signature is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. With two secrets there are two of them,
so that one may follow the other.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any
from uuid import UUID

import msgspec

PREFIX = "whsec_"
KEY_MIN, KEY_MAX = 24, 64  # bytes of a secret; Standard Webhooks 1.0


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened, claimed to be told."""

    id: UUID
    sequence: int
    """Rises with every notice, also from one of a subject to its next."""
    subject: UUID
    type: str
    data: dict[str, Any]
    created_at: datetime
    attempts: int
    """This one included."""

    def body(self) -> bytes:
        """The same bytes at every attempt."""
        return msgspec.json.encode(
            {"type": self.type, "timestamp": self.created_at, "sequence": self.sequence, "data": self.data}
        )

    def headers(self, secrets: Sequence[str], at: int) -> dict[str, str]:
        """Args: at is this attempt's time; the receiver refuses what is too old. Units: seconds since 1970."""
        return {
            "content-type": "application/json",
            "webhook-id": str(self.id),
            "webhook-timestamp": str(at),
            "webhook-signature": " ".join(signature(secret, str(self.id), at, self.body()) for secret in secrets),
        }


def signature(secret: str, notice_id: str, at: int, body: bytes) -> str:
    """`v1,…` of this notice at this time under this secret."""
    digest = hmac.digest(key_of(secret), f"{notice_id}.{at}.".encode() + body, "sha256")
    return f"v1,{b64encode(digest).decode()}"


def key_of(secret: str) -> bytes:
    """The key behind `whsec_…`.

    Raises:
        ValueError: it is not one.
    """
    try:
        key = b64decode(secret.removeprefix(PREFIX).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if not secret.startswith(PREFIX) or not KEY_MIN <= len(key) <= KEY_MAX:
        raise ValueError("not a secret of this kind")
    return key


def a_secret() -> str:
    """A new one."""
    return PREFIX + b64encode(token_bytes(32)).decode()
