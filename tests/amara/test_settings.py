"""What the environment may say, and how it is told that it said it wrong."""

from __future__ import annotations

import multiprocessing
import os
import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from amara import settings
from amara.settings import Settings, SettingsWrong

LONG = "a secret of at least thirty-two bytes"


def wrong(**environment: str) -> SettingsWrong:
    with pytest.raises(SettingsWrong) as raised:
        settings.read(environment)
    return raised.value


def named(error: SettingsWrong) -> list[str]:
    return sorted(problem.split()[0] for problem in error.problems)


def test_nothing_has_to_be_set():
    found = settings.read({})
    assert found == Settings()
    assert found.is_embedded
    assert found.is_concierge


def test_blanks_around_a_value_and_an_empty_one_mean_nothing():
    assert settings.read({"AMARA_PORT": " 0 ", "AMARA_HOST": "  ", "AMARA_MODEL": ""}) == Settings(port=0)


def test_what_is_not_ours_is_not_read():
    assert settings.read({"AMARA_PROT": "9000", "PORT": "9000", "DATABASE_URL": "x"}) == Settings()


def test_every_wrong_variable_is_named_at_once():
    environment = {
        "AMARA_PORT": "70000",
        "AMARA_PUBLIC_URL": "amara.example",
        "AMARA_DATABASE_URL": "mysql://amara@host/amara",
        "AMARA_JWT_SECRET": "short",
        "AMARA_ALLOWED_ORIGINS": "https://good.example,https://bad.example/path",
        "AMARA_TIME_ZONE": "Bogota",
        "AMARA_LOG": "xml",
        "AMARA_LOG_LEVEL": "loud",
        "ANTHROPIC_BASE_URL": "ftp://host",
        "AMARA_DATA_DIR": "~nobody-of-this-name/amara",
    }
    assert named(wrong(**environment)) == sorted(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AMARA_PORT", "²"),
        ("AMARA_PORT", "-77"),
        ("AMARA_PORT", "7" * 5000),
        ("AMARA_DATABASE_URL", "postgresql://amara:geheim\u2100@host/amara"),
        ("AMARA_DATABASE_URL", "postgres//amara:geheim@host/amara"),
        ("AMARA_PUBLIC_URL", "https://[geheim"),
        ("AMARA_PUBLIC_URL", "geheim"),
        ("AMARA_ALLOWED_ORIGINS", "https://[geheim"),
        ("AMARA_ALLOWED_ORIGINS", "https://host?geheim"),
        ("AMARA_ALLOWED_ORIGINS", "null"),
        ("AMARA_JWT_SECRET", "geheim"),
        ("AMARA_TIME_ZONE", "../geheim"),
        ("AMARA_TIME_ZONE", "Europe"),
        ("AMARA_LOG_LEVEL", "geheim"),
    ],
)
def test_a_wrong_value_is_never_repeated(name, value):
    error = wrong(**{name: value, "AMARA_JWT_SECRET": value if name == "AMARA_JWT_SECRET" else LONG})
    assert named(error) == [name]
    assert value not in str(error)
    assert "geheim" not in str(error)


@pytest.mark.parametrize("zone", ["UTC", "America/Bogota", "Asia/Kathmandu"])
def test_any_zone_a_clock_has_may_be_set(zone):
    assert settings.read({"AMARA_TIME_ZONE": zone}).time_zone == zone


def test_a_database_of_ones_own_needs_a_secret_of_ones_own():
    url = {"AMARA_DATABASE_URL": "postgresql://amara@host/amara"}
    assert named(wrong(**url)) == ["AMARA_JWT_SECRET"]
    found = settings.read({**url, "AMARA_JWT_SECRET": LONG})
    assert found.secret() == LONG
    assert not found.is_embedded


def test_another_may_sign_the_tokens_instead_but_not_beside_us():
    url = {"AMARA_DATABASE_URL": "postgresql://amara@host/amara", "AMARA_JWKS_URL": "https://project.example/jwks.json"}
    assert settings.read(url).jwks_url == "https://project.example/jwks.json"
    assert named(wrong(**url, AMARA_JWT_SECRET=LONG)) == ["AMARA_JWT_SECRET"]
    assert named(wrong(AMARA_JWKS_URL="file:///etc/passwd")) == ["AMARA_JWKS_URL"]


def test_proxies_are_networks_or_single_addresses():
    given = settings.read({"AMARA_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7,::1"})
    assert given.trusted_proxies == ("10.0.0.0/8", "192.0.2.7/32", "::1/128")
    for network in ("localhost", "10.0.0.1/8", "10.0.0.0/33"):
        assert named(wrong(AMARA_TRUSTED_PROXIES=network)) == ["AMARA_TRUSTED_PROXIES"]


@pytest.mark.parametrize("seconds", ["0", "0.5", "601", "nan", "inf", "-1", "soon"])
def test_a_lease_is_neither_nothing_nor_for_ever(seconds):
    assert settings.read({"AMARA_LEASE_SECONDS": "2.5"}).lease_seconds == 2.5
    assert named(wrong(AMARA_LEASE_SECONDS=seconds)) == ["AMARA_LEASE_SECONDS"]


def test_a_secret_that_is_too_short_is_told_once():
    error = wrong(AMARA_DATABASE_URL="postgresql://amara@host/amara", AMARA_JWT_SECRET="x" * 31)
    assert error.problems == ["AMARA_JWT_SECRET must have at least 32 bytes"]


def test_the_owners_url_alone_means_nothing():
    assert named(wrong(AMARA_MIGRATION_DATABASE_URL="postgresql://owner@host/amara")) == [
        "AMARA_MIGRATION_DATABASE_URL"
    ]


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"])
def test_a_key_or_an_endpoint_ends_the_offline_concierge(name):
    assert not settings.read({name: "https://model.example/"}).is_concierge


def test_only_our_own_origins_may_open_a_socket_by_default():
    own = {"http://localhost:8123", "http://127.0.0.1:8123", "http://[::1]:8123"}
    assert Settings().origins(8123) == own
    public = settings.read({"AMARA_PUBLIC_URL": "https://chat.example/amara/"})
    assert public.origins(8123) == own | {"https://chat.example"}
    listed = settings.read({"AMARA_ALLOWED_ORIGINS": "https://a.example, https://b.example:8443,"})
    assert listed.origins(8123) == {"https://a.example", "https://b.example:8443"}
    both = settings.read({"AMARA_ALLOWED_ORIGINS": "https://a.example", "AMARA_PUBLIC_URL": "https://chat.example"})
    assert both.origins(8123) == {"https://a.example", "https://chat.example"}  # the team's page has a socket too


def test_the_secret_is_made_once_and_is_for_us_alone(tmp_path):
    data_dir = tmp_path / "not there yet"
    secret = Settings(data_dir=data_dir).secret()
    assert len(secret) >= settings.SECRET_MIN_BYTES
    assert Settings(data_dir=data_dir).secret() == secret
    assert [path.name for path in data_dir.iterdir()] == ["jwt.secret"]
    assert stat.S_IMODE((data_dir / "jwt.secret").stat().st_mode) == 0o600
    assert Settings(data_dir=tmp_path / "another").secret() != secret


def secret_in(data_dir: Path) -> str:
    return Settings(data_dir=data_dir).secret()


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as starters:
        secrets = set(starters.map(secret_in, [tmp_path] * 4))
    assert secrets == {secret_in(tmp_path)}


def test_threads_that_start_at_once_agree_on_one_secret(tmp_path):
    gate = Barrier(8)

    def start(_: int) -> str:
        gate.wait()
        return secret_in(tmp_path)

    with ThreadPoolExecutor(8) as starters:
        secrets = set(starters.map(start, range(8)))
    assert secrets == {secret_in(tmp_path)}
    assert [path.name for path in tmp_path.iterdir()] == ["jwt.secret"]


def test_who_is_overtaken_while_making_the_secret_takes_the_others(tmp_path, monkeypatch):
    link, overtaking = os.link, []

    def overtaken(aside, path):
        if not overtaking:
            overtaking.append("begun")
            overtaking.append(secret_in(tmp_path))
        link(aside, path)

    monkeypatch.setattr(os, "link", overtaken)
    assert secret_in(tmp_path) == overtaking[1]
    assert [path.name for path in tmp_path.iterdir()] == ["jwt.secret"]


def test_a_broken_secret_file_is_refused_and_not_repeated(tmp_path):
    (tmp_path / "jwt.secret").write_text("half")
    with pytest.raises(SettingsWrong) as raised:
        secret_in(tmp_path)
    assert "jwt.secret" in str(raised.value)
    assert "half" not in str(raised.value)


def test_the_write_key_is_the_one_set_or_one_kept(tmp_path):
    kept = Settings(data_dir=tmp_path).keys()
    assert kept == Settings(data_dir=tmp_path).keys() == {(tmp_path / "write.key").read_text()}
    assert settings.read({"AMARA_WRITE_KEYS": "key-of-the-shop, key_of_the_app"}).keys() == {
        "key-of-the-shop",
        "key_of_the_app",
    }
    for name, value in (("AMARA_WRITE_KEYS", "short"), ("AMARA_WRITE_KEYS", "a key with: blanks")):
        assert named(wrong(**{name: value})) == [name]


def test_types_of_events_are_said_in_json_or_in_a_file_of_it(tmp_path):
    said = '{"QuoteAsked": {"city": "text?"}}'
    (tmp_path / "types.json").write_text(said)
    for value in (said, str(tmp_path / "types.json")):
        assert settings.read({"AMARA_EVENT_TYPES": value}).event_types == said
    for value in ('{"QuoteAsked": 1}', "{", str(tmp_path / "none.json")):
        assert named(wrong(AMARA_EVENT_TYPES=value)) == ["AMARA_EVENT_TYPES"]


def test_the_table_has_a_row_for_every_setting_and_no_secret():
    rows = settings.table()
    assert len({name for name, _, _ in rows}) == len(rows) == len(Settings.__dataclass_fields__)
    assert all(shown and says for _, shown, says in rows)


def test_a_printed_settings_shows_no_secret():
    secrets = {
        "ANTHROPIC_API_KEY": "sk-of-the-test",
        "AMARA_JWT_SECRET": "s" * 40,
        "AMARA_DATABASE_URL": "postgresql://amara:hidden@db/amara",
        "AMARA_MIGRATION_DATABASE_URL": "postgresql://owner:hidden@db/amara",
    }
    printed = repr(settings.read(secrets))
    assert not any(word in printed for word in ("sk-of-the-test", "ssss", "hidden"))


@pytest.mark.parametrize(
    "url",
    [
        "smtps://amara:p%40ss@mail.example.com",
        "smtp://amara:secret@mail.example.com:2525",
        "smtp://mail.example.com/",
        "smtp+plain://127.0.0.1:1025",
    ],
)
def test_a_relay_is_named_by_how_it_is_encrypted(url):
    found = settings.read({"AMARA_SMTP_URL": url, "AMARA_MAIL_FROM": "Amara <hola@example.com>"})
    assert (found.smtp_url, found.mail_from) == (url, "Amara <hola@example.com>")
    assert url not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "https://mail.example.com",
        "smtp://",
        "smtp://mail.example.com:70000",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com?starttls=no",
        "smtp://amara@mail.example.com",
        "smtp+plain://amara:secret@mail.example.com",
    ],
)
def test_no_letter_and_no_password_goes_out_otherwise(url):
    error = wrong(AMARA_SMTP_URL=url, AMARA_MAIL_FROM="hola@example.com")
    assert named(error) == ["AMARA_SMTP_URL"]
    assert "secret" not in str(error)


@pytest.mark.parametrize("said", ["Amara", "hola@localhost", "hola@example.com\nBcc: a@example.com", "a@x.co, b@x.co"])
def test_mail_comes_from_one_address(said):
    assert named(wrong(AMARA_MAIL_FROM=said)) == ["AMARA_MAIL_FROM"]


def test_a_relay_needs_somebody_to_write():
    assert named(wrong(AMARA_SMTP_URL="smtp://mail.example.com")) == ["AMARA_MAIL_FROM"]


def test_people_reach_us_where_we_say_or_where_we_listen():
    assert Settings(host="::1").address(8000) == "http://[::1]:8000"
    assert Settings(public_url="https://amara.example").address(8000) == "https://amara.example"


def test_what_is_counted_is_hashed_under_a_secret_that_every_process_knows_and_no_table(tmp_path):
    ours, again, other = (
        settings.read({"AMARA_DATABASE_URL": "postgresql://db/amara", "AMARA_JWT_SECRET": secret})
        for secret in ("a" * 32, "a" * 32, "b" * 32)
    )
    assert ours.pepper() == again.pepper() != other.pepper()
    assert b"a" * 32 not in ours.pepper()
    theirs = {"AMARA_DATABASE_URL": "postgresql://db/amara", "AMARA_JWKS_URL": "https://example.com/keys"}
    assert settings.read(theirs).pepper() == settings.read(theirs | {"AMARA_DATA_DIR": str(tmp_path)}).pepper()
    assert list(tmp_path.iterdir()) == []
