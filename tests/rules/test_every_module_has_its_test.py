"""The tests mirror the source file for file, so that a reader finds a promise where the deed is."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from tests.rules.tree import ROOT, grow, modules

# Module, or a folder of modules → the file that keeps its promises instead, and why. An entry that became untrue fails.
ELSEWHERE: dict[str, tuple[str, str]] = {
    "amara/agui.py": ("tests/journeys/test_sse.py", "a door is what stock clients find behind it"),
    "amara/app/": ("tests/journeys/test_turn.py", "wiring has no promise of its own: every journey walks through it"),
    "amara/approval.py": ("tests/journeys/test_booking_chat.py", "an approval is a conversation before it is anything"),
    "amara/console.py": ("tests/amara/test_main.py", "what the commands share is seen through the commands"),
    "amara/demo/store.py": ("tests/amara/test_demo.py", "it writes the marketplace, which is looked at as a whole"),
    "guest/mail/store.py": ("tests/guest/test_mail.py", "what it claims and settles is seen by the letters"),
    "guest/recovery/": ("tests/guest/test_recovery.py", "asked and answered over HTTP, as guests do"),
    "analytics/pages/frame.py": ("tests/journeys/test_admin_page.py", "a page is looked at"),
    "analytics/pages/store.py": ("tests/analytics/pages/test_admission.py", "what it keeps is seen by who comes in"),
    "analytics/pages/page.py": ("tests/journeys/test_admin_page.py", "likewise"),
    "amara/cursor.py": ("tests/amara/test_frames.py", "a place is read in the frame that stands there"),
    "amara/values.py": ("tests/amara/test_settings.py", "a value is read through the settings"),
    "amara/store/inspection.py": ("tests/amara/test_doctor.py", "two questions the doctor asks, seen in his findings"),
    "amara/terminal/": ("tests/amara/terminal/test_terminal.py", "its parts are seen through a conversation"),
    "amara/run.py": ("tests/amara/test_runs.py", "one run, seen through those who own it"),
    "amara/settling.py": ("tests/amara/test_turn.py", "a turn's end is seen at the end of a turn"),
    "amara/summing.py": ("tests/amara/test_recalling.py", "what was summed up is seen by who reads it next"),
    "amara/store/replay.py": ("tests/amara/test_standby.py", "how far a standby is behind decides whether it is asked"),
    "amara/store/recollections.py": ("tests/amara/test_recalling.py", "likewise"),
    "amara/store/answers.py": ("tests/amara/test_again.py", "what is asked before an answer is taken back"),
    "amara/verdict.py": ("tests/journeys/test_booking_chat.py", "an approval's words are heard where it was given"),
    "amara/passage.py": ("tests/amara/test_traces.py", "a number is seen in lines, answers and traces"),
    "amara/usage_routes.py": ("tests/amara/test_expenses.py", "the same report at another door"),
    "amara/usage_command.py": ("tests/amara/test_expenses.py", "likewise"),
    "amara/store/expenses.py": ("tests/amara/test_expenses.py", "one question behind the report"),
    "analytics/pages/expenses.py": ("tests/amara/test_expenses.py", "the report's section of the page"),
    "amara/store/usage.py": ("tests/amara/test_expenses.py", "what a call did cost is seen in the report"),
    "amara/telling.py": ("tests/amara/test_feed.py", "what is told is heard at the feed"),
    "amara/writing.py": ("tests/amara/test_feed.py", "what a commit says is told by the feed"),
    "amara/store/queue.py": ("tests/amara/test_waiting.py", "who waits is seen by who is answered"),
    "amara/papers/": ("tests/journeys/test_documents.py", "documents are held against what is there"),
    "amara/described.py": ("tests/journeys/test_documents.py", "likewise"),
    "amara/paper_routes.py": ("tests/journeys/test_documents.py", "likewise"),
    "amara/schemas.py": ("tests/amara/test_asyncapi.py", "what it writes stands in the documents"),
    "guest/described.py": ("tests/journeys/test_documents.py", "a description is held against the doors"),
    "analytics/described.py": ("tests/journeys/test_documents.py", "likewise"),
    "amara/export.py": ("tests/amara/test_conversation_routes.py", "a file is looked at as it is fetched"),
    "amara/store/export.py": ("tests/amara/test_conversation_routes.py", "likewise"),
    "amara/store/tickets.py": ("tests/amara/test_tickets.py", "four statements, seen at the door they open"),
    "amara/store/upkeep.py": ("tests/amara/test_upkeep.py", "three statements behind one story, tested with it"),
    "amara/store/handoffs.py": ("tests/amara/test_handoff.py", "who has it and what is said is seen over HTTP"),
    "amara/inbox/": ("tests/journeys/test_inbox.py", "a page is looked at"),
    "amara/suggesting.py": ("tests/journeys/test_inbox.py", "what is proposed stands in the page's field"),
    "amara/handoff_routes.py": ("tests/amara/test_handoff.py", "the story is told through its routes"),
    "amara/store/asides.py": ("tests/amara/test_asides.py", "what is left there is seen by who is told it"),
    "amara/intake/": ("tests/amara/test_import_command.py", "its parts are seen by what becomes of a file"),
    "amara/store/news.py": ("tests/amara/test_news.py", "what it takes is seen by who is told"),
    "amara/store/notices.py": ("tests/amara/test_webhooks.py", "what it claims and settles is seen by who is told"),
    "amara/serve_command.py": (
        "tests/amara/test_server.py",
        "it is typed, and what it starts is looked at from outside",
    ),
    "amara/store/lifecycle.py": ("tests/amara/test_person_command.py", "what it finds and forgets is asked by command"),
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
