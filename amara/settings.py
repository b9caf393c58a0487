"""What may be set from the environment: one struct, every field with its variable, default and sentence."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from amara import prices
from amara.prices import Prices
from amara.values import CONVERTERS, SECRET_MIN_BYTES, Malformed


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
    standby_url: str = _setting(
        "AMARA_STANDBY_URL", "a standby, asked for what administrators count", shown="none", is_secret=True
    )
    anthropic_api_key: str = _setting(
        "ANTHROPIC_API_KEY", "the model's key", shown="none → offline concierge", is_secret=True
    )
    anthropic_base_url: str = _setting(
        "ANTHROPIC_BASE_URL", "any endpoint that speaks the Messages API", shown="the vendor's"
    )
    model: str = _setting("AMARA_MODEL", "which model answers", "claude-haiku-5-5")
    model_lacks: tuple[str, ...] = _setting(
        "AMARA_MODEL_LACKS",
        "what that endpoint cannot take: `cache_control`, `system_blocks`, `thinking`, `tool_choice`; comma-separated",
        (),
        shown="learnt from its refusals",
    )
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
        "browser origins that may open a socket beside that of `AMARA_PUBLIC_URL`, comma-separated",
        (),
        shown="our own origin",
    )
    frame_ancestors: tuple[str, ...] = _setting(
        "AMARA_FRAME_ANCESTORS",
        "origins whose pages and WebViews may show the chat in a frame, comma-separated",
        (),
        shown="none: there is no frame",
    )
    trusted_proxies: tuple[str, ...] = _setting(
        "AMARA_TRUSTED_PROXIES",
        "networks whose X-Forwarded-For is believed, comma-separated; otherwise all who come through a proxy are one",
        (),
        shown="none: the peer's address is the address",
    )
    write_keys: tuple[str, ...] = _setting(
        "AMARA_WRITE_KEYS",
        "public keys with which Segment's libraries may send events, comma-separated",
        (),
        shown="random, kept in the data dir",
    )
    event_types: str = _setting(
        "AMARA_EVENT_TYPES",
        'your own types of events, counted too: JSON such as `{"QuoteAsked": {"city": "text?"}}`, or a file of it',
        shown="none",
    )
    smtp_url: str = _setting(
        "AMARA_SMTP_URL",
        "relay for guests' mail: `smtps://user:password@host` (TLS), `smtp://…` (STARTTLS, demanded), `smtp+plain://host`",
        shown="none → a line in the log",
        is_secret=True,
    )
    mail_from: str = _setting(
        "AMARA_MAIL_FROM", "`Name <address>` that mail comes from; required with the former", shown="none"
    )
    webhook_url: str = _setting(
        "AMARA_WEBHOOK_URL",
        "your service that is told of bookings, hand-offs and unread answers; https, or http on this machine",
        shown="none",
    )
    webhook_secret: tuple[str, ...] = _setting(
        "AMARA_WEBHOOK_SECRET",
        "what notices to it are signed with (`amara webhooks secret` makes one); the new and the old, comma-separated,"
        " while you change it; required with the former",
        (),
        shown="none",
        is_secret=True,
    )
    consent_version: str = _setting(
        "AMARA_CONSENT_VERSION", "of the text guests agree to; a consent to another version is not taken", "1"
    )
    time_zone: str = _setting("AMARA_TIME_ZONE", "zone of days and of visitors who say none", "America/Bogota")
    staff_hours: str = _setting(
        "AMARA_STAFF_HOURS",
        "when people of the team answer what is handed to them, in that zone; `mon-fri 08:00-18:00, sat 09:00-13:00`",
        "mon-sat 08:00-18:00",
    )
    lease_seconds: float = _setting(
        "AMARA_LEASE_SECONDS", "how long an answer survives the silence of its process before another takes it", 15.0
    )
    conversations_days: int = _setting(
        "AMARA_CONVERSATIONS_DAYS",
        "how long a conversation is kept after its last message; 0: until its person deletes it",
        0,
    )
    redis_url: str = _setting(
        "AMARA_REDIS_URL",
        "Redis ≥ 7 or Valkey, through which several processes hear each other at once and share their limits; "
        "needs the extra `scale`",
        shown="none: they follow the log in PostgreSQL",
        is_secret=True,
    )
    daily_tokens_user: int = _setting("AMARA_DAILY_TOKENS_USER", "what the model may cost an account a day", 500_000)
    daily_tokens_guest: int = _setting("AMARA_DAILY_TOKENS_GUEST", "the same of a visitor", 150_000)
    daily_tokens_ip: int = _setting("AMARA_DAILY_TOKENS_IP", "the same of a network address", 1_000_000)
    daily_tokens_total: int = _setting("AMARA_DAILY_TOKENS_TOTAL", "the same of everybody together", 50_000_000)
    prices: str = _setting(
        "AMARA_PRICES",
        'USD per million tokens: JSON such as `{"claude-haiku-5-5": {"input": 1, "output": 5, "cache_read": 0.1,'
        ' "cache_write": 1.25}}`, or a file of it; a model that is not in it has no cost, rather than a guessed one',
        shown="none",
    )
    metrics: str = _setting(
        "AMARA_METRICS", "who may read `/metrics`: `loopback`, `token` (the next one, as bearer) or `off`", "loopback"
    )
    metrics_token: str = _setting(
        "AMARA_METRICS_TOKEN", "at least 32 bytes; required with `token`", shown="none", is_secret=True
    )
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

    def price_table(self) -> Prices:
        """What a model's tokens cost."""
        return prices.read(self.prices)

    def address(self, port: int) -> str:
        """How people reach us, given the port really bound."""
        host = f"[{self.host}]" if ":" in self.host else self.host  # RFC 3986, 3.2.2
        return self.public_url or f"http://{host}:{port}"

    def origins(self, port: int) -> frozenset[str]:
        """The origins that may open a socket, given the port really bound; the frame and the pages are of our own."""
        own: set[str] = set()
        if self.frame_ancestors or not self.allowed_origins:
            own |= {f"http://{host}:{port}" for host in ("localhost", "127.0.0.1", "[::1]")}
        if self.public_url:
            parts = urlsplit(self.public_url)
            own.add(f"{parts.scheme}://{parts.netloc}")
        return frozenset(own | set(self.allowed_origins))

    def secret(self) -> str:
        """The signing secret: the one set, or the one kept in the data dir, made on first use."""
        return self.jwt_secret or _kept_secret(self.data_dir / "jwt.secret")

    def pepper(self) -> bytes:
        """A secret of every process of ours and of no table, under which what is counted is hashed."""
        known = self.database_url if self.jwks_url and self.database_url else self.secret()
        return sha256(f"what is counted\n{known}".encode()).digest()

    def keys(self) -> frozenset[str]:
        """The write keys: those set, or the one kept in the data dir, made on first use."""
        return frozenset(self.write_keys or (_kept_secret(self.data_dir / "write.key"),))


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
        except Malformed as error:
            problems.append(f"{name} {error}")
        except (ValueError, RuntimeError):  # a library's own words repeat the value
            problems.append(f"{name} cannot be read")
    problems += _contradictions(
        {item.name for item in fields(Settings) if environment.get(item.metadata["name"], "").strip()},
        metrics=values.get("metrics", ""),
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


def _converted(name: str, raw: str) -> Any:
    return CONVERTERS.get(name, str)(raw)


def _contradictions(given: set[str], *, metrics: str) -> list[str]:
    problems = []
    if {"jwt_secret", "jwks_url"} <= given:
        problems.append("AMARA_JWT_SECRET and AMARA_JWKS_URL exclude each other: either we sign the tokens or another")
    if "database_url" in given and not {"jwt_secret", "jwks_url"} & given:
        problems.append(
            "AMARA_JWT_SECRET or AMARA_JWKS_URL is required with a database of your own (AMARA_DATABASE_URL)"
        )
    if "smtp_url" in given and "mail_from" not in given:
        problems.append("AMARA_MAIL_FROM is required with AMARA_SMTP_URL: who guests' mail comes from")
    if metrics == "token" and "metrics_token" not in given:
        problems.append("AMARA_METRICS_TOKEN is required with AMARA_METRICS=token")
    if "webhook_url" in given and "webhook_secret" not in given:
        problems.append("AMARA_WEBHOOK_SECRET is required with AMARA_WEBHOOK_URL: what notices are signed with")
    if "webhook_secret" in given and "webhook_url" not in given:
        problems.append("AMARA_WEBHOOK_SECRET needs AMARA_WEBHOOK_URL beside it")
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
