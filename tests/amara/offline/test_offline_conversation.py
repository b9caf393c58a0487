"""What is asked for over several turns, and what is called."""

from __future__ import annotations

import pytest

from tests.amara.offline.talk import BOOKED, BOOKING, SEARCHED, TOOLS, call_of, gave, say, text_of, used


async def test_a_search_is_announced_and_called_with_what_was_asked(client) -> None:
    message = await say(client, "Necesito una empleada en medellin que hable inglés, máximo 35 mil la hora")
    assert call_of(message) == (
        "search_professionals",
        {"city": "Medellín", "service": "cleaning", "max_hourly_rate_cop": 35_000, "language": "en"},
    )
    assert text_of(message).startswith("Voy a buscar aseo en Medellín, hasta $ 35.000 por hora")


async def test_what_is_missing_is_asked_and_what_was_said_is_kept(client) -> None:
    first = await say(client, "Busco niñera que hable inglés, máximo 30 mil")
    assert first.stop_reason == "end_turn"
    assert "¿En qué ciudad" in text_of(first)
    second = await say(client, "Busco niñera que hable inglés, máximo 30 mil", text_of(first), "en medellin")
    assert call_of(second)[1] == {
        "service": "childcare",
        "language": "en",
        "max_hourly_rate_cop": 30_000,
        "city": "Medellín",
    }


async def test_the_city_of_the_profile_is_offered_and_taken_when_agreed(client) -> None:
    first = await say(client, "necesito que me planchen")
    assert "¿En Cali" in text_of(first)
    assert call_of(await say(client, "necesito que me planchen", text_of(first), "sí, por favor"))[1]["city"] == "Cali"


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("más baratas", {"max_hourly_rate_cop": 29_000}),
        ("cheaper ones please", {"max_hourly_rate_cop": 29_000}),
        ("and in Cali?", {"city": "Cali"}),
        ("¿y niñeras?", {"service": "childcare"}),
        ("que hable inglés", {"language": "en"}),
        ("mejor calificadas", {"min_rating": 4.5}),
        ("hasta 50 mil", {"max_hourly_rate_cop": 50_000}),
        ("el precio no importa", {"max_hourly_rate_cop": None}),
    ],
)
async def test_a_refinement_searches_again_with_the_rest_unchanged(client, text, changed) -> None:
    before = {"city": "Bogotá", "service": "cleaning", "max_hourly_rate_cop": 40_000}
    expected = {key: value for key, value in (before | changed).items() if value is not None}
    assert call_of(await say(client, *SEARCHED, text)) == ("search_professionals", expected)


async def test_another_search_starts_afresh(client) -> None:
    assert call_of(await say(client, *SEARCHED, "ahora un jardinero en Pereira"))[1] == {
        "city": "Pereira",
        "service": "gardening",
    }


async def test_when_nobody_is_found_one_criterion_is_let_go_of_on_a_yes(client) -> None:
    criteria = {"city": "Cali", "service": "cooking", "max_hourly_rate_cop": 10_000, "min_rating": 4.9}
    nobody = {"card": "professionals", "found": 0, "criteria": criteria, "professionals": []}
    turns = ["cocinera en Cali a 10 mil con 4.9 estrellas", used("search_professionals", criteria), gave(nobody)]
    told = text_of(await say(client, *turns))
    assert "sin la calificación mínima" in told
    again = await say(client, *turns, told, "sí")
    assert call_of(again)[1] == {"city": "Cali", "service": "cooking", "max_hourly_rate_cop": 10_000}


@pytest.mark.parametrize(
    "text", ["detalles de la primera", "tell me more about the first one", "la de Marta", f"muéstreme {BOOKING['id']}"]
)
async def test_one_of_the_bookings_shown_is_opened(client, text) -> None:
    turns = ["mis reservas", used("list_my_bookings", {}), gave(BOOKED), "Tiene una…"]
    assert call_of(await say(client, *turns, text)) == ("get_booking", {"booking_id": BOOKING["id"]})


@pytest.mark.parametrize("text", ["resérveme la primera", "quiero reservar con Marta", "book the first one"])
async def test_it_never_claims_to_book(client, text) -> None:
    message = await say(client, *SEARCHED, text)
    assert message.stop_reason == "end_turn"
    assert "confirma usted" in text_of(message) or "confirmed by you" in text_of(message)


async def test_a_tool_that_is_not_offered_is_not_called(client) -> None:
    message = await say(client, "aseo en Cali", tools=TOOLS[1:])
    assert message.stop_reason == "end_turn"
    assert "no puedo" in text_of(message)
