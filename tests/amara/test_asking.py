"""What a request asks, read once for every room."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from amara import asking, errors

ID = UUID("00000000-0000-4000-8000-000000000001")
MOMENT = datetime(2030, 1, 1, 12, 0, 0, 5, tzinfo=UTC)


class Body(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""


class Request:
    def __init__(self, body):
        self._body = body

    async def body(self):
        return self._body


def test_where_a_page_ends_the_next_begins():
    told = asking.following({"made": MOMENT, "id": ID}, "made")
    assert asking.keyset(told) == (MOMENT, ID)
    assert asking.keyset(told.replace("+", " ")) == (MOMENT, ID)  # as a browser reads it out of an address
    assert asking.keyset(None) is None


@pytest.mark.parametrize("before", ["", "x", f"{MOMENT.isoformat()}~x", f"x~{ID}", "\x00"])
def test_what_is_no_place_in_a_list_is_refused(before):
    with pytest.raises(errors.BadRequest):
        asking.keyset(before)


async def test_no_body_is_an_empty_object():
    assert await asking.body(Request(b""), Body) == Body()


@pytest.mark.parametrize("body", [b"[]", b'{"name": 1}', b'{"other": 1}', b"{", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_not_what_it_must_be_is_refused_with_the_reason(body):
    with pytest.raises(errors.BadRequest, match="The body: "):
        await asking.body(Request(body), Body)
