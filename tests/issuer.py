"""Somebody else who signs tokens: key pairs of every kind, and a real HTTP server that publishes the public halves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt import algorithms

Json = dict[str, Any]


def a_key(algorithm: str, number: int = 0) -> Any:
    """A private key; the same one for the same number, because making one takes a while."""
    return _made(algorithm, number)


@cache
def _made(algorithm: str, number: int) -> Any:
    del number
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()


def published(private: Any, **more: Any) -> Json:
    """The public half as a JWK."""
    public = private.public_key()
    kinds = {
        rsa.RSAPublicKey: algorithms.RSAAlgorithm,
        ec.EllipticCurvePublicKey: algorithms.ECAlgorithm,
        ed25519.Ed25519PublicKey: algorithms.OKPAlgorithm,
    }
    kind = next(kind for of, kind in kinds.items() if isinstance(public, of))
    jwk: Json = kind.to_jwk(public, as_dict=True)
    jwk.pop("key_ops", None)
    return {name: value for name, value in (jwk | more).items() if value is not ...}


def pem(private: Any) -> bytes:
    """The public half as everybody can have it: what an attacker would like to be a secret."""
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@dataclass
class Issuer:
    """What is published stands in `keys`; how it is answered may be broken on purpose."""

    url: str = ""
    keys: list[Json] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    """Instead of the keys."""
    headers: dict[str, str] = field(default_factory=dict)
    until: asyncio.Event | None = None
    """Nothing is answered before it is set."""
    requests: list[str] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, algorithm: str, kid: str, number: int = 0) -> Any:
        """Adds a key; answers its private half."""
        private = a_key(algorithm, number)
        self.keys.append(published(private, kid=kid, alg=algorithm, use="sig"))
        return private

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0])
            self.reached.set()
            if self.until is not None:
                await self.until.wait()
            body = json.dumps({"keys": self.keys}).encode() if self.body is None else self.body
            headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
            lines = [f"{name}: {value}" for name, value in (headers | self.headers).items()]
            writer.write("\r\n".join([f"HTTP/1.1 {self.status} said", *lines, "", ""]).encode() + body)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    server = await asyncio.start_server(issuer.serve, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/.well-known/jwks.json"
    try:
        yield issuer
    finally:
        server.close()


def signed(
    private: Any,
    user_id: UUID,
    *,
    at: float,
    kid: str | None = "first",
    algorithm: str = "RS256",
    headers: Json | None = None,
    **claims: Any,
) -> str:
    """A token as Supabase has it, good for a minute; a claim given as `...` is left out."""
    payload = {
        "sub": str(user_id),
        "role": "authenticated",
        "aud": "authenticated",
        "is_anonymous": False,
        "iat": int(at),
        "exp": int(at) + 60,
        **claims,
    }
    named = ({} if kid is None else {"kid": kid}) | (headers or {})
    return jwt.encode({name: value for name, value in payload.items() if value is not ...}, private, algorithm, named)
