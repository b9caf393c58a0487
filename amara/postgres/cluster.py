"""The embedded database as its users see it: join, use a URL, leave; the last to leave stops the server."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from amara.postgres.binaries import DataOutOfReach, account
from amara.postgres.process import (
    DATABASE,
    LOGIN,
    OWNER,
    PORT,
    SYSTEM_HOME,
    Server,
    StartFailed,
    make_directory,
    short_hash,
)


class Cluster:
    """One server that several processes may share. It outlives a killed process; the next one finds it running."""

    def __init__(self, server: Server) -> None:
        """Args: see `Cluster.at`."""
        self.server = server
        self._lease: int | None = None

    @classmethod
    def at(cls, data_dir: Path, *, binaries: Path | None = None, durable: bool = True) -> Cluster:
        """The cluster under this directory; as root in /var/lib/amara where the server's user cannot enter it.

        Args:
            data_dir: Ours; the server's part of it is the folder `postgres`.
            binaries: A directory of PostgreSQL's programs to use instead of the one that would be found.
            durable: Off, a crash of the machine loses data: for tests.

        Raises:
            DataOutOfReach: there are data, and the server's user cannot get to them any more.
        """
        who = account()
        home = data_dir.absolute() / "postgres"
        if who.switches and not who.can_enter(home.parent):
            if (home / "data" / "PG_VERSION").exists():
                raise DataOutOfReach(f"{home} has data, but the user PostgreSQL runs as cannot enter it any more.")
            home = SYSTEM_HOME / short_hash(home.parent)
        return cls(Server(home, who, durable, binaries))

    def url(self, role: str, database: str = DATABASE) -> str:
        """How to reach a database as a role; there is no password, the socket's directory is the lock."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.server.socket_dir), safe='')}&port={PORT}"

    @property
    def owner_url(self) -> str:
        """The superuser: migrations, `amara db psql`."""
        return self.url(OWNER)

    @property
    def login_url(self) -> str:
        """The service, which has no grants of its own."""
        return self.url(LOGIN)

    async def join(self) -> None:
        """Starts the server, or finds it running, and keeps it running until `leave`."""
        await asyncio.to_thread(self._join)

    async def leave(self) -> bool:
        """Gives up our use of it; the last one stops the server. Returns whether that was us."""
        return await asyncio.to_thread(self._leave)

    async def ensure_running(self) -> None:
        """Starts the server, or finds it running, with no claim that it stays."""
        await asyncio.to_thread(self._ensure)

    async def start_again(self) -> None:
        """Starts the server if it is gone. Data that are gone with it are missed, not made anew.

        Raises:
            StartFailed: the data are gone, or PostgreSQL does not start.
        """
        await asyncio.to_thread(self._start_again)

    async def stop(self) -> None:
        """Stops the server, whoever uses it."""
        await asyncio.to_thread(self.server.stop)

    def _join(self) -> None:
        with self._alone():
            self.server.ensure()
            if self._lease is None:
                self._lease = self._open("leases")
                fcntl.flock(self._lease, fcntl.LOCK_SH)  # nobody holds it exclusively: that happens only while alone

    def _leave(self) -> bool:
        if self._lease is None:
            return False
        # Turning a shared lock into an exclusive one may drop it first; one after the other, the last always wins.
        with self._alone():
            try:
                fcntl.flock(self._lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            else:
                self.server.stop()
                return True
            finally:
                os.close(self._lease)
                self._lease = None

    def _ensure(self) -> None:
        with self._alone():
            self.server.ensure()

    def _start_again(self) -> None:
        if not self.server.has_data:
            raise StartFailed(f"{self.server.data} is gone. Put it back, or stop the service and start it anew.")
        self._ensure()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Starting and stopping happen one after the other, across all processes."""
        home, who = self.server.home, self.server.who
        make_directory(home, who)
        if home.stat().st_uid != who.uid:
            raise DataOutOfReach(f"{home} belongs to another user than the one PostgreSQL would run as.")
        descriptor = self._open("lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _open(self, name: str) -> int:
        # Python opens without inheritance, so the server never holds a lock of ours.
        return os.open(self.server.home / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
