"""The names under which processes hold runs, and whether the one behind a name still lives."""

from __future__ import annotations

import os
import socket
from uuid import UUID, uuid4

NOBODY = ""
"""Holds what was handed over: whoever comes first may go on."""


def owner_name(started: UUID | None = None) -> str:
    """This process, by machine, pid and one-time name: `host/pid/uuid`."""
    return f"{socket.gethostname()}/{os.getpid()}/{started or uuid4()}"


def is_gone(owner: str, *, us: str) -> bool:
    """An owner of this machine whose process no longer lives; of another machine only the lease can tell."""
    if owner == NOBODY:
        return True
    host, _, rest = owner.partition("/")
    if owner == us or host != us.partition("/")[0]:
        return False
    pid = rest.partition("/")[0]
    if not pid.isdigit() or int(pid) == os.getpid():
        return True  # our own pid under another one-time name: a predecessor's
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
