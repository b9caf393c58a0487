"""Whatever kept Amara from answering, the person reads it in their own language."""

from __future__ import annotations

import pytest

from amara import apologies, errors

ENDS = [
    *errors.ModelFailed.__subclasses__(),
    errors.ModelFailed,
    errors.Unavailable,
    errors.TokenExpired,
    errors.TokenInvalid,
    errors.AmaraError,
]


@pytest.mark.parametrize("situation", ENDS)
def test_every_end_has_its_words_in_both_languages(situation):
    spanish, english = (apologies.failure(situation("A detail of ours."), locale) for locale in ("es", "en"))
    assert spanish != english
    assert "detail" not in spanish + english
    assert "tú" not in spanish.split()


def test_a_situation_without_words_of_its_own_says_what_it_is():
    assert apologies.failure(errors.TooLarge(), "es") == errors.TooLarge.message
