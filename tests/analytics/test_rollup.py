"""What is kept of the numbers stays right when events arrive late, go, or are written beside it; and outlives them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.builders import a_booking, a_person
from tests.conftest import connect
from tests.walls.browser import browser

STAGES = ["SearchStarted", "ProfessionalViewed", "CheckoutStarted", "BookingConfirmed"]
TELL = (
    "insert into public.platform_events (event_type, user_id, session_id, created_at, properties)"
    " values ($1, $2, $3, $4, $5)"
)
FUNNEL = "select unique_users from public.get_conversion_funnel($1, $2)"
COUNTS = "select * from public.get_event_counts_by_type($1, $2)"
EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


async def journey(owner, at, *, user=None, session=None, stages=4):
    for step, stage in enumerate(STAGES[:stages]):
        await owner.execute(TELL, stage, user, session, at + step * timedelta(minutes=5), {"city": "Bogotá"})


async def roll(owner):
    while await owner.fetchval("select amara_private.roll_up_events()"):
        pass


async def people(owner, begins, ends):
    return [row["unique_users"] for row in await owner.fetch(FUNNEL, begins, ends)]


@pytest.fixture
def noon():
    """A hundred days ago: such events are to go."""
    return datetime.now(UTC).replace(hour=17, minute=0, second=0, microsecond=0) - timedelta(days=100)


async def test_whole_days_keep_their_numbers_when_their_events_are_gone(owner, noon):
    for day in (0, 1, 2):
        await journey(owner, noon + timedelta(days=day), session="who came back")
    await journey(owner, noon, session="who looked", stages=2)
    await journey(owner, datetime.now(UTC) - timedelta(days=3), session="lately", stages=1)
    before = await people(owner, *EVER), await owner.fetch(COUNTS, *EVER)
    first_day = noon - timedelta(hours=12), noon + timedelta(hours=11)
    assert before[0] == [3, 2, 1, 1]
    await owner.execute("select public.cleanup_old_platform_events()")
    assert await owner.fetchval("select count(*) from public.platform_events") == 1
    assert await owner.fetchval("select count(*) from public.platform_funnel_people") == 1
    assert (await people(owner, *EVER), await owner.fetch(COUNTS, *EVER)) == before
    assert await people(owner, *first_day) == [2, 2, 1, 1]
    assert await people(owner, noon + timedelta(minutes=1), noon + timedelta(minutes=2)) == [
        2,
        2,
        1,
        1,
    ]  # the whole day


async def test_a_purge_takes_a_batch_at_a_time_and_says_how_much_there_is(owner, noon):
    for number in range(5):
        await journey(owner, noon, session=f"{number}", stages=1)
    assert await owner.fetchval("select amara_private.events_to_purge()") == 5
    gone = [await owner.fetchval("select amara_private.purge_events(2)") for _ in range(4)]
    assert gone == [2, 2, 1, 0]
    assert await people(owner, *EVER) == [5, 0, 0, 0]


async def test_nothing_goes_while_another_process_is_at_the_numbers(owner, urls, noon):
    await journey(owner, noon, session="a", stages=1)
    other = await connect(urls.owner_url)
    async with other.transaction():
        await other.execute("select pg_advisory_xact_lock(hashtext('amara.numbers'))")
        assert await owner.fetchval("select amara_private.purge_events(10)") == 0
    assert await owner.fetchval("select amara_private.purge_events(10)") == 1
    await other.close()


async def test_names_go_with_their_last_event_and_not_before(owner, noon):
    user = await a_person(owner)
    for session, at in (("old", noon), ("both", noon), ("both", datetime.now(UTC) - timedelta(days=1))):
        await owner.execute(TELL, STAGES[0], user, session, at, {})
    await owner.execute("select public.cleanup_old_platform_events()")
    names = await owner.fetch("select alias from public.platform_identities")
    assert [row["alias"] for row in names] == ["s:both"]


async def test_an_account_that_goes_takes_its_name_and_leaves_its_numbers(owner):
    user, at = await a_person(owner), datetime.now(UTC) - timedelta(days=5)
    await journey(owner, at, user=user, session="visit")
    await journey(owner, at + timedelta(days=1), user=user, stages=2)
    await roll(owner)
    await owner.execute("delete from auth.users where id = $1", user)
    assert await people(owner, *EVER) == [1, 1, 1, 1]
    await roll(owner)
    assert await people(owner, *EVER) == [1, 1, 1, 1]
    for table in ("platform_events", "platform_funnel_people", "platform_event_marks", "platform_identities"):
        rows = await owner.fetch(f"select e::text from public.{table} e")
        assert not [row[0] for row in rows if str(user) in row[0] or "visit" in row[0]], table
    assert await owner.fetchval("select count(distinct session_id) from public.platform_events") == 1


async def test_a_visitor_that_goes_after_becoming_an_account_stays_that_account(owner):
    visitor, account = await a_person(owner, is_anonymous=True), await a_person(owner)
    await journey(owner, datetime.now(UTC) - timedelta(days=5), user=visitor, stages=3)
    await owner.execute("insert into public.platform_identities values ('u:' || $1::uuid, $2)", visitor, account)
    await owner.execute("delete from auth.users where id = $1", visitor)
    assert await owner.fetchval("select bool_and(user_id = $1) from public.platform_events", account)
    await journey(owner, datetime.now(UTC) - timedelta(days=4), user=account, stages=1)
    assert await people(owner, *EVER) == [1, 1, 1, 0]


async def test_a_booking_is_of_the_channel_it_was_made_in(owner):
    bookings = {
        source: await a_booking(owner, booking_source=source) for source in ("amara", "guest", "direct", "concierge")
    }
    found = dict(await owner.fetch("select (properties ->> 'booking_id')::uuid, channel from public.platform_events"))
    channels = {"amara": "assistant", "guest": "guest", "direct": "web", "concierge": "web"}
    assert found == {bookings[source]: channel for source, channel in channels.items()}


async def test_a_browser_is_on_the_web_and_may_not_say_otherwise(owner):
    async with browser(owner) as page:
        await page.execute("insert into public.platform_events (event_type, session_id) values ('SearchStarted', 'a')")
    assert await owner.fetchval("select channel from public.platform_events") == "web"


async def test_another_zone_has_other_days(owner):
    at = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)  # the ninth in Bogotá, the tenth in Madrid
    await journey(owner, at, session="a", stages=2)
    await roll(owner)
    days = "select distinct day from public.get_funnel_days('2026-03-01', '2026-03-31')"
    assert await owner.fetchval(days) == date(2026, 3, 9)
    await owner.execute("select amara_private.use_time_zone('Europe/Madrid')")
    assert await owner.fetchval(days) == date(2026, 3, 10)
    await roll(owner)
    assert await owner.fetchval(days) == date(2026, 3, 10)
    assert await people(owner, *EVER) == [1, 1, 0, 0]


async def test_cities_are_one_however_they_are_written(owner):
    for session, city in {"a": "Medellín", "b": "MEDELLIN ", "c": "medellin", "d": "Cali", "e": None, "f": "*"}.items():
        await owner.execute(TELL, STAGES[0], None, session, datetime.now(UTC), {"city": city})
    cities = "select * from public.get_funnel_cities('2000-01-01', '2100-01-01')"
    for _ in range(2):
        assert [tuple(row) for row in await owner.fetch(cities)] == [("medellin", 3), ("cali", 1)]
        by = await owner.fetch("select * from public.get_conversion_funnel_by($1, $2, null, 'Medellín')", *EVER)
        assert by[0]["unique_users"] == 3
        await roll(owner)


async def test_an_event_that_is_written_while_its_day_is_rolled_up_is_not_lost(owner, urls):
    """The one who writes has not committed when the other looks, and commits when the other is done."""
    writer, at = await connect(urls.owner_url), datetime.now(UTC) - timedelta(days=2)
    await journey(owner, at, session="a", stages=1)
    async with writer.transaction():
        await journey(writer, at, session="b", stages=2)
        await roll(owner)
        assert await people(owner, *EVER) == [1, 0, 0, 0]
    assert await people(owner, *EVER) == [2, 1, 0, 0]
    await roll(owner)
    assert await people(owner, *EVER) == [2, 1, 0, 0]
    await writer.close()


async def test_an_import_is_counted_before_and_after_it_is_put_away(owner):
    load = (
        "insert into public.platform_events (event_type, session_id, created_at)"
        " select 'SearchStarted', 's' || i % 7000, now() - i * interval '10 minutes' from generate_series(1, 10001) i"
    )
    await owner.execute(load)
    assert await owner.fetchval("select names is null from public.platform_event_marks")
    for _ in range(2):
        assert await people(owner, *EVER) == [7000, 0, 0, 0]
        assert dict(await owner.fetch(COUNTS, *EVER)) == {"SearchStarted": 10001}
        await roll(owner)


ROLL = "select amara_private.roll_up_events()"


async def test_a_step_is_through_with_all_that_waited_and_does_not_ask_to_be_called_again(owner):
    """Else a stream of events, which always leaves a mark, would have the day counted again and again."""
    now = datetime.now(UTC)
    await roll(owner)
    for number in range(30):
        await journey(owner, now, session=f"{number}", stages=1)
    assert await owner.fetchval("select count(*) from public.platform_event_marks") == 30
    assert await owner.fetchval(ROLL) == 0
    assert await owner.fetchval("select count(*) from public.platform_event_marks") == 0
    assert await people(owner, *EVER) == [30, 0, 0, 0]


async def test_more_than_a_step_takes_is_asked_for_again(owner):
    await roll(owner)
    await owner.execute(
        "insert into public.platform_event_marks (names, since, until)"
        " select array(select 's:' || n || '-' || m from generate_series(1, 2000) m), now(), now()"
        " from generate_series(1, 5) n"
    )
    assert [await owner.fetchval(ROLL) for _ in range(4)] == [1, 0, 0, 0]


async def test_a_day_that_waits_has_its_turn_while_events_come_all_the_time(owner):
    at = datetime.now(UTC) - timedelta(days=5)
    await journey(owner, at, session="long ago")
    await owner.execute("update public.platform_numbers set raw_through = $1", at.date() + timedelta(days=1))
    for number in range(12):
        await journey(owner, datetime.now(UTC), session=f"{number}", stages=1)
        await owner.fetchval(ROLL)
    assert await owner.fetchval("select raw_through from public.platform_numbers") < at.date()
    assert await people(owner, *EVER) == [13, 1, 1, 1]
