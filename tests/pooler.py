"""A real PgBouncer of the tests' own, in transaction mode, with fewer servers than there are clients."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from amara.postgres.binaries import account

PORT = 6432
SERVERS = 2


def binary() -> Path | None:
    """Where it is, though it is nobody's daily command."""
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


class Pooler:
    """One in front of a server that listens in a directory."""

    def __init__(self, url: str) -> None:
        """Args: url is of a database behind it."""
        parts = urlsplit(url)
        behind = parse_qs(parts.query)
        self.room = Path(tempfile.mkdtemp(prefix="amara-pooler-"))
        self.url = f"postgresql://{parts.username}@/{parts.path[1:]}?host={quote(str(self.room), safe='')}&port={PORT}"
        (self.room / "users.txt").write_text(f'"{parts.username}" ""\n')
        said = {
            "pool_mode": "transaction",
            "listen_port": PORT,
            "unix_socket_dir": self.room,
            "auth_type": "trust",
            "auth_file": self.room / "users.txt",
            "default_pool_size": SERVERS,
            "max_client_conn": 100,
            "logfile": self.room / "log",
            "pidfile": self.room / "pid",
        }
        (self.room / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={behind['host'][0]} port={behind['port'][0]}\n[pgbouncer]\n"
            + "".join(f"{name} = {value}\n" for name, value in said.items())
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = binary()
        assert program is not None, "make system"
        who = account()
        if who.switches:  # it does not run as root either
            for path in (self.room, *self.room.iterdir()):
                os.chown(path, who.uid, who.gid)
        self._process = subprocess.Popen(
            [program, "-q", self.room / "pgbouncer.ini"],
            **({"user": who.uid, "group": who.gid, "extra_groups": []} if who.switches else {}),
        )
        door = self.room / f".s.PGSQL.{PORT}"
        while not door.exists():
            assert self._process.poll() is None, (self.room / "log").read_text()
            time.sleep(0.01)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.room, ignore_errors=True)
