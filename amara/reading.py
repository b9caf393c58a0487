"""A client's frame becomes a word, or an exact error.

Of a RunAgentInput only what is new is read: the user messages after its last assistant message. Its history, system,
tool and assistant messages are ignored; the server's record is the only history.
"""

from __future__ import annotations

from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from amara import errors
from amara.frames import ID_MAX, TEXT_MAX, Abort, Hello, Id, Pong, Refresh, Resume, Said, Say, Wishes, Word

WHY_MAX = 200  # characters of the reason: it may repeat what was sent


class _Peek(Struct):
    type: Any = None
    runId: Any = None  # noqa: N815 - as on the wire


class Message(Struct):
    """Of a message we read who says it, its id and its text; `content` is a string or a list of text parts."""

    role: str = ""
    id: Any = None
    content: Any = None


class RunAgentInput(Struct, rename="camel"):
    """Say something, or answer an interrupt. Source: AG-UI 1.0; fields that are not listed are ignored."""

    thread_id: Id
    run_id: Id
    messages: list[Message]
    parent_run_id: Id | None = None
    resume: list[Resume] | None = None
    forwarded_props: Any = None


_peek = msgspec.json.Decoder(_Peek)
_run = msgspec.json.Decoder(RunAgentInput)
_control = msgspec.json.Decoder(Hello | Refresh | Abort | Pong)


def read(frame: str | bytes) -> Word:
    """The word this text frame says.

    Raises:
        BadFrame: not JSON, of no known type, or a field is missing or wrong; the detail names it.
        TextTooLong, TextRefused: a new message cannot be taken.
    """
    try:
        if _peek.decode(frame).type is not None:
            word: Word = _control.decode(frame)
            return word
        return _say(_run.decode(frame))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise errors.BadFrame(f"This frame cannot be read: {errors.unread(error)[:WHY_MAX]}") from error


def meant(say: Say) -> tuple[Said, ...]:
    """The messages a frame is about: those it says, or the one that it asks to have answered again."""
    return (Said(say.wishes.regenerate, ""),) if say.wishes.regenerate else say.said


def run_id_of(frame: str | bytes) -> str | None:
    """The runId of a frame that could not be taken, so that the refusal reaches whoever waits for that run."""
    try:
        run_id = _peek.decode(frame).runId
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return run_id if isinstance(run_id, str) and 1 <= len(run_id) <= ID_MAX else None


def checked_text(text: str) -> str:
    """The text as it will be stored: at most 8,000 characters, something visible, nothing PostgreSQL cannot hold.

    Raises:
        TextTooLong, TextRefused: otherwise.
    """
    if len(text) > TEXT_MAX:
        raise errors.TextTooLong
    if "\x00" in text or not text.strip() or any("\ud800" <= char <= "\udfff" for char in text):
        raise errors.TextRefused
    return text


def _say(frame: RunAgentInput) -> Say:
    said: list[Said] = []
    for message in reversed(frame.messages):
        if message.role == "assistant":
            break  # what stands before an answer was said before
        if message.role == "user":
            if not isinstance(message.id, str) or not 1 <= len(message.id) <= ID_MAX or "\x00" in message.id:
                raise errors.BadFrame(f"A user message needs an id of 1 to {ID_MAX} characters.")
            try:
                said.append(Said(message.id, checked_text(_text_of(message.content))))
            except errors.AmaraError as error:
                # Only the newest is what is being said. An earlier one was refused when it was, and is in the history
                # of a stock client for ever.
                if not said:
                    error.about = message.id
                    raise
    said.reverse()
    return Say(
        frame.thread_id,
        frame.run_id,
        frame.parent_run_id,
        tuple(said),
        tuple(frame.resume or ()),
        _wishes(frame.forwarded_props),
    )


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict) and part.get("type") == "text"]
        if len(parts) == len(content) and all(isinstance(part.get("text"), str) for part in parts):
            return "\n".join(part["text"] for part in parts)
    raise errors.BadFrame("A user message is text; Amara reads no other content.")


def _wishes(forwarded: Any) -> Wishes:
    """Stock clients put whatever they like there; only our own key is read, and then strictly."""
    ours = forwarded.get("amara") if isinstance(forwarded, dict) else None
    wishes = Wishes() if ours is None else msgspec.convert(ours, Wishes)
    return wishes if _is_zone(wishes.time_zone) else replace(wishes, time_zone=None)


def _is_zone(name: str | None) -> bool:
    """Whether the clock can be read in this zone; one that cannot is as good as none."""
    try:
        return name is not None and bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def language(said: str | None) -> Literal["es", "en"]:
    """`es-CO` is Spanish; what is neither Spanish nor unsaid reads English more likely than not."""
    return "es" if not said or said.lower().startswith("es") else "en"
