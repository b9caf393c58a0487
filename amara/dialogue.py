"""One signed-in peer on one conversation: what its words do, and what it is told. It holds no socket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, NoReturn
from uuid import UUID

from amara import again, approval, errors, frames, problems, reading, transcript, turn
from amara.auth import Caller
from amara.doorkeeper import Doorkeeper
from amara.frames import Abort, Hello, Pong, Refresh, Said, Say
from amara.hearing import Hearing, stands
from amara.house import House
from amara.memory import Known
from amara.outbox import Closing, Outbox
from amara.run import Run
from amara.session import Session
from amara.store import conversations, ledger, log
from amara.telling import NOWHERE, Listener
from amara.thread import Thread
from amara.tools.tool import Locale

Json = dict[str, Any]
AckStatus = Literal["accepted", "duplicate", "queued", "superseded", "rejected"]

RETURN_MS = 500  # before somebody who was let go comes back
SNAPSHOT_ROWS_MAX = 1_000
CAPABILITIES = ["agui/1.0", "abort", "approval", "resume", "snapshot"]


class Dialogue(Listener):
    """Listens to the conversation's feed until `leave`; what it hears goes into the outbox."""

    def __init__(
        self, house: House, doorkeeper: Doorkeeper, caller: Caller, thread: Thread, session: Session, out: Outbox
    ) -> None:
        """Args: the session is the connection's, and so is the outbox."""
        self._house = house
        self._doorkeeper = doorkeeper
        self.caller = caller
        """Whoever the latest token speaks for: always the same person, and for ever longer."""
        self._thread = thread
        self._session = session
        self._out = out
        self._locale: Locale = "es"
        self._hearing = Hearing(thread.id)
        self._resumes = False
        """A connection that was opened for the rest of one run, and for nothing else."""
        self._floor: frames.Cursor | None = None
        """Up to here this peer has heard everything, whatever comes."""
        self._feed = house.feeds.open(thread.conversation_id)
        self._feed.listeners.add(self)
        session.expires_at = caller.expires_at

    def leave(self) -> None:
        """Listens no more; a run goes on without us."""
        self._feed.listeners.discard(self)
        self._house.feeds.close(self._feed.conversation_id)

    def hear(self, run_id: UUID | None, frame: str) -> None:
        """A frame of the conversation: ours hears all of them, stock only its own runs'."""
        if self._floor is None and not self._resumes and self._hearing.hears_as_told:
            self._out.put(frame)
            return
        if self._floor is not None and frame.startswith('{"id"'):
            if frames.cursor_of(frame) <= self._floor:
                return  # heard from another process, before its log had it
            self._floor = None
        for told in self._hearing.hear(run_id, frame):
            self._out.put(told)
            if self._resumes and frames.is_terminal(told):
                self._out.end(Closing(frames.DONE, "Done."))

    def let_go(self) -> None:
        """Somebody else writes this conversation now, or nobody knows how far it was written: come back."""
        if self._session.state == "ours":
            self._out.put(frames.Reconnect(after_ms=RETURN_MS).frame())
        self._out.end(Closing(frames.RESTARTING, "Come back."))

    async def resume(self, run_key: str, offset: str) -> None:
        """What of a run came after this cursor (`-1`: from its start), to its terminal; then the connection is done.

        Raises:
            Closing: there is nothing to resume.
        """
        async with self._house.database.service() as db:
            run = await ledger.run_by_key(db, self.caller.owner, run_key)
        if run is None or run["conversation_id"] != self._thread.conversation_id:
            self._house.metrics.resumes.labels("nothing").inc()
            raise Closing(frames.NOTHING_TO_RESUME, "Nothing to resume.")
        self._house.metrics.resumes.labels("run").inc()
        run_id, is_live, rows = run["id"], run["status"] in {"queued", "running"}, await self._rows()
        alias = None if run["run_key"] == run_key else run_key
        async with self._house.database.service() as db:
            lines_kept = await log.lines_of_run(db, self._thread.conversation_id, run_id)
        logged = [line for line in lines_kept if not frames.is_aside(line)]
        await self._feed.follow()
        # From here on nothing waits: of the latest run the feed has all that was told.
        is_latest = self._feed.run_id == run_id
        lines = list(self._feed.recent) if is_latest else logged
        since, is_expired = frames.Cursor.parse(offset), not lines and not is_live
        if offset == "-1" and is_expired:
            self._conclude(self._snapshot(run_key, rows))
        elif offset == "-1":
            others = [row for row in rows if (row["metadata"] or {}).get("run_id") != str(run_id) or not is_latest]
            snapshot = frames.encoded(frames.Snapshot(messages=transcript.wire_messages(others)))
            # What was said after an earlier run would stand before it; such a run is not played again, but shown.
            lines = [*lines[:1], snapshot, *lines[1 if is_latest else -1 :]] if lines else []
        elif since is None or is_expired or not stands(since, lines, may_lag=not self._feed.is_told_here):
            self._house.metrics.resumes.labels("resync").inc()
            failed = frames.RunError(message=errors.Resynced.message, code=errors.Resynced.code)
            self._conclude([self._snapshot(run_key, rows)[1], frames.encoded(failed)])
        else:
            self._floor = since
        self._resumes = True
        if offset != "-1" and (since is None or not lines or since < frames.cursor_of(lines[0])):
            # It was told that it had begun while it waited, or of what it waits behind.
            self._hearing.wait(run["run_key"], alias=alias, is_begun=True)
        elif lines:
            self._hearing.follow(run_id, alias)
        else:
            self._hearing.wait(run["run_key"], alias=alias)
        for frame in lines:
            self.hear(run_id, frame)
        if not is_live and not self._out.is_ending:
            raise Closing(frames.NOTHING_TO_RESUME, "Nothing to resume.")

    def _conclude(self, told: list[str]) -> NoReturn:
        """Says this instead of the run's frames, to its end."""
        for frame in told:
            self._out.put(frame)
        raise Closing(frames.DONE, "Done.")

    async def act(self, word: frames.Word) -> None:
        """Does what the word says.

        Raises:
            AmaraError: by its situations; the connection says it in the words its peer knows.
        """
        match word:
            case Hello():
                await self._welcome(word)
            case Say():
                await self._say(word)
            case Abort():
                await self._stop(word.run_id)
            case Refresh():
                await self._refresh(word)
            case Pong():
                pass

    async def _welcome(self, hello: Hello) -> None:
        if hello.token is not None:
            await self._doorkeeper.admit(hello.token, like=self.caller)
        self._locale = reading.language(hello.locale)
        since = None if hello.since is None else frames.Cursor.parse(hello.since)
        if since is None:
            await self._feed.follow()
        if hello.since is None:
            self._begin([], attaches=True)
            return
        caught_up: list[bool] = []

        def take(missed: list[str] | None) -> None:
            caught_up.append(missed is not None)
            if missed is not None:
                self._floor = since
                self._begin(missed, attaches=False)

        if since is not None:
            await self._feed.after(since, take)
        self._house.metrics.resumes.labels("cursor" if caught_up == [True] else "resync").inc()
        if caught_up != [True]:
            await self._resync()

    def _begin(self, first: list[str], *, attaches: bool) -> None:
        """Nothing waits in here: no frame is missed, none told twice."""
        self._out.put(
            frames.Welcome(
                thread_id=self._thread.id,
                head=str(self._feed.head or NOWHERE),
                heartbeat_ms=round(frames.HEARTBEAT_S * 1000),
                limits={"text": frames.TEXT_MAX, "frame": frames.FRAME_MAX_OURS},
                capabilities=CAPABILITIES,
            ).frame()
        )
        for frame in first:
            self._out.put(frame)
        if attaches and self._feed.is_unfinished and not self._hearing.follows(self._feed.run_id):
            self._attach()
        self._hearing.hears_all = True

    async def _resync(self) -> None:
        """The cursor is not of this log any more: the conversation as it is, and then the run that is being written."""
        async with self._feed.turn:  # nothing settles meanwhile, so nothing falls between the snapshot and the run
            rows = await self._rows()
            live = str(self._feed.run_id) if self._feed.is_unfinished else None
            settled = [row for row in rows if live is None or (row["metadata"] or {}).get("run_id") != live]
            self._begin(self._snapshot(f"resync-{self._feed.head or NOWHERE}", settled), attaches=True)

    async def _refresh(self, refresh: Refresh) -> None:
        fresh = await self._doorkeeper.admit(refresh.token, like=self.caller)
        self.caller = replace(fresh, address=self.caller.address)
        self._session.expires_at = self.caller.expires_at
        await self._house.runs.extend(self.caller)

    async def _say(self, say: Say) -> None:
        if say.thread_id != self._thread.id:
            raise errors.BadFrame("The frame's threadId is not this socket's.")
        locale = self._locale if say.wishes.locale is None else reading.language(say.wishes.locale)
        if not self._feed.is_followed:
            await self._feed.follow()  # another process may write here, and what waits begins there
        deed = approval.answer if say.resume else again.answer if say.wishes.regenerate else turn.remember
        if (known := await deed(self._house, self.caller, self._thread, say, locale, self._acknowledge)) is not None:
            for said in (*reading.meant(say), *(Said(resume.interrupt_id, "") for resume in say.resume)):
                self._ack(said, known.run_key, "duplicate")
            await self._show(known, say)

    async def _stop(self, run_key: str) -> None:
        if (halt := await self._house.runs.stop(self.caller.owner, run_key)) is None:
            return
        if self._session.state == "stock":
            self._hearing.forget(halt.run_id, run_key)  # a stock client takes a late end for that of its next turn
        elif halt.was_waiting:
            for ref in self._hearing.forget(halt.run_id, run_key):
                self._ack(Said(ref, ""), run_key, "superseded")

    def _acknowledge(self, run: Run, said: Said, status: turn.Status, place: int | None = None) -> None:
        if status == "queued":
            self._wait(run.key, [*self._hearing.forget(run.id, run.key), said.id])
        else:
            self._hearing.follow(run.id)
        self._ack(said, run.key, status, place)

    def _wait(self, key: str, refs: Sequence[str], alias: str | None = None) -> None:
        is_begun = self._session.state == "stock" and not self._hearing.is_busy
        self._hearing.wait(key, refs, alias=alias, is_begun=is_begun)
        if is_begun:
            self._out.put(self._hearing.begins(alias or key, self._feed.head or NOWHERE))

    def _ack(self, said: Said, run_key: str, status: AckStatus, place: int | None = None) -> None:
        if self._session.state == "ours":  # a stock client knows no ack
            at = frames.UNSET if place is None else place
            self._out.put(frames.Ack(ref=said.id, run_id=run_key, status=status, position=at).frame())

    async def _show(self, known: Known, say: Say) -> None:
        """What was said before is not answered twice: its live run is joined, its finished one shown."""
        await self._feed.follow()
        is_told = self._feed.run_id == known.run_id and self._feed.is_unfinished
        if is_told or known.is_live:
            if self._session.state == "stock" and not self._hearing.follows(known.run_id):
                alias = None if known.run_key == say.run_id else say.run_id
                if is_told:
                    self._attach(alias)
                else:
                    self._wait(known.run_key, (), alias)
            return
        for event in self._snapshot(say.run_id, await self._rows()):
            self._out.put(event)

    async def _rows(self) -> list[Json]:
        async with self._house.database.transaction(self.caller) as db:
            rows = await conversations.messages(db, self._thread.conversation_id, limit=SNAPSHOT_ROWS_MAX)
        return [dict(row) for row in rows[::-1]]

    def _snapshot(self, run_id: str, rows: list[Json]) -> list[str]:
        """The whole conversation, for one connection alone: these events stand in no log and carry no cursor."""
        return [
            frames.encoded(frames.RunStarted(thread_id=self._thread.id, run_id=run_id)),
            frames.encoded(frames.Snapshot(messages=transcript.wire_messages(rows))),
            frames.encoded(frames.RunFinished(thread_id=self._thread.id, run_id=run_id, outcome={"type": "success"})),
        ]

    def _attach(self, alias: str | None = None) -> None:
        """From the start of the run, without a gap: nothing is told between the replay and the listening."""
        assert self._feed.run_id is not None  # something is unfinished
        self._hearing.follow(self._feed.run_id, alias)
        for frame in tuple(self._feed.recent):
            self.hear(self._feed.run_id, frame)

    def refuse(self, frame: str, word: frames.Word | None, error: errors.AmaraError) -> None:
        """Says what was wrong in the words this peer knows; the socket stays where it can.

        Raises:
            Closing: a stock client cannot be told otherwise.
        """
        if self._session.state == "stock":
            if (run_id := reading.run_id_of(frame)) is None:
                raise Closing(problems.close_code(error), error.detail)
            for line in problems.refused_run(self._thread.id, run_id, error):
                self._out.put(line)
            return
        if isinstance(word, Say):
            for said in reading.meant(word):
                self._ack(said, word.run_id, "rejected")
        elif error.about is not None:
            self._ack(Said(error.about, ""), reading.run_id_of(frame) or "", "rejected")
        self._out.put(problems.refused(error))
