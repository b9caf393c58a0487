"""A primary and a synchronous standby of PostgreSQL, as an operator has them: killed, promoted, and paired again."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from amara import postgres
from amara.postgres.binaries import account
from tests.faults.machines import NETWORK, Machine
from tests.faults.stage import _children, free_port

OWNER, LOGIN, DATABASE = "amara_owner", "amara_login", "amara"
PORT = 5432  # on a machine of its own

SETTINGS = """
unix_socket_directories = ''
fsync = off  # processes are killed here, not machines
wal_level = replica
max_wal_senders = 8
hot_standby = on
wal_receiver_status_interval = 1s
synchronous_commit = on
"""


NEIGHBOURS = f"""
host all all {NETWORK}.0/24 trust
host replication all {NETWORK}.0/24 trust
"""


class Node:
    """One server with its data."""

    def __init__(self, place: Path, name: str, machine: Machine | None = None) -> None:
        """Args: machine is where it runs, else it is this one."""
        self.name = name
        self.machine = machine
        self.data = place / name
        self.host = machine.address if machine else "127.0.0.1"
        self.port = PORT if machine else free_port()

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


class Pair:
    """Two servers; which of them is the primary changes."""

    def __init__(
        self, place: Path, binaries: Path | None = None, machines: tuple[Machine | None, Machine | None] = (None, None)
    ) -> None:
        """Args: machines are where they run, else both on this one."""
        self._programs = binaries or postgres.find().directory
        self._who = account()
        self.primary, self.standby = (Node(place, *each) for each in zip("ab", machines, strict=True))
        self.hosts = f"{self.primary.address},{self.standby.address}"
        if self._who.switches:
            os.chown(place, self._who.uid, self._who.gid)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Of whichever of them may be written to."""
        return f"postgresql://{role}@{self.hosts}/{database}?target_session_attrs=read-write"

    @property
    def owner_url(self) -> str:
        """Of the one that is the primary now, past the other."""
        return f"postgresql://{OWNER}@{self.primary.address}/{DATABASE}"

    async def begin(self) -> None:
        """The first primary, empty."""
        await self._run("initdb", "-D", self.primary.data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale")
        with (self.primary.data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS)
        with (self.primary.data / "pg_hba.conf").open("a") as file:
            file.write(NEIGHBOURS)
        await self._start(self.primary)
        await self._say(self.primary, f"create database {DATABASE}", "postgres")

    async def pair(self) -> None:
        """The standby is made from the primary, and from now on every commit waits for it."""
        node = self.standby
        shutil.rmtree(node.data, ignore_errors=True)
        await self._say(self.primary, "alter system reset synchronous_standby_names; select pg_reload_conf()")
        its = self.primary
        source = f"host={its.host} port={its.port} user={OWNER} application_name=standby"
        copying = ("-D", node.data, "-d", source, "-R", "-X", "stream", "-c", "fast")
        await self._run("pg_basebackup", *copying, on=node.machine)
        await self._start(node)
        await self._say(self.primary, "alter system set synchronous_standby_names = '*'; select pg_reload_conf()")
        asking = "select sync_state from pg_stat_replication"
        while "sync" not in (await self._say(self.primary, asking)).splitlines():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)

    def kill_primary(self) -> None:
        """It and all its children at once, as a power cut would."""
        self.kill(self.primary)

    def kill(self, node: Node) -> None:
        """Likewise, whichever it is."""
        server = int((node.data / "postmaster.pid").read_text().splitlines()[0])
        for pid in [server, *_children(server)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def promote(self) -> None:
        """The standby is the primary now; the other one waits to be made anew."""
        await self._run("pg_ctl", "promote", "-w", "-D", self.standby.data)
        self.primary, self.standby = self.standby, self.primary

    async def end(self) -> None:
        for node in (self.standby, self.primary):
            if (node.data / "postmaster.pid").exists():
                with suppress(AssertionError):
                    await self._run("pg_ctl", "stop", "-m", "immediate", "-D", node.data)

    async def _start(self, node: Node) -> None:
        log = node.data.with_suffix(".log")
        options = f"-p {node.port} -c listen_addresses={node.host}"
        await self._run("pg_ctl", "start", "-w", "-D", node.data, "-l", log, "-o", options, on=node.machine)

    async def _say(self, node: Node, words: str, database: str = "postgres") -> str:
        commands = [part for sentence in words.split(";") for part in ("-c", sentence.strip())]
        return await self._run(
            "psql", "-XAt", "-h", node.host, "-p", str(node.port), "-U", OWNER, "-d", database, *commands
        )

    async def _run(self, program: str, *arguments: str | Path, on: Machine | None = None) -> str:
        # What starts a server gets no pipe: the server would keep it open.
        out = subprocess.DEVNULL if "start" in arguments else subprocess.PIPE
        who, command = self._who, [str(self._programs / program), *map(str, arguments)]
        is_here = who.switches and on is None
        done = await asyncio.to_thread(
            subprocess.run,
            on.runs(*command, uid=who.uid, gid=who.gid) if on else command,
            stdout=out,
            stderr=out,
            cwd="/",
            check=False,
            **({"user": who.uid, "group": who.gid, "extra_groups": []} if is_here else {}),
        )
        assert done.returncode == 0, f"{program}: {done.stderr!r}"
        return (done.stdout or b"").decode()
