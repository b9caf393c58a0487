"""Which language a person writes."""

from __future__ import annotations

from amara.offline import tongue
from amara.offline.understanding import understand as read


def test_the_language_is_the_one_written_not_the_one_set() -> None:
    assert read("I need a cleaner in Bogotá", "es").locale == "en"
    assert read("necesito aseo en Bogotá", "en").locale == "es"
    assert read("Medellín", "en").locale == "en"


def test_folding_keeps_the_words_and_drops_their_dress() -> None:
    assert tongue.fold("  ¡Holaaaa,  NIÑERA ya! ") == "¡hola, ninera ya!"
    assert len(tongue.fold("x y" * 9_000)) <= tongue.LONGEST
