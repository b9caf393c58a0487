"""A file over three hundred lines is two files, and a room is named for what it holds."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tests.rules.tree import PACKAGES, ROOT, files, grow

LINES = 300
SQL_LINES = 400
LONGER_SQL: dict[str, str] = {}  # path → why this migration cannot be two; none needs it yet
ROOMS = (*PACKAGES, "migrations", "tests", "bench")

# Names that mean "whatever had no place": anything fits into them, so anything ends there.
NO_NAME = {
    *("utils", "util", "helpers", "helper", "common", "misc", "base", "core", "shared", "lib"),
    *("manager", "managers", "service", "services", "handler", "handlers"),
}


def too_long(root: Path) -> list[str]:
    """Files of code beyond their measure."""
    found = []
    for name, path in files(root, below=ROOMS, kinds={".py", ".js", ".mjs", ".css", ".html", ".sql"}):
        most = SQL_LINES if name in LONGER_SQL else LINES
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > most:
            found.append(f"{name}: {count} lines, at most {most}")
    return found


def nameless(root: Path) -> list[str]:
    """Modules and folders whose name says nothing."""
    found = set()
    for name, _ in files(root, below=ROOMS, kinds={".py", ".js", ".mjs", ".css"}):
        for part in PurePosixPath(name).parts:
            stem = part.split(".")[0].removeprefix("test_").strip("_").lower()
            if stem in NO_NAME:
                found.add(f"{name}: {stem} is no name")
    return sorted(found)


def test_no_file_is_two_files() -> None:
    assert too_long(ROOT) == []


def test_every_longer_migration_is_still_there() -> None:
    assert [name for name in LONGER_SQL if not (ROOT / name).exists()] == []


def test_every_name_says_something() -> None:
    assert nameless(ROOT) == []


@pytest.mark.parametrize(
    "name", ["amara/turn.py", "amara/widget/chat.js", "tests/amara/test_turn.py", "migrations/1_a.sql"]
)
def test_a_long_file_is_seen(tmp_path: Path, name: str) -> None:
    assert too_long(grow(tmp_path, {name: "\n" * 300})) == []
    assert too_long(grow(tmp_path, {name: "\n" * 301})) == [f"{name}: 301 lines, at most 300"]


@pytest.mark.parametrize(
    "name", ["amara/utils.py", "guest/core/rules.py", "amara/widget/helpers.js", "tests/test_common.py"]
)
def test_a_room_without_a_name_is_seen(tmp_path: Path, name: str) -> None:
    assert len(nameless(grow(tmp_path, {name: ""}))) == 1


def test_what_others_wrote_keeps_its_length(tmp_path: Path) -> None:
    assert too_long(grow(tmp_path, {"amara/widget/vendor/markdown.js": "\n" * 900})) == []
