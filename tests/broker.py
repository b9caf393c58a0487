"""A real Redis of the tests' own: started in a moment, on a socket in a directory, and killed like a machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.faults.machines import Machine

PORT = 6379  # on a machine of its own
NAMES = ("redis-server", "valkey-server")


def binary() -> Path | None:
    """A server to start, whichever of the two the machine has."""
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


class Broker:
    """One server; what it had is gone when it is killed, as with most that are run for such a purpose."""

    def __init__(self, machine: Machine | None = None) -> None:
        """Args: machine is where it runs, else it is this one."""
        self.room = Path(tempfile.mkdtemp(prefix="amara-broker-"))
        self.path = self.room / "broker.sock"
        self.url = f"redis://{machine.address}:{PORT}" if machine else f"unix://{self.path}"
        self._machine = machine
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = binary()
        assert program is not None, "make system"
        its = self._machine
        door = ["--bind", its.address, "--port", str(PORT), "--protected-mode", "no"] if its else ["--port", "0"]
        command = [str(program), *door, "--unixsocket", str(self.path), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            its.runs(*command) if its else command,
            cwd=self.room,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if b"ready to accept" in line.lower() or b"accepting connections" in line.lower():
                break
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(self.path))

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.room, ignore_errors=True)
