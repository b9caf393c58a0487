from __future__ import annotations

import pytest

from amara import auth, demo
from amara.tools import store, words

WORDS = ["Bogotá", "MEDELLÍN", "Ibagué", "Nariño", "San Andrés", "Güicán", "São", "Façade", "Cali 2"]


@pytest.mark.parametrize("word", WORDS)
async def test_the_database_and_the_words_fold_alike(market, word):
    assert await market.fetchval("select amara_api.fold($1)", word) == words.fold(word)


async def test_a_professional_appears_once_with_the_cheapest_service_that_matches(db, market):
    async with db.visitor() as connection:
        rows = await store.professionals(connection, store.Wish(), limit=100)
    assert len({row["id"] for row in rows}) == len(rows) == rows[0]["found"] == 24
    offered = {row["full_name"]: (row["slug"], row["rate"]) for row in rows}
    assert offered["Luz Marina Quintero"] == ("ironing", 24_000)
    assert offered["Yolanda Patiño Rojas"] == ("ironing", 22_000)  # as much as laundry: the slug settles it


async def test_the_services_offered_carry_the_markets_own_names(db, market):
    async with db.visitor() as connection:
        offered = await store.services_offered(connection)
    assert offered == {slug: names["es"] for slug, names in sorted(words.SERVICE_NAMES.items())}


async def test_the_cities_served_may_be_asked_for_one_service(db, market):
    async with db.visitor() as connection:
        assert len(await store.cities_served(connection)) == 6
        assert await store.cities_served(connection, "elder_care") == [
            *("Bogotá", "Bucaramanga", "Cali", "Cartagena", "Medellín")
        ]


async def test_a_caller_who_is_nobody_has_no_bookings(db, market):
    somebody = auth.person(demo.ADMIN_ID, is_anonymous=False)
    async with db.transaction(somebody) as connection:
        now = await connection.fetchval("select now()")
        assert await store.bookings(connection, "all", now=now, limit=10) == (0, [])
