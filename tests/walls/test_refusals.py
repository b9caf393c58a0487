from __future__ import annotations

import pytest

from tests.walls.actors import OWNER, attempt
from tests.walls.never_null import NEVER_NULL
from tests.walls.refusals import REFUSALS, row_without, without_triggers, wrong_row


@pytest.mark.parametrize("relation", sorted(REFUSALS))
async def test_no_row_may_be_what_a_constraint_forbids_whoever_writes_it(visit, relation):
    for constraint in REFUSALS[relation]:
        before, statement = wrong_row(relation, constraint)
        assert str(await attempt(visit, OWNER, statement, before=before)).split()[-1] == constraint, statement


@pytest.mark.parametrize("relation", sorted(NEVER_NULL))
async def test_no_row_lacks_what_every_row_has(visit, relation):
    for column in NEVER_NULL[relation].split():
        assert (
            await attempt(visit, OWNER, row_without(relation, column), before=without_triggers(relation)) == "23502"
        ), column
