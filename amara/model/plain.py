"""How plain words look in the vendor's bytes: a match, where decoding each event would cost more than all else.

Source: the Messages streaming API; RFC 9112, 7.1 for the chunks they come in.
"""

from __future__ import annotations

import re
from functools import cache

_WORD = (
    rb'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":'
    rb'{"type":"text_delta","text":"(%b)"} *}\n\n'
)
_SAID = rb'[^"\\]*(?:\\[^u][^"\\]*)*'
_SAID_PLAINLY = rb'[^"\\\x00-\x1f]*'


@cache
def words(index: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """One word of this block as the vendor writes it, and a run of them; none that holds a number for a character."""
    word = _WORD % (index, _SAID)
    return re.compile(word), re.compile(b"(?:%b)++" % word.replace(b"([", b"(?:[", 1))


@cache
def chunk(index: int) -> re.Pattern[bytes]:
    """One word alone in a chunk of HTTP, with no character in it that JSON would write differently: (size, word)."""
    return re.compile(rb"([0-9A-Fa-f]{1,4})\r\n" + _WORD % (index, _SAID_PLAINLY) + rb"\r\n")
