"""The widget as it goes over the wire: without what only people read, and what is loaded together in one file.

Developers write small ES modules that a browser runs as they stand; nothing is built. When the service starts, each
entry becomes one file in which every module keeps a scope of its own, and what is only needed later stays a file that
takes the rest from the first. This works on the house's form of a module, which the tests hold every file to: imports
and exports are statements of their own at the beginning of a line, a comment has its own line or ends one, a sheet is
a template that begins with a line break, and what is written in CAPITALS is a constant of its module and never a key.
That the program stays the same is proven token by token, by a parser.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain, product
from string import ascii_letters

_BLOCK = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_TAIL = re.compile(r"[ \t]+// .*$")
_TEXT = re.compile(r"""("(?:[^"\\]|\\.)*"|`[^`]*`)""")
_AROUND = re.compile(r" ?([=+\-*<>?:&|,{}();!\[\]]+) ?")
_JOINT = re.compile(r"(?<=[;{},(])\n|\n(?=[})])")
_NEEDLESS = re.compile(r";(?=\})")
_SHEET = re.compile(r"(`)\n(.*?)(`)", re.DOTALL)
_PRIVATE = re.compile(r"""(?<![\w"'`&])#[A-Za-z]\w*""")
_CAPITALS = re.compile(r"""(?<![\w$"'`#-])(?<![^.]\.)[A-Z][A-Z_]+(?![\w"'`-])""")
_CONSTANT = re.compile(r"^const ([A-Z][A-Z_]+) =", re.MULTILINE)
_IMPORT = re.compile(r'^import (?:(\{[^}]*\}) from )?"\./([\w-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const)\*? (\w+))", re.MULTILINE)
_LATER = re.compile(r'\bimport\("\./([\w-]+\.js)"\)')
_PAGE = re.compile(r'<script type="module" src="/widget/v1/([\w-]+\.js)">')


def stripped(source: str) -> str:
    """The same module without comments and indentation."""
    kept = []
    for line in _BLOCK.sub("", source).splitlines():
        bare = line.strip()
        bare = "" if bare.startswith("//") else _TAIL.sub("", bare)
        if bare:
            kept.append(bare)
    return "\n".join(kept) + "\n"


def tightened(module: str, *, told: Collection[str] = ()) -> str:
    """The same module, stripped, without spaces that only people need and with short names for what is its own.

    Args:
        module: its imports and exports may be gone already.
        told: what it exports.
    """
    code, *sheets = _SHEET.split(module)
    programs = "".join([code, *sheets[3::4]])
    private = [name for name, _ in Counter(_PRIVATE.findall(programs)).most_common()]
    constants = [name for name in dict.fromkeys(_CONSTANT.findall(programs)) if name not in told]
    names = dict(zip(private, (f"#{letters}" for letters in _letters()), strict=False))
    names |= dict(zip(constants, (f"_{letters}" for letters in _letters()), strict=False))
    parts = [_program(code, names)]
    for opens, sheet, closes, program in zip(*[iter(sheets)] * 4, strict=True):
        parts += [opens, tightened_sheet(sheet), closes, _program(program, names)]
    return "".join(parts)


def _letters() -> Iterator[str]:
    """Short names: a, b, … Z, aa, ab, and so on."""
    return chain(ascii_letters, map("".join, product(ascii_letters, repeat=2)))


def tightened_sheet(css: str) -> str:
    """The same style sheet without comments and needless spaces."""
    css = re.sub(r"\s*([{};,>])\s*", r"\1", _BLOCK.sub("", css))
    return re.sub(r":\s+", ":", css).replace(";}", "}").strip()


def _program(code: str, names: Mapping[str, str]) -> str:
    for own in (_PRIVATE, _CAPITALS):
        code = own.sub(lambda found: names.get(found[0], found[0]), code)
    return _NEEDLESS.sub("", _JOINT.sub("", "\n".join(map(_line, code.split("\n")))))


def _line(line: str) -> str:
    texts = _TEXT.split(line)
    if line.count("`") not in {0, 2} or any("/" in code or "`" in code for code in texts[::2]):
        return line  # a template within a template, or a pattern, may mean its spaces
    return "".join(_AROUND.sub(r"\1", part) if number % 2 == 0 else part for number, part in enumerate(texts))


class Packing:
    """A folder of modules, and how it is served."""

    def __init__(self, files: Mapping[str, bytes], *, main: str) -> None:
        """Args: files by name; main is the module that the ones needed later take their imports from."""
        self._modules = {name: stripped(text.decode()) for name, text in files.items() if name.endswith(".js")}
        self._main = main
        self._scopes = {name: f"${letters}" for name, letters in zip(sorted(self._modules), _letters(), strict=False)}
        html = {name: text.decode() for name, text in files.items() if name.endswith(".html")}
        later = {name for text in self._modules.values() for name in _LATER.findall(text)}
        pages = {name for text in html.values() for name in _PAGE.findall(text)}
        self.entries = sorted(({main} | pages) & self._modules.keys())
        """What a page may begin with."""
        self.stamp = sha256(b"".join(name.encode() + text for name, text in sorted(files.items()))).hexdigest()[:16]
        """Names this version of all files together."""
        sheets = {name: tightened_sheet(files[name].decode()) for name in files if name.endswith(".css")}
        alone = dict(files) | {name: text.encode() for name, text in (self._modules | sheets).items()}
        ways = {name: f'export * from "./{self.stamp}/{name}";\n'.encode() for name in self.entries}
        self.loose = alone | ways | {name: _PAGE.sub(self._straight, text).encode() for name, text in html.items()}
        """Every file alone; an entry is the way to its pack."""
        whole = {name: self._pack(name).encode() for name in {*self.entries, *later} & self._modules.keys()}
        self.packed = alone | whole
        """The same where entries, and what is loaded later, are whole."""

    def in_order(self, name: str, seen: set[str] | None = None) -> Iterator[str]:
        """What this module stands on, each behind what it stands on itself; the module comes last."""
        seen = set() if seen is None else seen
        if name in seen:
            return
        seen.add(name)
        for _, other in _IMPORT.findall(self._modules[name]):
            yield from self.in_order(other, seen)
        yield name

    def _straight(self, found: re.Match[str]) -> str:
        """A page of ours, which is asked for again each time, goes to its pack without the detour."""
        return found[0].replace("/v1/", f"/v1/{self.stamp}/") if found[1] in self.entries else found[0]

    def _pack(self, entry: str) -> str:
        order = list(self.in_order(entry))
        takes_from_main = entry != self._main and (self._main in order or entry not in self.entries)
        there = list(self.in_order(self._main)) if takes_from_main else []
        mine = [name for name in order if name not in there]
        wanted = {other for name in mine for _, other in _IMPORT.findall(self._modules[name])} & set(there)
        scopes = ",".join(self._scopes[name] for name in sorted(wanted))
        parts = [f'import{{{scopes}}}from"./{self._main}";'] if wanted else []
        parts += [self._module(name) for name in mine]
        names = _EXPORT.findall(self._modules[entry])
        if names:
            parts.append(f"export const{{{','.join(name for _, name in names)}}}={self._scopes[entry]};")
        if entry == self._main:
            parts.append(f"export{{{','.join(self._scopes[name] for name in mine)}}};")
        return "\n".join(parts) + "\n"

    def _module(self, name: str) -> str:
        text = self._modules[name]
        exported: Sequence[tuple[str, str]] = _EXPORT.findall(text)
        names = [one for _, one in exported]
        body = tightened(_EXPORT.sub(r"\1", _IMPORT.sub(self._taken, text)).strip(), told=names)
        return f"const {self._scopes[name]}=(()=>{{\n{body}\nreturn{{{','.join(names)}}}}})();"

    def _taken(self, found: re.Match[str]) -> str:
        names = found[1]
        return f"const {' '.join(names.split()).replace(' as ', ': ')} = {self._scopes[found[2]]};" if names else ""
