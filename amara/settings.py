"""What may be set from the environment: one struct, every field with its variable, default and sentence."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECRET_MIN_BYTES = 32  # RFC 7518, 3.2: a key at least as long as the hash


class SettingsWrong(Exception):
    """Everything that is missing, malformed or contradictory, named at once and without its value."""

    def __init__(self, problems: list[str]) -> None:
        """Args: problems are sentences that each open with the name of a variable."""
        super().__init__("\n".join(problems))
        self.problems = problems


def _setting(name: str, says: str, default: Any = "", *, shown: str | None = None, is_secret: bool = False) -> Any:
    """A field; a key, and a URL that may hold a password, does not show where somebody prints the settings."""
    return field(default=default, repr=not is_secret, metadata={"name": name, "says": says, "shown": shown})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The service as configured; made once by `read`."""

    host: str = _setting("AMARA_HOST", "address to listen on", "127.0.0.1")
    port: int = _setting("AMARA_PORT", "port to listen on; 0 takes a free one", 8000)
    public_url: str = _setting("AMARA_PUBLIC_URL", "how browsers reach us", shown="derived from host and port")
    data_dir: Path = _setting("AMARA_DATA_DIR", "where the embedded database and made secrets live", Path(".amara"))
    database_url: str = _setting(
        "AMARA_DATABASE_URL",
        "PostgreSQL ≥ 15, as the service's own role",
        shown="embedded under the data dir",
        is_secret=True,
    )
    migration_database_url: str = _setting(
        "AMARA_MIGRATION_DATABASE_URL",
        "the owner's URL, where the service's role may not create things",
        shown="none",
        is_secret=True,
    )
    anthropic_api_key: str = _setting(
        "ANTHROPIC_API_KEY", "the model's key", shown="none → offline concierge", is_secret=True
    )
    anthropic_base_url: str = _setting(
        "ANTHROPIC_BASE_URL", "any endpoint that speaks the Messages API", shown="the vendor's"
    )
    model: str = _setting("AMARA_MODEL", "which model answers", "claude-haiku-5-5")
    jwt_secret: str = _setting(
        "AMARA_JWT_SECRET",
        "HS256 secret of the bearer tokens, at least 32 bytes; it or the next is required with a database of your own",
        shown="random, kept in the data dir",
        is_secret=True,
    )
    jwks_url: str = _setting(
        "AMARA_JWKS_URL",
        "where the public keys of whoever signs the tokens are (RS256, ES256, EdDSA), instead of a secret",
        shown="none",
    )
    jwt_audience: str = _setting("AMARA_JWT_AUDIENCE", "demanded `aud`", shown="none")
    jwt_issuer: str = _setting("AMARA_JWT_ISSUER", "demanded `iss`", shown="none")
    allowed_origins: tuple[str, ...] = _setting(
        "AMARA_ALLOWED_ORIGINS",
        "browser origins that may open a socket, comma-separated",
        (),
        shown="our own origin",
    )
    time_zone: str = _setting("AMARA_TIME_ZONE", "zone of days and of visitors who say none", "America/Bogota")
    log_format: str = _setting("AMARA_LOG", "`json` or `text`", shown="text on a terminal, else json")
    log_level: str = _setting("AMARA_LOG_LEVEL", "debug, info, warning or error", "info")

    @property
    def is_embedded(self) -> bool:
        """The database is ours to start and stop."""
        return not self.database_url

    @property
    def is_concierge(self) -> bool:
        """No key and no endpoint of one's own: the offline concierge answers."""
        return not self.anthropic_api_key and not self.anthropic_base_url

    def origins(self, port: int) -> frozenset[str]:
        """The origins that may open a socket, given the port really bound."""
        if self.allowed_origins:
            return frozenset(self.allowed_origins)
        own = {f"http://{host}:{port}" for host in ("localhost", "127.0.0.1", "[::1]")}
        if self.public_url:
            parts = urlsplit(self.public_url)
            own.add(f"{parts.scheme}://{parts.netloc}")
        return frozenset(own)

    def secret(self) -> str:
        """The signing secret: the one set, or the one kept in the data dir, made on first use."""
        return self.jwt_secret or _kept_secret(self.data_dir / "jwt.secret")


def read(environment: Mapping[str, str]) -> Settings:
    """The settings of this environment.

    Raises:
        SettingsWrong: naming every variable that is wrong, never its value.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for item in fields(Settings):
        name, raw = item.metadata["name"], environment.get(item.metadata["name"], "").strip()
        if not raw:
            continue
        try:
            values[item.name] = _converted(item.name, raw)
        except _Malformed as error:
            problems.append(f"{name} {error}")
        except (ValueError, RuntimeError):  # a library's own words repeat the value
            problems.append(f"{name} cannot be read")
    problems += _contradictions(
        {item.name for item in fields(Settings) if environment.get(item.metadata["name"], "").strip()}
    )
    if problems:
        raise SettingsWrong(problems)
    return Settings(**values)


def table() -> list[tuple[str, str, str]]:
    """(variable, default as shown to people, sentence), in order; the README's table is made from it."""
    rows = []
    for item in fields(Settings):
        default = item.default
        shown = item.metadata["shown"] or (",".join(default) if isinstance(default, tuple) else str(default))
        rows.append((item.metadata["name"], shown, item.metadata["says"]))
    return rows


class _Malformed(ValueError):
    """What is wrong with a value, in words that do not repeat it."""


def _port(raw: str) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 5) or int(raw) > 65535:
        raise _Malformed("must be a port number, 0 to 65535")
    return int(raw)


def _origins(raw: str) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in raw.split(",") if part.strip())
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query or parts.fragment:
            raise _Malformed("must list origins such as https://example.com, without a path")
    return origins


def _web(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise _Malformed("must be an http or https URL")
    return raw.rstrip("/")


def _postgres(raw: str) -> str:
    if urlsplit(raw).scheme not in {"postgres", "postgresql"}:
        raise _Malformed("must be a postgresql:// URL")
    return raw


def _zone(raw: str) -> str:
    try:
        ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "America" is a directory of zones
        raise _Malformed("must be an IANA time zone such as America/Bogota") from error
    return raw


def _long_enough(raw: str) -> str:
    if len(raw.encode()) < SECRET_MIN_BYTES:
        raise _Malformed(f"must have at least {SECRET_MIN_BYTES} bytes")
    return raw


def _one_of(*words: str) -> Callable[[str], str]:
    def choose(raw: str) -> str:
        if raw.lower() not in words:
            raise _Malformed(f"must be one of {', '.join(words)}")
        return raw.lower()

    return choose


_CONVERTERS: Mapping[str, Callable[[str], Any]] = {
    "port": _port,
    "data_dir": lambda raw: Path(raw).expanduser(),
    "allowed_origins": _origins,
    "public_url": _web,
    "anthropic_base_url": _web,
    "database_url": _postgres,
    "migration_database_url": _postgres,
    "time_zone": _zone,
    "jwt_secret": _long_enough,
    "jwks_url": _web,
    "log_format": _one_of("json", "text"),
    "log_level": _one_of("debug", "info", "warning", "error"),
}


def _converted(name: str, raw: str) -> Any:
    return _CONVERTERS.get(name, str)(raw)


def _contradictions(given: set[str]) -> list[str]:
    problems = []
    if {"jwt_secret", "jwks_url"} <= given:
        problems.append("AMARA_JWT_SECRET and AMARA_JWKS_URL exclude each other: either we sign the tokens or another")
    if "database_url" in given and not {"jwt_secret", "jwks_url"} & given:
        problems.append(
            "AMARA_JWT_SECRET or AMARA_JWKS_URL is required with a database of your own (AMARA_DATABASE_URL)"
        )
    if "migration_database_url" in given and "database_url" not in given:
        problems.append("AMARA_MIGRATION_DATABASE_URL needs AMARA_DATABASE_URL beside it")
    return problems


def _kept_secret(path: Path) -> str:
    """The secret in this file; the first caller makes it, and two at once agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")  # two containers may share a process id
        with open(aside, "w", opener=_private, encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(aside, path)  # whole or not at all, and never over another's
        aside.unlink()
    secret = path.read_text("ascii").strip()
    if len(secret) < SECRET_MIN_BYTES:
        raise SettingsWrong([f"AMARA_DATA_DIR holds a broken {path.name}; remove it to have a new one made"])
    return secret


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
