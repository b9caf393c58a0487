"""Which words ask for a person, why, and what is said of it."""

from __future__ import annotations

import pytest

from amara.offline import handing
from amara.offline.understanding import plain


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Quiero hablar con una persona", "asked"),
        ("Hablar con una persona", "asked"),
        ("Talk to a person", "asked"),
        ("hablar con una persona para limpiar", None),
        ("I want a human", "asked"),
        ("páseme con un asesor", "asked"),
        ("me cobraron dos veces", "billing"),
        ("I want my money back", "billing"),
        ("La señora nunca llegó", "dispute"),
        ("The cleaner was rude", "dispute"),
        ("me robaron unos aretes", "safety"),
        ("I don't feel safe with her", "safety"),
        ("me robaron y además me cobraron dos veces", "safety"),
        ("busco una persona para limpiar en Bogotá", None),
        ("I need a person to clean my house", None),
        ("hola", None),
    ],
)
def test_why_a_person_should_see_to_it(said, why):
    assert handing.reason(plain(said)) == why


def test_it_says_who_has_it_or_when_somebody_comes():
    there = {"author": {"name": "Camila"}, "staffed_from": None}
    assert "Camila" in handing.told(there, "es")
    later = {"author": None, "staffed_from": "2027-03-01T08:00:00-05:00"}
    assert "lunes 1 de marzo de 2027 a las 8:00 a. m." in handing.told(later, "es")
    assert "Monday, March 1, 2027" in handing.told(later, "en")
    assert "right here" in handing.told({"author": None, "staffed_from": None}, "en")


@pytest.mark.parametrize("locale", ["es", "en"])
def test_what_is_proposed_fits_the_matter_and_promises_nothing(locale):
    proposed = {
        handing.suggested(plain(said), locale, ", Ana") for said in ("me cobraron dos veces", "me robaron", "hola")
    }
    assert len(proposed) == 3
    for text in proposed:
        assert ", Ana" in text
        assert not any(word in text for word in ("reembols", "refund", "garant", "guarant"))
