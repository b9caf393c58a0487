"""Properties: people may write their own rows, and older clients wrote theirs."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amara import transcript
from tests import messages_api
from tests.amara.wholeness import AG_UI, THINKING, assert_whole

Json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "input", "result", "type"]), inner)
    ),
    max_leaves=6,
)
Ids = st.sampled_from(["toolu_1", "toolu_2", "toolu_3", "bad id", ""])
Calls = st.lists(
    st.fixed_dictionaries(
        {"id": Ids, "name": st.just("get_booking")}, optional={"input": Json, "result": Json, "is_error": Json}
    ),
    max_size=3,
)
Blocks = st.lists(
    st.sampled_from(
        [
            THINKING,
            THINKING | {"signature": ""},
            {"type": "redacted_thinking", "data": "x"},
            {"type": "text", "text": "Miro."},
            {"type": "text", "text": " "},
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "look", "input": {}},
            {"type": "of_tomorrow", "text": "x"},
        ]
    )
    | st.builds(lambda call_id: {"type": "tool_use", "id": call_id, "name": "get_booking", "input": {}}, Ids),
    max_size=4,
)
Rows = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.uuids(),
            "role": st.sampled_from(["user", "assistant", "assistant", "system"]),
            "content": st.sampled_from(["", " ", "Hola", "ñ👩‍👧", "x" * 300]),
            "tool_calls": st.none() | Calls | Calls.map(json.dumps) | Json,
            "metadata": st.none()
            | Json
            | st.fixed_dictionaries(
                {},
                optional={
                    "status": st.sampled_from(["complete", "refused", "interrupted"]),
                    "blocks": Blocks | Json,
                    "client_message_id": Json,
                },
            ),
        }
    ),
    max_size=12,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(Rows, st.sampled_from([0, 300, 60_000]))
def test_whatever_the_record_holds_the_model_can_read_it(rows, most):
    messages = transcript.model_messages(rows, characters_max=most)
    if any(one["role"] == "user" for one in rows):
        assert_whole(messages)
        messages_api.check({"model": "m", "max_tokens": 1, "messages": messages})
    else:
        assert messages == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(Rows)
def test_whatever_the_record_holds_an_ag_ui_client_can_read_it(rows):
    AG_UI.validate_json(json.dumps(transcript.wire_messages(rows)))
