"""SQL has rooms: a `store.py`, and the few files that are about the database itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path, PurePosixPath

import pytest

from tests.rules.tree import ROOT, files, grow, modules, sentences

ABOUT_THE_DATABASE = {"amara/db.py", "amara/migrate.py", "amara/postgres.py", "amara/primary.py"}
IDENTITY = {"amara/db.py"}
ASKS_ANOTHER = {"amara/feed_redis.py"}  # a broker's pipeline is sent by a word that PostgreSQL's drivers have too

# Keywords in one case, as SQL is written; a sentence in English begins with one capital and does not match.
_STATEMENT = re.compile(
    r"""^\s*(?:--[^\n]*\n\s*)*(?:
      select\s+(?:.*?\sfrom\s|\*|distinct\s|exists\b|[\w.]+\s*\(|\$\d|\d)
    | insert\s+into\s
    | update\s+[\w."{}]+\s+(?:as\s+\w+\s+|\w+\s+)?set\s
    | delete\s+from\s
    | with\s+(?:recursive\s+)?\w+\s*(?:\([^)]*\)\s*)?as\s+(?:not\s+)?(?:materialized\s+)?\(
    | (?:create|alter|drop)\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+|unlogged\s+|unique\s+|materialized\s+)?
      (?:table|role|user|database|schema|index|view|function|policy|trigger|type|extension|sequence|publication)\s
    | (?:grant|revoke)\s.+\s(?:to|from|on)\s
    | truncate\s+\w
    | set\s+(?:local|session|role)\s
    | (?:un)?listen\s+[\w"]+\s*;?\s*$
    | notify\s+\w
    | lock\s+table\s
    | copy\s+[\w.]+\s+(?:from|to)\s
    | (?:begin|commit|rollback)\s*;?\s*$
    )""",
    re.DOTALL | re.VERBOSE,
)
_ASKING = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "fetchmany", "copy_records_to_table"}
# A timeout may be set by name where it is needed; a role, claims, or a name that arrives as a parameter may not.
_BECOMING = re.compile(
    r"""set_config\s*\(\s*(?!'(?!role|session_auth|request)[a-z_.]+')
      | \bset\s+(?:local\s+|session\s+)?role\b(?!\s*=)
      | session\s+authorization
    """,
    re.IGNORECASE | re.VERBOSE,
)


# A connection goes back to the pool as it is: `amara/db.py` sends no reset.
_STAYING = re.compile(
    r"""pg_(?:try_)?advisory_lock(?:_shared)?\s*\(
      | set_config\s*\([^()]*,\s*false\s*\)
      | \bset\s+session\s
      | \bwith\s+hold\b
      | \btemp(?:orary)?\s+(?:table|view|sequence)\b
      | ^\s*listen\s+\w+\s*;?\s*$
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)


def _strings(tree: ast.Module) -> list[ast.Constant]:
    said = sentences(tree)
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    ]


def _is_sql(text: str) -> bool:
    head = text.lstrip()[:6]
    return (head.islower() and bool(_STATEMENT.match(text))) or (
        head.isupper() and bool(_STATEMENT.match(text.lower()))
    )


def sql_outside_its_rooms(root: Path) -> list[str]:
    """Statements, and calls that send one, in files that are not about the database."""
    found = []
    for name, tree in modules(root):
        if name in ABOUT_THE_DATABASE or {"store", "store.py"} & set(PurePosixPath(name).parts):
            continue
        found += [f"{name}:{node.lineno}: SQL" for node in _strings(tree) if _is_sql(str(node.value))]
        if name in ASKS_ANOTHER:
            continue
        found += [
            f"{name}:{node.lineno}: .{node.func.attr}() asks the database"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASKING
        ]
    return found


def identity_outside_db(root: Path) -> list[str]:
    """Words that change the role of a transaction, anywhere but in the one file that may."""
    return [
        f"{name}:{node.lineno}: only amara/db.py changes role or claims"
        for name, tree in modules(root)
        if name not in IDENTITY
        for node in _strings(tree)
        if _BECOMING.search(str(node.value))
    ]


def staying(root: Path) -> list[str]:
    """Words that would outlive their transaction, on a connection that the next caller gets as it is."""
    found = [
        f"{name}:{node.lineno}: stays on the connection"
        for name, tree in modules(root)
        for node in _strings(tree)
        if _STAYING.search(str(node.value))
    ]
    return found + [
        f"{name}: stays on the connection"
        for name, path in files(root, below=("migrations",), kinds={".sql"})
        if _STAYING.search(path.read_text(encoding="utf-8"))
    ]


def test_nothing_stays_on_a_connection() -> None:
    assert staying(ROOT) == []


@pytest.mark.parametrize(
    "words",
    [
        "select pg_advisory_lock(1)",
        "select pg_try_advisory_lock_shared(1)",
        "select set_config('lock_timeout', $1, false)",
        "set session lock_timeout = 1",
        "declare c cursor with hold for select 1",
        "create temp table t (a int)",
        "listen amara",
    ],
)
def test_what_would_stay_on_a_connection_is_seen(tmp_path: Path, words: str) -> None:
    root = grow(tmp_path, {"amara/store.py": f"Q = {words!r}\n", "migrations/1_a.sql": f"{words};\n"})
    assert len(staying(root)) == 2
    calm = {"amara/store.py": "Q = \"select pg_advisory_xact_lock(1), set_config('lock_timeout', '1s', true)\"\n"}
    assert staying(grow(tmp_path / "calm", calm)) == []


def test_sql_stays_in_its_rooms() -> None:
    assert sql_outside_its_rooms(ROOT) == []


def test_only_db_changes_role_or_claims() -> None:
    assert identity_outside_db(ROOT) == []


@pytest.mark.parametrize(
    "statement",
    [
        "select id from profiles",
        "SELECT id FROM profiles",
        "\n    -- the newest first\n    select distinct city from p",
        "select auth.uid()",
        "insert into t (a) values ($1)",
        "update public.t as b set a = 1",
        "delete from t",
        "with mine as (select 1) select 2",
        "create table t (a int)",
        "create or replace function f() returns void",
        "grant select on t to anon",
        "listen amara",
        "set local statement_timeout = 5",
    ],
)
def test_a_statement_in_a_story_is_seen(tmp_path: Path, statement: str) -> None:
    root = grow(tmp_path, {"amara/turn.py": f"WORDS = {statement!r}\n"})
    assert sql_outside_its_rooms(root) == ["amara/turn.py:1: SQL"]


def test_a_statement_built_from_pieces_is_seen(tmp_path: Path) -> None:
    root = grow(tmp_path, {"guest/checkout.py": 'def f(t):\n    return f"select a from {t}"\n'})
    assert sql_outside_its_rooms(root) == ["guest/checkout.py:2: SQL"]


def test_asking_the_database_outside_a_store_is_seen(tmp_path: Path) -> None:
    root = grow(tmp_path, {"analytics/capture.py": "async def f(db, q):\n    return await db.fetchval(q)\n"})
    assert sql_outside_its_rooms(root) == ["analytics/capture.py:2: .fetchval() asks the database"]


def test_a_store_and_an_english_sentence_are_left_alone(tmp_path: Path) -> None:
    root = grow(
        tmp_path,
        {
            "amara/tools/store.py": 'Q = "select 1 from t"\n',
            "amara/store/log.py": 'Q = "select 1 from t"\n',
            "amara/turn.py": '"""select the words from the log"""\nS = "Select a city from the list"\n'
            'W = ("with care", "update the page", "begin again", "listen to me")\n',
        },
    )
    assert sql_outside_its_rooms(root) == []


@pytest.mark.parametrize(
    "words",
    [
        "select set_config('role', $1, true)",
        "select set_config('request.jwt.claims', '', true)",
        "select set_config($1, $2, true)",
        "set local role anon",
        "reset role; SET ROLE x",
    ],
)
def test_a_store_that_changes_its_role_is_seen(tmp_path: Path, words: str) -> None:
    root = grow(tmp_path, {"amara/store.py": f"Q = {words!r}\n", "amara/db.py": f"Q = {words!r}\n"})
    assert identity_outside_db(root) == ["amara/store.py:1: only amara/db.py changes role or claims"]


def test_a_timeout_and_a_column_called_role_are_no_change_of_role(tmp_path: Path) -> None:
    words = "Q = \"select set_config('lock_timeout', $1, true)\"\nU = 'update p set role = $1'\n"
    assert identity_outside_db(grow(tmp_path, {"amara/store.py": words})) == []
