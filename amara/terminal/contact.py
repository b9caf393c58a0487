"""The contact a visitor's booking needs, asked line by line; it goes to the service alone and is kept nowhere."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from amara.terminal.cards import Locale

Json = dict[str, Any]
Read = Callable[[str], Awaitable[str | None]]
"""Asks for a line under this prompt; none at the end of what there is to read."""

TIMEOUT_S = 10.0
_YES = frozenset({"s", "sí", "si", "y", "yes"})
_WORDS = {
    "full_name": ("¿A nombre de quién queda la reserva? ", "Whose name is the booking in? "),
    "email": ("¿A qué correo le escribimos? ", "Which e-mail may we write to? "),
    "phone": ("¿Un teléfono para avisarle? (Enter para omitir) ", "A phone number to reach you? (Enter to skip) "),
    "consent": (
        (
            "Autorizo a MaidConnect a tratar mi nombre, mi correo y mi teléfono para gestionar esta reserva y"
            " comunicarse conmigo sobre ella (Ley 1581 de 2012). La política: {policy} [s/N] "
        ),
        (
            "I allow MaidConnect to process my name, e-mail and phone to handle this booking and to contact me about it"
            " (Colombian Law 1581 of 2012). The policy: {policy} [y/N] "
        ),
    ),
}


class CannotTalk(Exception):
    """There is no conversation to be had; the message says why."""


def is_yes(line: str | None) -> bool:
    """Whether that was a yes, in either language; nothing at all is none."""
    return line is not None and line.strip().lower() in _YES


async def asked(read: Read, url: str, locale: Locale, version: str) -> Json | None:
    """What opens a guest's session; none where somebody stops on the way or does not agree.

    Args:
        read: asks for a line.
        url: of the service, which has the policy.
        locale: of the person.
        version: of the text that is agreed to.
    """
    said: Json = {}
    for field in ("full_name", "email", "phone"):
        line = await read(_word(field, locale))
        if line is None or (not line.strip() and field != "phone"):
            return None
        said[field] = line.strip() or None
    policy = f"{url.rstrip('/')}/widget/v1/privacy.html"
    if not is_yes(await read(_word("consent", locale).format(policy=policy))):
        return None
    return said | {"consent": {"version": version, "accepted": True}}


def confirm(url: str, token: str, contact: Json, draft_id: str, version: int) -> Json:
    """Opens the session and confirms the draft with it. Returns: what came of it, as a card.

    Raises:
        CannotTalk: the service's own sentence about what is wrong.
    """
    opened = http(f"{url.rstrip('/')}/v1/guest/sessions", token=token, body=contact)
    guest = {"X-Guest-Session": str(opened["session_token"])}
    address = f"{url.rstrip('/')}/v1/amara/drafts/{draft_id}/confirm"
    return {"card": "approval"} | http(address, token=token, body={"version": version}, headers=guest)


def http(
    address: str,
    *,
    method: str | None = None,
    token: str | None = None,
    body: Json | None = None,
    headers: dict[str, str] | None = None,
) -> Json:
    """What the service answers, as JSON; with a body it is a POST.

    Raises:
        CannotTalk: nothing answers there, not our service, or it refuses.
    """
    data = None if body is None else msgspec.json.encode(body)
    sent = headers or {}
    request = urllib.request.Request(address, data, sent, method=method)  # noqa: S310 - the scheme is checked where given
    if data is not None:
        request.add_header("Content-Type", "application/json")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - likewise
            said: Json = msgspec.json.decode(answer.read())
    except urllib.error.HTTPError as error:
        raise CannotTalk(_reason(error)) from error
    except OSError as error:
        raise CannotTalk(f"Nothing answers at {_place(request)}. Is the service running there?") from error
    except msgspec.DecodeError as error:
        raise CannotTalk(f"What answers at {_place(request)} is not Amara.") from error
    return said


def _place(request: urllib.request.Request) -> str:
    return f"{request.type}://{request.host}"


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(msgspec.json.decode(error.read())["detail"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return f"The service answers {error.code}."


def _word(name: str, locale: Locale) -> str:
    return _WORDS[name][0 if locale == "es" else 1]
