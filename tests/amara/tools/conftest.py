"""A marketplace on a fixed day, and a way to call a tool as somebody."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from amara import auth, demo
from amara.desk import Desk
from amara.tools import CATALOGUE
from amara.tools.tool import Context

TODAY = date(2025, 12, 1)
NOW = datetime(2025, 12, 1, 15, 0, tzinfo=UTC)


@pytest.fixture
async def market(owner):
    """The owner's connection, with the demo marketplace loaded."""
    await demo.load(owner, TODAY)
    return owner


@pytest.fixture
def call(db, market):
    """`await call("tool", user_id=…, **arguments)`: decoded and run as the turn does it."""

    async def run(name, /, *, user_id=demo.CUSTOMER_ID, anonymous=False, locale="es", zone="America/Bogota", **args):
        tool = CATALOGUE[name]
        caller = auth.person(user_id, is_anonymous=anonymous)
        async with db.transaction(caller) as connection:
            desk = Desk(connection, caller, None, NOW)
            context = Context(db=connection, now=NOW, time_zone=zone, locale=locale, desk=desk)
            return await tool.run(context, tool.decode(msgspec.json.encode(args)))

    return run
