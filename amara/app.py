"""THE FRONT DOOR: builds the pool, the model, the tools and the routes, and wires the three packages together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any

import msgspec
from litestar import Litestar, Router

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
from amara import (
    agui,
    auth,
    booking_routes,
    db,
    demo,
    demo_routes,
    errors,
    house,
    limits,
    opening,
    problems,
    repeats,
    routes,
    runs,
    showcase,
)
from amara.auth import Caller, Tokens
from amara.counter import Counter
from amara.desk import Desk as BookingDesk
from amara.doorkeeper import Doorkeeper
from amara.feeds import Feeds
from amara.following import Following
from amara.house import House
from amara.model import Model
from amara.owners import owner_name
from amara.routes import Desk
from amara.settings import Settings
from amara.socket import Sockets
from amara.store import health
from amara.takeover import Relief
from amara.tools import CATALOGUE
from amara.upkeep import Upkeep
from analytics.pages.admission import Admission

BODY_MAX = 1024 * 1024  # bytes of a request; rooms that need less say so


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Everything, open."""

    app: Litestar
    house: House
    tokens: Tokens
    sockets: Sockets
    admission: Admission

    async def drain(self, grace_s: float) -> None:
        """Answers may finish, then everybody is told to come back."""
        await self.house.runs.drain(grace_s)
        self.sockets.drain()


@contextlib.asynccontextmanager
async def open_door(
    settings: Settings,
    *,
    port: int,
    has_demo: bool = False,
    say: opening.Say = lambda _: None,
    model: Model | None = None,
    lease_s: float | None = None,
    owner: str | None = None,
    now: Callable[[], datetime] = house.utc_now,
) -> AsyncIterator[FrontDoor]:
    """The whole service but its listening socket, for as long as the block lasts.

    Args:
        settings: read from the environment.
        port: the port really bound, for our own origins.
        has_demo: load the marketplace, and let anybody be its customer.
        say: told what takes a while.
        model: instead of the one the settings name.
        lease_s: instead of what the settings say.
        owner: the name under which runs are held, instead of this process's.
        now: the wall clock.

    Raises:
        opening.CannotStart, postgres.PostgresError, migrate.MigrationError: with the reason.
    """
    async with contextlib.AsyncExitStack() as stack:
        url = await opening.database_url(settings, stack, has_demo=has_demo, say=say, today=now())
        database = await opening.open_database(url)
        stack.push_async_callback(database.close)
        await opening.inspect(database)
        await _declare_events(database, settings)
        feeds = Feeds(database)
        its_runs = runs.Runs(database, feeds, owner=owner or owner_name(), lease_s=lease_s or settings.lease_seconds)
        answering = model or await opening.open_model(settings, stack)
        its_house = house.build(
            database,
            feeds,
            its_runs,
            answering,
            CATALOGUE,
            settings.time_zone,
            BookingDesk,
            now=now,
            emit=analytics.server_events.emit,
            budget=opening.open_purses(settings, database, now),
            consent_version=settings.consent_version,
        )
        tokens = await opening.open_tokens(settings, stack, now)
        doorkeeper = Doorkeeper(tokens, database)
        proxies = [ip_network(network) for network in settings.trusted_proxies]
        sockets = Sockets(its_house, doorkeeper, lambda: settings.origins(port), proxies=proxies)
        sockets.start()
        stack.push_async_callback(sockets.stop)
        feeds.start()
        stack.push_async_callback(feeds.stop)
        await its_runs.open(Relief(its_house))
        stack.push_async_callback(its_runs.close)
        following = Following(database, feeds, its_runs)
        following.start()
        stack.push_async_callback(following.stop)
        tidying = Upkeep(database, now, time_zone=settings.time_zone)
        tidying.start()
        stack.push_async_callback(tidying.stop)
        mailing = mailroom(settings, database, port=port, say=say if has_demo else None, now=now)
        mailing.start()
        stack.push_async_callback(mailing.stop)
        desk = Desk(
            house=its_house,
            doorkeeper=doorkeeper,
            is_concierge=model is None and settings.is_concierge,
            demo_customer=auth.person(demo.CUSTOMER_ID, is_anonymous=False) if has_demo and tokens.are_ours else None,
            problems=lambda: opening.problems(its_house),
        )
        codes = demo_routes.Codes(say, now) if desk.demo_customer else None
        admission = Admission(settings.pepper(), now, doorkeeper.again)
        pages = _litestar(desk, sockets, settings, mailing, codes, admission)
        yield FrontDoor(pages, its_house, tokens, sockets, admission)


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


def _litestar(
    desk: Desk,
    sockets: Sockets,
    settings: Settings,
    mailing: guest.mail.Mailroom,
    codes: demo_routes.Codes | None,
    admission: Admission,
) -> Litestar:
    return Litestar(
        route_handlers=[
            sockets.route(),
            *agui.routes(agui.Door(desk.house, desk.doorkeeper, sockets.limits, sockets.origins, sockets.proxies)),
            *routes.routes(desk),
            *booking_routes.routes(desk.house, desk.doorkeeper),
            *(showcase.routes(desk.house) if desk.demo_customer is not None else ()),
            *demo_routes.routes(desk.house.database, desk.doorkeeper.tokens, codes),
            *_other_legs(desk, sockets, settings, mailing, admission),
        ],
        exception_handlers={Exception: problems.respond},
        request_max_body_size=BODY_MAX,
        openapi_config=None,
        logging_config=None,
    )


def _other_legs(
    desk: Desk, sockets: Sockets, settings: Settings, mailing: guest.mail.Mailroom, admission: Admission
) -> list[Router]:
    """Checkout and capture are handed transactions and the caller; never the pool, never each other."""

    async def caller(header: str | None) -> Caller:
        return await routes.caller_of(desk.doorkeeper, header)

    its = desk.house
    both: dict[str, Any] = {
        "caller": caller,
        "transaction": its.database.transaction,
        "service": its.database.service,
        "now": its.now,
        "time_zone": settings.time_zone,
    }

    async def see_out() -> None:
        with contextlib.suppress(errors.AmaraError):  # the next round does it
            await sockets.go_round()

    checkout = guest.settings.Handed(
        **both,
        speak_as=lambda connection, who: db.become(connection, who or auth.SERVICE),
        address=lambda peer, forwarded: limits.address_of(peer or "", forwarded, sockets.proxies),
        counter=Counter(its),
        asking=repeats.request,
        emit=analytics.server_events.emit,
        see_out=see_out,
    )

    async def how_she_did(begins: datetime, ends: datetime) -> dict[str, Any]:
        async with its.database.service() as connection:
            return await health.health(connection, begins, ends)

    capture = analytics.settings.Handed(**both, health=how_she_did)
    return [
        guest.routes.router(
            checkout, guest.settings.Settings(consent_version=settings.consent_version, pepper=settings.pepper())
        ),
        guest.recovery.routes.router(checkout, mailing.send_code),
        analytics.routes.router(capture, _capturing(settings)),
        analytics.pages.routes.router(capture, _capturing(settings), admission),
    ]


def _capturing(settings: Settings) -> analytics.settings.Settings:
    return analytics.settings.Settings(
        write_keys=settings.keys(),
        declared=_declared(settings),
        public_url=settings.public_url,
    )


def _declared(settings: Settings) -> dict[str, dict[str, str]]:
    return msgspec.json.decode(settings.event_types or "{}", type=dict[str, dict[str, str]])


async def _declare_events(database: db.Database, settings: Settings) -> None:
    try:
        await analytics.registry.declare(database.service, _declared(settings))
    except analytics.registry.KindUnknown as error:
        raise opening.CannotStart(f"AMARA_EVENT_TYPES {error}.") from error
