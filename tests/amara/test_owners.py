"""A dead process is known by its name, and never taken for a living one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from uuid import uuid4

import pytest

from amara.owners import NOBODY, is_gone, owner_name


@pytest.fixture
def dead_owner() -> str:
    """A process of this machine that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{socket.gethostname()}/{process.pid}/{uuid4()}"


def test_an_owner_is_known_by_machine_process_and_name(dead_owner):
    us = owner_name()
    host, pid, _ = us.split("/")
    assert (host, pid) == (socket.gethostname(), str(os.getpid()))
    assert not is_gone(us, us=us)
    assert is_gone(owner_name(), us=us)  # our own pid under another name: before a restart
    assert is_gone(dead_owner, us=us)
    assert is_gone(NOBODY, us=us)
    assert is_gone(f"{host}/x/y", us=us)
    assert not is_gone(f"{host}/{os.getppid()}/{uuid4()}", us=us)
    assert not is_gone(f"elsewhere.example/{dead_owner.split('/')[1]}/x", us=us)
