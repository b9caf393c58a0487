"""Who is calling: a bearer token becomes role, user and claims before any SQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import jwt
import msgspec

from amara import errors

SKEW_S = 30  # clocks differ; PostgREST allows the same
TOKEN_MAX_BYTES = 8192  # a real token is under 2 KiB; 64 KiB of one is an attack on the parser
SECONDS_MAX = 253_402_300_800  # the year 10000: beyond it, and in NaN, no clock can be set
VISITOR_TTL_S = 24 * 3600

DatabaseRole = Literal["anon", "authenticated", "amara_service"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Role, user and what the token said, checked."""

    database_role: DatabaseRole
    user_id: UUID | None = None
    is_anonymous: bool = False
    email: str | None = None
    expires_at: int | None = None
    """Unix seconds; none for the service itself."""
    claims: str = ""
    """The JSON the database reads as `request.jwt.claims`; built by us, never the token's own text."""

    @property
    def owner(self) -> UUID:
        """The user id, where there must be one.

        Raises:
            TokenMissing: nobody signed in.
        """
        if self.user_id is None:
            raise errors.TokenMissing
        return self.user_id


SERVICE = Caller("amara_service")
ANONYMOUS = Caller("anon", claims='{"role":"anon"}')


def person(user_id: UUID, *, is_anonymous: bool, email: str | None = None, expires_at: int | None = None) -> Caller:
    """A caller from parts that are already trusted: a checked token, or the owner of a conversation."""
    claims: dict[str, Any] = {"sub": str(user_id), "role": "authenticated", "is_anonymous": is_anonymous}
    if email is not None:
        claims["email"] = email
    return Caller(
        "authenticated", user_id, is_anonymous, email, expires_at, claims=msgspec.json.encode(claims).decode()
    )


class Tokens:
    """Signs and checks bearer tokens with our own HS256 secret (RFC 7519)."""

    def __init__(
        self,
        secret: str,
        *,
        audience: str | None = None,
        issuer: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args: audience and issuer are demanded when given; the clock is Unix seconds."""
        self._secret = secret
        self._audience = audience
        self._issuer = issuer
        self._clock = clock

    def sign(self, user_id: UUID, *, ttl_s: int, is_anonymous: bool = False, email: str | None = None) -> str:
        """A token for this user; its role is always `authenticated`."""
        now = int(self._clock())
        payload: dict[str, Any] = {
            "sub": str(user_id),
            "role": "authenticated",
            "is_anonymous": is_anonymous,
            "iat": now,
            "exp": now + ttl_s,
        }
        if email is not None:
            payload["email"] = email
        if self._audience is not None:
            payload["aud"] = self._audience
        if self._issuer is not None:
            payload["iss"] = self._issuer
        return jwt.encode(payload, self._secret, algorithm="HS256")

    def check(self, token: str) -> Caller:
        """The caller this token speaks for.

        Raises:
            TokenExpired: exp is more than 30 s ago.
            TokenInvalid: anything else about it is wrong.
        """
        if len(token) > TOKEN_MAX_BYTES:
            raise errors.TokenInvalid
        try:
            # The times are judged below, by our own clock: PyJWT has no argument for one.
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                audience=self._audience,
                issuer=self._issuer,
                options={
                    "require": ["exp", "sub"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_aud": self._audience is not None,
                },
            )
        except jwt.PyJWTError as error:
            raise errors.TokenInvalid from error
        return self._caller(claims)

    def _caller(self, claims: dict[str, Any]) -> Caller:
        now = self._clock()
        expires_at, user_id = _seconds(claims["exp"]), _uuid(claims["sub"])
        if expires_at + SKEW_S <= now:
            raise errors.TokenExpired
        if any(_seconds(claims[name]) - SKEW_S > now for name in ("nbf", "iat") if name in claims):
            raise errors.TokenInvalid
        if claims.get("role") != "authenticated":  # admin is profiles.role; no token makes one
            raise errors.TokenInvalid
        email = claims.get("email")
        return person(
            user_id,
            is_anonymous=claims.get("is_anonymous") is True,
            email=email if isinstance(email, str) and email else None,
            expires_at=int(expires_at),
        )


def bearer(header: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` header (RFC 6750), or none.

    Raises:
        TokenInvalid: the header is there and says something else.
    """
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise errors.TokenInvalid
    return token.strip()


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < SECONDS_MAX:
        raise errors.TokenInvalid
    return float(value)


def _uuid(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise errors.TokenInvalid from error
