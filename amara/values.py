"""What a setting's text may be, and what it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import formataddr, getaddresses, parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from email_validator import EmailNotValidError, validate_email

from amara import hours, prices
from amara.notices import key_of

MODEL_FEATURES = frozenset({"cache_control", "system_blocks", "thinking", "tool_choice"})
SECRET_MIN_BYTES = 32  # RFC 7518, 3.2: a key at least as long as the hash


class Malformed(ValueError):
    """What is wrong with a value, in words that do not repeat it."""


def port(raw: str) -> int:
    """A port; 0 lets the system choose."""
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 5) or int(raw) > 65535:
        raise Malformed("must be a port number, 0 to 65535")
    return int(raw)


def origins(raw: str) -> tuple[str, ...]:
    """Browser origins, comma-separated."""
    found = tuple(part.strip() for part in raw.split(",") if part.strip())
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query or parts.fragment:
            raise Malformed("must list origins such as https://example.com, without a path")
    return found


def features(raw: str) -> tuple[str, ...]:
    """Parts of the Messages API, comma-separated."""
    found = tuple(part.strip() for part in raw.split(",") if part.strip())
    if not set(found) <= MODEL_FEATURES:
        raise Malformed(f"must list some of {', '.join(sorted(MODEL_FEATURES))}")
    return found


def keys(raw: str) -> tuple[str, ...]:
    """Public write keys, comma-separated."""
    found = tuple(part.strip() for part in raw.split(",") if part.strip())
    if not all(
        8 <= len(key) <= 128 and key.isascii() and key.replace("_", "").replace("-", "").isalnum() for key in found
    ):
        raise Malformed("must list keys of 8 to 128 letters, digits, - and _")
    return found


def event_types(raw: str) -> str:
    """JSON, or the content of a file of it."""
    try:
        said = raw if raw.startswith("{") else Path(raw).expanduser().read_text("utf-8")
        msgspec.json.decode(said, type=dict[str, dict[str, str]])
    except (msgspec.DecodeError, OSError) as error:
        raise Malformed("must be JSON, or a file of it: types of events, each with its properties' kinds") from error
    return said


def price_table(raw: str) -> str:
    """JSON, or the content of a file of it."""
    try:
        said = raw if raw.startswith("{") else Path(raw).expanduser().read_text("utf-8")
        prices.read(said)
    except (ValueError, OSError) as error:  # msgspec's own errors are among them
        raise Malformed(
            "must be JSON, or a file of it: models, each with input, output, cache_read and cache_write in USD per"
            " million tokens"
        ) from error
    return said


def networks(raw: str) -> tuple[str, ...]:
    """Networks, or single addresses, comma-separated."""
    try:
        return tuple(str(ip_network(part.strip())) for part in raw.split(",") if part.strip())
    except ValueError as error:
        raise Malformed("must list addresses or networks such as 10.0.0.0/8") from error


def lease(raw: str) -> float:
    """How long a lease holds. Units: seconds."""
    seconds = float(raw)
    if not 1 <= seconds <= 600:
        raise Malformed("must be a number of seconds, 1 to 600")
    return seconds


def web(raw: str) -> str:
    """An address on the web, without a slash at its end."""
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Malformed("must be an http or https URL")
    return raw.rstrip("/")


def postgres(raw: str) -> str:
    """A URL of PostgreSQL."""
    if urlsplit(raw).scheme not in {"postgres", "postgresql"}:
        raise Malformed("must be a postgresql:// URL")
    return raw


def broker(raw: str) -> str:
    """A URL of Redis or Valkey."""
    parts = urlsplit(raw)
    if parts.scheme not in {"redis", "rediss", "unix"} or not (parts.hostname or parts.path):
        raise Malformed("must be a redis://, rediss:// or unix:// URL")
    return raw


def zone(raw: str) -> str:
    """A time zone by its IANA name."""
    try:
        ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "America" is a directory of zones
        raise Malformed("must be an IANA time zone such as America/Bogota") from error
    return raw


def staffed(raw: str) -> str:
    """When people of staff are there."""
    try:
        hours.read(raw)
    except ValueError as error:
        raise Malformed("must list days and hours such as mon-fri 08:00-18:00, sat 09:00-13:00") from error
    return raw


def long_enough(raw: str) -> str:
    """A secret that a hash deserves."""
    if len(raw.encode()) < SECRET_MIN_BYTES:
        raise Malformed(f"must have at least {SECRET_MIN_BYTES} bytes")
    return raw


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words, in any case."""

    def choose(raw: str) -> str:
        if raw.lower() not in words:
            raise Malformed(f"must be one of {', '.join(words)}")
        return raw.lower()

    return choose


def smtp(raw: str) -> str:
    """A relay for mail. Its scheme says how it is encrypted, and no password goes out in clear."""
    parts = urlsplit(raw)
    if (
        parts.scheme not in {"smtps", "smtp", "smtp+plain"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
    ):
        raise Malformed("must be smtps://, smtp:// or smtp+plain://, with a host and perhaps a port")
    if (parts.username is None) != (parts.password is None):
        raise Malformed("must have both a user and a password, or neither")
    if parts.scheme == "smtp+plain" and parts.username is not None:
        raise Malformed("must be smtps:// or smtp:// where it has a password")
    port(str(parts.port or 0))
    return raw


def sender(raw: str) -> str:
    """An address, perhaps with a name before it."""
    name, address = parseaddr(raw)
    if not raw.isprintable() or len(getaddresses([raw])) != 1:
        raise Malformed("must be one address")
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise Malformed("must be an address such as MaidConnect <hola@example.com>") from error
    return formataddr((name, found.ascii_email or found.normalized))


def webhook(raw: str) -> str:
    """Where notices go: encrypted, unless it is on this machine."""
    parts = urlsplit(raw)
    is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or parts.scheme not in {"https", "http"} or parts.fragment or parts.username is not None:
        raise Malformed("must be an https:// URL without a user, a password or a fragment")
    if parts.scheme == "http" and not is_here:
        raise Malformed("must be https:// where it is not on this machine")
    port(str(parts.port or 0))
    return raw


def webhook_secrets(raw: str) -> tuple[str, ...]:
    """One secret, or two while one follows the other."""
    found = tuple(part.strip() for part in raw.split(",") if part.strip())
    try:
        for secret in found:
            key_of(secret)
    except ValueError:
        found = ()
    if not 1 <= len(found) <= 2:
        raise Malformed("must be whsec_ and base64 of 24 to 64 bytes, or two of these, comma-separated")
    return found


def tokens(raw: str) -> int:
    """A number of tokens."""
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 15):
        raise Malformed("must be a whole number of tokens, not negative")
    return int(raw)


def days(raw: str) -> int:
    """A number of days; none at all is for ever."""
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 5):
        raise Malformed("must be a whole number of days, at most 99999")
    return int(raw)


CONVERTERS: Mapping[str, Callable[[str], Any]] = {
    "port": port,
    "data_dir": lambda raw: Path(raw).expanduser(),
    "allowed_origins": origins,
    "frame_ancestors": origins,
    "public_url": web,
    "anthropic_base_url": web,
    "model_lacks": features,
    "database_url": postgres,
    "migration_database_url": postgres,
    "redis_url": broker,
    "write_keys": keys,
    "event_types": event_types,
    "smtp_url": smtp,
    "mail_from": sender,
    "webhook_url": webhook,
    "webhook_secret": webhook_secrets,
    "time_zone": zone,
    "staff_hours": staffed,
    "trusted_proxies": networks,
    "lease_seconds": lease,
    "conversations_days": days,
    "daily_tokens_user": tokens,
    "daily_tokens_guest": tokens,
    "daily_tokens_ip": tokens,
    "daily_tokens_total": tokens,
    "prices": price_table,
    "metrics": one_of("off", "loopback", "token"),
    "metrics_token": long_enough,
    "jwt_secret": long_enough,
    "jwks_url": web,
    "log_format": one_of("json", "text"),
    "log_level": one_of("debug", "info", "warning", "error"),
}
