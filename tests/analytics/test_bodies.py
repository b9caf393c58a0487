"""Bodies as they are meant."""

from __future__ import annotations

import base64
import gzip
import tracemalloc
import zlib

import msgspec
import pytest

from analytics import bodies, errors

MOST = 500 * 1024
BOMB = gzip.compress(b"\0" * 50_000_000)


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
def test_a_body_that_is_not_packed_is_left_alone(encoding):
    assert bodies.inflated(b"{}", encoding, most=MOST) == b"{}"


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_a_packed_body_is_what_was_packed(encoding):
    assert bodies.inflated(gzip.compress(b"{}"), encoding, most=MOST) == b"{}"
    assert bodies.inflated(gzip.compress(b"[1") + gzip.compress(b"]"), encoding, most=MOST) == b"[1]"


def test_a_body_may_be_as_large_as_allowed_and_not_a_byte_larger():
    assert len(bodies.inflated(gzip.compress(b"x" * MOST), "gzip", most=MOST)) == MOST
    with pytest.raises(errors.TooLarge):
        bodies.inflated(gzip.compress(b"x" * (MOST + 1)), "gzip", most=MOST)
    with pytest.raises(errors.TooLarge):
        bodies.inflated(gzip.compress(b"x" * MOST) + gzip.compress(b"x"), "gzip", most=MOST)


def test_a_bomb_does_not_go_off():
    tracemalloc.start()
    with pytest.raises(errors.TooLarge):
        bodies.inflated(BOMB, "gzip", most=MOST)
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert grown < 4 * MOST


@pytest.mark.parametrize(
    "body",
    [b"{}", gzip.compress(b"{}")[:-5], gzip.compress(b"{}") + b"more", zlib.compress(b"{}")],
    ids=["plain", "half", "more", "zlib"],
)
def test_what_is_no_gzip_is_refused(body):
    with pytest.raises(errors.BadRequest):
        bodies.inflated(body, "gzip", most=MOST)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_other_ways_of_packing_are_refused(encoding):
    with pytest.raises(errors.WrongMediaType):
        bodies.inflated(b"{}", encoding, most=MOST)


@pytest.mark.parametrize(
    ("form", "meant"),
    [
        (b'{"event":"A"}', {"event": "A"}),
        (
            b"event=A&properties[city]=Bogot%C3%A1&properties[n]=",
            {"event": "A", "properties": {"city": "Bogotá", "n": ""}},
        ),
        (b"event=A&properties=%7B%22n%22%3A1%7D&name=%7Bx", {"event": "A", "properties": {"n": 1}, "name": "{x"}),
        (b"data=%7B%22event%22%3A%22A%22%7D", {"event": "A"}),
        (b"data=" + base64.b64encode(b'{"event":"A+/"}'), {"event": "A+/"}),
        (b"data=" + base64.urlsafe_b64encode(b'{"event":"~~~~"}').rstrip(b"="), {"event": "~~~~"}),
        (b"a=1&a[b]=2", {"a": "2"}),
    ],
)
def test_a_form_is_the_json_it_stands_for(form, meant):
    assert msgspec.json.decode(bodies.unformed(form)) == meant


@pytest.mark.parametrize("form", [b"\xff=\xff", b"&".join([b"a=1"] * 1001), b"data=%21%21%21"])
def test_what_is_no_form_is_refused(form):
    with pytest.raises(errors.BadRequest):
        bodies.unformed(form)
