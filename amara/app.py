"""THE FRONT DOOR: builds the pool, the model, the tools and the routes, and wires the three packages together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Litestar, Router

import analytics.routes
import analytics.settings
import guest.routes
import guest.settings
from amara import auth, booking_routes, demo, errors, house, migrate, opening, problems, routes, runs
from amara.auth import Caller, Tokens
from amara.desk import Desk as BookingDesk
from amara.doorkeeper import Doorkeeper
from amara.feed import Feeds
from amara.house import House
from amara.model import Model
from amara.routes import Desk
from amara.settings import Settings
from amara.socket import Sockets
from amara.tools import CATALOGUE
from amara.upkeep import Upkeep

BODY_MAX = 1024 * 1024  # bytes of a request; rooms that need less say so


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Everything, open."""

    app: Litestar
    house: House
    tokens: Tokens
    sockets: Sockets

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
    lease_s: float = runs.LEASE_S,
    now: Callable[[], datetime] = house.utc_now,
) -> AsyncIterator[FrontDoor]:
    """The whole service but its listening socket, for as long as the block lasts.

    Args:
        settings: read from the environment.
        port: the port really bound, for our own origins.
        has_demo: load the marketplace, and let anybody be its customer.
        say: told what takes a while.
        model: instead of the one the settings name.
        lease_s: how long a run survives the silence of its process.
        now: the wall clock.

    Raises:
        opening.CannotStart, postgres.PostgresError, migrate.MigrationError: with the reason.
    """
    async with contextlib.AsyncExitStack() as stack:
        url = await opening.database_url(settings, stack, has_demo=has_demo, say=say, today=now())
        database = await opening.open_database(url)
        stack.push_async_callback(database.close)
        await opening.inspect(database)
        feeds = Feeds(database)
        its_runs = runs.Runs(database, feeds, owner=runs.owner_name(), lease_s=lease_s)
        answering = model or await opening.open_model(settings, stack)
        its_house = house.build(
            database, feeds, its_runs, answering, CATALOGUE, settings.time_zone, BookingDesk, now=now
        )
        tokens = await opening.open_tokens(settings, stack, now)
        doorkeeper = Doorkeeper(tokens, database)
        sockets = Sockets(its_house, doorkeeper, lambda: settings.origins(port))
        sockets.start()
        stack.push_async_callback(sockets.stop)
        feeds.start()
        stack.push_async_callback(feeds.stop)
        await its_runs.open()
        stack.push_async_callback(its_runs.close)
        tidying = Upkeep(database, now)
        tidying.start()
        stack.push_async_callback(tidying.stop)
        desk = Desk(
            house=its_house,
            doorkeeper=doorkeeper,
            is_concierge=model is None and settings.is_concierge,
            demo_customer=auth.person(demo.CUSTOMER_ID, is_anonymous=False) if has_demo and tokens.are_ours else None,
            problems=lambda: _problems(its_house),
        )
        yield FrontDoor(_litestar(desk, sockets, settings), its_house, tokens, sockets)


def _litestar(desk: Desk, sockets: Sockets, settings: Settings) -> Litestar:
    return Litestar(
        route_handlers=[
            sockets.route(),
            *routes.routes(desk),
            *booking_routes.routes(desk.house, desk.doorkeeper),
            *_other_legs(desk, settings),
        ],
        exception_handlers={Exception: problems.respond},
        request_max_body_size=BODY_MAX,
        openapi_config=None,
        logging_config=None,
    )


def _other_legs(desk: Desk, settings: Settings) -> list[Router]:
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
    checkout = guest.settings.Handed(**both)
    capture = analytics.settings.Handed(**both)
    return [guest.routes.router(checkout), analytics.routes.router(capture)]


async def _problems(its: House) -> list[str]:
    """What stands against being ready."""
    if its.runs.is_draining:
        return ["draining"]
    try:
        async with its.database.service() as connection:
            return [str(difference) for difference in await migrate.check(connection)]
    except errors.Unavailable:
        return ["database"]
