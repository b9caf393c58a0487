"""`amara events`, as somebody types it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.amara.test_main import amara
from tests.rig import SECRET

NOON = datetime(2025, 11, 5, 17, 0, tzinfo=UTC)
DAYS = ["--from", "2025-11-05", "--to", "2025-11-06"]


@pytest.fixture
def own(urls) -> dict[str, str]:
    return {"AMARA_DATABASE_URL": urls.login_url, "AMARA_JWT_SECRET": SECRET, "COLUMNS": "100"}


async def write(owner, *happened):
    await owner.executemany(
        "insert into public.platform_events (event_type, session_id, channel, created_at, properties)"
        " values ($1, $2, $3, $4, jsonb_build_object('city', $5::text))",
        happened,
    )


@pytest.fixture
async def two_visits(owner):
    await write(
        owner,
        ("SearchStarted", "a", "assistant", NOON, "Cali"),
        ("ProfessionalViewed", "a", "assistant", NOON + timedelta(minutes=1), None),
        ("SearchStarted", "b", "web", NOON, "Bogotá"),
    )


async def said(*arguments, own):
    answer = await amara("events", *arguments, **own)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


async def test_the_funnel_is_a_table_json_or_csv(own, two_visits):
    shown = await said("funnel", *DAYS, own=own)
    assert "SearchStarted" in shown
    assert "50.0" in shown
    told = msgspec.json.decode(await said("funnel", *DAYS, "--json", own=own))
    assert [stage["unique_users"] for stage in told["stages"]] == [2, 1, 0, 0]
    assert (await said("funnel", *DAYS, "--csv", own=own)).splitlines()[2] == "ProfessionalViewed,1,50.0"


async def test_a_channel_a_city_and_days(own, two_visits):
    told = msgspec.json.decode(await said("funnel", *DAYS, "--channel", "web", "--city", "bogota", "--json", own=own))
    assert told["stages"][0]["unique_users"] == 1
    rows = (await said("funnel", *DAYS, "--by-day", "--csv", own=own)).splitlines()
    assert rows[1:] == ["2025-11-05,2,1,0,0", "2025-11-06,0,0,0,0"]
    shown = await said("counts", *DAYS, "--by-day", "--channel", "assistant", own=own)
    assert [line.split() for line in shown.splitlines() if "2025-11-05 │" in line] == [
        ["│", "2025-11-05", "│", "1", "│", "1", "│"]
    ]


async def test_counts_are_most_frequent_first(own, two_visits):
    assert (await said("counts", *DAYS, "--csv", own=own)).splitlines() == [
        "event_type,event_count",
        "SearchStarted,2",
        "ProfessionalViewed,1",
    ]
    assert "event type" in await said("counts", "--to", "2024-01-01", own=own)  # nothing happened, and there is a head


async def test_what_cannot_be_asked_is_one_sentence(own):
    answer = await amara("events", "funnel", "--from", "2025-11-07", "--to", "2025-11-01", **own)
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: `from` and `to` are days")
    for wrong in (["--from", "yesterday"], ["--channel", "phone"]):
        assert (await amara("events", "funnel", *wrong, **own)).exit_code == 2


async def test_a_dry_run_takes_nothing_away_and_a_run_all_that_is_old(own, owner):
    now = datetime.now(UTC)
    old, new = now - timedelta(days=91), now - timedelta(days=89)
    await write(owner, *[("SearchStarted", f"old {n}", "web", old, "Cali") for n in range(3)])
    await write(owner, ("SearchStarted", "new", "web", new, "Cali"))
    assert await said("purge", "--dry-run", own=own) == "3 events older than 90 days.\n"
    assert await owner.fetchval("select count(*) from public.platform_events") == 4
    assert await said("purge", own=own) == "3 events older than 90 days are gone.\n"
    assert await owner.fetchval("select array_agg(session_id) from public.platform_events") == ["new"]
    assert await said("purge", own=own) == "0 events older than 90 days are gone.\n"
    day = str(old.date())
    told = await said("counts", "--from", str((old - timedelta(days=1)).date()), "--to", day, "--csv", own=own)
    assert told.splitlines()[1] == "SearchStarted,3"  # the numbers stay
