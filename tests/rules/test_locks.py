"""The lock files: every package by hash, no address, and the development one holds the runtime one whole."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.rules.tree import ROOT, files, grow

RUNTIME, DEV = "requirements.lock", "requirements-dev.lock"
_PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,_-]+\])?==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def pins(root: Path, lock: str) -> dict[str, set[str]]:
    """Name → versions; more than one where a marker chooses."""
    found: dict[str, set[str]] = {}
    for line in _entries(root, lock):
        if pin := _PIN.match(line):
            found.setdefault(canonicalize_name(pin["name"]), set()).add(pin["version"])
    return found


def _entries(root: Path, lock: str) -> list[str]:
    text = (root / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def unlocked(root: Path) -> list[str]:
    """Entries without a version, without a hash, or with an address."""
    found = []
    for lock in (RUNTIME, DEV):
        for line in _entries(root, lock):
            name = line.split()[0]
            if not _PIN.match(line):
                found.append(f"{lock}: {name} has no version")
            elif not _HASH.search(line):
                found.append(f"{lock}: {name} has no hash")
            if "://" in line or " @ " in line:
                found.append(f"{lock}: {name} has an address")
    return found


def apart(root: Path) -> list[str]:
    """Where the two locks, or the locks and pyproject.toml, say different things."""
    runtime, dev = pins(root, RUNTIME), pins(root, DEV)
    found = [f"{DEV}: {name} differs from {RUNTIME}" for name, version in runtime.items() if dev.get(name) != version]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [(RUNTIME, runtime, text) for text in project["dependencies"]]
    asked += [(DEV, dev, text) for text in project["optional-dependencies"]["dev"]]
    for lock, locked, text in asked:
        wanted = Requirement(text)
        versions = locked.get(canonicalize_name(wanted.name), set())
        if not versions or not all(wanted.specifier.contains(version) for version in versions):
            found.append(f"{lock}: does not answer {text!r}: make lock")
    return found


def unlocked_clients(root: Path) -> list[str]:
    """The locks of npm: an integrity for each package, an address for none."""
    found = []
    for name, path in files(root, kinds={".json"}):
        if path.name != "package-lock.json":
            continue
        for place, package in json.loads(path.read_text(encoding="utf-8"))["packages"].items():
            if place and not package.get("link") and "integrity" not in package:
                found.append(f"{name}: {place} has no integrity")
            if "resolved" in package:
                found.append(f"{name}: {place} has an address")
    return found


@pytest.mark.parametrize("law", [unlocked, apart, unlocked_clients], ids=lambda law: law.__name__)
def test_the_locks_keep_it(law) -> None:
    assert law(ROOT) == []


HASH = "--hash=sha256:" + "a" * 64
PROJECT = '[project]\ndependencies = ["one>=1"]\n[project.optional-dependencies]\ndev = ["two<3"]\n'
GOOD = {
    RUNTIME: f"one==1.0 \\\n    {HASH}\n",
    DEV: f"one==1.0 \\\n    {HASH}\ntwo==2.1 ; sys_platform != 'win32' \\\n    {HASH} \\\n    {HASH}\n",
    "pyproject.toml": PROJECT,
    "tests/clients/package-lock.json": '{"packages": {"": {}, "node_modules/x": {"integrity": "sha512-x"}}}',
}


def test_good_locks_are_left_alone(tmp_path: Path) -> None:
    root = grow(tmp_path, GOOD)
    assert [*unlocked(root), *apart(root), *unlocked_clients(root)] == []


@pytest.mark.parametrize(
    ("law", "name", "text"),
    [
        (unlocked, RUNTIME, "one==1.0\n"),
        (unlocked, RUNTIME, f"one>=1.0 \\\n    {HASH}\n"),
        (unlocked, RUNTIME, "--index" + "-url x\n"),
        (unlocked, RUNTIME, "one==1.0 \\\n    --hash=sha256:abc\n"),
        (unlocked, DEV, f"one==1.0 ; x @ file://y \\\n    {HASH}\n"),
        (apart, RUNTIME, f"one==1.1 \\\n    {HASH}\n"),
        (apart, DEV, f"one==1.0 \\\n    {HASH}\ntwo==3.0 \\\n    {HASH}\n"),
        (apart, DEV, f"one==1.0 \\\n    {HASH}\n"),
        (unlocked_clients, "tests/clients/package-lock.json", '{"packages": {"node_modules/x": {}}}'),
        (
            unlocked_clients,
            "tests/clients/package-lock.json",
            '{"packages": {"node_modules/x": {"integrity": "sha512-x", "resolved": "x"}}}',
        ),
    ],
)
def test_a_bad_lock_is_seen(tmp_path: Path, law, name: str, text: str) -> None:
    assert len(law(grow(tmp_path, {**GOOD, name: text}))) == 1
