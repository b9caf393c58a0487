"""An upstream that fails for everybody is left alone, and found again by one call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amara import errors
from amara.model.breaker import Breaker, Tolerance

TOLERANCE = Tolerance()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(TOLERANCE, clock, jitter=lambda: 0.0)


def broken(breaker: Breaker) -> Breaker:
    for _ in range(TOLERANCE.calls_min):
        breaker.failed(is_probe=breaker.admit())
    assert breaker.is_open
    return breaker


def test_a_few_failures_say_nothing(breaker):
    for _ in range(TOLERANCE.calls_min - 1):
        breaker.failed(is_probe=breaker.admit())
    assert breaker.admit() is False


def test_half_of_many_calls_is_enough(breaker):
    for number in range(TOLERANCE.calls_min):
        note = breaker.failed if number % 2 else breaker.answered
        note(is_probe=breaker.admit())
    with pytest.raises(errors.ModelOverloaded) as refused:
        breaker.admit()
    assert refused.value.retry_after_s == TOLERANCE.rest_s


def test_old_failures_are_forgotten(breaker, clock):
    for _ in range(TOLERANCE.calls_min - 1):
        breaker.failed(is_probe=breaker.admit())
    clock.now += TOLERANCE.window_s + 1
    breaker.failed(is_probe=breaker.admit())
    assert not breaker.is_open


def test_after_the_rest_one_call_goes_and_the_others_wait_for_its_word(breaker, clock):
    broken(breaker)
    clock.now += TOLERANCE.rest_s
    assert breaker.admit() is True
    for _ in range(20):
        with pytest.raises(errors.ModelOverloaded):
            breaker.admit()
    breaker.answered(is_probe=True)
    assert breaker.admit() is False


def test_each_probe_that_fails_doubles_the_rest(breaker, clock):
    broken(breaker)
    rests = []
    for _ in range(5):
        with pytest.raises(errors.ModelOverloaded) as refused:
            breaker.admit()
        rests.append(refused.value.retry_after_s)
        clock.now += refused.value.retry_after_s
        breaker.failed(is_probe=breaker.admit())
    assert rests == [4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_probe_that_was_stopped_leaves_its_place_to_the_next(breaker, clock):
    broken(breaker)
    clock.now += TOLERANCE.rest_s
    breaker.let_go(is_probe=breaker.admit())
    assert breaker.admit() is True


def test_a_call_from_before_does_not_speak_for_the_probe(breaker, clock):
    early = breaker.admit()
    broken(breaker)
    clock.now += TOLERANCE.rest_s
    assert breaker.admit() is True
    breaker.answered(is_probe=early)
    breaker.let_go(is_probe=early)
    with pytest.raises(errors.ModelOverloaded):
        breaker.admit()


def test_an_open_breaker_lets_nobody_try_again(breaker):
    assert not broken(breaker).may_retry()


@given(st.lists(st.booleans(), min_size=50, max_size=400))
def test_all_together_make_a_fifth_more_calls_at_the_most(fates):
    """E14: whatever fails, however often."""
    clock = Clock()
    breaker = Breaker(TOLERANCE, clock, jitter=lambda: 0.0)
    answers = requests = 0
    for fails in fates:
        answers += 1
        try:
            is_probe = breaker.admit()
        except errors.ModelOverloaded:
            clock.now += 0.05
            continue
        requests += 1
        (breaker.failed if fails else breaker.answered)(is_probe=is_probe)
        breaker.let_go(is_probe=is_probe)
        while fails and breaker.may_retry():
            requests += 1
            breaker.failed(is_probe=False)
        clock.now += 0.01
    assert requests <= 1.2 * answers
