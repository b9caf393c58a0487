"""A plain word is what a decoder would have read there, or it is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amara.model.assembly import Assembly

OPENS = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}


def said(text, *, index=0, ensure_ascii=False):
    """A word as the vendor writes it."""
    delta = {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}
    told = json.dumps(delta, ensure_ascii=ensure_ascii, separators=(",", ":"))
    return f"event: content_block_delta\ndata: {told}\n\n".encode(errors="surrogatepass")


def chunk(body, size=None):
    return b"%x\r\n%b\r\n" % (len(body) if size is None else size, body)


def growing():
    assembly = Assembly()
    assembly.take(json.dumps(OPENS).encode())
    assembly.has_content = False
    return assembly


@given(st.text(), st.booleans())
@example("Hola, ¿qué tal? 👩‍👧 ", False)
@example('"', False)
@example("\\", False)
@example("a\nb", False)
@example("\u2028\x7f", False)
def test_a_word_is_what_a_decoder_reads_there_and_stands_between_quotes_as_it_is(text, ensure_ascii):
    assembly = growing()
    told = assembly.skim_read(chunk(said(text, ensure_ascii=ensure_ascii)))
    assert told in {"", text}
    if told:
        assert json.loads(f'"{told}"') == text
    if text and json.dumps(text, ensure_ascii=False) == f'"{text}"' and not ensure_ascii:
        assert told == text


@given(st.binary(max_size=40), st.integers(0, 120))
def test_whatever_stands_there_no_word_is_made_up(noise, at):
    read = chunk(said("Hola"))
    broken = read[:at] + noise + read[at:]
    told = growing().skim_read(broken)
    if told:  # then the noise is words
        assert told.encode() in broken
        assert json.loads(broken.split(b"data: ", 1)[1].split(b"\n", 1)[0])["delta"]["text"] == told


@pytest.mark.parametrize(
    "read",
    [
        said("Hola"),
        chunk(said("Hola"), size=5),
        chunk(said("Hola")) + chunk(said("Hola")),
        chunk(said("Hola") + said("Hola")),
        chunk(said("Hola", index=1)),
        chunk(said("Hola"))[:-1],
        chunk(said("Hola").replace(b"Hola", b"Ho\xffla")),
        chunk(said("Hola").replace(b"Hola", b"Ho\nla")),
        b"",
    ],
)
def test_anything_but_one_chunk_with_one_whole_word_of_this_block_is_left(read):
    assembly = growing()
    assert assembly.skim_read(read) == ""
    assert not assembly.has_content


def test_before_a_text_is_open_there_are_no_words():
    assert Assembly().skim_read(chunk(said("Hola"))) == ""
