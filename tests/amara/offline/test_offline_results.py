"""Life after the button: what the desk said stands in the history, and the talk goes on from there."""

from __future__ import annotations

import pytest

from amara import outcomes
from amara.offline import results
from amara.offline.memory import Memory
from amara.offline.requests import surroundings
from tests.amara.offline.talk import BOOKED, BOOKING, FOUND, Dialogue, changed, drafted, system

DRAFTED = "resérveme la primera el jueves a las 8 por 4 horas en la Calle 1 # 2-3"


async def drafting(client, locale: str = "es") -> Dialogue:
    mine = BOOKING | {
        "professional": {"id": FOUND["professionals"][0]["id"], "name": "Marta Gómez"},
        "starts_at": "2025-11-27T08:00:00-05:00",
    }
    other = mine | {"id": "44444444-4444-4444-8444-444444444444", "starts_at": "2025-11-28T08:00:00-05:00"}
    tools = {
        "search_professionals": FOUND,
        "draft_booking": drafted,
        "list_my_bookings": BOOKED | {"found": 2, "bookings": [other, mine]},
        "reschedule_booking": lambda given: changed("reschedule", mine, given["starts_at"]),
    }
    talk = Dialogue(client, tools, locale=locale)
    await talk.say("busco aseo en Bogotá")
    await talk.say(DRAFTED)
    return talk


async def test_after_a_confirmation_the_draft_is_gone_and_the_booking_can_be_moved(client) -> None:
    talk = await drafting(client)
    talk.told_by_the_desk(
        "Listo: su reserva de aseo con Marta Gómez para el jueves 27 quedó registrada y espera la respuesta."
    )
    assert "Con mucho gusto" in await talk.say("gracias")
    assert "botón" not in await talk.say("sí")
    await talk.say("muévala al viernes a las 9")
    assert talk.calls == [
        ("list_my_bookings", {"when": "upcoming"}),
        ("reschedule_booking", {"booking_id": BOOKING["id"], "starts_at": "2025-11-28T09:00"}),
    ]


async def test_after_a_confirmation_an_hour_alone_drafts_nothing(client) -> None:
    talk = await drafting(client)
    talk.told_by_the_desk("Done: your cleaning booking with Marta Gómez for Thursday is confirmed.")
    await talk.say("mejor a las 10")
    assert talk.calls == []


async def test_after_a_refusal_what_was_said_still_holds(client) -> None:
    talk = await drafting(client)
    ((_, given),) = talk.calls
    talk.told_by_the_desk("De acuerdo, no se reservó nada.")
    await talk.say("mejor el sábado")
    assert talk.calls == [("draft_booking", given | {"starts_at": "2025-11-29T08:00"})]


async def test_an_edit_made_on_the_card_is_known(client) -> None:
    talk = await drafting(client)
    ((_, given),) = talk.calls
    talk.told_by_the_desk(
        "Actualicé el borrador: viernes 28 de noviembre a las 9:00 a. m., $ 160.000. Nada está reservado hasta que "
        "usted lo confirme."
    )
    await talk.say("mejor a las 10")
    # The address on the card may be another one by now: the draft's own stays.
    del given["address"]
    assert talk.calls == [("draft_booking", given | {"starts_at": "2025-11-28T10:00", "hours": 5})]


async def test_hours_the_desk_offered_can_be_chosen(client) -> None:
    talk = await drafting(client, "en")
    talk.told_by_the_desk(
        "That hour was just taken, so nothing was booked. Still free: Thursday, November 27 at 9:30 am; Friday, "
        "November 28 at 8:00 am."
    )
    await talk.say("the second one")
    assert talk.calls[0][1]["starts_at"] == "2025-11-28T08:00"


async def test_an_address_the_desk_asked_for_is_taken(client) -> None:
    talk = await drafting(client)
    talk.told_by_the_desk("Para poder confirmar falta la dirección. ¿Cuál es?")
    await talk.say("Torres del Parque apto 501")
    assert talk.calls[0][1]["address"] == "Torres del Parque apto 501"


VISIT = {
    "service": "cleaning",
    "professional_id": FOUND["professionals"][0]["id"],
    "hours": 4,
    "address": "Calle 1 # 2",
}
DRAFT = drafted(VISIT | {"starts_at": "2025-11-27T08:00"})["draft"]
REFUND = {"refund": {"amount": 64_000, "percent": 50, "currency": "COP"}}


def heard(card, locale: str, kind: str) -> Memory:
    """What is known once the desk has said its sentence about this draft."""
    around = surroundings("\n".join(block["text"] for block in system(locale)))
    memory = Memory(locale, around)
    draft = DRAFT | REFUND | {"kind": kind}
    results.came(memory, "draft_booking", {"card": "booking_draft", "draft": draft}, failed=False)
    results.told(memory, outcomes.sentence({"draft": draft} | card, locale))
    return memory


@pytest.mark.parametrize("locale", ["es", "en"])
@pytest.mark.parametrize("kind", ["book", "cancel", "reschedule"])
@pytest.mark.parametrize(
    ("outcome", "stands", "is_done"),
    [
        ("confirmed", False, True),
        ("withdrawn", False, False),
        ("expired", False, False),
        ("superseded", False, False),
        ("offered", True, False),
        ("price_changed", True, False),
        ("version_changed", True, False),
        ("slot_lost", True, False),
        ("incomplete", True, False),
        ("impossible", True, False),
    ],
)
def test_every_sentence_of_the_desk_is_understood(locale, kind, outcome, stands, is_done) -> None:
    for status in ("pending", "confirmed", "cancelled"):
        memory = heard({"outcome": outcome, "booking": {"status": status}}, locale, kind)
        assert (memory.draft is not None, memory.done is not None) == (stands, is_done)


@pytest.mark.parametrize("locale", ["es", "en"])
def test_the_hours_and_prices_in_the_desks_sentences_are_read_as_they_were_meant(locale) -> None:
    edited = DRAFT | {"starts_at": "2025-11-28T13:30:00-05:00", "total_price": 160_000}
    for outcome in ("offered", "version_changed"):
        plan = heard({"outcome": outcome, "draft": edited}, locale, "book").plan
        assert (str(plan.first), str(plan.at), plan.hours) == ("2025-11-28", "13:30:00", 5)
    others = ["2025-11-27T12:00:00-05:00", "2025-11-28T00:30:00-05:00", "2025-12-01T08:00:00-05:00"]
    plan = heard({"outcome": "slot_lost", "alternatives": others}, locale, "book").plan
    assert [start.isoformat() for start in plan.free] == others
    assert heard({"outcome": "slot_lost", "alternatives": []}, locale, "book").plan.asked == "day"
    assert heard({"outcome": "incomplete"}, locale, "book").plan.asked == "address"
