"""The closed list of situations that HTTP and the socket share."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Literal

import msgspec
import pytest

from amara import errors


def situations(of=errors.AmaraError):
    return [of, *(deeper for child in of.__subclasses__() for deeper in situations(child))]


@pytest.mark.parametrize("situation", situations(), ids=lambda situation: situation.__name__)
def test_a_situation_has_a_code_a_status_and_a_sentence(situation):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", situation.code)
    assert HTTPStatus(situation.status) >= HTTPStatus.BAD_REQUEST
    assert situation().detail == situation.message
    assert situation.message.endswith(".")
    assert len(situation.message.encode()) <= 123  # it fits into a close frame


@pytest.mark.parametrize("situation", situations(), ids=lambda situation: situation.__name__)
def test_a_sentence_names_nothing_of_the_inside(situation):
    assert not re.search(r"sql|postgres|anthropic|claude|api.key|traceback|/|\{", situation.message, re.IGNORECASE)


def test_the_list_in_the_text_is_the_list():
    told = set(re.findall(r"(?:├──|└──) (\w+)", errors.__doc__ or "")) | {"AmaraError"}
    assert told == {situation.__name__ for situation in situations()}


def test_one_code_means_one_thing_to_a_client():
    meanings = {}
    for situation in situations():
        meanings.setdefault(situation.code, set()).add((situation.status, situation.retryable))
    assert [code for code, ways in meanings.items() if len(ways) > 1] == []


def test_what_a_client_did_wrong_is_not_worth_the_same_try_again():
    again = {situation.code for situation in situations() if situation.status < 500 and situation.retryable}
    assert again == {"busy", "too_many"}


def test_a_detail_replaces_the_general_sentence():
    error = errors.ModelBusy("Come back at noon.", retry_after_s=60)
    assert (error.detail, error.retry_after_s, str(error)) == ("Come back at noon.", 60, "Come back at noon.")


class _Word(msgspec.Struct, forbid_unknown_fields=True, tag="a"):
    kind: Literal["x", "y"]
    number: Literal[1, 2] = 1


class _Other(msgspec.Struct, tag="b"):
    pass


@pytest.mark.parametrize(
    "said",
    [
        {"type": "geheim.7"},
        {"type": "a", "kind": "muy geheim"},
        {"type": "a", "kind": "geheim' - at `$.x`\nvalue 'geheim"},
        {"type": "a", "kind": "x", "number": 4242},
        {"type": "a", "kind": 4242},
    ],
)
def test_what_cannot_be_read_is_told_by_its_place_and_not_repeated(said):
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(msgspec.json.encode(said), type=_Word | _Other)
    told = errors.unread(error.value)
    assert "geheim" not in told
    assert "4242" not in told
    assert re.search(r"at `\$\.(type|kind|number)`$", told)


def test_a_word_of_another_protocol_is_named():
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(b'{"type":"confirm"}', type=_Word | _Other)
    assert "confirm" in errors.unread(error.value)
