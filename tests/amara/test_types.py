"""The types of the frames, before the compiler that those who write clients have."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from tests.nodejs import CLIENTS, running

DOCS = Path(__file__).parents[2] / "docs"
CONSUMER = CLIENTS / "frames.ts"
STRICT = (
    *("--noEmit", "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--pretty", "false"),
    *("--target", "esnext", "--module", "esnext", "--moduleResolution", "bundler", "--typeRoots", "none"),
)
EXPECTED = re.compile(r"^// @ts-expect-error .*\n", re.MULTILINE)


async def complaints(*files: Path) -> list[str]:
    """What the compiler says of these files, one line each."""
    async with running("node_modules/typescript/bin/tsc", *STRICT, *map(str, files)) as process:
        said, troubles = await asyncio.wait_for(process.communicate(), 60)
        assert troubles == b""
        return [line for line in said.decode().splitlines() if "error TS" in line]


async def test_the_types_are_types_and_every_frame_can_be_said_and_heard():
    assert await complaints(DOCS / "amara.d.ts", CONSUMER) == []
    names = re.findall(r"^export (?:interface|type) (\w+)", (DOCS / "amara.d.ts").read_text(), re.MULTILINE)
    used = re.search(r"import type \{(.*?)\}", CONSUMER.read_text(), re.DOTALL)
    assert used is not None
    assert sorted(re.findall(r"\w+", used[1])) == sorted(names)


async def test_what_is_wrong_does_not_compile(tmp_path):
    text = CONSUMER.read_text().replace("../../docs", str(DOCS))
    wrong = tmp_path / "wrong.ts"
    wrong.write_text(EXPECTED.sub("", text))
    expected = len(EXPECTED.findall(text))
    assert expected >= 7
    assert len(await complaints(wrong)) == expected
