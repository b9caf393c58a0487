"""The guest's token: 256 bits from the server, shown once, known afterwards only by its hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

TOKEN_BYTES = 32
TOKEN_MAX_CHARACTERS = 128  # ours have 43; more is not worth hashing


def mint(entropy: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """A new token, safe in a header and in a URL though it never stands in one.

    Args:
        entropy: gives that many random bytes as text.
    """
    return entropy(TOKEN_BYTES)


def at_rest(token: str) -> str:
    """What the database keeps: SHA-256 in hex. A random token of 256 bits needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
