"""The tests mirror the source file for file, so that a reader finds a promise where the deed is."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from tests.rules.tree import ROOT, grow, modules

# Module, or a folder of modules → the file that keeps its promises instead, and why. An entry that became untrue fails.
ELSEWHERE: dict[str, tuple[str, str]] = {
    "amara/agui.py": ("tests/journeys/test_sse.py", "a door is what stock clients find behind it"),
    "amara/app.py": ("tests/journeys/test_turn.py", "wiring has no promise of its own: every journey walks through it"),
    "amara/approval.py": ("tests/journeys/test_booking_chat.py", "an approval is a conversation before it is anything"),
    "amara/console.py": ("tests/amara/test_main.py", "what the commands share is seen through the commands"),
    "amara/demo/store.py": ("tests/amara/test_demo.py", "it writes the marketplace, which is looked at as a whole"),
    "guest/mail/store.py": ("tests/guest/test_mail.py", "what it claims and settles is seen by the letters"),
    "guest/recovery/": ("tests/guest/test_recovery.py", "asked and answered over HTTP, as guests do"),
    "analytics/pages/frame.py": ("tests/journeys/test_admin_page.py", "a page is looked at"),
    "analytics/pages/page.py": ("tests/journeys/test_admin_page.py", "likewise"),
    "amara/values.py": ("tests/amara/test_settings.py", "a value is read through the settings"),
    "amara/store/inspection.py": ("tests/amara/test_doctor.py", "two questions the doctor asks, seen in his findings"),
    "amara/terminal/": ("tests/amara/terminal/test_terminal.py", "its parts are seen through a conversation"),
    "amara/run.py": ("tests/amara/test_runs.py", "one run, seen through those who own it"),
    "amara/settling.py": ("tests/amara/test_turn.py", "a turn's end is seen at the end of a turn"),
    "amara/verdict.py": ("tests/journeys/test_booking_chat.py", "an approval's words are heard where it was given"),
    "amara/store/queue.py": ("tests/amara/test_waiting.py", "who waits is seen by who is answered"),
    "amara/store/upkeep.py": ("tests/amara/test_upkeep.py", "three statements behind one story, tested with it"),
    "amara/store/budgets.py": ("tests/amara/test_budget.py", "two statements behind the purses, raced there"),
}


def files_of_tests(module: str) -> list[str]:
    """Where its test may stand: `amara/tools/store.py` → `tests/amara/tools/test_store.py` or `…/test_tools_store.py`.

    What a package says in its own `__init__` is tested under the package's name.
    """
    path = PurePosixPath(module)
    if path.stem == "__init__":
        path = path.parent
    stem = path.stem.strip("_")
    return [f"tests/{path.parent}/test_{stem}.py", f"tests/{path.parent}/test_{path.parent.name}_{stem}.py"]


def untested(root: Path, elsewhere: Mapping[str, tuple[str, str]]) -> list[str]:
    """Modules with a deed and no test file, and exceptions that are none any more."""
    found, used = [], set()
    for name, tree in modules(root):
        has = any((root / test).exists() for test in files_of_tests(name))
        excepted = {entry for entry in elsewhere if name == entry or (entry.endswith("/") and name.startswith(entry))}
        if _has_a_deed(tree) and not has:
            used |= excepted
            if not excepted:
                found.append(f"{name}: no {files_of_tests(name)[0]}")
    found += [f"{entry}: excepted, and need not be" for entry in sorted(set(elsewhere) - used)]
    return found + [
        f"{entry}: {test} is not there" for entry, (test, _) in sorted(elsewhere.items()) if not (root / test).exists()
    ]


def _has_a_deed(tree: ast.Module) -> bool:
    """Whether any function does something; a protocol's methods and bare declarations have nothing to test."""
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not all(isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in node.body)
        for node in ast.walk(tree)
    )


def test_every_module_has_its_test() -> None:
    assert untested(ROOT, ELSEWHERE) == []


def test_a_module_without_a_test_is_seen(tmp_path: Path) -> None:
    root = grow(
        tmp_path, {"amara/turn.py": "def f():\n    return 1\n", "guest/tokens/__init__.py": "def g():\n    return 1\n"}
    )
    assert untested(root, {}) == [
        "amara/turn.py: no tests/amara/test_turn.py",
        "guest/tokens/__init__.py: no tests/guest/test_tokens.py",
    ]


def test_a_module_with_a_test_is_left_alone(tmp_path: Path) -> None:
    tree = {
        "amara/__main__.py": "def main():\n    return 1\n",
        "tests/amara/test_main.py": "",
        "amara/tools/store.py": "async def f():\n    return 1\n",
        "tests/amara/tools/test_store.py": "",
        "amara/__init__.py": '"""Amara."""\n',
        "analytics/shapes.py": "class Event(Struct):\n    id: str\n",
    }
    assert untested(grow(tmp_path, tree), {}) == []


def test_an_exception_that_became_untrue_is_seen(tmp_path: Path) -> None:
    deed = "def f():\n    return 1\n"
    root = grow(tmp_path, {"amara/log.py": deed, "tests/amara/test_log.py": "", "amara/offline/words.py": deed})
    elsewhere = {
        "amara/log.py": ("tests/amara/test_log.py", "it had none"),
        "amara/offline/": ("tests/amara/test_offline.py", "shown as a whole"),
    }
    assert untested(root, elsewhere) == [
        "amara/log.py: excepted, and need not be",
        "amara/offline/: tests/amara/test_offline.py is not there",
    ]
