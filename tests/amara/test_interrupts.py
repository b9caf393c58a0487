"""An interrupt's id says which version of which draft was shown, and nothing else does."""

from __future__ import annotations

from uuid import uuid4

import pytest
from ag_ui.core import Interrupt
from hypothesis import given
from hypothesis import strategies as st

from amara import interrupts


def test_an_id_reads_back_as_what_it_was_made_of():
    draft, run = uuid4(), uuid4()
    assert interrupts.read(interrupts.name(draft, 3, run)) == (draft, 3)
    assert interrupts.name(draft, 3, run) != interrupts.name(draft, 3, uuid4())


@pytest.mark.parametrize("strange", ["", ".", "1.1.1", "draft.1.run"])
def test_an_id_that_is_not_ours_means_nothing(strange):
    assert interrupts.read(strange) is None


@given(st.text(max_size=120))
def test_any_text_is_read_without_harm(text):
    meant = interrupts.read(text)
    assert meant is None or meant[1] >= -1


def test_a_version_that_is_no_number_fits_no_draft():
    assert interrupts.read(f"{uuid4()}.one.{uuid4()}")[1] == -1


def test_a_run_with_nothing_to_ask_ends_in_success():
    assert interrupts.outcome([]) == {"type": "success"}


def test_the_answer_asked_for_is_a_json_schema_a_stock_client_can_hold():
    read = Interrupt.model_validate({"id": "i", "reason": "tool_call", "responseSchema": interrupts.ANSWER})
    assert read.response_schema["required"] == ["approved"]
