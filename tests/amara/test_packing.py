"""The widget as it goes over the wire is the widget as it is written."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from amara.packing import Packing, stripped, tightened, tightened_sheet
from tests.nodejs import node

WIDGET = Path(__file__).parents[2] / "amara" / "widget"
MODULES = sorted(WIDGET.glob("*.js"))

# Node carries a parser of its own; it names every token of a module, and a comment is none.
TOKENS = """
const { parse } = require("internal/deps/acorn/acorn/dist/acorn");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const tokens = (text) => {
  const found = [];
  const onToken = (one) => found.push(`${one.type.label} ${one.value?.pattern ?? one.value}`);
  parse(text, { ecmaVersion: "latest", sourceType: "module", onToken });
  return found;
};
console.log(JSON.stringify(texts.map(tokens)));
"""


# A statement that is nothing but its semicolon, and a constant of the module that is written as a key in short.
HAZARDS = """
const { parse } = require("internal/deps/acorn/acorn/dist/acorn");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const hazards = (text) => {
  const found = [];
  const own = new Set([...text.matchAll(/^const ([A-Z][A-Z_]+) =/gm)].map(([, name]) => name));
  const look = (node) => {
    if (node?.type === "EmptyStatement") found.push("empty");
    if (node?.type === "Property" && node.shorthand && own.has(node.key.name)) found.push(node.key.name);
    if (node && typeof node === "object") Object.values(node).forEach(look);
  };
  look(parse(text, { ecmaVersion: "latest", sourceType: "module" }));
  return found;
};
console.log(JSON.stringify(texts.map(hazards)));
"""

OWN = re.compile(r"[A-Z][A-Z_]+|_[a-zA-Z]{1,2}")  # constants as they are written, and as they go out


def tokens(*texts: str) -> list[list[str]]:
    return parsed(TOKENS, *texts)


def parsed(program: str, *texts: str) -> list[list[str]]:
    command = [node(), "--expose-internals", "-e", program]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


def packing(**more: str) -> Packing:
    files = {path.name: path.read_bytes() for path in WIDGET.iterdir()} if not more else {}
    return Packing(files | {name: text.encode() for name, text in more.items()}, main="amara-chat.js")


def renamed(words: list[str]) -> list[str]:
    """With what is a module's own named in the order of its appearance, and sheets as their own test has them."""
    names: dict[str, str] = {}
    told: list[str] = []
    for word in words:
        kind, _, value = word.partition(" ")
        if kind == "privateId" or (kind == "name" and OWN.fullmatch(value)):
            value = names.setdefault(f"{kind} {value}", str(len(names)))
        if kind == "}" and told and told[-1].startswith("; "):
            told.pop()  # it ends a statement that ends here anyway
        if kind == "template" and "{" in value and "\n" in value.strip():
            value = tightened_sheet(value)
        told.append(f"{kind} {value}")
    return told


def test_what_goes_over_the_wire_is_the_same_program():
    texts = [path.read_text("utf-8") for path in MODULES]
    was, alone, packed = (
        tokens(*texts),
        tokens(*map(stripped, texts)),
        tokens(*(tightened(stripped(one)) for one in texts)),
    )
    for path, *forms in zip(MODULES, was, alone, packed, strict=True):
        first, second, third = map(renamed, forms)
        assert first == second == third, path.name


def test_no_statement_is_empty_and_no_constant_is_a_key():
    """What would change its meaning where a semicolon goes or a constant gets a short name, and not its tokens."""
    found = parsed(HAZARDS, *(path.read_text("utf-8") for path in MODULES))
    assert dict(zip((path.name for path in MODULES), found, strict=True)) == {path.name: [] for path in MODULES}


def test_a_sheet_keeps_every_rule():
    sheet = """
/* what it is for */
a > b, c:is(d, e) { color: light-dark(#fff, #000); margin: calc(1px + 2px) auto; }
@media (max-width: 520px) { .x::before { content: "›"; } }
"""
    assert tightened_sheet(sheet) == (
        "a>b,c:is(d,e){color:light-dark(#fff,#000);margin:calc(1px + 2px) auto}"
        '@media (max-width:520px){.x::before{content:"›"}}'
    )


def test_comments_and_indentation_stay_behind_and_words_do_not_change():
    source = (
        '/**\n * What it is for.\n */\n\n// why\nconst a = "https://x.co"; // where\n'
        '  const b = `${a ? `${a}  //x` : ": , "}`;\n'
    )
    assert stripped(source) == 'const a = "https://x.co";\nconst b = `${a ? `${a}  //x` : ": , "}`;\n'


def test_what_is_loaded_together_is_one_file_and_runs(tmp_path):
    one = packing(
        **{
            "ids.js": "let made = 0;\nexport const newId = () => ++made;\nexport const other = () => 7;\n",
            "words.js": 'import { newId } from "./ids.js";\n\nexport const WORDS = { id: newId() };\n',
            "amara-chat.js": (
                'import { newId as id, other } from "./ids.js";\nimport { WORDS } from "./words.js";\n\n'
                "export class AmaraChat {\n  ids = [WORDS.id, id(), other()];\n"
                '  later = () => import("./later.js");\n}\n'
            ),
            "later.js": (
                'import { newId } from "./ids.js";\nimport { own } from "./own.js";\n\n'
                "export const last = own(newId());\n"
            ),
            "own.js": "export function own(id) {\n  return `own ${id}`;\n}\n",
        }
    )
    for name, text in one.packed.items():
        (tmp_path / name).write_bytes(text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    program = "const { AmaraChat } = await import('./amara-chat.js'); const c = new AmaraChat(); "
    program += "console.log(JSON.stringify([c.ids, (await c.later()).last]))"
    command = [node(), "--input-type=module", "-e", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    # One module is one module, also for what comes later: its counter goes on.
    assert json.loads(done.stdout) == [[1, 2, 7], "own 3"]
    assert b"import" not in one.packed["amara-chat.js"].replace(b"import(", b"")


@pytest.mark.parametrize("name", ["amara-chat.js", "page.js", "guest-page.js", "frame.js"])
def test_every_entry_is_one_program(name):
    one = packing()
    assert name in one.entries
    text = one.packed[name].decode()
    tokens(text)
    stands_on = {other for other in one.packed if f'from"./{other}"' in text or f'import "./{other}"' in text}
    assert stands_on <= {"amara-chat.js"}


def test_the_house_s_form_of_a_module_is_kept_by_every_file():
    """An import or export of another form would be left where a function may not have it."""
    for name, text in packing().packed.items():
        if name.endswith(".js"):
            tokens(text.decode())


def test_another_version_has_another_stamp():
    first, second = (
        packing(**{"amara-chat.js": "export const a = 1;\n"}),
        packing(**{"amara-chat.js": "export const a = 2;\n"}),
    )
    assert first.stamp != second.stamp
    assert first.loose["amara-chat.js"] == f'export * from "./{first.stamp}/amara-chat.js";\n'.encode()
