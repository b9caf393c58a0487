"""The story of a booking, by everything that can come of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from amara import booking, errors, terms
from tests.builders import a_booking, a_conversation, a_person, a_professional
from tests.calendars import NOW
from tests.counter import ADDRESS, MONDAY, Person


@pytest.fixture
async def ana(owner):
    return await a_professional(owner)


@pytest.fixture
async def laura(owner, db):
    return Person(db, await a_person(owner))


@pytest.fixture
async def camilo(owner, db):
    return Person(db, await a_person(owner))


async def count(owner, table="public.bookings"):
    return await owner.fetchval(f"select count(*) from {table}")


async def test_a_draft_holds_what_the_database_says_and_books_nothing(owner, ana, laura):
    draft = await laura.draft(ana, instructions="Llave con el portero")
    assert (draft.version, draft.status, draft.kind) == (1, "open", "book")
    assert (draft.price_cop, draft.currency, draft.service_name) == (100_000, "COP", "Limpieza")
    assert (draft.starts_at, draft.ends_at) == (MONDAY, MONDAY + timedelta(hours=4))
    assert draft.expires_at - NOW == timedelta(minutes=15)
    assert (draft.address, draft.instructions) == (ADDRESS, "Llave con el portero")
    assert draft.professional_name == "Ana Milena Rojas"
    assert await count(owner) == 0


async def test_confirming_makes_one_booking_that_waits_for_its_professional(owner, ana, laura):
    draft = await laura.draft(ana)
    done = await laura.confirm(draft)
    assert isinstance(done, terms.Confirmed)
    row = await owner.fetchrow("select * from public.bookings")
    assert (row["id"], row["status"], row["booking_source"]) == (done.booking["id"], "pending", "amara")
    assert (row["customer_id"], row["total_price"], row["service_date"]) == (laura.id, 100_000, MONDAY.date())
    assert (row["pending_since"], row["source_details"]) == (NOW, {"draft_id": str(draft.id)})
    assert done.draft.booking_id == row["id"]
    kept = await owner.fetchrow("select * from amara_private.confirmations")
    assert (kept["draft_id"], kept["version"], kept["booking_id"]) == (draft.id, 1, row["id"])


async def test_who_books_an_instant_professional_need_not_wait(owner, ana, laura):
    await owner.execute("update public.professional_profiles set instant_booking = true")
    assert (await laura.book(ana))["status"] == "confirmed"


@pytest.mark.parametrize("way", ["other", "unknown"])
async def test_a_draft_of_somebody_else_is_not_there(ana, laura, camilo, way):
    draft_id = (await laura.draft(ana)).id if way == "other" else uuid4()
    with pytest.raises(errors.NotFound) as refused:
        await camilo.confirm(draft_id)
    assert refused.value.detail == errors.NotFound.message


async def test_twenty_clicks_are_one_booking_and_one_answer(owner, ana, laura):
    draft = await laura.draft(ana)
    answers = await asyncio.gather(*(laura.confirm(draft) for _ in range(20)))
    assert {type(answer) for answer in answers} == {terms.Confirmed}
    assert len({tuple(answer.booking.items()).__repr__() for answer in answers}) == 1
    assert await count(owner) == await count(owner, "amara_private.confirmations") == 1


async def test_a_hold_ends_with_its_quarter_of_an_hour(owner, ana, laura, camilo):
    draft = await laura.draft(ana)
    assert isinstance(await camilo.offer(ana), terms.SlotLost)
    assert isinstance(await camilo.later(minutes=15).offer(ana), terms.Offered)
    closed = await laura.later(minutes=15).confirm(draft)
    assert isinstance(closed, terms.Closed)
    assert closed.draft.status == "expired"
    assert await count(owner) == 0


async def test_a_hold_is_honoured_to_its_end_though_the_hour_came_nearer(ana, laura):
    early = laura.later(days=1)  # 23 hours and 53 minutes from nine on Saturday are too few
    late_enough = early.now + timedelta(hours=24, minutes=1)
    start = late_enough.replace(minute=30, second=0)
    draft = await early.draft(ana, start + timedelta(days=1))
    assert isinstance(await early.later(minutes=14).confirm(draft), terms.Confirmed)


async def test_the_lead_time_counts_from_the_offer(owner, ana, laura):
    soon = Person(laura.db, laura.id, MONDAY - timedelta(hours=24))
    draft = await soon.draft(ana)
    assert isinstance(await soon.later(minutes=10).confirm(draft), terms.Confirmed)
    assert isinstance(await soon.later(seconds=1).offer(ana, MONDAY), terms.SlotLost)


async def test_another_version_than_the_one_shown_is_not_confirmed(owner, ana, laura):
    draft = await laura.draft(ana)
    edited = await laura.edit(draft, duration_minutes=120)
    assert isinstance(edited, terms.Offered)
    assert (edited.draft.version, edited.draft.price_cop) == (2, 50_000)
    seen = await laura.confirm(draft)
    assert seen == terms.Changed(edited.draft, "version")
    assert await count(owner) == 0
    assert isinstance(await laura.confirm(edited.draft), terms.Confirmed)


async def test_a_lost_hour_answers_with_the_hours_near_it(owner, ana, laura):
    draft = await laura.draft(ana)
    await a_booking(owner, professional_id=ana, scheduled_start=MONDAY, scheduled_end=MONDAY + timedelta(hours=2))
    lost = await laura.confirm(draft)
    assert isinstance(lost, terms.SlotLost)
    assert len(lost.alternatives) == 3
    assert lost.draft.status == "open"
    assert await count(owner) == 1
    taken = await laura.edit(lost.draft, starts_at=lost.alternatives[0])
    assert isinstance(await laura.confirm(taken.draft), terms.Confirmed)


async def test_a_price_that_changed_is_shown_again_before_it_is_paid(owner, ana, laura):
    draft = await laura.draft(ana)
    await owner.execute(
        "update public.professional_profiles set services = $1",
        [{"name": "Limpieza", "slug": "cleaning", "hourly_rate_cop": 30_001}],
    )
    shown = await laura.confirm(draft)
    assert isinstance(shown, terms.Changed)
    assert (shown.what, shown.draft.version, shown.draft.price_cop) == ("price", 2, 120_004)
    assert (await laura.confirm(shown.draft)).booking["total_price"] == 120_004


async def test_a_service_that_is_gone_cannot_be_booked(owner, ana, laura):
    draft = await laura.draft(ana)
    await owner.execute("update public.professional_profiles set services = '[]'::jsonb")
    assert await laura.confirm(draft) == terms.Impossible("not_offered", draft)
    assert await laura.offer(ana) == terms.Impossible("not_offered")
    assert await laura.offer(uuid4()) == terms.Impossible("not_offered")
    assert await laura.offer(ana, duration_minutes=90) == terms.Impossible("bad_duration")


async def test_an_address_is_asked_for_before_anything_is_booked(owner, ana, laura):
    draft = await laura.draft(ana, address=None)
    assert draft.missing == ("address",)
    assert await laura.confirm(draft) == terms.Incomplete(draft)
    said = (await laura.edit(draft, address=ADDRESS)).draft
    assert isinstance(await laura.confirm(said), terms.Confirmed)


async def test_a_conversation_has_one_open_draft(owner, ana, laura):
    talk = await a_conversation(owner, user_id=laura.id)
    other = await a_professional(owner)
    first = await laura.draft(ana, conversation_id=talk)
    again = await laura.draft(ana, conversation_id=talk)
    moved = await laura.draft(ana, MONDAY + timedelta(hours=1), conversation_id=talk, address=None)
    assert again == first
    assert (moved.id, moved.version, moved.address) == (first.id, 2, ADDRESS)
    instead = await laura.draft(other, conversation_id=talk, address=None)
    assert (instead.version, instead.address) == (1, ADDRESS)
    closed = await laura.confirm(moved)
    assert isinstance(closed, terms.Closed)
    assert closed.draft.status == "superseded"
    assert await owner.fetchval("select count(*) from public.amara_booking_drafts where status = 'open'") == 1


async def test_a_withdrawn_draft_frees_its_hour_and_stays_withdrawn(owner, ana, laura, camilo):
    draft = await laura.draft(ana)
    for _ in range(2):
        closed = await laura.withdraw(draft)
        assert isinstance(closed, terms.Closed)
        assert closed.draft.status == "cancelled"
    assert isinstance(await laura.confirm(draft), terms.Closed)
    assert isinstance(await camilo.offer(ana), terms.Offered)
    booked = await laura.draft(await a_professional(owner))
    await laura.confirm(booked)
    assert isinstance(await laura.withdraw(booked), terms.Confirmed)


async def test_an_edit_to_a_taken_hour_leaves_the_draft_as_it_was(owner, ana, laura):
    draft = await laura.draft(ana)
    tuesday = MONDAY + timedelta(days=1)
    await a_booking(owner, professional_id=ana, scheduled_start=tuesday, scheduled_end=tuesday + timedelta(hours=4))
    lost = await laura.edit(draft, starts_at=tuesday, duration_minutes=480)
    assert isinstance(lost, terms.SlotLost)
    assert lost.draft == draft
    assert await laura.edit(draft, duration_minutes=150 + 1) == terms.Impossible("bad_duration", draft)
    assert isinstance(await laura.confirm(draft), terms.Confirmed)


async def test_words_alone_may_still_change_when_the_hour_has_come_nearer(ana, laura):
    soon = Person(laura.db, laura.id, MONDAY - timedelta(hours=24))
    draft = await soon.draft(ana)
    worded = await soon.later(minutes=5).edit(draft, instructions="Timbre dañado")
    assert isinstance(worded, terms.Offered)
    assert (worded.draft.instructions, worded.draft.expires_at) == ("Timbre dañado", draft.expires_at)
    assert isinstance(await soon.later(minutes=14).confirm(worded.draft), terms.Confirmed)


async def test_who_writes_bookings_without_asking_us_wins_and_we_say_so(owner, ana, laura):
    """A writer whose row is not committed when we look: the table's constraint has the last word."""
    draft = await laura.draft(ana)
    await owner.execute("drop trigger if exists lock_bookings_professional on public.bookings")
    foreign = owner.transaction()
    await foreign.start()
    await a_booking(
        owner,
        professional_id=ana,
        customer_id=laura.id,
        scheduled_start=MONDAY,
        scheduled_end=MONDAY + timedelta(hours=2),
    )
    ours = asyncio.create_task(laura.confirm(draft))
    while not await owner.fetchval("select exists (select from pg_locks where not granted)"):
        assert not ours.done()
    await foreign.commit()
    assert isinstance(await ours, terms.SlotLost)
    assert await count(owner) == 1


async def test_what_nobody_answers_for_a_day_is_declined_and_its_hour_is_free(owner, db, ana, laura, camilo):
    await owner.execute(
        "insert into public.professional_working_hours (professional_id, weekday, start_time, end_time)"
        " select $1, 0, '08:00', '18:00'",
        ana,
    )
    booked = await laura.book(ana)
    assert isinstance(await camilo.later(hours=20).offer(ana), terms.SlotLost)
    async with db.service() as service:
        assert await booking.decline_unanswered(service, NOW + timedelta(hours=23, minutes=59)) == []
        assert await booking.decline_unanswered(service, NOW + timedelta(hours=24)) == [booked["id"]]
        assert await booking.decline_unanswered(service, NOW + timedelta(hours=24)) == []
    assert await owner.fetchval("select status from public.bookings") == "declined"
    assert isinstance(await camilo.later(hours=24).offer(ana), terms.Offered)


async def test_what_others_took_is_not_ours_to_decline(owner, db, ana):
    await a_booking(owner, professional_id=ana, status="pending", booking_source="phone", created_at=NOW)
    async with db.service() as service:
        assert await booking.decline_unanswered(service, NOW + timedelta(days=3)) == []
