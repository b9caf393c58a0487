"""How moments, ids and answers are read and told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from amara import terms
from amara.tools import offers
from amara.tools.tool import Refusal


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-12-09T08:00", datetime(2025, 12, 9, 13, 0, tzinfo=UTC)),
        (" 2025-12-09 08:00:00 ", datetime(2025, 12, 9, 13, 0, tzinfo=UTC)),
        ("2025-12-09T08:00Z", datetime(2025, 12, 9, 8, 0, tzinfo=UTC)),
        ("2025-12-09T08:00+09:00", datetime(2025, 12, 8, 23, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_without_an_offset_is_on_the_persons_clock(text, moment):
    assert offers.instant(text, "America/Bogota") == moment


@pytest.mark.parametrize("reason", terms.Reason.__args__)
def test_every_reason_is_a_refusal_the_model_can_use(reason):
    with pytest.raises(Refusal) as refused:
        offers.told(None, terms.Impossible(reason))
    assert refused.value.code == reason
    assert refused.value.detail.endswith(".")


def test_a_malformed_id_is_answered_like_an_unknown_one():
    unknown = Refusal("not_found", "Nobody.")
    with pytest.raises(Refusal) as refused:
        offers.identity("x", unknown)
    assert refused.value is unknown
    assert offers.minutes(3.5) == 210
