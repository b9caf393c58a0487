"""`amara serve`: the service in one process, or in several on one port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import click

from amara import app, console, demo, heap, log, server, traces, workers
from amara.metrics import Metrics
from amara.settings import Settings
from amara.siblings import Siblings
from amara.workers import Foreman, Place

WORKERS_MAX = 64
PLACE_NUMBERS = 4  # that a worker is handed by its parent


@click.command()
@click.option("--host", help="Address to listen on [AMARA_HOST, 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one [AMARA_PORT, 8000].")
@click.option("--demo", is_flag=True, help="Load the demo marketplace, and let anybody be its customer.")
@click.option(
    "--workers",
    type=click.IntRange(1, WORKERS_MAX),
    default=1,
    show_default=True,
    help="Processes that share the port; best with AMARA_REDIS_URL.",
)
@click.option("--listener", type=int, hidden=True)
@click.option("--ready", type=int, hidden=True)
@click.option("--parent", type=int, hidden=True)
@click.option("--folder", type=click.Path(path_type=Path), hidden=True)
@click.option("--place", type=int, hidden=True)
@click.option("--quiet", is_flag=True, hidden=True)
def serve(
    host: str | None,
    port: int | None,
    workers: int,
    listener: int | None,
    ready: int | None,
    parent: int | None,
    folder: Path | None,
    place: int | None,
    *,
    demo: bool,
    quiet: bool,
) -> None:
    """Serve the chat, guest checkout and event capture.

    The first Ctrl-C (or SIGTERM) lets answers finish; the second one ends at once.
    """
    settings = console.settings()
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    log.configure(form=settings.log_format, level=settings.log_level)
    handed = [number for number in (listener, ready, parent, place) if number is not None]
    if folder is not None and len(handed) == PLACE_NUMBERS:
        ours = Place(folder, *handed)
        console.run(_serve(settings, ours.socket(), has_demo=demo, place=ours, is_quiet=quiet))
    elif workers > 1:
        sys.exit(console.run(_oversee(settings, workers, has_demo=demo)))
    else:
        console.run(_serve(settings, _listen(settings), has_demo=demo))


def _listen(settings: Settings) -> socket.socket:
    try:
        return server.listen(settings.host, settings.port)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. Choose another --port."
        ) from error


async def _oversee(settings: Settings, number: int, *, has_demo: bool) -> int:
    if sys.platform == "win32":
        raise click.ClickException("--workers needs a system where processes inherit a listening socket.")
    with contextlib.closing(_listen(settings)) as listener:
        listener.listen(server.BACKLOG)  # who comes before the first one is ready waits
        asked = [*workers.command(), "--host", settings.host, *(["--demo"] if has_demo else [])]
        code = await Foreman(asked, listener, number, console.say).run()
    if not code:
        console.say("Stopped.")
    return code


async def _serve(
    settings: Settings,
    listener: socket.socket,
    *,
    has_demo: bool,
    place: Place | None = None,
    is_quiet: bool = False,
) -> None:
    """Args: place is a worker's; quiet where another one has said already what a person wants to know."""
    began = time.monotonic()
    port = listener.getsockname()[1]
    address = settings.address(port)
    say = (lambda _: None) if is_quiet else console.say
    with contextlib.closing(listener):
        async with _traced(), app.open_door(settings, port=port, has_demo=has_demo, say=say) as door:
            model = "the offline concierge (no ANTHROPIC_API_KEY)" if settings.is_concierge else settings.model
            async with server.running(
                door.way_in, listener, lambda: door.drain(server.GRACE_S), is_shared=place is not None
            ) as running:
                say(f"{model} answers. Ready in {time.monotonic() - began:.1f} s.")
                say(f"\n  {'Demo page' if has_demo else 'Page'}:  {address}/")
                once = settings.is_embedded and has_demo and door.tokens.are_ours
                link = (
                    f"{address}{await door.admission.way_in(demo.ADMIN_ID)} (one-time link)"
                    if once
                    else f"{address}/admin"
                )
                say(f"  Funnel page:  {link}\n\n  Ctrl-C to stop.")
                if place is not None:
                    place.is_ready()
                async with _beside(place, running, door.house.metrics), _tidied(door):
                    await running.has_left()
    if place is None:
        console.say("Stopped.")


@contextlib.asynccontextmanager
async def _traced() -> AsyncIterator[None]:
    """The last spans are sent after all else has ended."""
    try:
        end = traces.start(os.environ)
    except ImportError as error:
        raise click.ClickException(
            "OTEL_EXPORTER_OTLP_ENDPOINT needs the extra: pip install 'amara[tracing]'."
        ) from error
    try:
        yield
    finally:
        await asyncio.to_thread(end)


@contextlib.asynccontextmanager
async def _tidied(door: app.FrontDoor) -> AsyncIterator[None]:
    """The process looks for rubbish when there may be some."""
    sockets, runs = door.sockets, door.house.runs
    kept = heap.Heap(gone=lambda: sockets.gone, there=lambda: len(sockets.open), is_busy=lambda: len(runs) > 0)
    kept.start()
    try:
        yield
    finally:
        await kept.stop()


@contextlib.asynccontextmanager
async def _beside(place: Place | None, running: server.Server, metrics: Metrics) -> AsyncIterator[None]:
    """A worker tells the figures of its siblings too; and it leaves when its parent is gone."""
    if place is None:
        yield
        return

    async def watch() -> None:
        await place.orphaned()
        running.handle_exit(signal.SIGTERM, None)

    watching = asyncio.create_task(watch(), name="parent")
    siblings = Siblings(place.folder, place.number, metrics.text)
    await siblings.start()
    metrics.of_all = siblings.all
    try:
        yield
    finally:
        await siblings.stop()
        watching.cancel()
