"""A guest of the demo, by mail alone: told of the booking, let in again without the token, taken into an account."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import aiohttp
import pytest

from tests.guest import post_office
from tests.guest.shopping import MAIL, Guest, a_guest, a_helper
from tests.rig import serving


class Terminal:
    """What `amara serve --demo` prints, for whoever waits for a word in it."""

    def __init__(self):
        self.said = []
        self._something = asyncio.Condition()

    def __call__(self, text):
        self.said.append(text)
        asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self):
        async with self._something:
            self._something.notify_all()

    async def hears(self, pattern):
        def found():
            return next(filter(None, (re.search(pattern, text) for text in self.said)), None)

        async with self._something:
            await self._something.wait_for(found)
            return found()[1]


async def test_a_guest_who_lost_everything_but_the_mail_keeps_the_booking(urls, owner):
    terminal = Terminal()
    async with serving(urls, has_demo=True, say=terminal) as service, aiohttp.ClientSession(service.url) as http:
        guest = await a_guest(http)
        helper = await a_helper(owner, datetime.now(UTC))
        booked = await guest.booked(helper.visit())

        reference = await terminal.hears(r"Referencia: (\S+)")
        assert reference == booked["id"]
        async with http.post("/v1/guest/recovery", json={"booking_id": reference, "email": MAIL}) as answer:
            recovery_id = (await answer.json())["recovery_id"]
        code = await terminal.hears(r"Su código es (\d{6})")
        body = {"recovery_id": recovery_id, "code": code}
        async with http.post("/v1/guest/recovery/consume", json=body) as answer:
            assert answer.status == 200
            session = await answer.json()
        again = Guest(http, guest.id, session["session_token"])
        assert (await guest.ask("GET", "/session"))[0] == 404
        assert [item["id"] for item in (await again.ask("GET", "/bookings"))[1]["items"]] == [reference]

        async with http.post("/v1/demo/account", json={"email": MAIL}) as answer:
            assert answer.status == 202
        code = await terminal.hears(r"code for \S+ is (\d{6})")
        async with http.post("/v1/demo/account", json={"email": MAIL, "code": code}) as answer:
            account = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
        status, moved = await again.convert(account)
        assert (status, moved["bookings"]) == (200, 1)
        async with http.get("/v1/bookings", headers=account) as answer:
            assert [item["id"] for item in (await answer.json())["items"]] == [reference]
        async with http.post("/v1/guest/recovery", json={"booking_id": reference, "email": MAIL}) as answer:
            assert answer.status == 202  # the same answer; and no second code
    assert sum("Su código es" in text for text in terminal.said) == 1


@pytest.mark.parametrize("has_relay", [True, False])
async def test_outside_a_demo_letters_go_to_the_relay_and_never_to_the_terminal(urls, owner, has_relay):
    said = []
    async with post_office.opened() as office:
        more = {"smtp_url": office.url, "mail_from": "MaidConnect <hola@example.com>"} if has_relay else {}
        async with (
            serving(urls, say=said.append, public_url="https://maidconnect.example.com", **more) as service,
            aiohttp.ClientSession(service.url) as http,
        ):
            helper = await a_helper(owner, datetime.now(UTC))
            await (await a_guest(http)).booked(helper.visit())
            while await owner.fetchval("select count(*) from amara_private.guest_mail where state = 'waiting'"):
                pass
    assert [letter["To"] for letter in office.letters] == [MAIL] * has_relay
    link = "Volver a Amara: https://maidconnect.example.com/"
    assert all(link in letter.get_body().get_content().splitlines() for letter in office.letters)
    assert not any(MAIL in text for text in said)
