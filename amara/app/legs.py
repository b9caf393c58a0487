"""The two legs that know nothing of the house: checkout and capture are handed what they need, here alone.

The staff's page stands behind the session of the numbers' pages, so it is handed theirs here too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar import Router
from litestar.handlers import HTTPRouteHandler

import analytics.errors
import analytics.funnel
import analytics.pages.routes
import analytics.registry
import analytics.routes
import analytics.server_events
import analytics.settings
import analytics.sheets
import guest.mail
import guest.mail.relay
import guest.recovery.routes
import guest.routes
import guest.settings
from amara import asking, auth, db, errors, expenses, house, limits, opening, repeats
from amara.counter import Counter
from amara.inbox import routes as inbox
from amara.routes import Desk
from amara.settings import Settings
from amara.socket import Sockets
from amara.store import health
from analytics.doorway import Doorway
from analytics.pages.admission import Admission


def capturing(desk: Desk, settings: Settings) -> Doorway:
    """Where events come in: by the framework's routes, or past them."""
    its = desk.house

    async def how_she_did(begins: datetime, ends: datetime) -> dict[str, Any]:
        async with its.numbers.service() as connection:
            return await expenses.with_usage(connection, await health.health(connection, begins, ends), begins, ends)

    handed = analytics.settings.Handed(
        **_handed(desk, settings),
        numbers=its.numbers.transaction,
        health=how_she_did,
        count=its.metrics.happened,
        watch=its.metrics.watch,
        links=(inbox.LINK,),
    )
    return Doorway(handed, _capturing(settings))


def _handed(desk: Desk, settings: Settings) -> dict[str, Any]:
    """Transactions and the caller; never the pool."""
    its = desk.house
    return {
        "caller": lambda header: asking.caller_of(desk.doorkeeper, header),
        "transaction": its.database.transaction,
        "service": its.database.service,
        "now": its.now,
        "time_zone": settings.time_zone,
    }


def legs(
    desk: Desk,
    sockets: Sockets,
    settings: Settings,
    mailing: guest.mail.Mailroom,
    admission: Admission,
    doorway: Doorway,
) -> list[Router | HTTPRouteHandler]:
    """Checkout and capture; neither is handed the other."""
    its = desk.house

    async def see_out() -> None:
        with contextlib.suppress(errors.AmaraError):  # the next round does it
            await sockets.go_round()

    checkout = guest.settings.Handed(
        **_handed(desk, settings),
        speak_as=lambda connection, who: db.become(connection, who or auth.SERVICE),
        address=lambda peer, forwarded: limits.address_of(peer or "", forwarded, sockets.proxies),
        counter=Counter(its),
        asking=repeats.request,
        emit=analytics.server_events.emit,
        see_out=see_out,
    )

    capture, limits_of_capture = doorway.handed, doorway.settings
    return [
        guest.routes.router(
            checkout, guest.settings.Settings(consent_version=settings.consent_version, pepper=settings.pepper())
        ),
        guest.recovery.routes.router(checkout, mailing.send_code),
        analytics.routes.router(capture, limits_of_capture, doorway=doorway),
        analytics.pages.routes.router(capture, limits_of_capture, admission),
        *inbox.routes(its, analytics.pages.routes.shared(admission)),
    ]


def _capturing(settings: Settings) -> analytics.settings.Settings:
    return analytics.settings.Settings(
        write_keys=settings.keys(),
        declared=_declared(settings),
        public_url=settings.public_url,
    )


def _declared(settings: Settings) -> dict[str, dict[str, str]]:
    return msgspec.json.decode(settings.event_types or "{}", type=dict[str, dict[str, str]])


async def declare_events(database: db.Database, settings: Settings) -> None:
    """The operator's own types of events. Raises: opening.CannotStart: they cannot be read."""
    try:
        await analytics.registry.declare(database.service, _declared(settings))
    except analytics.registry.KindUnknown as error:
        raise opening.CannotStart(f"AMARA_EVENT_TYPES {error}.") from error


def mailroom(
    settings: Settings,
    database: db.Database,
    *,
    port: int | None = None,
    say: opening.Say | None = None,
    now: Callable[[], datetime] = house.utc_now,
) -> guest.mail.Mailroom:
    """Who writes to the guests. Args: port is the one really bound; say is the terminal that stands in for a relay."""
    relay: guest.mail.relay.Relay = guest.mail.relay.Nowhere()
    if settings.smtp_url:
        relay = guest.mail.relay.Smtp(settings.smtp_url)
    elif say is not None:
        relay = guest.mail.relay.Terminal(say)
    return guest.mail.Mailroom(
        service=database.service,
        relay=relay,
        sender=settings.mail_from or "MaidConnect <amara@localhost>",
        link=f"{settings.address(settings.port if port is None else port)}/",
        now=now,
        time_zone=settings.time_zone,
    )


async def numbers(settings: Settings, database: db.Database, what: str, asked: Mapping[str, str], form: str) -> bytes:
    """What the operator asks at the command line, who may see them without a token. Raises: BadRequest."""
    clock = analytics.funnel.Clock(house.utc_now, settings.time_zone)
    try:
        return await analytics.sheets.of_service(what, asked, form, database.service, clock, _capturing(settings))
    except analytics.errors.AnalyticsError as error:
        raise errors.BadRequest(error.detail) from error
