"""What stands between this machine and a service that works, asked in the order in which it would fail."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, fields
from typing import Literal
from uuid import uuid4

import asyncpg
import msgspec
import websockets

from amara import console, errors, frames, migrate, opening, postgres, terminal
from amara.db import Database
from amara.settings import Settings
from amara.standby import Standby
from amara.store import inspection

ASK_S = 5.0

# What the assistant reads of the marketplace: an operator may replace these views, not their columns.
WANTED = {
    "amara_api.professionals": (
        "id full_name bio city country languages services rating review_count experience_years on_time_rate"
        " verification_level time_zone buffer_minutes max_bookings_per_day instant_booking"
    ),
    "amara_api.bookings": (
        "id customer_id guest_session_id professional_id status service_name service_date scheduled_start scheduled_end"
        " duration_minutes total_price currency address special_instructions booking_source source_details"
        " professional_name professional_city"
    ),
}

Verdict = Literal["well", "note", "ill"]
"""`note` is worth knowing and stands in nobody's way."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    about: str
    verdict: Verdict
    says: str


@dataclass(frozen=True, slots=True)
class Examination:
    """One look at everything; nothing is changed by it."""

    settings: Settings
    environment: Mapping[str, str]

    async def findings(self) -> AsyncGenerator[Finding, None]:
        """Each as soon as it is known."""
        yield self._settings()
        async with aclosing(self._database()) as found:
            async for finding in found:
                yield finding
        yield Finding("origins", "well", "sockets are open to " + ", ".join(sorted(self._origins())))
        if self.settings.redis_url:
            yield await self._broker()
        yield await asyncio.to_thread(self._model)
        yield await self._socket()

    def _settings(self) -> Finding:
        given = [item.metadata["name"] for item in fields(Settings) if self.environment.get(item.metadata["name"])]
        return Finding("settings", "well", f"from the environment: {', '.join(given) or 'none'}; the rest by default")

    def _origins(self) -> frozenset[str]:
        return self.settings.origins(self.settings.port)

    async def _database(self) -> AsyncGenerator[Finding, None]:
        where = "embedded" if self.settings.is_embedded else "your own"
        try:
            async with console.service(self.settings) as database:
                safety = await database.safety()
                is_old = safety.version < opening.POSTGRES_MIN
                yield Finding("database", "ill" if is_old else "well", f"{where}, PostgreSQL {safety.version}")
                yield Finding("durability", *_of(safety.is_durable, "synchronous_commit is on", "it is off"))
                yield Finding(
                    "login",
                    *_of(not safety.is_above_policies, "has no power of its own", "stands above row level security"),
                )
                async with aclosing(self._record(database)) as found:
                    async for finding in found:
                        yield finding
                if self.settings.standby_url:
                    yield await self._standby(database)
        except asyncpg.InvalidAuthorizationSpecificationError:  # a wrong password too
            says = "does not let in who AMARA_DATABASE_URL names; amara migrate makes that login where it is missing"
            yield Finding("database", "ill", f"{where}: {says}")
        except (OSError, asyncpg.PostgresError, errors.Unavailable, postgres.PostgresError) as error:
            yield Finding("database", "ill", f"{where}: does not answer ({type(error).__name__})")

    async def _record(self, database: Database) -> AsyncGenerator[Finding, None]:
        try:
            async with database.service() as db:
                differences = await migrate.check(db)
        except (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError):
            yield Finding("migrations", "ill", "the login may not become amara_service: run `amara migrate`")
            return
        says = "; ".join(map(str, differences))
        yield Finding("migrations", *_of(not differences, "all applied", f"{says}: run `amara migrate`"))
        if differences:
            return
        async with database.service() as db:
            missing = await inspection.columns_missing(
                db, {relation: columns.split() for relation, columns in WANTED.items()}
            )
            pairs = await inspection.overlapping_bookings(db)
        yield Finding("columns", *_of(not missing, "the marketplace has all of them", f"missing: {', '.join(missing)}"))
        told = "; ".join(f"{pair['one']} and {pair['other']} from {pair['since']:%Y-%m-%d %H:%M} UTC" for pair in pairs)
        # They predate the constraint, which exempts them: nothing breaks, and two people may stand before one door.
        yield Finding("overlaps", "note" if pairs else "well", told or "no two live bookings of anybody overlap")

    async def _broker(self) -> Finding:
        async with AsyncExitStack() as stack:
            try:
                broker = await opening.open_broker(self.settings, stack)
            except opening.CannotStart as error:
                return Finding("broker", "ill", str(error))
            assert broker is not None  # one is named
            answer = await broker[0].read({uuid4(): frames.Cursor(1, 1)}, wait_s=0.001)
        # Away, the service does without it: words come a quarter of a second later, and each process counts for itself.
        return Finding(
            "broker", "note" if answer is None else "well", "does not answer" if answer is None else "answers"
        )

    async def _standby(self, database: Database) -> Finding:
        standby = Standby(self.settings.standby_url, database)
        is_of_use = await standby.is_of_use()
        await standby.close()
        if is_of_use:
            return Finding("standby", "well", "near; numbers are read there")
        return Finding("standby", "note", "away, promoted or too far behind; numbers are read at the primary")

    def _model(self) -> Finding:
        settings = self.settings
        if settings.is_concierge:
            return Finding("model", "note", "no ANTHROPIC_API_KEY: the offline concierge answers")
        base_url = settings.anthropic_base_url or "https://api.anthropic.com"
        headers = {"x-api-key": settings.anthropic_api_key or "none", "anthropic-version": "2023-06-01"}
        request = urllib.request.Request(f"{base_url.rstrip('/')}/v1/models", headers=headers)  # noqa: S310 - the operator's own URL
        try:
            urllib.request.urlopen(request, timeout=ASK_S).close()  # noqa: S310 - likewise
        except urllib.error.HTTPError as error:
            if error.code in {401, 403}:
                return Finding("model", "ill", "the endpoint answers, and does not take the key")
            return Finding("model", "note", f"the endpoint answers {error.code} to a list of models; it may still chat")
        except (OSError, ValueError) as error:
            return Finding("model", "ill", f"the endpoint cannot be reached ({type(error).__name__})")
        return Finding("model", "well", f"{settings.model} is asked, and the endpoint takes the key")

    async def _socket(self) -> Finding:
        address = self.settings.address(self.settings.port)
        try:
            token = await asyncio.to_thread(terminal.visitor, address)
        except terminal.CannotTalk as error:
            return Finding("socket", "note", f"no round trip: {error}")
        url = f"{address.replace('http', 'ws', 1)}/v1/amara/chat?threadId=doctor"
        hello = {"type": "hello", "token": token, "since": None, "locale": "es", "device": "doctor"}
        try:
            async with asyncio.timeout(ASK_S), websockets.connect(url) as socket:
                await socket.send(msgspec.json.encode(hello).decode())
                welcome = msgspec.json.decode(await socket.recv())
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            return Finding("socket", "ill", f"{address} answers, its socket does not ({type(error).__name__})")
        is_ours = welcome.get("type") == frames.Welcome.__struct_config__.tag
        return Finding("socket", *_of(is_ours, f"{address} says welcome", f"{address} says something else"))


def _of(is_well: bool, well: str, ill: str) -> tuple[Verdict, str]:
    return ("well", well) if is_well else ("ill", ill)
