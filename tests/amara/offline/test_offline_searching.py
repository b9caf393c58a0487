"""Searches for a day, and others like those already shown, in both languages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.amara.offline.talk import BOOKED, FOUND, SEARCHED, Dialogue, call_of, say, text_of

Json = dict[str, Any]
PEOPLE = FOUND["professionals"]
IDS = [person["id"] for person in PEOPLE]


def page(number: int, *, found: int = 7) -> Json:
    """The card of a search whose people differ from page to page."""
    start, end = number * 3, min(number * 3 + 3, found)
    people = [PEOPLE[0] | {"id": f"00000000-0000-4000-8000-0000000001{place:02d}"} for place in range(start, end)]
    return {"card": "professionals", "found": found, "more": found - end, "criteria": {}, "professionals": people}


def searching(client, *cards: Json, locale: str = "es") -> Dialogue:
    return Dialogue(client, {"search_professionals": list(cards), "list_my_bookings": BOOKED}, locale=locale)


@pytest.mark.parametrize(
    ("locale", "said", "wanted"),
    [
        ("es", "busco aseo en Bogotá el viernes a las 9", {"date": "2025-11-28", "time": "09:00"}),
        ("es", "aseo en Bogotá para mañana en la tarde", {"date": "2025-11-26", "time": "afternoon"}),
        ("es", "necesito aseo en Bogotá el 5 de diciembre por 6 horas", {"date": "2025-12-05", "hours": 6}),
        ("en", "I need a cleaner in Bogotá on Friday at 9", {"date": "2025-11-28", "time": "09:00"}),
        ("en", "a cleaner in Bogotá tomorrow morning", {"date": "2025-11-26", "time": "morning"}),
        ("es", "aseo en Bogotá la próxima semana", {}),
    ],
)
async def test_a_day_that_is_named_is_part_of_the_search(client, locale, said, wanted) -> None:
    talk = searching(client, FOUND, locale=locale)
    await talk.say(said)
    assert talk.calls == [("search_professionals", {"city": "Bogotá", "service": "cleaning"} | wanted)]


async def test_a_day_is_kept_while_the_rest_is_asked_and_refined(client) -> None:
    talk = searching(client, FOUND, FOUND)
    assert "ciudad" in await talk.say("necesito aseo el viernes a las 9")
    await talk.say("en Bogotá")
    wanted = {"city": "Bogotá", "service": "cleaning", "date": "2025-11-28", "time": "09:00"}
    assert talk.calls == [("search_professionals", wanted)]
    await talk.say("que hable inglés")
    assert talk.calls == [("search_professionals", wanted | {"language": "en"})]


async def test_the_search_says_for_which_day_it_is(client) -> None:
    talk = searching(client, FOUND)
    await talk.say("busco aseo en Bogotá el viernes a las 9")
    opening = talk.messages[1][0]["text"]
    assert "libre el viernes 28 de noviembre a las 9:00 a. m." in opening


@pytest.mark.parametrize(
    "said",
    [
        *("más", "otras", "otros tres", "más como estas", "muéstreme otras", "¿hay más?", "otra persona", "siguientes"),
        *("more", "more like these", "show me others", "others please", "the next three", "any others?"),
    ],
)
async def test_others_like_these_are_asked_for_without_those_shown(client, said) -> None:
    name, given = call_of(await say(client, *SEARCHED, said))
    assert name == "search_professionals"
    assert given == SEARCHED[1][1]["input"] | {"exclude_ids": IDS}


@pytest.mark.parametrize(("locale", "more"), [("es", "más"), ("en", "more like these")])
async def test_page_after_page_nobody_comes_twice_until_all_were_shown(client, locale, more) -> None:
    talk = searching(client, page(0), page(1), page(2), locale=locale)
    told = await talk.say("busco aseo en Bogotá el viernes" if locale == "es" else "a cleaner in Bogotá on Friday")
    assert ("le muestro otras" if locale == "es" else "show you others") in told
    ((_, first),) = talk.calls
    told = await talk.say(more)
    shown = [person["id"] for person in page(0)["professionals"]]
    assert talk.calls == [("search_professionals", first | {"exclude_ids": shown})]
    assert ("Otras 3 de las 7" if locale == "es" else "3 more of the 7") in told
    await talk.say(more)
    shown += [person["id"] for person in page(1)["professionals"]]
    assert talk.calls == [("search_professionals", first | {"exclude_ids": shown})]
    told = await talk.say(more)
    assert talk.calls == []
    assert ("Esas son todas" if locale == "es" else "Those are all") in told


async def test_cheaper_ones_are_another_search_and_begin_anew(client) -> None:
    talk = searching(client, page(0), page(0), page(1))
    await talk.say("busco aseo en Bogotá")
    await talk.say("muéstreme otras más baratas")
    ((_, given),) = talk.calls
    assert given.keys() == {"city", "service", "max_hourly_rate_cop"}
    await talk.say("otras")
    ((_, again),) = talk.calls
    assert again == given | {"exclude_ids": [person["id"] for person in page(0)["professionals"]]}


async def test_where_all_were_shown_those_of_before_can_still_be_chosen(client) -> None:
    nobody_left = page(0) | {"professionals": [], "found": 3, "more": 0}
    turns = [*SEARCHED[:2], SEARCHED[2], "Encontré…", "más"]
    first = await say(client, *turns)
    _, given = call_of(first)
    blocks = [block.model_dump(exclude_none=True) for block in first.content]
    result = [{"type": "tool_result", "tool_use_id": blocks[-1]["id"], "content": json.dumps(nobody_left)}]
    told = text_of(await say(client, *turns, blocks, result))
    assert "Ya le mostré las 3" in told
    assert given["exclude_ids"] == IDS
    assert "Luisa" in text_of(await say(client, *turns, blocks, result, told, "cuénteme de la segunda"))


NOBODY: Json = {"card": "professionals", "found": 0, "more": 0, "criteria": {}, "professionals": []}


@pytest.mark.parametrize(
    ("locale", "card", "offered", "then"),
    [
        ("es", {"relax": {"time": 2, "date": 3}}, "a cualquier hora", {"date": "2025-11-28"}),
        (
            "es",
            {"relax": {"date": 3}, "next_free": "2025-12-02T09:00:00-05:00"},
            "martes 2 de diciembre",
            {"date": "2025-12-02", "time": "09:00"},
        ),
        ("en", {"relax": {"date": 3}}, "without a day", {}),
        ("en", {"relax": {"language": 4, "date": 3}}, "without the language", {"date": "2025-11-28", "time": "09:00"}),
    ],
)
async def test_what_the_search_says_would_help_is_offered_and_done_on_a_yes(
    client, locale, card, offered, then
) -> None:
    talk = searching(client, NOBODY | card, FOUND, locale=locale)
    if locale == "es":
        told = await talk.say("aseo en Bogotá el viernes a las 9")
    else:
        told = await talk.say("a cleaner who speaks English in Bogotá on Friday at 9")
    kept = {} if locale == "es" or "language" in card["relax"] else {"language": "en"}
    assert offered in told
    await talk.say("sí" if locale == "es" else "yes please")
    assert talk.calls == [("search_professionals", {"city": "Bogotá", "service": "cleaning"} | kept | then)]


async def test_more_after_bookings_were_shown_is_no_search(client) -> None:
    talk = searching(client, FOUND)
    await talk.say("busco aseo en Bogotá")
    await talk.say("mis reservas")
    await talk.say("más")
    assert talk.calls == []
