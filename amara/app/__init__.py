"""THE FRONT DOOR: builds the pool, the model, the tools and the routes, and wires the three packages together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from litestar import Litestar

import analytics.server_events
import guest.mail
from amara import (
    agui,
    auth,
    booking_routes,
    complaints,
    conversation_routes,
    demo,
    demo_routes,
    described,
    elsewhere,
    handoff_routes,
    hours,
    house,
    limits,
    opening,
    paper_routes,
    passage,
    paying,
    problems,
    routes,
    runs,
    showcase,
    starters,
    traces,
    usage_routes,
    widget_routes,
)
from amara.app import legs
from amara.auth import Tokens
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
from amara.takeover import Relief
from amara.tools import CATALOGUE
from amara.upkeep import Upkeep
from analytics import short_way
from analytics.doorway import Doorway
from analytics.pages.admission import Admission

BODY_MAX = 1024 * 1024  # bytes of a request; rooms that need less say so


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Everything, open."""

    app: Litestar
    way_in: Any
    """What a server is given: the application, and the short way of events past it. An ASGI application."""
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
        await legs.declare_events(database, settings)
        broker = await opening.open_broker(settings, stack)
        streams, counting = broker or (None, None)
        feeds = Feeds(database, publish=streams.tell if streams else None)
        its_runs = runs.Runs(database, feeds, owner=owner or owner_name(), lease_s=lease_s or settings.lease_seconds)
        answering = model or await opening.open_model(settings, stack)
        staffed = hours.read(settings.staff_hours)
        its_house = house.build(
            database,
            feeds,
            its_runs,
            answering,
            CATALOGUE,
            settings.time_zone,
            partial(BookingDesk, staffed=staffed, time_zone=settings.time_zone),
            now=now,
            staffed=staffed,
            emit=analytics.server_events.emit,
            budget=opening.open_purses(settings, database, now),
            consent_version=settings.consent_version,
            prices=settings.price_table(),
            booking_link=f"{settings.address(port)}/guest",
            standby=opening.open_standby(settings, database, stack),
        )
        tokens = await opening.open_tokens(settings, stack, now)
        doorkeeper = Doorkeeper(tokens, database)
        proxies = [ip_network(network) for network in settings.trusted_proxies]
        pace = limits.Limits(across=counting)
        sockets = Sockets(its_house, doorkeeper, lambda: settings.origins(port), limits=pace, proxies=proxies)
        opening.watch(its_house, lambda: len(sockets.open))
        sockets.start()
        stack.push_async_callback(sockets.stop)
        feeds.start()
        stack.push_async_callback(feeds.stop)
        await its_runs.open(Relief(its_house))
        stack.push_async_callback(its_runs.close)
        following = Following(database, feeds, its_runs, streams=streams)
        following.start()
        stack.push_async_callback(following.stop)
        tidying = Upkeep(
            database,
            now,
            time_zone=settings.time_zone,
            conversations_days=settings.conversations_days,
            settle_calls=lambda: paying.sweep(its_house),
        )
        tidying.start()
        stack.push_async_callback(tidying.stop)
        mailing = legs.mailroom(settings, database, port=port, say=say if has_demo else None, now=now)
        mailing.start()
        stack.push_async_callback(mailing.stop)
        await opening.open_tellers(settings, stack, database, feeds, its_runs.lease_s)
        desk = Desk(
            house=its_house,
            doorkeeper=doorkeeper,
            is_concierge=model is None and settings.is_concierge,
            demo_customer=auth.person(demo.CUSTOMER_ID, is_anonymous=False) if has_demo and tokens.are_ours else None,
            problems=lambda: opening.problems(its_house),
        )
        codes = demo_routes.Codes(say, now) if desk.demo_customer else None
        admission = Admission(database.service, now, doorkeeper.again)
        doorway = legs.capturing(desk, settings)
        litestar = _litestar(desk, sockets, settings, mailing, codes, admission, doorway)
        way_in = short_way.past(litestar, doorway, number=passage.number_of, is_watched=traces.is_on)
        yield FrontDoor(litestar, way_in, its_house, tokens, sockets, admission)


def _litestar(
    desk: Desk,
    sockets: Sockets,
    settings: Settings,
    mailing: guest.mail.Mailroom,
    codes: demo_routes.Codes | None,
    admission: Admission,
    doorway: Doorway,
) -> Litestar:
    return Litestar(
        route_handlers=[
            sockets.route(),
            *agui.routes(agui.Door(desk.house, desk.doorkeeper, sockets.limits, sockets.origins, sockets.proxies)),
            *routes.routes(desk),
            *paper_routes.routes(described.document()),
            *conversation_routes.routes(desk.house, desk.doorkeeper),
            *booking_routes.routes(desk.house, desk.doorkeeper),
            *handoff_routes.routes(desk.house, desk.doorkeeper, sockets.limits),
            *starters.routes(desk.house, desk.doorkeeper),
            *complaints.routes(sockets.limits, desk.house.metrics),
            *usage_routes.routes(desk.house, desk.doorkeeper, settings),
            *(showcase.routes(desk.house) if desk.demo_customer is not None else ()),
            *widget_routes.routes(Path(__file__).parent.parent / "widget", ancestors=settings.frame_ancestors),
            *demo_routes.routes(desk.house.database, desk.doorkeeper.tokens, codes),
            *legs.legs(desk, sockets, settings, mailing, admission, doorway),
        ],
        middleware=[passage.numbered, elsewhere.open_to(sockets.origins)],
        exception_handlers={Exception: problems.respond},
        request_max_body_size=BODY_MAX,
        openapi_config=None,
        logging_config=None,
    )
