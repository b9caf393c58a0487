"""The public keys of whoever signs the tokens here (RFC 7517), by key id; fetched without holding anybody up.

A token may name a key and nothing more: its algorithm is the key's own, and where keys come from is a setting.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import jwt
import msgspec
import structlog

FETCH_EVERY_S = 30.0  # a flood of unknown key ids asks no more often
REFRESH_S = 600.0  # a key that was withdrawn is believed no longer than this
FETCH_S = 5.0  # the whole answer
BYTES_MAX = 256 * 1024  # a set of keys has a few KiB
KEYS_MAX = 100
RSA_BITS_MIN = 2048  # RFC 7518, 3.3

# Key type and curve, with all that a key of that kind may say its algorithm is; the first is what PyJWT calls it.
_ALGORITHMS = MappingProxyType(
    {
        ("RSA", None): ("RS256",),
        ("EC", "P-256"): ("ES256",),
        ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
    }
)

Fetch = Callable[[str], Awaitable[bytes]]

_logger = structlog.get_logger(__name__)


class Unusable(Exception):
    """What was fetched holds no key that may verify anything."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key and the one algorithm it verifies."""

    algorithm: str
    public: Any


class Keys:
    """One address, and what was last found there; an address that fails leaves the keys as they are."""

    def __init__(
        self,
        url: str,
        *,
        fetch: Fetch | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args: fetch answers what stands at the address, in bounded time and size; the clock never goes back."""
        self._url = url
        self._fetch = fetch or fetched
        self._clock = clock
        self._sleep = sleep
        self._keys: Mapping[str | None, Key] = {}
        self._asked_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    def known(self, kid: str | None) -> Key | None:
        """The key of this id; a set of a single key may leave its id out, and its tokens then do too."""
        return self._keys.get(kid)

    async def learn(self, kid: str | None) -> None:
        """Asks again because of an id that is not known; whoever comes meanwhile waits for the same answer.

        An answer younger than thirty seconds is final: then this returns at once.
        """
        if kid in self._keys:
            return
        if self._fetching is None:
            if self._asked_at is not None and self._clock() - self._asked_at < FETCH_EVERY_S:
                return
            self._start()
        assert self._fetching is not None  # it was, or was just started
        await asyncio.shield(self._fetching)  # who gave up waiting does not end it for the others

    async def open(self) -> None:
        """Fetches once, then every ten minutes. An address that fails is asked again by the first token."""
        self._keeper = asyncio.create_task(self._keep_for_ever(), name="keys")
        self._start()
        if self._fetching is not None:
            await asyncio.shield(self._fetching)

    async def close(self) -> None:
        """Fetches no more."""
        for task in (self._keeper, self._fetching):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def _start(self) -> None:
        self._asked_at = self._clock()
        self._fetching = asyncio.create_task(self._renew(), name="keys-fetch")

    async def _keep_for_ever(self) -> None:
        while True:
            await self._sleep(REFRESH_S)
            if self._fetching is None:
                self._start()

    async def _renew(self) -> None:
        try:
            self._keys = read(await self._fetch(self._url))
        except Exception as error:  # noqa: BLE001 - whatever it was, the old keys stand
            _logger.warning("keys_not_fetched", reason=type(error).__name__, known=len(self._keys))
        finally:
            self._fetching = None


def read(document: bytes) -> dict[str | None, Key]:
    """The keys of a JWK Set that may verify a token; those of other kinds and for other uses are left out.

    Raises:
        Unusable: there is none, or this is no JWK Set.
    """
    try:
        listed = msgspec.json.decode(document, type=dict[str, Any]).get("keys")
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Unusable from error
    found: dict[str | None, Key] = {}
    for jwk in listed[:KEYS_MAX] if isinstance(listed, list) else ():
        kid = jwk.get("kid") if isinstance(jwk, dict) else None
        key = _key(jwk) if isinstance(jwk, dict) and isinstance(kid, str | None) else None
        if key is not None:
            found.setdefault(kid, key)
    if not found:
        raise Unusable
    return found


def _key(jwk: dict[str, Any]) -> Key | None:
    kind, curve = jwk.get("kty"), jwk.get("crv")
    if not isinstance(kind, str) or not isinstance(curve, str | None):
        return None
    names = _ALGORITHMS.get((kind, curve))
    if names is None or jwk.get("alg", names[0]) not in names or not _verifies(jwk):
        return None
    try:
        public = jwt.PyJWK.from_dict(jwk, names[0]).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if kind == "RSA" and public.key_size < RSA_BITS_MIN:
        return None
    return Key(names[0], public)


def _verifies(jwk: dict[str, Any]) -> bool:
    """Meant for signatures; and public: with its private part in the set anybody could sign."""
    operations = jwk.get("key_ops", ["verify"])
    is_meant = jwk.get("use", "sig") == "sig" and isinstance(operations, Iterable) and "verify" in operations
    return is_meant and "d" not in jwk


async def fetched(url: str) -> bytes:
    """What stands at this address: read within five seconds, a quarter of a mebibyte at most, redirected nowhere."""
    import aiohttp  # noqa: PLC0415 - a third of a second that a service with a secret of its own does not need

    timeout = aiohttp.ClientTimeout(total=FETCH_S)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(url, allow_redirects=False, headers={"accept": "application/json"}) as answer,
    ):
        if answer.status != 200:
            raise Unusable
        document = b""
        async for piece in answer.content.iter_any():
            document += piece
            if len(document) > BYTES_MAX:
                raise Unusable
    return document
