from __future__ import annotations

import pytest

from amara.tools import money


@pytest.mark.parametrize(
    ("amount", "es", "en"),
    [
        (50_000, "$ 50.000", "COP 50,000"),
        (0, "$ 0", "COP 0"),
        (999, "$ 999", "COP 999"),
        (1_234_567, "$ 1.234.567", "COP 1,234,567"),
        (-18_000, "-$ 18.000", "-COP 18,000"),
    ],
)
def test_pesos_are_whole_and_grouped_as_people_write_them(amount, es, en):
    assert money.pesos(amount, "es") == es
    assert money.pesos(amount, "en") == en


def test_a_number_has_the_comma_of_its_language():
    assert money.number(4.9, "es") == "4,9"
    assert money.number(4.9, "en") == "4.9"
