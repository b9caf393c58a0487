"""Who has said nothing yet is offered something to say: in their language, and about what they look at."""

from __future__ import annotations

import aiohttp
import pytest

from amara.starters import STARTERS_MAX, starters
from tests.builders import a_person


def labels(page, locale="es", *, has_bookings=False):
    return [one["label"] for one in starters(locale, page, has_bookings=has_bookings)]


@pytest.mark.parametrize(
    ("page", "first"),
    [
        ("/servicios/aseo-profundo", "Aseo profundo"),
        ("https://maidconnect.co/ni%C3%B1era-bogota?x=1", "Cuidado de niños"),
        ("/en/services/elder-care", "Cuidado de mayores"),
        ("/", "Aseo en casa"),
        ("", "Aseo en casa"),
        ("<script>alert(1)</script>" * 100, "Aseo en casa"),
    ],
)
def test_what_the_page_is_about_comes_first(page, first):
    assert labels(page)[0] == first
    assert len(labels(page)) == len(set(labels(page))) == STARTERS_MAX


def test_a_page_of_bookings_offers_them_to_who_has_some_and_to_nobody_else():
    assert labels("/mis-reservas", has_bookings=True)[:3] == [
        "Mis reservas",
        "Mover una reserva",
        "Cancelar una reserva",
    ]
    assert "Mis reservas" not in labels("/mis-reservas")


async def test_starters_are_for_everybody_and_know_who_has_a_booking(service, owner, laura, token):
    async with aiohttp.ClientSession(service.url) as http:

        async def ask(token=None, **query):
            headers = {} if token is None else {"authorization": f"Bearer {token}"}
            async with http.get("/v1/amara/starters", params=query, headers=headers) as answer:
                return answer.status, await answer.json()

        status, told = await ask(locale="en-US", page="/services/cleaning")
        assert (status, told["items"][0]["label"]) == (200, "Cleaning")
        assert set(told["items"][0]) == {"label", "text"}
        assert "Mis reservas" not in [one["label"] for one in (await ask(token))[1]["items"]]
        professional = await a_person(owner, role="professional")
        await owner.execute(
            "insert into professional_profiles (profile_id, status, full_name) values ($1, 'active', 'Ana')",
            professional,
        )
        await owner.execute(
            "insert into bookings (customer_id, professional_id, status, service_date, scheduled_start, scheduled_end,"
            " duration_minutes) values ($1, $2, 'confirmed', current_date + 3, now() + interval '3 days',"
            " now() + interval '75 hours', 180)",
            laura,
            professional,
        )
        assert (await ask(token))[1]["items"][0]["label"] == "Mis reservas"
        assert (await ask("nonsense"))[0] == 401
        assert (await ask(page="x" * 3_000))[0] == 400
