"""Cancelling, moving, and what is said of a draft that waits for the person's own button."""

from __future__ import annotations

import re

import pytest

from tests.amara.offline.talk import (
    BOOKING,
    FOUND,
    TOOLS,
    Dialogue,
    availability,
    call_of,
    changed,
    drafted,
    say,
    system,
)

LUZ = BOOKING | {
    "id": "33333333-3333-4333-8333-333333333333",
    "starts_at": "2025-11-27T08:00:00-05:00",
    "service": "Aseo general",
    "professional": {"id": "p2", "name": "Luz Marina Quintero"},
    "status": "pending",
    "duration_minutes": 240,
}
MARTA = BOOKING | {"starts_at": "2025-11-29T09:00:00-05:00", "professional": {"id": "p1", "name": "Marta Gómez"}}
BOTH = {"card": "bookings", "found": 2, "when": "upcoming", "bookings": [LUZ, MARTA]}
ONE = BOTH | {"found": 1, "bookings": [LUZ]}
NONE = BOTH | {"found": 0, "bookings": []}
REFUND = {"amount": 48_000, "percent": 50, "currency": "COP"}
CLAIMS = r"(?:qued[oó] (?:cancelad|movid|reservad)|cancel[eé] su|moví su|I(?:'ve| have) (?:cancelled|moved|booked))"


def of(given) -> dict:
    return LUZ if given["booking_id"] == LUZ["id"] else MARTA


def dialogue(client, locale: str = "es", listed: dict = BOTH, **answers) -> Dialogue:
    tools = {
        "search_professionals": FOUND,
        "check_availability": lambda given: availability((given["date_from"], 7, 13)),
        "draft_booking": drafted,
        "list_my_bookings": listed,
        "get_booking": {"card": "booking", "booking": MARTA},
        "cancel_booking": lambda given: changed("cancel", of(given), refund=REFUND),
        "reschedule_booking": lambda given: changed("reschedule", of(given), given["starts_at"]),
    }
    return Dialogue(client, tools | answers, locale=locale)


@pytest.mark.parametrize(
    ("locale", "text", "booking"),
    [
        ("es", "cancele mi reserva del jueves", LUZ),
        ("es", "quiero cancelar la cita con Marta", MARTA),
        ("es", "cancelar mi reserva de planchado", MARTA),
        ("es", "cancele la primera", LUZ),
        ("en", "cancel my Thursday booking", LUZ),
        ("en", "I want to cancel my booking with Marta", MARTA),
        ("en", "please cancel my appointment on Saturday", MARTA),
    ],
)
async def test_a_booking_is_found_and_the_refund_is_told_before_the_deed(client, locale, text, booking) -> None:
    talk = dialogue(client, locale)
    told = await talk.say(text)
    assert talk.calls == [
        ("list_my_bookings", {"when": "upcoming"}),
        ("cancel_booking", {"booking_id": booking["id"]}),
    ]
    assert ("$ 48.000 (50 %)" in told) or ("COP 48,000 (50%)" in told)
    assert "botón de la tarjeta" in told or "button on the card" in told
    assert not re.search(CLAIMS, told)


async def test_the_only_booking_is_the_one_that_is_meant(client) -> None:
    talk = dialogue(client, listed=ONE)
    await talk.say("quiero cancelar mi reserva")
    assert talk.calls[-1] == ("cancel_booking", {"booking_id": LUZ["id"]})


async def test_which_one_is_asked_where_it_could_be_several(client) -> None:
    talk = dialogue(client)
    told = await talk.say("quiero cancelar mi reserva")
    assert talk.calls == [("list_my_bookings", {"when": "upcoming"})]
    assert "2. " in told
    assert "¿Cuál de sus reservas?" in told
    await talk.say("la del sábado")
    assert talk.calls == [("cancel_booking", {"booking_id": MARTA["id"]})]


async def test_a_booking_nobody_has_is_not_made_up(client) -> None:
    assert "No veo una reserva así" in await dialogue(client).say("cancele mi reserva del lunes")
    talk = dialogue(client, listed=NONE)
    assert "No tiene reservas" in await talk.say("cancele mi reserva del jueves")
    assert talk.calls == [("list_my_bookings", {"when": "upcoming"})]


@pytest.mark.parametrize("text", ["cancelar la segunda", "cancele la de Marta", "cancel the second one"])
async def test_one_of_a_list_that_was_shown_is_cancelled_without_another_look(client, text) -> None:
    talk = dialogue(client)
    await talk.say("mis reservas")
    await talk.say(text)
    assert talk.calls == [("cancel_booking", {"booking_id": MARTA["id"]})]


@pytest.mark.parametrize(
    ("locale", "text", "starts_at"),
    [
        ("es", "mueva mi reserva del jueves al viernes a las 9", "2025-11-28T09:00"),
        ("es", "reagende mi cita con Luz para el 2 de diciembre a las 10", "2025-12-02T10:00"),
        ("es", "mueva mi reserva del jueves a las 10", "2025-11-27T10:00"),
        ("en", "move my Thursday booking to Friday at 9", "2025-11-28T09:00"),
        ("en", "reschedule my booking with Luz to December 2nd at 10 am", "2025-12-02T10:00"),
    ],
)
async def test_a_booking_is_moved_from_its_day_to_another(client, locale, text, starts_at) -> None:
    talk = dialogue(client, locale)
    told = await talk.say(text)
    assert talk.calls[-1] == ("reschedule_booking", {"booking_id": LUZ["id"], "starts_at": starts_at})
    assert "15 minutos" in told or "15 minutes" in told
    assert not re.search(CLAIMS, told)


async def test_a_booking_that_was_opened_is_the_one_to_move(client) -> None:
    talk = dialogue(client)
    await talk.say("mis reservas")
    await talk.say("muéstreme la segunda")
    await talk.say("muévala al viernes a las 9")
    assert talk.calls == [("reschedule_booking", {"booking_id": MARTA["id"], "starts_at": "2025-11-28T09:00"})]


async def test_the_hours_of_a_new_day_are_looked_up_for_as_long_as_the_visit_lasts(client) -> None:
    talk = dialogue(client)
    assert "día y a qué hora" in await talk.say("quiero mover mi reserva con Luz")
    await talk.say("para el lunes")
    given = {"professional_id": "p2", "date_from": "2025-12-01", "hours": 4}
    assert talk.calls == [("check_availability", given)]
    await talk.say("a las 9")
    assert talk.calls == [("reschedule_booking", {"booking_id": LUZ["id"], "starts_at": "2025-12-01T09:00"})]
    await talk.say("mejor a las 10")
    assert talk.calls == [("reschedule_booking", {"booking_id": LUZ["id"], "starts_at": "2025-12-01T10:00"})]


async def test_too_late_to_move_offers_the_cancelling(client) -> None:
    talk = dialogue(client, "en", reschedule_booking={"error": {"code": "too_late", "detail": "…"}})
    assert "less than 24 hours" in await talk.say("move my thursday booking to friday at 9")
    await talk.say("yes please")
    assert talk.calls == [("cancel_booking", {"booking_id": LUZ["id"]})]


@pytest.mark.parametrize(("code", "words"), [("already_over", "ya empezó"), ("not_found", "No encontré esa reserva")])
async def test_what_cannot_be_cancelled_is_told_honestly(client, code, words) -> None:
    talk = dialogue(client, cancel_booking={"error": {"code": code, "detail": "…"}})
    assert words in await talk.say("cancele mi reserva del jueves")


async def drafting(client, locale: str = "es", **answers) -> Dialogue:
    talk = dialogue(client, locale, **answers)
    await talk.say("busco aseo en Bogotá" if locale == "es" else "I need a cleaner in Bogotá")
    spanish = "resérveme la primera el jueves a las 8 por 4 horas en la Calle 1 # 2-3"
    await talk.say(spanish if locale == "es" else "book the first one for Thursday at 8 for 4 hours at Calle 1 # 2-3")
    return talk


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("es", "sí, confirmo"),
        ("es", "sí"),
        ("es", "listo, resérvela"),
        ("es", "¿ya quedó reservada?"),
        ("en", "yes, confirm"),
        ("en", "ok"),
        ("en", "book it"),
        ("en", "is it booked?"),
    ],
)
async def test_a_typed_yes_is_answered_with_the_button(client, locale, text) -> None:
    talk = await drafting(client, locale)
    told = await talk.say(text)
    assert talk.calls == []
    assert "botón de confirmar" in told or "confirm button" in told
    assert not re.search(CLAIMS, told)


async def test_a_yes_after_the_hold_prepares_the_draft_again(client) -> None:
    talk = await drafting(client)
    ((_, given),) = talk.calls
    talk.system = system("es", "2025-11-25 13:30")
    await talk.say("sí, confirmo")
    assert talk.calls == [("draft_booking", given)]


@pytest.mark.parametrize("text", ["no, gracias", "cancélela", "olvídelo", "ya no la quiero"])
async def test_a_draft_that_is_not_wanted_is_left_to_lapse(client, text) -> None:
    talk = await drafting(client)
    told = await talk.say(text)
    assert talk.calls == []
    assert "No se ha hecho nada" in told


async def test_another_booking_is_cancelled_while_a_draft_waits(client) -> None:
    talk = await drafting(client)
    await talk.say("cancele mi reserva del jueves")
    assert [tool for tool, _ in talk.calls] == ["list_my_bookings", "cancel_booking"]


async def test_what_was_not_yet_drafted_is_dropped(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    await talk.say("¿qué horas tiene la primera el viernes?")
    assert "lo dejamos así" in await talk.say("olvídelo")
    await talk.say("a las 8")
    assert talk.calls == []


async def test_how_to_cancel_is_a_question_and_no_order(client) -> None:
    talk = dialogue(client)
    told = await talk.say("¿cómo se cancela?")
    assert talk.calls == []
    assert "botón de la tarjeta" in told


async def test_without_the_tools_it_says_that_it_cannot_change_bookings(client) -> None:
    message = await say(client, "quiero cancelar mi reserva", tools=TOOLS, system=system("es"))
    assert call_of(message) == ("list_my_bookings", {"when": "upcoming"})
    assert "no puedo cancelar" in message.content[0].text
