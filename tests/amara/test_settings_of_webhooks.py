"""Where notices go, and what they are signed with."""

from __future__ import annotations

import pytest

from amara import settings
from tests.amara.test_settings import named, wrong
from tests.receiver import OLD_SECRET, SECRET

WEBHOOK = {"AMARA_WEBHOOK_URL": "https://platform.example/amara", "AMARA_WEBHOOK_SECRET": SECRET}


def test_a_receiver_and_what_is_signed_for_it_are_set_together():
    found = settings.read(WEBHOOK)
    assert (found.webhook_url, found.webhook_secret) == ("https://platform.example/amara", (SECRET,))
    assert SECRET not in repr(found)
    for name, value in WEBHOOK.items():
        (missing,) = WEBHOOK.keys() - {name}
        assert missing in str(wrong(**{name: value}))


def test_while_a_secret_is_changed_there_are_two():
    found = settings.read(WEBHOOK | {"AMARA_WEBHOOK_SECRET": f"{SECRET}, {OLD_SECRET}"})
    assert found.webhook_secret == (SECRET, OLD_SECRET)


@pytest.mark.parametrize(
    "secret", ["geheim", "whsec_geheim", f"{SECRET},geheim", f"{SECRET},{OLD_SECRET},{SECRET}", ","]
)
def test_what_is_no_secret_of_webhooks_is_refused_and_not_repeated(secret):
    error = wrong(**WEBHOOK | {"AMARA_WEBHOOK_SECRET": secret})
    assert named(error) == ["AMARA_WEBHOOK_SECRET"]
    assert "geheim" not in str(error)


@pytest.mark.parametrize("url", ["http://localhost:9000/hook", "http://127.0.0.1/hook", "http://[::1]:9000/hook?a=b"])
def test_on_this_machine_a_receiver_needs_no_encryption(url):
    assert settings.read(WEBHOOK | {"AMARA_WEBHOOK_URL": url}).webhook_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.example/hook",
        "http://localhost.example/hook",
        "http://127.0.0.1.example/hook",
        "ftp://localhost/hook",
        "https:///hook",
        "https://user:geheim@platform.example/hook",
        "https://platform.example/hook#geheim",
        "https://[geheim",
    ],
)
def test_elsewhere_it_does_and_no_password_stands_in_its_address(url):
    error = wrong(**WEBHOOK | {"AMARA_WEBHOOK_URL": url})
    assert named(error) == ["AMARA_WEBHOOK_URL"]
    assert "geheim" not in str(error)
