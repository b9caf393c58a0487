"""Everything stops while Python looks for rubbish: it looks when there may be some, while nobody is being answered."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass, field

import pytest

from amara.heap import GONE_MIN, LONGEST_S, PATIENCE_S, Heap


@dataclass
class World:
    now: float = 0.0
    gone: int = 0
    there: int = 0
    is_busy: bool = False
    heap: Heap = field(init=False)

    def __post_init__(self) -> None:
        self.heap = Heap(
            gone=lambda: self.gone,
            there=lambda: self.there,
            is_busy=lambda: self.is_busy,
            clock=lambda: self.now,
        )


class Ring:
    """Rubbish that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
async def world():
    world = World()
    before = gc.get_threshold()
    world.heap.start()
    yield world
    await world.heap.stop()
    assert gc.get_threshold() == before


def old_rubbish() -> weakref.ref[Ring]:
    ring = Ring()
    gc.collect(1)
    gc.collect(1)  # what survives two rounds is old
    return weakref.ref(ring)


async def test_nothing_is_looked_for_where_nobody_has_gone(world):
    world.there, world.now = 10_000, LONGEST_S - 1
    rubbish = old_rubbish()
    assert gc.get_threshold()[2] > 1_000_000  # nor does Python by itself
    assert not world.heap.look()
    assert rubbish() is not None


async def test_when_many_have_gone_what_they_left_is_found(world):
    rubbish = old_rubbish()
    world.gone = GONE_MIN
    assert world.heap.look()
    assert rubbish() is None
    assert not world.heap.look()


async def test_of_a_crowd_a_quarter_must_have_gone(world):
    world.there, world.gone = 10_000, 2_499
    assert not world.heap.look()
    world.gone = 2_500
    assert world.heap.look()


async def test_after_an_hour_it_is_looked_in_any_case(world):
    world.now = LONGEST_S
    assert world.heap.look()
    world.now += LONGEST_S - 1
    assert not world.heap.look()


async def test_who_is_being_answered_is_let_finish_but_not_for_ever(world):
    world.gone, world.is_busy = GONE_MIN, True
    assert not world.heap.look()
    world.now = PATIENCE_S - 1
    assert not world.heap.look()
    world.now = PATIENCE_S
    assert world.heap.look()


async def test_once_nothing_is_written_it_is_looked_at_once(world):
    world.gone, world.is_busy = GONE_MIN, True
    assert not world.heap.look()
    world.is_busy = False
    assert world.heap.look()
