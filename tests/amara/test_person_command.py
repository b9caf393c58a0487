"""One person's everything, found and forgotten: every column of every table is looked at, whatever its name."""

from __future__ import annotations

from uuid import UUID

import aiohttp
import msgspec
import pytest

from amara import demo
from tests import upstream as scripted
from tests import visits
from tests.amara.test_main import amara
from tests.builders import a_person
from tests.guest.shopping import FORM, MAIL, Helper, a_guest
from tests.rig import SECRET, chatting, serving

NAME, PHONE, ADDRESS, SECRETLY = "Íngrid Ñáñez", "+573009998877", "Carrera 7 # 70-70", "La llave está bajo la matera"
EMAIL = "ingrid@example.com"


@pytest.fixture
def own(urls) -> dict[str, str]:
    return {
        "AMARA_DATABASE_URL": urls.login_url,
        "AMARA_MIGRATION_DATABASE_URL": urls.owner_url,
        "AMARA_JWT_SECRET": SECRET,
    }


@pytest.fixture
async def door(urls, upstream):
    async with serving(urls, has_demo=True, anthropic_base_url=upstream.url, model="scripted") as running:
        yield running


@pytest.fixture
async def ingrid(owner, door, upstream) -> UUID:
    """Somebody who has done everything there is to do, and whose booking is over."""
    user_id = await a_person(owner, email=EMAIL, full_name=NAME, phone=PHONE)
    token = door.token(user_id)
    free = await visits.somebody_free(owner)
    async with chatting(door, token) as chat, aiohttp.ClientSession(door.url) as http:
        asked = await visits.offered(
            chat,
            upstream,
            scripted.calls(
                "draft_booking",
                visits.visit(free.id, free.starts[0]) | {"address": ADDRESS, "instructions": SECRETLY},
                call_id="toolu_draft",
            ),
        )
        meant = asked["metadata"]["amara"]
        headers = {"authorization": f"Bearer {token}", "idempotency-key": "once"}
        path = f"/v1/amara/drafts/{meant['draftId']}/confirm"
        async with http.post(path, json={"version": meant["version"]}, headers=headers) as answer:
            assert (await answer.json())["outcome"] == "confirmed"
        await chat.hear_until("RUN_FINISHED")
        event = {"event_type": "SearchStarted", "properties": {"city": "Bogotá"}, "session_id": "visit-of-ingrid"}
        async with http.post("/v1/events", json=event, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
        await chat.ask("Gracias")
    await owner.execute("update public.bookings set status = 'completed' where customer_id = $1", user_id)
    return user_id


async def mentions(owner, *words: str) -> list[str]:
    """Every table with a row in which one of these stands, whatever the column."""
    tables = await owner.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables"
        " where schemaname in ('public', 'auth', 'amara_private')"
    )
    return [
        row["name"]
        for row in tables
        if await owner.fetchval(
            f"select exists (select from {row['name']} t where exists"
            " (select from unnest($1::text[]) w where position(lower(w) in lower(to_jsonb(t)::text)) > 0))",
            list(words),
        )
    ]


async def test_an_export_has_all_of_it_and_no_secret(own, owner, ingrid):
    answer = await amara("person", "export", "--user", str(ingrid), **own)
    tables = msgspec.json.decode(answer.stdout)["tables"]
    assert {
        "auth.users",
        "public.profiles",
        "public.bookings",
        "public.amara_messages",
        "public.platform_events",
    } <= set(tables)
    assert tables["public.bookings"][0]["address"] == ADDRESS
    assert [row["content"] for row in tables["public.amara_messages"] if row["role"] == "user"][-1] == "Gracias"
    assert "hash" not in answer.stdout
    assert not any(str(demo.CUSTOMER_ID) in row for row in map(str, tables.values()))


async def test_a_person_who_is_erased_stands_nowhere_and_the_booking_stays(own, owner, ingrid):
    booking_id = await owner.fetchval("select id from public.bookings where customer_id = $1", ingrid)
    assert len(await mentions(owner, str(ingrid), NAME, EMAIL, ADDRESS, SECRETLY)) > 10
    answer = await amara("person", "erase", "--user", str(ingrid), "--yes", **own)
    assert answer.exit_code == 0, answer.output
    assert "bookings without a name: 1" in answer.stdout
    await amara(
        "maintain", **own
    )  # as the service does every minute: the numbers' own list of who is to be counted anew
    assert await mentions(owner, str(ingrid), NAME, EMAIL, PHONE, ADDRESS, SECRETLY, "visit-of-ingrid") == []
    kept = await owner.fetchrow("select * from public.bookings where id = $1", booking_id)
    assert (kept["status"], kept["address"], kept["customer_id"]) == ("completed", None, None)
    assert kept["total_price"] > 0
    assert await owner.fetchval("select sum(input_tokens) from public.amara_usage") > 0  # what it cost stays a cost


async def test_a_guest_is_found_by_address_and_erased_with_what_they_booked(own, owner, door):
    free = await visits.somebody_free(owner)
    async with aiohttp.ClientSession(door.url) as http:
        guest = await a_guest(http)
        booking = await guest.booked(Helper(free.id, free.starts).visit(address=ADDRESS))
    answer = await amara("person", "erase", "--email", MAIL.upper(), "--yes", **own)
    assert answer.exit_code == 1
    assert "Bookings that are not over: 1" in answer.output
    await owner.execute("update public.bookings set status = 'completed' where id = $1", UUID(booking["id"]))
    answer = await amara("person", "erase", "--email", MAIL.upper(), "--yes", **own)
    assert answer.exit_code == 0, answer.output
    assert await mentions(owner, MAIL, FORM["full_name"], ADDRESS, str(guest.id)) == []
    assert await owner.fetchval("select anonymized_at from public.bookings where id = $1", UUID(booking["id"]))


async def test_somebody_else_is_left_alone_and_nobody_is_an_answer(own, owner, ingrid):
    before = await owner.fetchval("select count(*) from auth.users")
    for words, says in [
        (("erase", "--email", "nobody@example.com", "--yes"), "Nobody is known by that."),
        (("erase", "--user", str(ingrid)), "Erase all of it"),  # nobody at the terminal says yes
        (("export",), "Name one: --user or --email."),
        (("erase", "--user", str(ingrid), "--email", EMAIL), "Name one: --user or --email."),
    ]:
        answer = await amara("person", *words, **own)
        assert answer.exit_code != 0
        assert says in answer.output
    assert await owner.fetchval("select count(*) from auth.users") == before


async def test_a_professional_is_not_erased_by_one_word(own, owner, door):
    professional_id = await owner.fetchval("select professional_id from public.bookings limit 1")
    answer = await amara("person", "erase", "--user", str(professional_id), "--yes", **own)
    assert answer.exit_code == 1
    assert "professional's account" in answer.output
