"""Who may look at the pages: a token, or a code that was said at the terminal, becomes a cookie for half an hour.

The cookie is signed with a key of its own and says who, until when, and of when the token was, so that whoever is
signed out or deleted is out here too. It says nothing of a right: the database is asked for that with each request.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt

from analytics.settings import Caller

COOKIE = "amara_admin"
LASTS = timedelta(minutes=30)
CODE_LASTS = timedelta(minutes=15)
CODE_BYTES = 24
COOKIE_MAX = 1024  # characters; ours have a quarter of it
_AUDIENCE = "amara:pages"


@dataclass(slots=True)
class Admission:
    """Of one process; cookies hold in every process with the same key, codes and farewells in this one."""

    secret: bytes = field(repr=False)
    """The same in every process; what is signed with it here is good for nothing elsewhere."""
    now: Callable[[], datetime]
    again: Callable[[UUID, float | None], Awaitable[Caller | None]]
    """The same person once more, with a token of that Unix second; none when they were signed out or deleted."""
    _codes: dict[str, tuple[UUID, datetime]] = field(default_factory=dict, repr=False)
    _left: dict[str, datetime] = field(default_factory=dict, repr=False)

    @property
    def _key(self) -> bytes:
        return sha256(b"pages\n" + self.secret).digest()

    def code(self, user_id: UUID) -> str:
        """Lets this person in once, within a quarter of an hour."""
        code = secrets.token_urlsafe(CODE_BYTES)
        self._codes[code] = user_id, self.now() + CODE_LASTS
        return code

    def way_in(self, user_id: UUID) -> str:
        """A path with such a code; where it leads, one more deed is needed to spend it."""
        return f"/admin?code={self.code(user_id)}"

    def spend(self, code: str) -> UUID | None:
        """Who it lets in; from then on nobody."""
        user_id, until = self._codes.pop(code, (None, self.now()))
        return user_id if until > self.now() else None

    def cookie(self, user_id: UUID, *, issued_at: float | None, expires_at: float | None) -> tuple[str, int]:
        """A cookie's value and how long it is good for; no longer than the token it was given for. Units: seconds."""
        now = self.now().timestamp()
        until = min(now + LASTS.total_seconds(), expires_at or float("inf"))
        claims = {
            "aud": _AUDIENCE,
            "sub": str(user_id),
            "jti": secrets.token_urlsafe(16),
            "exp": int(until),
            "token_iat": issued_at,
        }
        return jwt.encode(claims, self._key, algorithm="HS256"), max(0, int(until - now))

    async def caller(self, cookie: str | None) -> Caller | None:
        """Whose cookie this is; nobody's when it is over, forged, or its owner has left."""
        claims = self._read(cookie)
        if claims is None or claims["jti"] in self._left:
            return None
        return await self.again(UUID(claims["sub"]), claims["token_iat"])

    def leave(self, cookie: str | None) -> None:
        """The cookie opens nothing any more, wherever somebody kept it."""
        claims, now = self._read(cookie), self.now()
        self._left = {jti: until for jti, until in self._left.items() if until > now}
        if claims is not None:
            self._left[claims["jti"]] = datetime.fromtimestamp(claims["exp"], UTC)

    def _read(self, cookie: str | None) -> dict[str, Any] | None:
        if cookie is None or len(cookie) > COOKIE_MAX:
            return None
        try:
            # The time is judged by our own clock: PyJWT has no argument for one.
            claims: dict[str, Any] = jwt.decode(
                cookie,
                self._key,
                algorithms=["HS256"],
                audience=_AUDIENCE,
                options={"require": ["exp", "sub", "jti", "aud"], "verify_exp": False},
            )
        except jwt.PyJWTError:
            return None
        return claims if claims["exp"] > self.now().timestamp() else None
