"""The vendor's stream events, as far as they are read; whatever else they carry is passed over.

Source: the Messages streaming API.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from amara.model import Json


class Delta(Struct):
    """What a block grows by, or how the message ends."""

    type: str = ""
    text: str = ""
    partial_json: str = ""
    thinking: str = ""
    signature: str = ""
    stop_reason: str | None = None


class Counted(Struct):
    """Units: tokens."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class Begun(Struct):
    """The message as it begins."""

    model: str = ""
    usage: Counted | None = None


class Failure(Struct):
    """What went wrong in the middle."""

    type: str = ""


class Event(Struct):
    """Any of them."""

    type: str = ""
    index: int = 0
    delta: Delta | None = None
    content_block: Json | None = None
    message: Begun | None = None
    usage: Counted | None = None
    error: Failure | None = None


decode = msgspec.json.Decoder(Event).decode
