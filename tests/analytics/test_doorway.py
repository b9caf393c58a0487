"""What both doors share, behind a request of our own making."""

from __future__ import annotations

import gzip
from types import SimpleNamespace

import pytest

from analytics import capture, errors
from analytics.doorway import Doorway
from analytics.settings import Handed, Settings
from tests.guest.serving import Clock, Tokens

CLOCK, TOKENS = Clock(), Tokens()
DOORWAY = Doorway(
    Handed(caller=TOKENS.caller, transaction=None, service=None, now=CLOCK, time_zone="America/Bogota"),
    Settings(body_bytes=10),
)


def a_knock(*parts, **headers):
    async def receive():
        heard.append(parts[len(heard)])
        return {"type": "http.request", "body": heard[-1], "more_body": len(heard) < len(parts)}

    heard = []
    return SimpleNamespace(
        headers={name.replace("_", "-"): value for name, value in headers.items()}, receive=receive, heard=heard
    )


async def test_a_body_comes_in_parts_and_is_one():
    knock = a_knock(b"{", b"}", content_type="Text/Plain; charset=utf-8")
    assert await DOORWAY.body(knock, {"text/plain"}) == ("text/plain", b"{}")


async def test_a_body_too_large_is_not_heard_to_its_end():
    knock = a_knock(b"x" * 6, b"x" * 6, b"x" * 6)
    with pytest.raises(errors.TooLarge):
        await DOORWAY.body(knock, {""})
    assert len(knock.heard) == 2


async def test_a_packed_body_is_bounded_twice():
    packed = gzip.compress(b"x" * 11)
    with pytest.raises(errors.TooLarge):
        await DOORWAY.body(a_knock(packed, content_encoding="gzip"), {""})


async def test_a_kind_that_is_not_read_is_refused_unread():
    knock = a_knock(b"x", content_type="image/png")
    with pytest.raises(errors.WrongMediaType):
        await DOORWAY.body(knock, {"text/plain"})
    assert knock.heard == []


@pytest.mark.parametrize(
    ("said", "is_private"), [("1", True), (" 1 ", True), ("0", False), ("", False), ("true", False)]
)
async def test_a_request_is_private_where_it_says_so(said, is_private):
    moment = await DOORWAY.moment(a_knock(sec_gpc=said), capture.native)
    assert (moment.is_private, moment.is_crawler, moment.user_id, moment.now) == (is_private, False, None, CLOCK())


async def test_a_body_whose_sender_goes_away_is_none():
    async def receive():
        return {"type": "http.disconnect"}

    with pytest.raises(errors.BadRequest):
        await DOORWAY.body(SimpleNamespace(headers={}, receive=receive), {""})
