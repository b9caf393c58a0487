"""`amara webhooks`, as somebody types it."""

from __future__ import annotations

import msgspec
import pytest

from amara.notices import key_of
from tests.amara.test_main import amara
from tests.builders import a_booking
from tests.rig import SECRET


@pytest.fixture
def own(urls) -> dict[str, str]:
    return {"AMARA_DATABASE_URL": urls.login_url, "AMARA_JWT_SECRET": SECRET, "COLUMNS": "160"}


@pytest.fixture
async def notices(owner):
    """Three bookings' notices: one waits and failed once, one was given up, one arrived."""
    await owner.execute("update amara_private.webhook_receiver set is_there = true")
    found = {}
    for state in ("waiting", "dead", "delivered"):
        booking = await a_booking(owner, status="pending")
        found[state] = await owner.fetchval(
            "update amara_private.webhook_notices set state = $2, cause = $3, attempts = 7,"
            " due_at = now() + interval '1 h', settled_at = now() where subject = $1 returning id::text",
            booking,
            state,
            None if state == "delivered" else "503",
        )
    return found


async def test_without_an_option_what_did_not_arrive_is_listed(own, notices):
    shown = (await amara("webhooks", "list", **own)).stdout
    assert notices["waiting"] in shown
    assert notices["dead"] in shown
    assert notices["delivered"] not in shown
    assert "503" in shown


@pytest.mark.parametrize("state", ["waiting", "dead", "delivered"])
async def test_a_state_is_listed_alone_and_as_json(own, notices, state):
    told = msgspec.json.decode((await amara("webhooks", "list", f"--{state}", "--json", **own)).stdout)
    assert [(row["id"], row["state"], row["attempts"]) for row in told] == [(notices[state], state, 7)]


async def test_where_everything_arrived_that_is_said(own):
    assert "Everything was delivered." in (await amara("webhooks", "list", **own)).output
    assert "Nothing of that kind." in (await amara("webhooks", "list", "--dead", **own)).output


async def test_what_was_given_up_is_tried_again_from_the_first_attempt(own, notices, owner):
    said = await amara("webhooks", "retry", "--dead", **own)
    assert said.stdout == "1 will be tried again.\n"
    row = await owner.fetchrow(
        "select state, attempts, due_at <= now() as is_due from amara_private.webhook_notices where id::text = $1",
        notices["dead"],
    )
    assert tuple(row) == ("waiting", 0, True)


async def test_some_are_tried_again_by_their_ids_and_one_that_arrived_is_not(own, notices):
    said = await amara("webhooks", "retry", notices["waiting"], notices["delivered"], **own)
    assert said.stdout == "1 will be tried again.\n"
    assert "left alone" in said.stderr


@pytest.mark.parametrize("arguments", [[], ["--dead", "0190a000-0000-7000-8000-000000000000"]])
async def test_it_is_said_which_are_to_be_tried(own, arguments):
    said = await amara("webhooks", "retry", *arguments, **own)
    assert said.exit_code == 2
    assert "Either ids, or --dead." in said.output


async def test_a_secret_is_printed_alone():
    said = await amara("webhooks", "secret")
    assert len(key_of(said.stdout.strip())) == 32
