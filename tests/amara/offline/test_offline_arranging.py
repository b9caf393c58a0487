"""Whole dialogues that end in a draft: who, what day, what hour, how long, where."""

from __future__ import annotations

import re

import pytest

from tests.amara.offline.talk import (
    BOOKING_TOOLS,
    FOUND,
    TOOLS,
    Dialogue,
    availability,
    call_of,
    drafted,
    gave,
    lost,
    say,
    system,
    text_of,
    used,
)

MARTA, LUISA, SOL = (person["id"] for person in FOUND["professionals"])
CLAIMS = r"\b(?:qued[oó] reservad|reserv[eé] |ya est[aá] reservad|I(?:'ve| have) booked|is booked for|it is booked)"


def dialogue(client, locale: str = "es", **answers) -> Dialogue:
    tools = {
        "search_professionals": FOUND,
        "check_availability": lambda given: availability((given["date_from"], 7, 13)),
        "draft_booking": drafted,
    }
    return Dialogue(client, tools | answers, locale=locale)


async def test_one_missing_thing_is_asked_at_a_time_until_there_is_a_draft(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    assert "para qué día" in await talk.say("la primera")
    told = await talk.say("el jueves")
    assert talk.calls == [("check_availability", {"professional_id": MARTA, "date_from": "2025-11-27"})]
    assert "de 7:00 a. m. a 1:00 p. m. ¿A qué hora" in told
    assert "¿De cuántas horas?" in await talk.say("a las 8")
    assert "¿En qué dirección" in await talk.say("4 horas")
    assert talk.calls == []
    told = await talk.say("Calle 10 # 5-20, apto 301")
    wanted = {
        "professional_id": MARTA,
        "service": "cleaning",
        "starts_at": "2025-11-27T08:00",
        "hours": 4,
        "address": "Calle 10 # 5-20, apto 301",
    }
    assert talk.calls == [("draft_booking", wanted)]
    for words in ("jueves 27 de noviembre", "$ 128.000", "Calle 10 # 5-20", "botón de la tarjeta", "15 minutos"):
        assert words in told
    assert "pendiente hasta que Marta responda" in told
    assert not re.search(CLAIMS, told)


async def test_everything_at_once_is_a_draft_at_once(client) -> None:
    talk = dialogue(client, "en")
    await talk.say("I need a cleaner in Bogotá")
    told = await talk.say("book the first one for Thursday at 8 for 4 hours at Calle 10 # 5-20")
    ((tool, given),) = talk.calls
    assert (tool, given["professional_id"], given["starts_at"]) == ("draft_booking", MARTA, "2025-11-27T08:00")
    for words in ("Thursday, November 27", "COP 128,000", "button on the card", "15 minutes", "Nothing is booked yet"):
        assert words in told
    assert not re.search(CLAIMS, told)


@pytest.mark.parametrize(
    ("locale", "asked", "who"),
    [
        ("es", "quiero reservar con Luisa el jueves a las 8", LUISA),
        ("es", "resérveme la tercera el jueves a las 8", SOL),
        ("es", "me quedo con la última, el jueves a las 8", SOL),
        ("en", "book Luisa for Thursday at 8", LUISA),
    ],
)
async def test_a_professional_is_chosen_by_place_or_name(client, locale, asked, who) -> None:
    talk = dialogue(client, locale)
    await talk.say("busco aseo en Bogotá" if locale == "es" else "I need a cleaner in Bogotá")
    await talk.say(asked)
    await talk.say("4")
    await talk.say("Calle 1 # 2-3")
    assert talk.calls[0][1]["professional_id"] == who


async def test_who_is_asked_where_several_were_shown_and_the_day_is_kept(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    assert "**Marta Gómez**, **Luisa Pérez Ya** o **Sol Díaz**" in await talk.say("¿qué horas tiene el viernes?")
    await talk.say("la tercera")
    assert talk.calls == [("check_availability", {"professional_id": SOL, "date_from": "2025-11-28"})]


async def test_a_day_said_while_searching_is_kept_for_the_one_chosen(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá para el viernes por la mañana")
    told = await talk.say("resérveme la segunda")
    assert talk.calls == [("check_availability", {"professional_id": LUISA, "date_from": "2025-11-28"})]
    assert "de 7:00 a. m. a 11:30 a. m." in told


@pytest.mark.parametrize(
    ("answer", "hours"), [("me da igual", 4), ("3 horas y media", 3.5), ("todo el día", 8), ("5", 5)]
)
async def test_a_length_is_asked_once_and_four_hours_without_a_preference(client, answer, hours) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    await talk.say("resérveme la primera el jueves a las 8")
    await talk.say(answer)
    await talk.say("Calle 1 # 2-3")
    assert talk.calls[0][1]["hours"] == hours


async def test_a_length_nobody_offers_is_asked_again(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    await talk.say("resérveme la primera el jueves a las 8")
    assert "entre 2 y 8 horas" in await talk.say("una hora")
    assert "dirección" in await talk.say("3 horas")


@pytest.mark.parametrize(
    ("locale", "text", "changed"),
    [
        ("es", "mejor a las 10", {"starts_at": "2025-11-27T10:00"}),
        ("es", "mejor el viernes", {"starts_at": "2025-11-28T08:00"}),
        ("es", "cambie la hora a las 2 de la tarde", {"starts_at": "2025-11-27T14:00"}),
        ("es", "que sean 5 horas", {"hours": 5}),
        ("es", "la dirección es Carrera 7 # 72-41", {"address": "Carrera 7 # 72-41"}),
        ("es", "mejor con la segunda", {"professional_id": LUISA}),
        ("en", "make it 10 am", {"starts_at": "2025-11-27T10:00"}),
        ("en", "5 hours instead", {"hours": 5}),
        ("en", "yes, but at 9", {"starts_at": "2025-11-27T09:00"}),
    ],
)
async def test_what_changes_in_a_draft_is_drafted_again_and_the_rest_stays(client, locale, text, changed) -> None:
    talk = dialogue(client, locale)
    await talk.say("busco aseo en Bogotá")
    await talk.say("resérveme la primera el jueves a las 8 por 4 horas en la Calle 1 # 2-3")
    ((_, before),) = talk.calls
    told = await talk.say(text)
    assert talk.calls == [("draft_booking", before | changed)]
    assert "sin reservarse nada" in told or "Nothing is booked yet" in told


async def test_hours_on_the_day_decide_what_an_hour_without_its_half_means(client) -> None:
    talk = dialogue(client, check_availability=availability(("2025-11-27", 15, 20)))
    await talk.say("busco aseo en Bogotá")
    await talk.say("¿qué horas tiene Marta el jueves?")
    await talk.say("a las 7")
    await talk.say("4")
    await talk.say("Calle 1 # 2-3")
    assert talk.calls[0][1]["starts_at"] == "2025-11-27T19:00"


async def test_an_hour_that_is_not_free_is_said_before_anything_else_is_asked(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    await talk.say("¿qué horas tiene Marta el jueves?")
    told = await talk.say("a las 6 de la tarde")
    assert talk.calls == []
    assert "no está libre (6:00 p. m.)" in told


async def test_a_visit_within_a_day_is_looked_for_later(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    await talk.say("resérveme la primera hoy a las 3 de la tarde")
    assert talk.calls == [("check_availability", {"professional_id": MARTA, "date_from": "2025-11-26"})]


@pytest.mark.parametrize(
    ("answer", "starts_at"),
    [
        ("la segunda", "2025-11-27T10:00"),
        ("a las 9 y media", "2025-11-27T09:30"),
        ("el viernes", "2025-11-28T08:00"),
        ("me da igual", "2025-11-27T09:30"),
    ],
)
async def test_a_taken_hour_is_told_with_its_alternatives_and_one_is_chosen(client, answer, starts_at) -> None:
    nearest = ("2025-11-27T09:30:00-05:00", "2025-11-27T10:00:00-05:00", "2025-11-28T08:00:00-05:00")
    talk = dialogue(client, draft_booking=[lost("2025-11-27T08:00:00-05:00", *nearest), drafted])
    await talk.say("busco aseo en Bogotá")
    told = await talk.say("resérveme la primera el jueves a las 8 por 4 horas en la Calle 1 # 2-3")
    assert "El jueves 27 de noviembre a las 8:00 a. m. no está libre" in told
    assert "2. jueves 27 de noviembre a las 10:00 a. m." in told
    await talk.say(answer)
    ((tool, given),) = talk.calls
    assert (tool, given["starts_at"], given["hours"]) == ("draft_booking", starts_at, 4)


async def test_where_nothing_is_free_the_next_hours_are_offered(client) -> None:
    talk = dialogue(client, check_availability=availability(later=["2025-12-01T08:00:00-05:00"]))
    await talk.say("busco aseo en Bogotá")
    told = await talk.say("¿qué horas tiene Marta el viernes?")
    assert "1. lunes 1 de diciembre a las 8:00 a. m." in told
    await talk.say("sí")
    await talk.say("4 horas")
    await talk.say("Calle 1 # 2-3")
    assert talk.calls[0][1]["starts_at"] == "2025-12-01T08:00"


async def test_an_address_left_for_later_is_still_missing_on_the_draft(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    await talk.say("resérveme la primera el jueves a las 8 por 4 horas")
    told = await talk.say("después se la digo")
    assert "address" not in talk.calls[0][1]
    assert "falta la dirección" in told
    await talk.say("Calle 1 # 2-3")
    assert talk.calls[0][1]["address"] == "Calle 1 # 2-3"


async def test_a_search_for_somebody_else_leaves_the_visit_behind(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    await talk.say("resérveme la primera")
    await talk.say("mejor busque una niñera en Cali")
    assert talk.calls == [("search_professionals", {"city": "Cali", "service": "childcare"})]


async def test_another_question_meanwhile_is_answered(client) -> None:
    talk = dialogue(client)
    await talk.say("busco aseo en Bogotá")
    await talk.say("resérveme la primera")
    assert "no soy una persona" in await talk.say("¿usted es un robot?")
    assert "persona de nuestro equipo" in await talk.say("me robaron un reloj")
    await talk.say("el jueves")
    assert talk.calls[0][0] == "check_availability"


@pytest.mark.parametrize("code", ["not_found", "not_offered", "bad_duration", "bad_arguments", "unavailable"])
async def test_a_refused_draft_is_told_honestly(client, code) -> None:
    talk = dialogue(client, draft_booking={"error": {"code": code, "detail": "SELECT secret"}})
    await talk.say("busco aseo en Bogotá")
    told = await talk.say("resérveme la primera el jueves a las 8 por 4 horas en la Calle 1 # 2-3")
    assert told
    assert "borrador:" not in told
    assert "SELECT" not in told


async def test_without_the_tools_it_says_that_it_cannot_book(client) -> None:
    turns = ["busco aseo en Bogotá", used("search_professionals", {}), gave(FOUND), "Encontré…", "resérveme la primera"]
    message = await say(client, *turns, tools=TOOLS, system=system("es"))
    assert message.stop_reason == "end_turn"
    assert "todavía no reservar" in text_of(message)
    assert "todavía no reservar" not in text_of(await say(client, *turns, tools=BOOKING_TOOLS, system=system("es")))


async def test_without_a_day_in_the_instructions_no_day_is_guessed(client) -> None:
    turns = ["busco aseo en Bogotá", used("search_professionals", {}), gave(FOUND), "Encontré…", "la primera el jueves"]
    message = await say(client, *turns, tools=BOOKING_TOOLS, system="You are Amara.\nLanguage: es")
    assert message.stop_reason == "end_turn"


async def test_the_call_of_an_earlier_day_says_which_day_was_meant(client) -> None:
    call = used("check_availability", {"professional_id": MARTA, "date_from": "2025-11-27"}, "toolu_2")
    turns = [
        "busco aseo en Bogotá",
        used("search_professionals", {}),
        gave(FOUND),
        "Encontré…",
        "¿qué horas tiene Marta pasado mañana?",
        call,
        gave(availability(("2025-11-27", 7, 13)), call_id="toolu_2"),
        "Puede empezar…",
        "a las 9 por 4 horas en la Calle 1 # 2-3",
    ]
    message = await say(client, *turns, tools=BOOKING_TOOLS, system=system("es", "2025-11-26 07:00"))
    assert call_of(message)[1]["starts_at"] == "2025-11-27T09:00"
