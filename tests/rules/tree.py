"""How the house laws read a tree: every law is a function over a root folder, so that it can be shown a bad one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("amara", "guest", "analytics")

_STRANGE = {"node_modules", "vendor", "__pycache__", "build", "dist", "results"}
_TEXT = {
    *(".py", ".js", ".mjs", ".sql", ".css", ".html", ".md", ".toml", ".json"),
    *(".yml", ".yaml", ".lock", ".txt", ".sh", ".svg"),
}
_BARE = {"Makefile", "LICENSE", "run", ".editorconfig", ".gitignore", ".gitattributes", ".npmrc"}


def files(root: Path, *, below: tuple[str, ...] = ("",), kinds: set[str] | None = None) -> Iterator[tuple[str, Path]]:
    """Every text file of ours as (path from the root, path), in order; nothing made, fetched or hidden but `.ci`."""
    for place in below:
        for path in sorted((root / place).rglob("*")):
            parts = path.relative_to(root).parts
            if any(part in _STRANGE or (part.startswith(".") and part != ".ci") for part in parts[:-1]):
                continue
            known = path.suffix in kinds if kinds is not None else path.suffix in _TEXT or path.name in _BARE
            if known and path.is_file():
                yield "/".join(parts), path


def modules(root: Path, *below: str) -> Iterator[tuple[str, ast.Module]]:
    """Every Python file below these folders (the three packages when none is named), parsed."""
    for name, path in files(root, below=below or PACKAGES, kinds={".py"}):
        yield name, ast.parse(path.read_text(encoding="utf-8"), filename=name)


def imports(node: ast.AST) -> Iterator[tuple[str, ast.stmt | ast.expr]]:
    """Every module imported under this node, by statement or by name, as (dotted name, where)."""
    for found in ast.walk(node):
        match found:
            case ast.Import(names=names):
                yield from ((alias.name, found) for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module, found
            case ast.Call(func=func, args=[ast.Constant(value=str(module)), *_]) if dotted(func).endswith(
                ("import_module", "__import__")
            ):
                yield module, found


def sentences(tree: ast.Module) -> set[int]:
    """The ids of strings that stand alone: docstrings, and the words under an attribute."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a name or a chain of attributes; what hangs on a call or a literal begins with a dot."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case _:
            return ""


def grow(root: Path, tree: Mapping[str, str]) -> Path:
    """A made-up tree for a law to look at."""
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
