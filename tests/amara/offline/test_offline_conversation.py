"""What is asked for over several turns, and what is called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amara.offline import conversation, requests
from tests.amara.offline.talk import (
    BOOKED,
    BOOKING,
    BOOKING_TOOLS,
    FOUND,
    SEARCHED,
    TOOLS,
    availability,
    call_of,
    drafted,
    gave,
    say,
    system,
    text_of,
    used,
)


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


_PIECES = (
    "quiero reservar la primera el jueves a las 8 por 4 horas|sí|no|mejor a las 10|Calle 10 # 5-20|cancele mi reserva|"
    "muévala al viernes|la segunda|¿qué horas tiene?|me da igual|olvídelo|mañana|book it|tomorrow at 9|5|busco aseo en "
    "Bogotá|gracias|mis reservas|la de Marta|entre 8 y 10|12 a. m.|la dirección es|confirmo|otra persona|hoy"
)
_ODD: list[Any] = [
    {},
    {"card": "availability"},
    {"card": "availability", "professional": 1, "days": [1, {"starts": ["x", None]}], "later": ["2025-12-01T08:00"]},
    {"card": "booking_draft", "draft": {}},
    {"card": "booking_draft", "draft": {"status": "open", "kind": "cancel", "service": 3, "professional": "x"}},
    {"bookings": [{}, {"professional": None, "starts_at": 3}, 4]},
    {"professionals": [{}, {"name": None, "service": None}]},
    {"booking": {}},
    {"error": {"code": "too_late"}},
    FOUND,
    BOOKED,
    availability(("2025-11-27", 7, 9)),
    drafted({"service": "cleaning", "professional_id": "p", "starts_at": "2025-11-27T08:00", "hours": 4}),
]
_NAMES = st.sampled_from([tool["name"] for tool in BOOKING_TOOLS])
_TURNS = st.one_of(st.sampled_from(_PIECES.split("|")), st.tuples(_NAMES, st.sampled_from(_ODD)))


@settings(deadline=None, max_examples=300)
@given(st.lists(_TURNS, max_size=7), st.sampled_from(_PIECES.split("|")), st.sampled_from([None, *_ODD]))
def test_whatever_stands_in_the_history_there_is_an_answer(turns, last, result) -> None:
    messages = []
    for turn in [*turns, ("draft_booking", result) if result else last]:
        if isinstance(turn, str):
            messages += [("user", turn), ("assistant", "…")]
        else:
            messages += [("user", last), ("assistant", used(turn[0], {"date_from": "x"})), ("user", gave(turn[1]))]
            messages += [("assistant", "Listo: quedó así.")]
    talk = [requests.Message(role, content) for role, content in messages[:-1]]
    tools = [requests.ToolName(tool["name"]) for tool in BOOKING_TOOLS]
    request = requests.Request("m", talk, 100, system("es"), tools)
    deed = conversation.answer(request)
    assert deed.text
    assert deed.tool is None or deed.tool in request.tool_names()
