"""What no file may hold: promises for later, skipped tests, paths of one machine, addresses of a package index."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.rules.tree import ROOT, files, grow, modules

_LATER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|NotImplemented" + r"Error")
_MACHINE = re.compile(r"(?<![\w.}\])])/(?:home|Users|root)/\w|[A-Z]:\\\\?Users\b")
_INDEX = re.compile(
    r"pypi\.(?:org|python)|pythonhosted\.(?:org|com)|npmjs\.(?:org|com)|yarnpkg\.com"
    r"|(?<!no-emit-)\bindex[-]url\b|[-]-find-links|https?://\S+/simple\b"
    r"|\"resolved\":\s*\"https?:",
    re.IGNORECASE,
)
_AVOIDED_JS = re.compile(r"\b(?:it|test|describe)\.(?:skip|todo|fixme|fail)\b|\bxit\(|\bxdescribe\(")
_AVOIDED = {"skip", "skipif", "skipIf", "skipUnless", "SkipTest", "xfail", "importorskip", "expectedFailure"}


def _lines(root: Path, pattern: re.Pattern[str], law: str) -> list[str]:
    return [
        f"{name}:{number}: {law}"
        for name, path in files(root)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def promises_for_later(root: Path) -> list[str]:
    """Marks of work left undone."""
    return _lines(root, _LATER, "work left for later")


def machine_paths(root: Path) -> list[str]:
    """Somebody's home, or this very checkout, written into a file."""
    found = _lines(root, _MACHINE, "a path of one machine")
    if len(root.parts) > 2:  # a checkout right below the root may have a name that is a common word
        found += _lines(root, re.compile(re.escape(str(root)) + r"\b"), "the path of this checkout")
    return found


def index_addresses(root: Path) -> list[str]:
    """Where packages come from is the machine's affair, never the tree's."""
    return _lines(root, _INDEX, "an address of a package index")


def avoided_tests(root: Path) -> list[str]:
    """Tests that may say neither yes nor no."""
    found = []
    for name, tree in modules(root, "tests"):
        for node in ast.walk(tree):
            words: set[str] = set()
            if isinstance(node, ast.Attribute):
                words = {node.attr}
            elif isinstance(node, ast.ImportFrom) and node.module in {"pytest", "unittest"}:
                words = {alias.name for alias in node.names}
            found += [f"{name}:{node.lineno}: {word}" for word in sorted(words & _AVOIDED)]
    for name, path in files(root, below=("tests",), kinds={".js", ".mjs"}):
        found += [
            f"{name}:{number}: a test is avoided"
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if _AVOIDED_JS.search(line)
        ]
    return found


LAWS = [promises_for_later, machine_paths, index_addresses, avoided_tests]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_tree_keeps_it(law) -> None:
    assert law(ROOT) == []


@pytest.mark.parametrize(
    ("law", "name", "line"),
    [
        (promises_for_later, "amara/turn.py", "# TO" + "DO: later"),
        (promises_for_later, "README.md", "FIX" + "ME"),
        (promises_for_later, ".ci/run", "# XX" + "X"),
        (promises_for_later, "amara/turn.py", "raise NotImplemented" + "Error"),
        (machine_paths, "Makefile", "run: ; /ro" + "ot/bin/python"),
        (machine_paths, "amara/turn.py", "ROOM = '/ho" + "me/ana/amara'"),
        (machine_paths, "README.md", "see /Us" + "ers/ana"),
        (index_addresses, "requirements.lock", "--index" + "-url x"),
        (index_addresses, "pyproject.toml", "# https://py" + "pi.org/project/x"),
        (index_addresses, "tests/clients/package-lock.json", '"resol' + 'ved": "https://an-index.example/x.tgz"'),
        (index_addresses, "Makefile", "pip install -i https://mirror.example/" + "simple x"),
        (
            avoided_tests,
            "tests/test_x.py",
            "import pytest\n@pytest.mark.sk" + "ipif(True, reason='')\ndef test_x(): ...",
        ),
        (avoided_tests, "tests/test_x.py", "import pytest\ndef test_x(): pytest.sk" + "ip()"),
        (avoided_tests, "tests/test_x.py", "from pytest import importorskip"),
        (avoided_tests, "tests/clients/chat.mjs", "test.skip('later', () => {})"),
    ],
)
def test_it_is_seen(tmp_path: Path, law, name: str, line: str) -> None:
    assert len(law(grow(tmp_path, {name: line + "\n"}))) == 1


def test_this_very_checkout_is_seen(tmp_path: Path) -> None:
    assert len(machine_paths(grow(tmp_path, {"README.md": f"cd {tmp_path}\n"}))) == 1


def test_honest_words_are_left_alone(tmp_path: Path) -> None:
    tree = {
        "Makefile": "UV = uv pip compile --no-emit-index" + "-url\n",
        "README.md": "https://example.org/home/page and /var/lib/amara; the method todo\n",
        "tests/test_x.py": "def test_a_skipped_line(): row.skipped\n",
    }
    root = grow(tmp_path, tree)
    assert [found for law in LAWS for found in law(root)] == []
