"""What waits for one peer is bounded, and a connection ends once, with one reason."""

from __future__ import annotations

import asyncio

import pytest

from amara import frames
from amara.outbox import QUEUE_MAX, REASON_BYTES_MAX, Closing, Outbox


class Peer:
    """Takes what is written, as long as its window is open."""

    def __init__(self, *, reads=True):
        self.got = []
        self.window = asyncio.Event()
        if reads:
            self.window.set()
        self.out = Outbox(self.write, self.close)

    async def write(self, frame):
        await self.window.wait()
        self.got.append(frame)

    async def close(self, code, reason):
        self.got.append((code, reason))


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_frames_go_out_in_order_and_the_close_after_them():
    peer = Peer()
    for number in range(5):
        peer.out.put(str(number))
    peer.out.end(Closing(1012, "Restarting."))
    await peer.out.drain()
    assert peer.got == ["0", "1", "2", "3", "4", (1012, "Restarting.")]


async def test_the_first_reason_stands():
    peer = Peer()
    peer.out.end(Closing(4401, "The token has expired."))
    peer.out.end(Closing(1012, "Restarting."))
    await peer.out.drain()
    assert peer.got == [(4401, "The token has expired.")]


async def test_a_connection_is_closed_once():
    peer = Peer()
    peer.out.end(Closing(1000, "Done."))
    await peer.out.drain()
    await peer.out.close()
    await peer.out.close()
    assert peer.got == [(1000, "Done.")]


async def test_without_a_reason_nothing_is_closed():
    peer = Peer()
    await peer.out.close()
    assert peer.got == []
    assert not peer.out.is_ending


async def test_from_its_reason_on_a_connection_is_ending():
    peer = Peer()
    peer.out.end(Closing(1000, "Done."))
    assert peer.out.is_ending


async def test_what_is_put_later_is_written_too():
    peer = Peer()
    writing = asyncio.create_task(peer.out.drain())
    for frame in ("a", "b", "c"):
        peer.out.put(frame)
        await turns()
        assert peer.got[-1] == frame
    peer.out.end(Closing(1000, "Done."))
    await writing
    assert peer.got == ["a", "b", "c", (1000, "Done.")]


async def test_a_peer_that_does_not_read_is_let_go_and_costs_a_bounded_queue():
    peer = Peer(reads=False)
    writing = asyncio.create_task(peer.out.drain())
    peer.out.put("first")
    await turns()  # the writer holds it and waits for the window
    for number in range(10 * QUEUE_MAX):
        peer.out.put(str(number))
        assert len(peer.out._frames) <= QUEUE_MAX
    peer.window.set()
    await writing
    assert peer.got[0] == "first"
    assert peer.got[-1] == (frames.TOO_SLOW, "Too slow.")
    assert len(peer.got) <= QUEUE_MAX + 2


async def test_a_full_queue_is_still_a_queue():
    peer = Peer()
    for number in range(QUEUE_MAX):
        peer.out.put(str(number))
    peer.out.end(Closing(1000, "Done."))
    await peer.out.drain()
    assert len(peer.got) == QUEUE_MAX + 1


async def test_being_slow_does_not_replace_an_earlier_reason():
    peer = Peer()
    peer.out.end(Closing(4401, "The token has expired."))
    for number in range(QUEUE_MAX + 1):
        peer.out.put(str(number))
    await peer.out.drain()
    assert peer.got[-1] == (4401, "The token has expired.")


async def test_a_peer_that_is_gone_ends_the_writer():
    async def gone(_):
        raise ConnectionResetError

    out = Outbox(gone, Peer().close)
    out.put("x")
    with pytest.raises(ConnectionResetError):
        await out.drain()


@pytest.mark.parametrize("reason", ["", "Sí.", "x" * 500, "ñ" * 500, "👩‍👧" * 100, "x" + "ñ" * 200, "ab" + "€" * 99])
def test_a_reason_fits_into_a_close_frame_and_stays_readable(reason):
    said = Closing(4400, reason).reason
    assert len(said.encode()) <= REASON_BYTES_MAX <= 123
    assert reason.startswith(said)
    assert said == reason or len(said.encode()) > REASON_BYTES_MAX - 4


class Quick(Peer):
    """Takes a frame at once as long as its window is open."""

    def __init__(self, *, reads=True):
        super().__init__(reads=reads)
        self.out = Outbox(self.write, self.close, tell=self.tell)

    def tell(self, frame):
        if self.window.is_set():
            self.got.append(f"{frame} at once")
        return self.window.is_set()


async def test_a_frame_is_written_as_it_is_put_while_nothing_waits():
    peer = Quick()
    peer.out.put("0")
    assert peer.got == ["0 at once"]


async def test_nobody_overtakes_what_waits():
    peer = Quick(reads=False)
    writing = asyncio.create_task(peer.out.drain())
    peer.out.put("0")
    await turns()  # it is being written, and the queue is empty again
    peer.window.set()
    peer.out.put("1")
    peer.out.put("2")
    await turns()
    peer.out.put("3")
    peer.out.end(Closing(1000, "Done."))
    peer.out.put("4")
    await writing
    assert peer.got == ["0", "1", "2", "3 at once", "4", (1000, "Done.")]


async def test_a_peer_that_takes_nothing_at_once_is_bounded_all_the_same():
    peer = Quick(reads=False)
    for number in range(QUEUE_MAX + 1):
        peer.out.put(str(number))
    peer.window.set()
    await peer.out.drain()
    assert peer.got == [(1013, "Too slow.")]
