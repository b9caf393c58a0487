"""The pages of the team behind two real processes: what one lets in, the other knows; what one ends, both do."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import pytest

from amara.auth import Tokens, person
from amara.db import open_database
from analytics.pages.admission import COOKIE, Admission
from tests.builders import a_person
from tests.faults.stage import Process, stage
from tests.rig import SECRET
from tests.upstream import says


async def entered(process: Process, **fields: str) -> tuple[int, str | None]:
    """Status and cookie."""
    address = f"http://127.0.0.1:{process.port}/admin/session"
    async with aiohttp.ClientSession() as http, http.post(address, json=fields) as answer:
        return answer.status, answer.cookies[COOKIE].value if COOKIE in answer.cookies else None


async def asked(process: Process, cookie: str, path: str = "/admin/inbox", method: str = "GET") -> int:
    address, headers = f"http://127.0.0.1:{process.port}{path}", {"cookie": f"{COOKIE}={cookie}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.request(method, address) as answer:
        return answer.status


@pytest.mark.timeout(240)
async def test_a_used_link_and_a_farewell_hold_in_every_process_and_over_its_death(open_directory, postgres_bin):
    place = open_directory / f"pages-{uuid4()}"
    place.mkdir(mode=0o755)
    async with stage(place, lambda _: says("Claro."), binaries=postgres_bin) as playing:
        one, two = playing.processes
        laura = await a_person(playing.owner, role="admin")
        database = await open_database(playing.cluster.login_url)

        async def again(user_id, issued_at, expires_at):
            return person(user_id, is_anonymous=False, issued_at=issued_at, expires_at=expires_at)

        admission = Admission(database.service, lambda: datetime.now(UTC), again)
        first, second = await admission.code(laura), await admission.code(laura)

        status, cookie = await entered(one, code=first)
        assert status == 204
        assert await entered(two, code=first) == (401, None)
        assert [await asked(process, cookie) for process in (one, two)] == [200, 200]
        assert await asked(two, cookie, "/admin/leave", "POST") == 200
        assert [await asked(process, cookie) for process in (one, two)] == [401, 401]

        status, kept = await entered(two, code=second)
        _, left = await entered(two, token=Tokens(SECRET).sign(laura, ttl_s=3600))
        assert await asked(two, left, "/admin/leave", "POST") == 200
        two.signal(signal.SIGKILL)
        await two.gone()
        await two.start()
        await two.is_ready()
        for process in (one, two):
            assert await entered(process, code=second) == (401, None)
            assert (await asked(process, kept), await asked(process, left)) == (200, 401)
        await database.close()
