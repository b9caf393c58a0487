"""The receiver in the docs, the file itself, told by the service itself."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import sys
import time
from contextlib import asynccontextmanager

import aiohttp
import pytest

from amara.notices import signature
from tests.builders import a_booking
from tests.faults.stage import free_port
from tests.receiver import OLD_SECRET, SECRET
from tests.rig import serving
from tests.rules.tree import ROOT

FILE = ROOT / "docs" / "webhook_receiver.py"


@asynccontextmanager
async def the_example(place, *, secret=SECRET):
    """The file, started as its own words say."""
    port = free_port()
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(FILE), str(port)),
        cwd=place,
        env={"WEBHOOK_SECRET": secret, "PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/", child.stdout
    finally:
        child.kill()
        await child.wait()


def kept(place):
    with contextlib.closing(sqlite3.connect(place / "notices.db")) as db:
        return db.execute("select type, id from notices order by sequence").fetchall()


@pytest.mark.parametrize("secrets", [(SECRET,), (OLD_SECRET, SECRET)], ids=["its secret", "while it is changed"])
async def test_it_takes_what_the_service_tells(urls, owner, tmp_path, secrets):
    async with the_example(tmp_path) as (url, printed), serving(urls, webhook_url=url, webhook_secret=secrets):
        booking = await a_booking(owner, status="pending")
        first = (await printed.readline()).decode().split(" ", 1)
        await owner.execute("update bookings set status = 'confirmed' where id = $1", booking)
        second = (await printed.readline()).decode().split(" ", 1)
    assert [first[0], second[0]] == [kind for kind, _ in kept(tmp_path)] == ["booking.created", "booking.confirmed"]
    assert json.loads(second[1])["booking_id"] == str(booking)


async def test_it_takes_nothing_from_anybody_else_and_nothing_twice(tmp_path):
    body = json.dumps({"sequence": 1, "type": "booking.created", "data": {}}).encode()
    now = int(time.time())

    async def post(http, url, *, told="one", at=now, by=SECRET, said=body, **headers):
        signed = {"webhook-id": told, "webhook-timestamp": str(at), "webhook-signature": signature(by, told, at, said)}
        async with http.post(url, data=body, headers=signed | headers) as answer:
            return answer.status

    async with the_example(tmp_path) as (url, _), aiohttp.ClientSession() as http:
        while True:
            with contextlib.suppress(aiohttp.ClientConnectorError):
                assert await post(http, url, by=OLD_SECRET) == 401
                break
        assert await post(http, url, said=body + b" ") == 401
        assert await post(http, url, at=now - 301) == 401
        assert await post(http, url, at=now + 400) == 401
        assert await post(http, url, **{"webhook-timestamp": "soon"}) == 401
        assert await post(http, url, **{"webhook-id": "another"}) == 401
        assert await post(http, url) == 204
        assert await post(http, url, at=now - 5) == 204
    assert kept(tmp_path) == [("booking.created", "one")]
