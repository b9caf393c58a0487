"""What a published set of keys (RFC 7517) may hold, and what of it is believed."""

from __future__ import annotations

import itertools
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from amara import keys
from tests.issuer import a_key, published


def document(*jwks) -> bytes:
    return json.dumps({"keys": jwks}).encode()


def test_a_single_key_may_have_no_name():
    found = keys.read(document(published(a_key("EdDSA"))))
    assert found[None].algorithm == "EdDSA"


def test_the_first_of_two_keys_of_one_name_stands():
    found = keys.read(document(published(a_key("ES256"), kid="x"), published(a_key("RS256"), kid="x")))
    assert found["x"].algorithm == "ES256"


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct", "kid": "x", "k": "c2VjcmV0", "alg": "HS256"},
        published(a_key("RS256"), kid="x", alg="HS256"),
        published(a_key("RS256"), kid="x", alg="none"),
        published(a_key("RS256"), kid="x", alg=["RS256"]),
        published(a_key("RS256"), kid="x", alg="RS512"),
        published(a_key("RS256"), kid="x", use="enc"),
        published(a_key("RS256"), kid="x", key_ops=["sign"]),
        published(a_key("RS256"), kid="x", key_ops=7),
        published(a_key("RS256"), kid="x", d="AQAB"),
        published(a_key("RS256"), kid=7),
        published(a_key("RS256"), kid="x", n="AQAB"),
        published(a_key("RS256"), kid="x", n=...),
        published(a_key("RS256"), kid="x", kty=["RSA"]),
        published(a_key("ES256"), kid="x", crv="P-384"),
        published(a_key("ES256"), kid="x", x="AQAB"),
        published(a_key("EdDSA"), kid="x", crv="X25519"),
        published(rsa.generate_private_key(public_exponent=65537, key_size=1024), kid="x"),
        published(ec.generate_private_key(ec.SECP384R1()), kid="x"),
        "x",
        None,
    ],
    ids=itertools.count(),
)
def test_what_may_verify_nothing_is_no_key(jwk):
    with pytest.raises(keys.Unusable):
        keys.read(document(jwk))
    assert list(keys.read(document(jwk, published(a_key("ES256"), kid="good")))) == ["good"]
