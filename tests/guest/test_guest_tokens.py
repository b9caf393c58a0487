"""The guest's token, fresh and at rest."""

from __future__ import annotations

import re

from guest import tokens


def test_a_token_has_256_bits_safe_in_a_header():
    made = {tokens.mint() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[\w-]{43}", token) for token in made)


def test_a_token_at_rest_is_its_sha_256():
    # Source: FIPS 180-4's example of one block.
    assert tokens.at_rest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
