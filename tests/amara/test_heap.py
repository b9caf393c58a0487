"""Everything stops while Python looks for rubbish: it looks when there may be some, while nobody is being answered."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass, field

import pytest

from amara.heap import CROWD, GONE_MIN, LONGEST_S, LOOK_S, PATIENCE_S, SHARE, SHORTEST_S, YOUNG_S, Heap
from tests.receiver import until
from tests.rig import chatting


@dataclass
class World:
    now: float = 0.0
    takes_s: float = 0.0
    """As long as a look does."""
    gone: int = 0
    there: int = 0
    is_busy: bool = False
    heap: Heap = field(init=False)

    def __post_init__(self) -> None:
        self.heap = Heap(
            gone=lambda: self.gone,
            there=lambda: self.there,
            is_busy=lambda: self.is_busy,
            clock=self.clock,
        )

    def clock(self) -> float:
        self.now += self.takes_s
        return self.now


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
    world.there, world.now = 10_000, SHORTEST_S - 1
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


@pytest.mark.parametrize(
    ("takes_s", "rests_s"), [(0.001, SHORTEST_S), (0.1, 0.1 * SHARE), (1.0, 1.0 * SHARE), (2.0, LONGEST_S)]
)
async def test_a_look_that_stops_people_longer_is_due_later(world, takes_s, rests_s):
    world.now, world.takes_s = SHORTEST_S, takes_s
    assert world.heap.look()
    began, world.takes_s = world.now - takes_s, 0.0
    world.now = began + rests_s - 1
    assert not world.heap.look()
    world.now = began + rests_s + 1
    assert world.heap.look()


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


async def test_in_a_crowd_what_is_young_is_looked_through_a_little_at_a_time(world):
    """As many come as go there, so that Python would not count them; then all are looked through at once."""
    world.there = CROWD
    assert world.heap.tend() == YOUNG_S
    ring = Ring()
    rubbish = weakref.ref(ring)
    del ring
    assert world.heap.tend() == YOUNG_S
    assert rubbish() is None
    assert gc.get_count()[0] < 100
    young, middle, old = gc.get_threshold()
    assert young < 1_000
    assert middle > 1_000_000  # what has grown out of it is as old as any
    assert old > 1_000_000


async def test_where_few_are_python_looks_through_the_young_by_itself(world):
    world.there = CROWD
    world.heap.tend()
    world.there = CROWD - 1
    assert world.heap.tend() == LOOK_S
    assert gc.get_threshold()[1] < 1_000


async def test_in_a_crowd_the_old_are_looked_for_as_seldom_as_ever(world):
    world.there, world.gone, world.now = CROWD, GONE_MIN, 100.0
    rubbish = old_rubbish()
    world.heap.tend()
    assert rubbish() is None
    rubbish = old_rubbish()
    world.gone, world.now = 2 * GONE_MIN, 100.0 + LOOK_S - 1
    world.heap.tend()
    assert rubbish() is not None
    world.now = 100.0 + LOOK_S
    world.heap.tend()
    assert rubbish() is None


async def test_an_answer_leaves_nothing_that_only_the_collector_finds(service, upstream, token):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
        await until(lambda: not service.door.house.runs.ids())
        gc.collect()
        gc.disable()
        try:
            for _ in range(3):
                await chat.ask("Hola")
            await until(lambda: not service.door.house.runs.ids())
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            left = [type(one).__qualname__ for one in gc.garbage if type(one).__module__.startswith("amara")]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
    assert left == []
