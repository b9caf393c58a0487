"""What narrows a search."""

from __future__ import annotations

import pytest

from amara.offline import criteria
from amara.offline.understanding import plain


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25 mil", 25_000),
        ("máximo 25.000", 25_000),
        ("under 25k", 25_000),
        ("COP 30,000", 30_000),
        ("no más de treinta y cinco mil pesos la hora", 35_000),
        ("thirty-five thousand an hour", 35_000),
        ("entre 20 y 30 mil", 30_000),
        ("que no pase de 30", 30_000),
        ("$ 28 000 por hora", 28_000),
        ("20 lucas", 20_000),
        ("200 mil al día", None),
        ("más de 20 mil", None),
        ("10 dollars an hour", None),
        ("3 niños de 4 y 5 años", None),
        ("a las 8", None),
        ("calle 45", None),
        ("900 millones 000 000 000 000", None),
        ("mil gracias", None),
    ],
)
def test_a_budget_is_an_hourly_amount_in_pesos_or_nothing(text, rate) -> None:
    assert criteria.most_per_hour(plain(text), spanish=True) == rate


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("4.5 estrellas o más", 4.5),
        ("4,5 estrellas", 4.5),
        ("cuatro y media estrellas", 4.5),
        ("rated at least 4", 4.0),
        ("four and a half stars", 4.5),
        ("9 estrellas", None),
        ("4 personas", None),
    ],
)
def test_a_rating_lies_between_one_and_five_stars(text, rating) -> None:
    assert criteria.least_rating(plain(text)) == rating


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("no en Bogotá sino en Medellín", "Medellín"),
        ("in Cali, not in Bogotá", "Cali"),
        ("vivo en Pereira pero es para mi casa en Manizales", "Manizales"),
        ("soy de Cali, lo necesito en Cartagena", "Cartagena"),
        ("en Medellín o Cali", "Medellín"),
        ("casi nunca limpio", None),
    ],
)
def test_of_several_cities_the_one_meant_is_taken(text, city) -> None:
    assert criteria.city(plain(text)) == city
