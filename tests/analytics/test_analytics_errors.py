"""Every situation says enough for the one who renders it."""

from __future__ import annotations

import re

import pytest

from analytics import errors

SITUATIONS = [
    each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.AnalyticsError)
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.__name__)
def test_a_situation_has_a_code_a_status_a_sentence(situation):
    raised = situation()
    assert re.fullmatch(r"[a-z_]+", raised.code)
    # 202: in a list it is told beside those that were kept; 503: come back
    assert raised.status in {202, 400, 401, 403, 404, 413, 415, 422, 503} or situation is errors.AnalyticsError
    assert raised.detail == str(raised) == situation.message
    assert raised.detail.endswith(".")
    assert (raised.retryable, raised.retry_after_s) == (raised.status == 503, None)


def test_a_detail_replaces_the_general_sentence():
    raised = errors.BadRequest("No day has 25 hours.", retry_after_s=2.0)
    assert (raised.detail, raised.retry_after_s) == ("No day has 25 hours.", 2.0)


def test_the_tree_of_the_first_lines_names_every_situation_with_its_status():
    for situation in SITUATIONS:
        if situation.__subclasses__() == []:
            assert re.search(rf"── {situation.__name__} +{situation.status}", errors.__doc__), situation.__name__
