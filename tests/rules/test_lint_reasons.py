"""Whoever lets a lint or a type rule go says why, on the same line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rules.tree import ROOT, files, grow

_CODE = re.compile(r'^\s*"[A-Z]+[0-9]*",?')
_REASON = re.compile(r"#\s*[a-z]", re.IGNORECASE)
_SILENCED = re.compile(r"#\s*(?P<what>noqa|type:\s*ignore|pyright:\s*ignore)(?P<rest>.*)$")
_NAMED = re.compile(r"^(?::\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*|\[[a-z-]+(?:,\s*[a-z-]+)*\])\s*(?:#|-|\u2013)\s*\S+")


def unreasoned_ignores(root: Path) -> list[str]:
    """Rules of ruff that pyproject.toml lets go without a word."""
    inside, found = False, []
    for number, line in enumerate((root / "pyproject.toml").read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("["):
            inside = line.startswith("[tool.ruff.lint")
        listed = _CODE.match(line) or ('= ["' in line and "ignore" in line)
        if inside and listed and not _REASON.search(line):
            found.append(f"pyproject.toml:{number}: no reason")
    return found


def unreasoned_silences(root: Path) -> list[str]:
    """Comments that silence a rule on one line without naming it or saying why."""
    return [
        f"{name}:{number}: {silenced['what']} without a rule's name and a reason"
        for name, path in files(root, below=("amara", "guest", "analytics", "tests", "bench"), kinds={".py"})
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (silenced := _SILENCED.search(line)) and not _NAMED.match(silenced["rest"])
    ]


def test_every_ignored_rule_has_its_reason() -> None:
    assert unreasoned_ignores(ROOT) == []


def test_every_silenced_line_has_its_reason() -> None:
    assert unreasoned_silences(ROOT) == []


def test_an_ignored_rule_without_a_reason_is_seen(tmp_path: Path) -> None:
    text = '[tool.ruff.lint]\nselect = ["ALL"]\nignore = [\n    "A005", # names are rooms\n    "TC",\n    "FBT", #\n]\n'
    assert unreasoned_ignores(grow(tmp_path, {"pyproject.toml": text})) == [
        "pyproject.toml:5: no reason",
        "pyproject.toml:6: no reason",
    ]


@pytest.mark.parametrize("silence", ["noqa", "noqa: S101", "type: ig" + "nore", "type: ig" + "nore[misc]"])
def test_a_silenced_line_without_a_reason_is_seen(tmp_path: Path, silence: str) -> None:
    assert len(unreasoned_silences(grow(tmp_path, {"amara/turn.py": f"x = 1  # {silence}\n"}))) == 1


@pytest.mark.parametrize("silence", ["noqa: S101 - it narrows", "type: ig" + "nore[misc] # the stubs lack it"])
def test_a_silenced_line_with_its_reason_is_left_alone(tmp_path: Path, silence: str) -> None:
    assert unreasoned_silences(grow(tmp_path, {"amara/turn.py": f"x = 1  # {silence}\n"})) == []
