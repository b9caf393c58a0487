"""Importing a module declares, it never does: no file, clock, environment, network, thread or registry is touched."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.tree import ROOT, dotted, grow, modules

# What may be called while a module is being read: it makes a value from values, and nobody else can tell it happened.
DECLARES = {
    *("frozenset", "tuple", "set", "dict", "list", "range", "int", "str", "float", "bool", "bytes", "object"),
    *("len", "sorted", "reversed", "min", "max", "sum", "ord", "chr", "zip", "enumerate", "map", "round", "abs"),
    *("re.compile", "struct.Struct", "MappingProxyType", "partial", "itemgetter", "attrgetter", "dedent"),
    *("TypeVar", "ParamSpec", "NewType", "namedtuple", "cast", "ContextVar"),
    *("field", "dataclasses.field", "msgspec.field", "Meta", "msgspec.Meta", "msgspec.json.schema_components"),
    *("msgspec.json.Decoder", "msgspec.json.Encoder", "msgspec.defstruct", "msgspec.Raw"),
    *("timedelta", "timezone", "datetime", "date", "dt.timedelta", "dt.datetime", "dt.date", "dt.time", "dt.timezone"),
    *("ZoneInfo", "Decimal", "UUID", "uuid5", "Path", "PurePosixPath"),
    *(
        "QueryParameter",
        "HeaderParameter",
        "PathParameter",
        "Parameter",
        "Body",
        "Dependency",
    ),  # litestar's words on types
    *("logging.getLogger", "structlog.get_logger", "structlog.stdlib.get_logger"),  # both wait for the first line
}
# Methods of text, of mappings and of paths that answer a new value.
DERIVES = {
    *("split", "splitlines", "join", "strip", "lstrip", "rstrip", "format", "encode", "lower", "upper", "casefold"),
    *("removeprefix", "removesuffix", "items", "keys", "values", "union", "fromkeys", "maketrans", "fromtimestamp"),
    *("joinpath", "with_name", "with_suffix", "resolve"),
}
_FOR_RUNNING = {"__name__ == '__main__'", "TYPE_CHECKING"}
_RECORD_BASES = {"Struct", "NamedTuple", "Enum", "StrEnum", "IntEnum", "TypedDict"}


def deeds_at_import(root: Path) -> list[str]:
    """Everything a module does, beyond declaring, when it is imported."""
    trees = list(modules(root))
    records = _records([tree for _, tree in trees])
    found = []
    for name, tree in trees:
        quiet = _quiet(tree, records)
        found += [
            f"{name}:{node.lineno}: {deed} at import"
            for node in _read_at_import(tree.body)
            for deed in _deed(node, quiet)
        ]
    return found


def _records(trees: list[ast.Module]) -> set[str]:
    """Names of our classes that only hold values: dataclasses, structs, named tuples, enums and what inherits them."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known = set(_RECORD_BASES)
    while True:
        more = {
            cls.name
            for cls in classes
            if any(dotted(base).split(".")[-1] in known for base in cls.bases)
            or any("dataclass" in ast.unparse(decorator) for decorator in cls.decorator_list)
        }
        if more <= known:
            return known
        known |= more


def _quiet(tree: ast.Module, records: set[str]) -> set[str]:
    """What this module may call while it is read: the records, and its own functions that only make a value."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    quiet = set(records)
    while True:
        more = {
            function.name
            for function in functions
            if not any(deed for line in function.body for node in _now(line) for deed in _deed(node, quiet))
        }
        if more <= quiet:
            return quiet
        quiet |= more


def _read_at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Every node that is evaluated when the module is; what only declares or waits is left out."""
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) in _FOR_RUNNING:
            continue
        yield from _now(node)


def _now(node: ast.AST) -> Iterator[ast.AST]:
    """This node and all below it, except what waits to be called. A decorator declares; an annotation is not asked."""
    match node:
        case ast.Lambda():
            return
        case ast.Expr(value=ast.Call()):  # called for its effect alone
            yield node
        case ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args):
            for default in [*args.defaults, *filter(None, args.kw_defaults)]:
                yield from _now(default)
        case ast.ClassDef(body=body):
            yield from _read_at_import(body)
        case _:
            yield node
            for child in ast.iter_child_nodes(node):
                yield from _now(child)


def _deed(node: ast.AST, quiet: set[str]) -> Iterator[str]:
    match node:
        case ast.Expr(value=ast.Call(func=func)):
            yield f"{dotted(func)}()"
        case ast.For() | ast.While() | ast.With():
            yield type(node).__name__.lower()
        case ast.Attribute(attr="environ"):
            yield "reads the environment"
        case ast.Call(func=func):
            name = dotted(func)
            last = name.split(".")[-1]
            if not (name in DECLARES or last in quiet or (isinstance(func, ast.Attribute) and last in DERIVES)):
                yield f"{name}()"


def test_nothing_happens_at_import() -> None:
    assert deeds_at_import(ROOT) == []


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("KEY = os.environ['KEY']", "reads the environment"),
        ("KEY = os.getenv('KEY')", "os.getenv()"),
        ("WORDS = Path('words').read_text()", ".read_text()"),
        ("BEGAN = time.time()", "time.time()"),
        ("NOW = datetime.now()", "datetime.now()"),
        ("LOCK = asyncio.Lock()", "asyncio.Lock()"),
        ("app = Litestar([])", "Litestar()"),
        ("logging.basicConfig()", "logging.basicConfig()"),
        ("for name in (): pass", "for"),
        ("try:\n    import uvloop\nexcept ImportError:\n    print('slow')", "print()"),
        ("class Here:\n    id = uuid4()", "uuid4()"),
        ("def f(now=clock()): ...", "clock()"),
        ("TABLE = {name: build(name) for name in 'ab'}", "build()"),
        ("def build():\n    return open('x')\nTABLE = build()", "build()"),
    ],
)
def test_a_deed_is_seen(tmp_path: Path, line: str, deed: str) -> None:
    found = deeds_at_import(grow(tmp_path, {"amara/app.py": line + "\n"}))
    assert [where.split(": ", 1)[1] for where in found] == [f"{deed} at import"]


def test_declaring_is_no_deed(tmp_path: Path) -> None:
    text = '''
"""A room."""
import re
from dataclasses import dataclass, field
from amara.tools.tool import Tool

def one_of(*names):
    """A reader."""
    def read(raw):
        return open(raw)
    return read

WORD = re.compile("a")
READERS = {"a": one_of("x", "y")}
HERE = Path(__file__).resolve().parent / "widget"
NAMES = frozenset("a b".split())
LATER = lambda: open("x")

@dataclass(frozen=True)
class Hour:
    names: list[str] = field(default_factory=list)

NOON = Hour()
TOOL = Tool(name="x")

@click.command()
def main() -> None:
    print(os.environ)

if __name__ == "__main__":
    main()
'''
    tool = "class Tool(Struct):\n    name: str\n"
    assert deeds_at_import(grow(tmp_path, {"amara/app.py": text, "amara/tools/tool.py": tool})) == []
