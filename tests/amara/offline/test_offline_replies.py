"""What is said when no tool has spoken."""

from __future__ import annotations

from amara.offline import replies
from amara.offline.speech import Said
from tests.amara.offline.talk import say, text_of


async def test_a_matter_for_people_is_handed_off_without_promises(client) -> None:
    message = await say(client, "the cleaner stole my laptop")
    assert message.stop_reason == "end_turn"
    assert "A person of our team" in text_of(message)


def test_a_search_is_named_with_everything_that_narrows_it() -> None:
    criteria = {
        "city": "Cali",
        "service": "cooking",
        "max_hourly_rate_cop": 30_000,
        "language": "en",
        "min_rating": 4.5,
    }
    assert replies.sought(criteria, "es") == (
        "cocina en Cali, hasta $ 30.000 por hora, que hable inglés, con calificación de 4,5 o más"
    )
    assert replies.sought({}, "en") == "professionals"


def test_a_name_is_used_only_where_it_looks_like_one() -> None:
    assert replies.addressed("Ana María Ruiz") == ", Ana"
    assert replies.addressed("007 <b>") == ""
    assert replies.addressed(None) == ""


def test_every_reply_is_there_in_both_languages() -> None:
    said = [value for value in vars(replies).values() if isinstance(value, Said)]
    assert len(said) > 15
    for reply in said:
        assert reply.es
        assert reply.en
        assert reply.es != reply.en
