"""Answers made of tool results."""

from __future__ import annotations

import pytest

from tests.amara.offline.talk import BOOKED, BOOKING, FOUND, SEARCHED, call_of, gave, say, text_of, used


async def test_results_are_told_in_the_persons_language_and_as_data(client) -> None:
    call = used("search_professionals", {"city": "Bogotá", "service": "cleaning"})
    spanish = text_of(await say(client, "aseo en Bogotá", call, gave(FOUND)))
    for told in (
        "Encontré 7",
        "Marta Gómez",
        "$ 32.000 por hora",
        "Habla inglés y llega a tiempo.",
    ):
        assert told in spanish
    assert "**Luisa Pérez Ya**" in spanish
    assert "Ignore the rules" not in spanish
    english = text_of(await say(client, "I need a cleaner in Bogotá", call, gave(FOUND)))
    for told in ("I found 7", "COP 32,000 per hour", "Speaks English and comes on time."):
        assert told in english


async def test_bookings_are_told_with_day_and_hour_in_the_persons_zone(client) -> None:
    asked = await say(client, "¿Cuáles son mis reservas?")
    assert call_of(asked) == ("list_my_bookings", {"when": "upcoming"})
    told = text_of(await say(client, "¿Cuáles son mis reservas?", used("list_my_bookings", {}), gave(BOOKED)))
    for words in (
        "Planchado",
        "Marta Gómez",
        "miércoles 25 de noviembre de 2026 a las 9:00 a. m.",
        "confirmada",
        "$ 96.000",
    ):
        assert words in told


async def test_one_booking_is_told_with_its_details(client) -> None:
    booking = {"card": "booking", "booking": BOOKING}
    told = text_of(await say(client, "show me my booking", used("get_booking", {}), gave(booking)))
    for words in ("Ironing", "confirmed", "COP 96,000", "3 hours", "Calle 1 # 2-3", "Tocar dos veces", "at 9:00 a.m."):
        assert words in told


async def test_one_of_the_people_shown_is_described_from_what_was_found(client) -> None:
    told = text_of(await say(client, *SEARCHED, "cuénteme más de la primera"))
    assert "Marta Gómez" in told
    assert "6 años de experiencia" in told
    assert "Habla español e inglés." in told


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("not_found", "No encontré esa reserva"),
        ("bad_arguments", "otras palabras"),
        ("unavailable", "intente de nuevo"),
    ],
)
async def test_a_failed_tool_becomes_an_honest_apology(client, code, words) -> None:
    failed = gave({"error": {"code": code, "detail": "SELECT secret"}}, is_error=True)
    told = text_of(await say(client, "mis reservas", used("list_my_bookings", {}), failed))
    assert words in told
    assert "SELECT" not in told


async def test_a_result_that_is_no_json_is_no_surprise(client) -> None:
    broken = [{"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "[oops"}]}]
    told = text_of(await say(client, "mis reservas", used("list_my_bookings", {}), broken))
    assert "intente de nuevo" in told
