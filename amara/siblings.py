"""What the processes of one port know of each other: whoever is asked for the figures tells those of all.

Each listens in a folder that their parent made and nobody else may open. One that does not answer at once is left out,
as one that is gone would be.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

ANSWER_S = 1.0  # a scraper waits for all of them
_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (.+)")


class Siblings:
    """One of them, and how it asks the others."""

    def __init__(self, folder: Path, place: int, text: Callable[[], bytes]) -> None:
        """Args: text is our own figures in Prometheus' format."""
        self._folder, self._place, self._text = folder, place, text
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """From now on the others hear of us."""
        path = self._folder / str(self._place)
        path.unlink(missing_ok=True)  # of one that was killed here before us
        self._server = await asyncio.start_unix_server(self._answer, path)

    async def stop(self) -> None:
        """No more."""
        if self._server is not None:
            self._server.close()
            (self._folder / str(self._place)).unlink(missing_ok=True)

    async def all(self) -> bytes:
        """The figures of every process that answers, each told apart by `process`, from 1."""
        places = sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdigit())
        others = [place for place in places if place != self._place]
        answers = await asyncio.gather(*(self._ask(place) for place in others))
        texts = {place: text for place, text in zip(others, answers, strict=True) if text}
        return together(texts | {self._place: self._text()}).encode()

    async def _answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            writer.write(self._text())
            await writer.drain()
        writer.close()

    async def _ask(self, place: int) -> bytes:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(self._folder / str(place))
                try:
                    return await reader.read()
                finally:
                    writer.close()
        return b""


def together(texts: dict[int, bytes]) -> str:
    """Several expositions as one: each family once, with the samples of all.

    Source: Prometheus' text format 0.0.4: all lines of a family stand together, with one HELP and one TYPE.
    """
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for place, text in sorted(texts.items()):
        family = ""
        for line in text.decode().splitlines():
            if line.startswith("# HELP "):
                family = line.split(" ", 3)[2]
                heads.setdefault(family, [])
            if not line.startswith("#"):
                samples.setdefault(family, []).append(_named(line, place))
            elif line not in heads[family]:
                heads[family].append(line)
    return "".join(_lines((*head, *samples.get(family, ()))) for family, head in heads.items())


def _named(sample: str, place: int) -> str:
    read = _SAMPLE.fullmatch(sample)
    if read is None:
        return sample
    name, labels, value = read.groups()
    return f'{name}{{process="{place + 1}"{"," + labels if labels else ""}}} {value}'


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
