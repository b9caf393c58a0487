"""Who is calling: a bearer token becomes role, user and claims before any SQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

import jwt
import msgspec

from amara import errors
from amara.keys import Keys

SKEW_S = 30  # clocks differ; PostgREST allows the same
TOKEN_MAX_BYTES = 8192  # a real token is under 2 KiB; 64 KiB of one is an attack on the parser
SECONDS_MAX = 253_402_300_800  # the year 10000: beyond it, and in NaN, no clock can be set
VISITOR_TTL_S = 24 * 3600
PUBLIC_ALGORITHMS = ("RS256", "ES256", "EdDSA")
KID_MAX = 256  # characters

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
    issued_at: float | None = None
    """Unix seconds, where the token says it."""
    guest_session_id: UUID | None = None
    """Of a guest, whose token somebody has seen and whose session they hold."""
    address: str | None = None
    """Where they come from, as far as we saw: for limits, and kept nowhere."""
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

    @property
    def holder(self) -> UUID:
        """Whose drafts are their own: the person, or the guest's session where there is no person.

        Raises:
            TokenMissing: neither.
        """
        return self.guest_session_id if self.user_id is None and self.guest_session_id is not None else self.owner


SERVICE = Caller("amara_service")
ANONYMOUS = Caller("anon", claims='{"role":"anon"}')


def person(
    user_id: UUID,
    *,
    is_anonymous: bool,
    email: str | None = None,
    expires_at: int | None = None,
    issued_at: float | None = None,
) -> Caller:
    """A caller from parts that are already trusted: a checked token, or the owner of a conversation."""
    claims: dict[str, Any] = {"sub": str(user_id), "role": "authenticated", "is_anonymous": is_anonymous}
    if email is not None:
        claims["email"] = email
    said = msgspec.json.encode(claims).decode()
    return Caller("authenticated", user_id, is_anonymous, email, expires_at, issued_at, claims=said)


def guest(session_id: UUID) -> Caller:
    """Who comes with a guest's token alone; nobody to the database, which is asked by the service for them."""
    return replace(ANONYMOUS, guest_session_id=session_id)


class Tokens:
    """Checks bearer tokens (RFC 7519): signed by us with an HS256 secret, or by somebody else whose keys are public."""

    def __init__(
        self,
        signer: str | Keys,
        *,
        audience: str | None = None,
        issuer: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args: the signer is our secret, or another's keys; audience and issuer are demanded when given; the clock is
        Unix seconds.
        """
        self._secret = signer if isinstance(signer, str) else None
        self._keys = None if isinstance(signer, str) else signer
        self._audience = audience
        self._issuer = issuer
        self._clock = clock

    @property
    def are_ours(self) -> bool:
        """We sign them ourselves."""
        return self._secret is not None

    def sign(self, user_id: UUID, *, ttl_s: int, is_anonymous: bool = False, email: str | None = None) -> str:
        """A token for this user; its role is always `authenticated`.

        Raises:
            NotFound: somebody else signs here.
        """
        if self._secret is None:
            raise errors.NotFound
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

    async def caller(self, token: str) -> Caller:
        """Like `check`; a key that is not known yet is asked for first."""
        if self._keys is not None:
            await self._keys.learn(_named_key(token))
        return self.check(token)

    def check(self, token: str) -> Caller:
        """The caller this token speaks for, by the keys that are known.

        Raises:
            TokenExpired: exp is more than 30 s ago.
            TokenInvalid: anything else about it is wrong.
        """
        key, algorithm = self._key(token)
        try:
            # The times are judged below, by our own clock: PyJWT has no argument for one.
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
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

    def _key(self, token: str) -> tuple[Any, str]:
        """What verifies this token, and the one algorithm that goes with it."""
        if len(token) > TOKEN_MAX_BYTES:
            raise errors.TokenInvalid
        if self._keys is None:
            return self._secret, "HS256"
        key = self._keys.known(_named_key(token))
        if key is None:
            raise errors.TokenInvalid
        return key.public, key.algorithm

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
            issued_at=_seconds(claims["iat"]) if "iat" in claims else None,
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


def _named_key(token: str) -> str | None:
    """The key id of a token that could have been signed by a public key; a header that asks for more is refused.

    Raises:
        TokenInvalid: no key of anybody's would verify it.
    """
    if len(token) > TOKEN_MAX_BYTES:
        raise errors.TokenInvalid
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, UnicodeEncodeError) as error:
        raise errors.TokenInvalid from error
    kid: str | None = header.get("kid")
    if header.get("alg") not in PUBLIC_ALGORITHMS or (kid is not None and len(kid) > KID_MAX):
        raise errors.TokenInvalid
    return kid


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < SECONDS_MAX:
        raise errors.TokenInvalid
    return float(value)


def _uuid(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise errors.TokenInvalid from error
