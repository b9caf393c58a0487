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
