"""Starts the embedded database again when its process is gone: whoever started it for people stands by it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from amara.postgres.binaries import PostgresError
from amara.postgres.cluster import Cluster

LOOK_S = 0.5  # between two looks, which ask the process table and nobody else
WAIT_MAX_S = 30.0  # between two tries while it will not start

_logger = structlog.get_logger(__name__)


class Keeper:
    """For a cluster that was joined; several processes may keep the same one."""

    def __init__(self, cluster: Cluster) -> None:
        """Args: cluster was joined, and is left after `stop`."""
        self._cluster = cluster
        self._is_over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._for_ever(), name="embedded database")

    async def stop(self) -> None:
        """Ends. A start that is under way is waited for: it must not come after whoever leaves last has stopped it."""
        self._is_over.set()
        if self._task is not None:
            await self._task

    async def _for_ever(self) -> None:
        wait_s = LOOK_S
        while not await self._is_over_within(wait_s):
            try:
                if await asyncio.to_thread(self._cluster.server.is_gone):
                    _logger.warning("embedded_database_gone")
                    await self._cluster.start_again()
                    _logger.info("embedded_database_started_again")
                wait_s = LOOK_S
            except (PostgresError, OSError) as error:
                wait_s = min(wait_s * 2, WAIT_MAX_S)
                _logger.error("embedded_database_not_started", cause=str(error), again_in_s=wait_s)  # noqa: TRY400 - it says why itself

    async def _is_over_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_over.wait(), seconds)
        return self._is_over.is_set()
