"""Misspelt words are mended, the others left alone."""

from __future__ import annotations

from amara.offline import spelling


def test_words_spelt_right_are_never_mended() -> None:
    for word in ("casi", "looking", "booking", "cooking", "queda", "perdida", "manuales", "learning", "whether"):
        assert spelling.mend(word) == word


def test_slips_of_the_finger_and_chat_spelling_are_mended() -> None:
    assert spelling.mend("limpesa profnda en bogta xfa") == "limpieza profunda en bogota por favor"
    assert spelling.mend("housekeper, dont u have a babysiter?") == "housekeeper, don't you have a babysitter?"
    assert [spelling.distance("cali", word) for word in ("cali", "cail", "calle", "")] == [0, 1, 2, 4]
