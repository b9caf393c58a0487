"""The database that comes with the service is killed: nobody has to start anything, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from uuid import uuid4

import aiohttp

from amara import demo, postgres
from tests import wire
from tests.conftest import connect
from tests.rig import chatting, serving, text_of


async def test_a_killed_embedded_database_is_back_by_itself_with_all_that_was_said(open_directory, tmp_path):
    place = open_directory / f"embedded-{tmp_path.name}"
    place.mkdir(mode=0o755)
    try:
        async with serving(None, data_dir=place, has_demo=True) as service:
            cluster = postgres.Cluster.at(place)
            token, thread = service.token(demo.CUSTOMER_ID), str(uuid4())
            async with chatting(service, token, thread_id=thread) as chat, aiohttp.ClientSession(service.url) as http:
                before = text_of(await chat.ask("Hola"))
                os.kill(int((cluster.server.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
                async with asyncio.timeout(60):
                    while True:
                        async with http.get("/health/ready") as ready:
                            if ready.status == 200:
                                break
                after = text_of(await chat.ask("Gracias"))
            owner = await connect(cluster.owner_url)
            assert [row[1] for row in await wire.record(owner, thread)] == ["Hola", before, "Gracias", after]
            await owner.close()
        assert cluster.server.is_gone()
    finally:
        shutil.rmtree(place)
