"""One signed-in peer on one conversation: what its words do, and what it is told. It holds no socket."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from amara import approval, errors, frames, problems, reading, transcript, turn
from amara.auth import Caller
from amara.doorkeeper import Doorkeeper
from amara.frames import Abort, Hello, Pong, Refresh, Said, Say
from amara.house import House
from amara.memory import Known
from amara.outbox import Closing, Outbox
from amara.runs import Run
from amara.session import Session
from amara.store import conversations, ledger, log
from amara.thread import Thread
from amara.tools.tool import Locale

Json = dict[str, Any]

RETURN_MS = 500  # before somebody who was let go comes back
SNAPSHOT_ROWS_MAX = 1_000
CAPABILITIES = ["agui/1.0", "abort", "approval", "resume", "snapshot"]


class Dialogue:
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
        self._followed: set[UUID] = set()
        self._hears_all = False
        self._resumes = False
        """A connection that was opened for the rest of one run, and for nothing else."""
        self._feed = house.feeds.open(thread.conversation_id)
        self._feed.listeners.add(self)
        session.expires_at = caller.expires_at

    def leave(self) -> None:
        """Listens no more; a run goes on without us."""
        self._feed.listeners.discard(self)
        self._house.feeds.close(self._feed.conversation_id)

    def hear(self, run_id: UUID | None, frame: str) -> None:
        """A frame of the conversation: ours hears all of them, stock only its own runs'."""
        if self._hears_all or run_id in self._followed:
            self._out.put(frame)
            if self._resumes and frames.is_terminal(frame):
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
            raise Closing(frames.NOTHING_TO_RESUME, "Nothing to resume.")
        live = self._house.runs.by_id(run["id"])
        logged: list[str] = []
        if live is None:
            async with self._house.database.service() as db:
                logged = await log.lines_of_run(db, self._thread.conversation_id, run["id"])
        # From here on nothing waits: a run that is live in this process is all in memory.
        after = frames.Cursor.parse(offset) or frames.Cursor(0, 0)
        lines = logged if live is None else live.feed.recent
        self._resumes = True
        self._followed.add(run["id"])
        for frame in lines:
            if frames.cursor_of(frame) > after:
                self.hear(run["id"], frame)
        if live is None and not (lines and frames.is_terminal(lines[-1])):
            raise Closing(frames.NOTHING_TO_RESUME, "Nothing to resume.")
        if live is None:
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
        self._locale = language(hello.locale)
        head = await self._head()
        if hello.since is None:
            self._begin(head, [], attaches=True)
            return
        since = frames.Cursor.parse(hello.since)
        caught_up: list[bool] = []

        def take(missed: list[str] | None) -> None:
            caught_up.append(missed is not None)
            if missed is not None:
                self._begin(head, missed, attaches=False)

        if since is not None:
            await self._feed.after(since, take)
        if caught_up != [True]:
            await self._resync(head)

    def _begin(self, head: str, first: list[str], *, attaches: bool) -> None:
        """Nothing waits in here: no frame is missed, none told twice."""
        self._out.put(
            frames.Welcome(
                thread_id=self._thread.id,
                head=head,
                heartbeat_ms=round(frames.HEARTBEAT_S * 1000),
                limits={"text": frames.TEXT_MAX, "frame": frames.FRAME_MAX_OURS},
                capabilities=CAPABILITIES,
            ).frame()
        )
        for frame in first:
            self._out.put(frame)
        live = self._house.runs.of_conversation(self._thread.conversation_id)
        if attaches and live is not None and live.id not in self._followed:
            self._attach(live)
        self._hears_all = True

    async def _resync(self, head: str) -> None:
        """The cursor is not of this log any more: the conversation as it is, and then the run that is being written."""
        async with self._feed.turn:  # nothing settles meanwhile, so nothing falls between the snapshot and the run
            rows = await self._rows()
            live = self._house.runs.of_conversation(self._thread.conversation_id)
            settled = [row for row in rows if live is None or (row["metadata"] or {}).get("run_id") != str(live.id)]
            self._begin(head, self._snapshot(f"resync-{head}", settled), attaches=True)

    async def _head(self) -> str:
        if self._feed.head is not None:
            return str(self._feed.head)
        async with self._house.database.service() as db:
            head = await log.head(db, self._thread.conversation_id)
        return str(frames.Cursor(*head)) if head else "0-0"

    async def _refresh(self, refresh: Refresh) -> None:
        self.caller = await self._doorkeeper.admit(refresh.token, like=self.caller)
        self._session.expires_at = self.caller.expires_at
        await self._house.runs.extend(self.caller)

    async def _say(self, say: Say) -> None:
        if say.thread_id != self._thread.id:
            raise errors.BadFrame("The frame's threadId is not this socket's.")
        locale = self._locale if say.wishes.locale is None else language(say.wishes.locale)
        deed = approval.answer if say.resume else turn.remember
        known = await deed(self._house, self.caller, self._thread, say, locale, self._acknowledge)
        if known is not None:
            for said in (*say.said, *(Said(resume.interrupt_id, "") for resume in say.resume)):
                self._ack(said, known.run_key, "duplicate")
            await self._show(known, say)

    async def _stop(self, run_key: str) -> None:
        await self._house.runs.stop(self.caller.owner, run_key)
        run = self._house.runs.of_conversation(self._thread.conversation_id)
        if self._session.state == "stock" and run is not None and run.key == run_key:
            self._followed.discard(run.id)  # a stock client takes a late end for that of its next turn

    def _acknowledge(self, run: Run, said: Said, status: Literal["accepted", "duplicate"]) -> None:
        self._followed.add(run.id)
        self._ack(said, run.key, status)

    def _ack(self, said: Said, run_key: str, status: Literal["accepted", "duplicate", "rejected"]) -> None:
        if self._session.state == "ours":  # a stock client knows no ack
            self._out.put(frames.Ack(ref=said.id, run_id=run_key, status=status).frame())

    async def _show(self, known: Known, say: Say) -> None:
        """What was said before is not answered twice: its live run is joined, its finished one shown."""
        live = self._house.runs.by_id(known.run_id)
        if live is not None:
            if self._session.state == "stock" and live.id not in self._followed:
                self._attach(live)
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

    def _attach(self, run: Run) -> None:
        """From the start of the run, without a gap: nothing is told between the replay and the listening."""
        for frame in run.feed.recent:
            self._out.put(frame)
        self._followed.add(run.id)

    def refuse(self, frame: str, word: frames.Word | None, error: errors.AmaraError) -> None:
        """Says what was wrong in the words this peer knows; the socket stays where it can.

        Raises:
            Closing: a stock client cannot be told otherwise.
        """
        if self._session.state == "stock":
            run_id = reading.run_id_of(frame)
            if run_id is None:
                raise Closing(problems.close_code(error), error.detail)
            for line in problems.refused_run(self._thread.id, run_id, error):
                self._out.put(line)
            return
        if isinstance(word, Say):
            for said in word.said:
                self._ack(said, word.run_id, "rejected")
        elif error.about is not None:
            self._ack(Said(error.about, ""), reading.run_id_of(frame) or "", "rejected")
        self._out.put(problems.refused(error))


def language(said: str | None) -> Locale:
    """`es-CO` is Spanish; what is neither Spanish nor unsaid reads English more likely than not."""
    return "es" if not said or said.lower().startswith("es") else "en"
