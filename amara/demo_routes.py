"""An account for anybody, under `--demo` alone: a code by the terminal, then the token of a confirmed account.

So the way from a guest to an account can be walked on plain PostgreSQL, where nobody sends a confirmation.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from email_validator import EmailNotValidError, validate_email
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from amara import auth, errors
from amara.auth import VISITOR_TTL_S, Tokens
from amara.db import Database
from amara.shapes import AccountWanted
from amara.store import conversations, people

LASTS = timedelta(minutes=10)
TRIES = 5
OPEN_MAX = 100
EMAIL_MAX = 320  # characters
UNCACHED = {"cache-control": "no-store"}


@dataclass(slots=True)
class _Open:
    code: str
    until: datetime
    tries: int = 0


@dataclass(slots=True)
class Codes:
    """The codes that were said at the terminal; one process serves a demo, so its memory is enough."""

    say: Callable[[str], None]
    now: Callable[[], datetime]
    mint: Callable[[], str] = lambda: f"{secrets.randbelow(10**6):06}"
    _open: dict[str, _Open] = field(default_factory=dict)

    def tell(self, email: str) -> None:
        """Says the code for this address; asked again, the same one with no more tries than before."""
        for stale in [who for who, code in self._open.items() if code.until <= self.now()]:
            del self._open[stale]
        if email not in self._open:
            if len(self._open) >= OPEN_MAX:
                raise errors.TooMany(retry_after_s=LASTS.total_seconds())
            self._open[email] = _Open(self.mint(), self.now() + LASTS)
        self.say(f"The demo's code for {email} is {self._open[email].code}.")

    def spend(self, email: str, code: str) -> bool:
        """Whether this is the code, once; the fifth wrong one is the last."""
        known = self._open.get(email)
        if known is None or known.until <= self.now() or known.tries >= TRIES:
            return False
        known.tries += 1
        if not hmac.compare_digest(known.code.encode(), code.encode()):
            return False
        del self._open[email]
        return True


def routes(
    database: Database, tokens: Tokens, codes: Codes | None, *, new_id: Callable[[], UUID] = uuid4
) -> list[HTTPRouteHandler]:
    """`POST /v1/demo/account`; without codes there is no such place."""

    @post("/v1/demo/account", status_code=200, summary="An account of one's own, under --demo alone")
    async def open_account(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        if codes is None:
            raise errors.NotFound
        wanted = _wanted(await request.body())
        if wanted.code is None:
            codes.tell(wanted.email)
            body: dict[str, Any] = {"sent": True, "expires_in": int(LASTS.total_seconds())}
            return Response(body, status_code=202, headers=UNCACHED)
        if not codes.spend(wanted.email, wanted.code):
            raise errors.CodeRefused
        async with database.service() as db:
            user_id = await people.confirmed_account(db, new_id(), wanted.email)
        if user_id is None:
            raise errors.CodeRefused
        caller = auth.person(user_id, is_anonymous=False, email=wanted.email)
        async with database.transaction(caller) as db:
            person = await conversations.person(db, user_id)
        return Response(
            {
                "access_token": tokens.sign(user_id, ttl_s=VISITOR_TTL_S, email=wanted.email),
                "token_type": "bearer",
                "expires_in": VISITOR_TTL_S,
                "user_id": str(user_id),
                "full_name": (person["full_name"] if person else None) or "",
                "role": (person["role"] if person else None) or "customer",
            },
            status_code=201,
            headers=UNCACHED,
        )

    return [open_account]


def _wanted(body: bytes) -> AccountWanted:
    try:
        wanted = msgspec.json.decode(body, type=AccountWanted)
        if len(wanted.email) > EMAIL_MAX:
            raise errors.BadRequest("`email` is no address.")
        email = validate_email(wanted.email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise errors.BadRequest("`email` is no address.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise errors.BadRequest("The body must be JSON with `email` and perhaps `code`.") from error
    return AccountWanted(email, wanted.code)
