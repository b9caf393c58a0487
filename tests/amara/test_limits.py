"""Who asks for more than their share is told when to come again, and nobody else notices."""

from __future__ import annotations

from ipaddress import ip_network
from uuid import uuid4

import pytest

from amara import auth, errors
from amara.limits import PACES_MAX, WINDOW_S, Gate, Limits, Rates, address_of


class Clock:
    at = 100.0

    def __call__(self) -> float:
        return self.at


def somebody(*, is_anonymous: bool = False) -> auth.Caller:
    return auth.person(uuid4(), is_anonymous=is_anonymous)


def test_a_pace_is_kept_in_any_minute_and_not_by_the_clocks_minute():
    clock = Clock()
    pace = Limits(Rates(frames=3), clock).frames()
    for at in (100.0, 130.0, 150.0):
        clock.at = at
        pace.take()
    clock.at = 155.0
    with pytest.raises(errors.TooMany) as refused:
        pace.take()
    assert refused.value.retry_after_s == pytest.approx(5)
    clock.at = 160.0  # the first is a minute old
    pace.take()
    with pytest.raises(errors.TooMany) as refused:
        pace.take()
    assert refused.value.retry_after_s == pytest.approx(30)


def test_who_goes_on_after_as_many_refusals_is_a_flood_and_who_waits_is_none():
    clock = Clock()
    pace = Limits(Rates(frames=2), clock).frames()
    pace.take(), pace.take()
    for _ in range(2):
        assert not pace.is_flooded
        with pytest.raises(errors.TooMany):
            pace.take()
    assert pace.is_flooded
    clock.at += WINDOW_S
    pace.take()
    assert not pace.is_flooded


async def test_a_persons_messages_count_together_and_not_with_anothers():
    limits, laura, ana = Limits(Rates(messages=2), Clock()), somebody(), somebody()
    for who in (laura, laura, ana):
        await limits.says(who)
    with pytest.raises(errors.TooMany):
        await limits.says(laura)
    await limits.says(ana)


async def test_who_has_been_silent_for_a_minute_is_forgotten():
    clock = Clock()
    limits = Limits(clock=clock)
    for _ in range(PACES_MAX):
        await limits.says(somebody())
    clock.at += WINDOW_S
    await limits.says(somebody())
    assert len(limits._paces) == 1


async def test_a_person_has_five_sockets_and_a_place_is_free_again_when_one_is_left():
    limits, laura = Limits(), somebody()
    leaving = [await limits.enter(laura, "192.0.2.1") for _ in range(5)]
    with pytest.raises(errors.TooMany) as refused:
        await limits.enter(laura, "192.0.2.2")
    assert refused.value.retry_after_s
    leaving[0]()
    leaving[0] = await limits.enter(laura, "192.0.2.1")
    for leave in leaving:
        leave()
    assert not limits._inside


async def test_visitors_of_one_address_share_twenty_and_people_who_are_known_do_not():
    limits = Limits()
    for _ in range(20):
        await limits.enter(somebody(is_anonymous=True), "192.0.2.1")
    with pytest.raises(errors.TooMany):
        await limits.enter(somebody(is_anonymous=True), "192.0.2.1")
    await limits.enter(somebody(is_anonymous=True), "192.0.2.2")
    await limits.enter(somebody(), "192.0.2.1")


PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "sender"),
    [
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),  # not from a proxy of ours: forged
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),  # only what our proxy saw itself
        ("10.0.0.1", ["203.0.113.9", "198.51.100.7, 10.2.3.4"], "198.51.100.7"),
        ("::1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", [], "192.0.2.1"),
        ("", [], ""),
    ],
)
def test_an_address_is_what_our_own_proxies_saw(peer, forwarded, sender):
    assert address_of(peer, forwarded, PROXIES) == sender


def test_without_proxies_of_ours_nobody_is_believed():
    assert address_of("127.0.0.1", ["198.51.100.7"], []) == "127.0.0.1"


async def test_some_come_in_at_a_time_and_who_waits_too_long_is_told_to_come_again():
    gate = Gate(at_once=1, patience_s=0.01)
    async with gate.through():
        with pytest.raises(errors.Unavailable):
            async with gate.through():
                pytest.fail("there are two inside")
    with pytest.raises(ZeroDivisionError):
        async with gate.through():
            1 / 0  # noqa: B018 - whatever becomes of them inside
    async with gate.through():
        pass
