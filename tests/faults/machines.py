"""Machines that are network namespaces of Linux: a name and an address each, and a cable to one switch to be pulled.

A pulled cable is not a reset: whoever is at its other end hears nothing any more, and believes for a long time that
somebody is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NETWORK = "10.77.0"
HERE = f"{NETWORK}.1"
"""Where people are, and the model."""
SWITCH = "switch"
PROGRAMS = ("ip", "mount", "nsenter", "setpriv", "unshare")
_INSIDE = "AMARA_TRIAL_IS_ALONE"


def alone() -> None:
    """The command goes on in a network of its own, of which nothing is left when its last process has ended.

    Raises:
        SystemExit: this is not Linux, or nobody who may do that; it says so.
    """
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise SystemExit("The machines of this are network namespaces, which only root on Linux can make.")
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        raise SystemExit(f"{', '.join(missing)} is missing: apt-get install iproute2 util-linux")
    if _INSIDE not in os.environ:
        os.environ[_INSIDE] = "yes"
        os.execvp("unshare", ["unshare", "--net", "--mount", *sys.orig_argv])
    os.makedirs("/run/netns", exist_ok=True)  # noqa: PTH103 - as `ip` does, before something else is mounted over it
    _do("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    _do("ip", "link", "set", "lo", "up")
    _do("ip", "link", "add", SWITCH, "type", "bridge")
    _do("ip", "address", "add", f"{HERE}/24", "dev", SWITCH)
    _do("ip", "link", "set", SWITCH, "up")


class Machine:
    """One of them, plugged in."""

    def __init__(self, name: str, number: int) -> None:
        """Args: number is the last part of its address."""
        self.name = name
        self.address = f"{NETWORK}.{number}"
        self._cable = f"to-{name}"
        _do("ip", "netns", "add", name)
        _do("ip", "link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", name)
        _do("ip", "link", "set", self._cable, "master", SWITCH)
        for words in ("link set lo up", f"address add {self.address}/24 dev eth0", "link set eth0 up"):
            _do("ip", "-n", name, *words.split())
        self.plug()

    def unplug(self) -> None:
        _do("ip", "link", "set", self._cable, "down")

    def plug(self) -> None:
        _do("ip", "link", "set", self._cable, "up")
        _do("ip", "-n", self.name, "neighbour", "flush", "dev", "eth0")  # what it looked for in vain meanwhile

    def runs(self, *command: str, uid: int | None = None, gid: int | None = None) -> list[str]:
        """The same command, there. Its process is the one that is started, under the machine's name."""
        there = ["nsenter", f"--net=/run/netns/{self.name}", "unshare", "--uts"]
        called = ["sh", "-c", 'hostname "$0" && exec "$@"', self.name]
        another = [] if uid is None else ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        return [*there, *called, *another, *command]


def _do(*command: str) -> None:
    subprocess.run(command, check=True)
