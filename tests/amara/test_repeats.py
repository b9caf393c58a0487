"""A key stands for one question and its first answer; other ways to ask are not remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amara import errors, repeats

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def asking(body=b"{}", key="a key", path="/v1/bookings"):
    return repeats.request("POST", path, body, key)


async def asked(db, request, scope="maria", *, now=NOW, answer=None):
    """What is answered already; else this answer is kept."""
    async with db.service() as connection:
        before = await repeats.answered(connection, scope, request, now=now)
        if before is None:
            await repeats.keep(connection, scope, request, answer or {"number": 1})
        return before


async def test_the_first_answer_is_everybodys_for_a_day(db):
    assert await asked(db, asking()) is None
    assert await asked(db, asking(), now=NOW + timedelta(hours=23)) == {"number": 1}
    assert await asked(db, asking(), "pedro") is None
    assert await asked(db, asking(), now=NOW + timedelta(hours=24)) is None


@pytest.mark.parametrize("other", [asking(b'{"a":1}'), asking(path="/v1/other")], ids=["body", "path"])
async def test_a_key_is_not_for_another_question(db, other):
    await asked(db, asking())
    with pytest.raises(errors.KeyReused):
        await asked(db, other)


async def test_without_a_key_nothing_is_remembered(db, owner):
    assert [await asked(db, asking(key=None)) for _ in range(2)] == [None, None]
    assert await owner.fetchval("select count(*) from public.idempotency_keys") == 0


@pytest.mark.parametrize("key", ["", "x" * 201, "ñ", "a\nb"])
def test_a_key_is_short_and_printable(key):
    with pytest.raises(errors.BadRequest):
        asking(key=key)
