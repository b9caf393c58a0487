"""The form and the signature of what the platform's service is told."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from amara.notices import Notice, a_secret, key_of, signature
from tests.receiver import OLD_SECRET, SECRET

NOTICE = Notice(
    UUID(int=7),
    42,
    UUID(int=8),
    "booking.confirmed",
    {"booking_id": str(UUID(int=8))},
    datetime(2026, 1, 8, 9, 30, tzinfo=UTC),
    1,
)


def test_the_signature_is_the_one_of_standard_webhooks():
    # The example that every library of Standard Webhooks is tested with.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    told = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_notice_is_the_same_bytes_at_every_attempt_and_its_time_is_the_attempts():
    first, second = NOTICE.headers([SECRET], 1000), NOTICE.headers([SECRET], 2000)
    assert first["webhook-id"] == second["webhook-id"] == str(NOTICE.id)
    assert (first["webhook-timestamp"], second["webhook-timestamp"]) == ("1000", "2000")
    assert first["webhook-signature"] != second["webhook-signature"]
    assert NOTICE.body() == (
        b'{"type":"booking.confirmed","timestamp":"2026-01-08T09:30:00Z","sequence":42,'
        b'"data":{"booking_id":"00000000-0000-0000-0000-000000000008"}}'
    )


def test_while_one_secret_follows_another_both_are_true():
    told = NOTICE.headers([SECRET, OLD_SECRET], 1000)["webhook-signature"].split(" ")
    assert told == [signature(secret, str(NOTICE.id), 1000, NOTICE.body()) for secret in (SECRET, OLD_SECRET)]


def test_another_body_time_or_id_has_another_signature():
    true = signature(SECRET, "one", 1000, b"{}")
    assert signature(SECRET, "one", 1000, b"{ }") != true
    assert signature(SECRET, "one", 1001, b"{}") != true
    assert signature(SECRET, "two", 1000, b"{}") != true
    assert signature(OLD_SECRET, "one", 1000, b"{}") != true


def test_a_new_secret_is_one_and_nobody_has_it_yet():
    assert len(key_of(a_secret())) == 32
    assert a_secret() != a_secret()


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "bm8gcHJlZml4IGJ1dCBsb25nIGVub3VnaCBvZiBieXRlcw==", "whsec_ñ"]
)
def test_what_is_no_secret_is_refused(secret):
    with pytest.raises(ValueError, match="not"):
        key_of(secret)
