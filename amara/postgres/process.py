"""One data directory and the PostgreSQL process on it: made, started, asked, stopped, by PostgreSQL's own programs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shlex
import shutil
import stat
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amara.postgres.binaries import Account, PostgresError, find

OWNER, LOGIN, DATABASE = "amara_owner", "amara_login", "amara"
PORT = 5432  # names the socket file only; nothing listens on it
SYSTEM_HOME = Path("/var/lib/amara")  # where root keeps what the server's own user could not reach in the checkout
_PATIENCE_S = 60  # recovery after a crash replays the write-ahead log first
_SOCKET_PATH_BYTES = 103  # macOS; Linux has 107


class SocketRefused(PostgresError):
    """The directory for the socket belongs to somebody else, or others may enter it."""


class InitFailed(PostgresError):
    """A new data directory, or the database in it, could not be made."""


class StartFailed(PostgresError):
    """The server did not start, or did not answer in time."""


class StopFailed(PostgresError):
    """The server did not stop in time."""


@dataclass(slots=True)
class Server:
    """The process, whoever started it: every question is asked of the files and the socket, never of our memory."""

    home: Path
    """Holds `data`, the log, the locks and, when its path is short enough, the socket."""
    who: Account
    durable: bool
    """Off, a crash of the machine loses data: for tests."""
    binaries: Path | None = None
    """Found when it is first needed, by the version that made the data."""

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def has_data(self) -> bool:
        """It was made once, and what was made is there."""
        return (self.data / "PG_VERSION").exists()

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    @property
    def socket_dir(self) -> Path:
        """Where the socket is: beside the data when that path is short enough for one."""
        beside = self.home / "run"
        longest = len(os.fsencode(beside / f".s.PGSQL.{PORT}"))
        return beside if longest <= _SOCKET_PATH_BYTES else Path("/tmp") / f"amara-{short_hash(self.home)}"  # noqa: S108 - made 0700, and refused when it is anybody else's

    def ensure(self) -> None:
        """The server runs, answers, and has our database and login.

        Raises:
            SocketRefused: somebody else's directory is where the socket would be.
            InitFailed: initdb, createdb or createuser refused.
            StartFailed: with the end of the server's log.
        """
        make_directory(self.socket_dir, self.who)
        status = self.socket_dir.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != self.who.uid or status.st_mode & 0o077:
            raise SocketRefused(f"{self.socket_dir} must be a directory of PostgreSQL's own user, with mode 0700.")
        if not self.has_data:
            self._init()
        if not self.answers():
            self._start()
        if not (self.home / "ready").exists():
            self._make_database()

    def answers(self) -> bool:
        """Whether it takes connections now."""
        return self._run("pg_isready", "-q", *self._where(), "-d", "postgres").returncode == 0

    def is_gone(self) -> bool:
        """Whether no process of it is there: asked of the process table, so that it may be asked often."""
        return self._program() != "postgres"

    def stop(self) -> None:
        """Open transactions are rolled back, a checkpoint is written, the process ends.

        Raises:
            StopFailed: it still answers.
        """
        if not (self.data / "postmaster.pid").exists():
            return
        stopped = self._run("pg_ctl", "stop", "-m", "fast", "-w", "-t", str(_PATIENCE_S), "-D", self.data)
        if stopped.returncode != 0 and self.answers():
            raise StopFailed(f"PostgreSQL did not stop. Its log ({self.log}) ends:\n{self._said(0)}")

    def _init(self) -> None:
        fresh = self.home / "data.new"  # a crash in the middle leaves no half of a data directory
        options = ["--encoding=UTF8", "--auth-local=trust", "--auth-host=reject", f"--username={OWNER}"]
        if not self.durable:
            options.append("--no-sync")
        refusal = ""
        for locale in ("C.UTF-8", "C"):  # macOS has no C.UTF-8
            shutil.rmtree(fresh, ignore_errors=True)
            made = self._run("initdb", *options, f"--locale={locale}", "--lc-messages=C", "-D", fresh)
            if made.returncode == 0:
                (self.home / "ready").unlink(missing_ok=True)
                break
            refusal = refusal or made.stderr.strip()
        else:
            raise InitFailed(f"initdb failed: {refusal}")
        try:
            fresh.rename(self.data)
        except OSError as error:
            raise InitFailed(f"{self.data} is there already and is no data directory of PostgreSQL.") from error

    def _start(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        self._forget_stranger()
        size = self.log.stat().st_size if self.log.exists() else 0
        patience = ("-w", "-t", str(_PATIENCE_S))
        while not self.answers():
            started = self._run("pg_ctl", "start", *patience, "-D", self.data, "-l", self.log, "-o", self._options())
            if started.returncode == 0:
                return
            said = self._said(size)
            # After a kill -9 its children live on for a moment and hold the memory; or another's start is under way.
            if not re.search(r"shared memory block|lock file .* already exists", said) or time.monotonic() > deadline:
                raise StartFailed(f"PostgreSQL did not start. Its log ({self.log}) ends:\n{said or started.stderr}")
            time.sleep(0.1)

    def _options(self) -> str:
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "synchronous_commit": "on",
            "fsync": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
        }
        return " ".join(shlex.quote(part) for name, value in settings.items() for part in ("-c", f"{name}={value}"))

    def _where(self) -> tuple[str, ...]:
        return ("-h", str(self.socket_dir), "-p", str(PORT), "-U", OWNER)

    def _forget_stranger(self) -> None:
        """Removes a pid file whose pid is another program's by now: PostgreSQL would take that for its own server.

        A dead pid's file is left: PostgreSQL clears it itself, after it made sure that no child still writes.
        """
        if self._program() not in {"", "postgres"}:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _program(self) -> str:
        """What runs under the pid of the pid file; empty when nothing does, or there is no such file."""
        try:
            return _program_of(int((self.data / "postmaster.pid").read_text().splitlines()[0]))
        except (FileNotFoundError, ValueError, IndexError):
            return ""

    def _make_database(self) -> None:
        for made in (
            self._run("createdb", *self._where(), "--maintenance-db=postgres", DATABASE),
            self._run("createuser", *self._where(), "--login", "--no-inherit", "--no-createdb", LOGIN),
        ):
            if made.returncode != 0 and "already exists" not in made.stderr:
                raise InitFailed(f"The database could not be made: {made.stderr.strip()}")
        (self.home / "ready").touch()

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        if self.binaries is None:
            version = self.data / "PG_VERSION"
            found = find(int(version.read_text()) if version.exists() else None).directory
            self.binaries = _copy(found) if self.who.switches and not self.who.can_enter(found) else found
        switch: dict[str, Any] = {"user": self.who.uid, "group": self.who.gid, "extra_groups": []}
        return subprocess.run(  # noqa: S603 - PostgreSQL's own programs, no shell, arguments of ours
            (self.binaries / program, *arguments),
            **(switch if self.who.switches else {}),
            cwd=self.home,
            env=_environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C on the terminal is for us; we stop the server when we are done with it
        )

    def _said(self, since: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open(errors="replace") as log:
            log.seek(since)
            return "\n".join(log.read().splitlines()[-15:])


def make_directory(directory: Path, who: Account) -> None:
    """A directory of the server's own user, mode 0700, that this user can get to; an existing one is left as it is."""
    for step in reversed([step for step in directory.parents if not step.exists()]):
        step.mkdir(exist_ok=True)
        if who.switches:
            step.chmod(0o755)  # whatever the umask
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        if who.switches:
            os.chown(directory, who.uid, who.gid)


def short_hash(path: Path) -> str:
    """A name for a path where the path itself is too long or out of reach."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    # PGDATA, PGPORT and their like would lead the programs elsewhere; a translated message could not be told apart.
    return {name: value for name, value in ours.items() if not name.startswith(("PG", "LC_", "LANG"))} | {"LC_ALL": "C"}


def _program_of(pid: int) -> str:
    """The name of the program a process runs, empty when there is no such process."""
    if Path("/proc/self").exists():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return Path(f"/proc/{pid}/comm").read_text().strip()
        return ""
    command = ["/bin/ps", "-o", "comm=", "-p", str(pid)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a number of ours
    return Path(said.strip()).name


def _copy(directory: Path) -> Path:
    """The same programs where the server's user can reach them, made once for each build of them."""
    mark = (directory / "postgres").stat()
    copy = SYSTEM_HOME / f"postgresql-{short_hash(directory / str(mark.st_mtime_ns) / str(mark.st_size))}"
    install, package = directory.parent, directory.parent.parent
    if not copy.exists():
        fresh = copy.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(install, fresh / package.name / install.name, symlinks=True)
        # A wheel keeps its shared libraries beside the package, and its programs look for them there.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for step in (fresh.parent, fresh, fresh / package.name):
            step.chmod(0o755)  # whatever the umask
        fresh.rename(copy)
    return copy / package.name / install.name / directory.name
