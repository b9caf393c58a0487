"""Numbers as people say them."""

from __future__ import annotations

from amara.offline import numerals


def test_spoken_numbers_become_digits() -> None:
    assert numerals.digits("ciento veinte mil") == "120 mil"
    assert numerals.digits("treinta y un mil") == "31 mil"
    assert numerals.digits("ninety nine") == "99"
    assert numerals.digits("una persona") == "una persona"
    assert numerals.digits("tres cuatro") == "3 4"
