"""The form, from the bytes of a body."""

from __future__ import annotations

import pytest

from guest import errors, shapes


def test_a_form_is_read_without_what_it_does_not_ask_for():
    body = b'{"email": "a@b.co", "full_name": "x", "consent": {"version": 1, "accepted": true}, "role": "admin"}'
    assert shapes.form(body) == shapes.Form("a@b.co", "x", consent=shapes.Consent(1, accepted=True))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"email": "a@b.co"}',
        b'{"email": 1, "full_name": "x"}',
        b'{"email": "\\ud800", "full_name": "x"}',
        b'{"email": "\xff", "full_name": "x"}',
        b'{"email": "a@b.co", "full_name": "x", "consent": {"version": "1", "accepted": "true"}}',
        b'{"email": "a@b.co", "full_name": "x", "more": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_a_body_that_is_not_the_form_is_refused(body):
    with pytest.raises(errors.BadRequest):
        shapes.form(body)
