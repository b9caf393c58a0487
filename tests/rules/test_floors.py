"""Who may know whom: the contracts of pyproject.toml, kept here and shown to break."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.rules.tree import ROOT, grow, imports, modules

# What a tree must have before the contracts can be read at all.
BARE = {
    "guest/__init__.py": "",
    "guest/checkout.py": "",
    "analytics/__init__.py": "",
    "analytics/capture.py": "",
    "amara/__init__.py": "",
    "amara/tools/__init__.py": "",
    **{f"amara/{name}.py": "" for name in ("errors", "auth", "db", "store", "frames", "session", "turn", "runs")},
    **{
        f"amara/tools/{name}.py": ""
        for name in (
            "tool", "store", "cards", "money", "words", "offers", "search_professionals", "check_availability",
            "draft_booking", "list_my_bookings", "get_booking", "cancel_booking", "reschedule_booking",
            "request_human",
        )
    },
    "amara/inbox/__init__.py": "",
    **{
        f"amara/inbox/{name}.py": ""
        for name in ("routes", "door", "replay", "talk", "listing", "cards", "entrance", "words", "press")
    },
}  # fmt: skip


def broken_contracts(root: Path) -> str:
    """What import-linter says about a tree by the contracts of this one; empty when all are kept."""
    seen = subprocess.run(
        [
            Path(sys.executable).parent / "lint-imports",
            *("--no-logo", "--no-cache", "--config", ROOT / "pyproject.toml"),
        ],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return "" if seen.returncode == 0 else seen.stdout + seen.stderr


def test_every_contract_is_kept() -> None:
    assert broken_contracts(ROOT) == ""


def test_a_bare_house_keeps_every_contract(tmp_path: Path) -> None:
    assert broken_contracts(grow(tmp_path, BARE)) == ""


@pytest.mark.parametrize(
    ("contract", "tree"),
    [
        ("amara has floors", {"amara/runs.py": "from amara import turn\n"}),
        ("amara has floors", {"amara/cellar.py": ""}),
        ("amara has floors", {"amara/offline.py": "from amara import session\n"}),
        ("amara has floors", {"amara/auth.py": "def f():\n    from amara import db\n"}),
        ("a tool knows no other tool", {"amara/tools/get_booking.py": "from amara.tools import list_my_bookings\n"}),
        ("a tool knows no other tool", {"amara/tools/confirm_booking.py": ""}),
        ("a tool sees no", {"amara/tools/get_booking.py": "from amara import store\n"}),
        ("a tool sees no", {"amara/tools/get_booking.py": "from amara import db\n"}),
        ("a tool sees no", {"amara/tools/tool.py": "import litestar\n"}),
        ("guest is handed", {"guest/checkout.py": "from amara import errors\n"}),
        ("guest is handed", {"guest/checkout.py": "import analytics.capture\n"}),
        ("analytics is handed", {"analytics/capture.py": "from amara import db\n"}),
        ("only amara.app knows", {"amara/turn.py": "from guest import checkout\n"}),
        ("litestar stays", {"amara/turn.py": "from litestar import get\n"}),
        ("litestar stays", {"guest/checkout.py": "import litestar.status_codes\n"}),
        ("the vendor's package", {"amara/turn.py": "def f():\n    import anthropic\n"}),
        ("a connection's state table", {"amara/session.py": "import asyncio\n"}),
        ("a connection's state table", {"amara/session.py": "from amara import store\n"}),
    ],
)
def test_a_forbidden_import_breaks_its_contract(tmp_path: Path, contract: str, tree: Mapping[str, str]) -> None:
    said = broken_contracts(grow(tmp_path, {**BARE, **tree}))
    assert any(contract in line and "BROKEN" in line for line in said.splitlines()), said


def test_the_front_door_may_know_everybody(tmp_path: Path) -> None:
    door = "import guest.checkout\nimport analytics.capture\nimport litestar\nfrom amara import turn\n"
    house = {
        "amara/app.py": door,
        "amara/__main__.py": "from amara import app\n",
        "amara/routes.py": "import litestar\n",
    }
    assert broken_contracts(grow(tmp_path, {**BARE, **house})) == ""


# --- what the contracts cannot see: when an import happens, and what a pure file may do


def eager_or_stray_vendor(root: Path) -> list[str]:
    """The vendor's package, two seconds and 60 MB, imported outside `amara/model` or before a model is called."""
    found = []
    for name, tree in modules(root):
        late = {id(where) for inner in ast.walk(tree) if _is_function(inner) for _, where in imports(inner)}
        found += [
            f"{name}:{where.lineno}: {module} is imported only inside a function of amara/model"
            for module, where in imports(tree)
            if module.split(".")[0] == "anthropic"
            and (id(where) not in late or not name.startswith(("amara/model/", "amara/model.py")))
        ]
    return found


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


PURE_IMPORTS = {"__future__", "typing", "collections.abc", "dataclasses", "enum", "msgspec", "types"}


def impurities_of_the_session(root: Path) -> list[str]:
    """What the state table of a connection may not have: anything awaited, any import that could reach the world."""
    found = []
    for name, tree in modules(root):
        if name != "amara/session.py" and not name.startswith("amara/session/"):
            continue
        found += [
            f"{name}:{where.lineno}: imports {module}"
            for module, where in imports(tree)
            if module not in PURE_IMPORTS and module.split(".")[0] != "amara"
        ]
        found += [
            f"{name}:{node.lineno}: nothing is awaited or opened here"
            for node in ast.walk(tree)
            if isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith)
            or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "print"})
        ]
    return found


def test_the_vendors_package_is_imported_late() -> None:
    assert eager_or_stray_vendor(ROOT) == []


@pytest.mark.parametrize(
    "tree",
    [
        {"amara/model/claude.py": "import anthropic\n"},
        {"amara/model.py": "from anthropic import AsyncAnthropic\n"},
        {"amara/turn.py": "import importlib\ndef f():\n    return importlib.import_module('anthropic')\n"},
    ],
)
def test_an_early_vendor_is_seen(tmp_path: Path, tree: Mapping[str, str]) -> None:
    assert len(eager_or_stray_vendor(grow(tmp_path, tree))) == 1


def test_a_late_vendor_is_allowed(tmp_path: Path) -> None:
    root = grow(tmp_path, {"amara/model/claude.py": "async def ask():\n    import anthropic\n"})
    assert eager_or_stray_vendor(root) == []


def test_the_session_is_pure() -> None:
    assert impurities_of_the_session(ROOT) == []


@pytest.mark.parametrize("line", ["import socket", "from time import time", "async def f(): ...", "open('x')"])
def test_an_impure_session_is_seen(tmp_path: Path, line: str) -> None:
    assert len(impurities_of_the_session(grow(tmp_path, {"amara/session.py": line + "\n"}))) == 1
