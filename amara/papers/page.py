"""The documents for people: one page, made once from the same descriptions, without a script or a foreign file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from amara import asyncapi

Json = dict[str, Any]

_WHO = {
    "bearer": "a bearer token",
    "guest": "a guest's token",
    "session": "an administrator's session",
    "writeKey": "a write key",
}


def page(openapi: Json, socket: Json) -> bytes:
    """The page. Args: the two documents it shows."""
    return "".join(_page(openapi, socket)).encode()


def _page(openapi: Json, socket: Json) -> Iterator[str]:
    rooms = [tag["name"] for tag in openapi["tags"]]
    by_room: dict[str, list[tuple[str, str, Json]]] = {room: [] for room in rooms}
    for path, methods in openapi["paths"].items():
        for method, said in methods.items():
            by_room[said["tags"][0]].append((method, path, said))
    info = openapi["info"]
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>Amara for those who write clients</title>'
        '<link rel="stylesheet" href="/docs/style.css"></head><body>'
        '<a class="skip" href="#main">To the documents</a>'
        '<header><p class="name">Amara</p><h1>For those who write clients</h1>'
        f"<p>{_text(info['description'])}</p>"
        '<p class="files"><a href="/openapi.json">openapi.json</a> <a href="/asyncapi.json">asyncapi.json</a>'
        f"<span>{escape(info['version'])}</span></p></header>"
    )
    yield '<nav aria-label="Contents"><ul>'
    yield '<li><a href="#socket">The socket</a></li>'
    yield from (f'<li><a href="#{_anchor(room)}">{escape(room)}</a></li>' for room in rooms)
    yield '<li><a href="#problems">What goes wrong</a></li><li><a href="#shapes">Shapes</a></li></ul></nav>'
    yield '<main id="main">'
    yield from _socket(socket)
    for room in rooms:
        yield f'<section aria-labelledby="{_anchor(room)}"><h2 id="{_anchor(room)}">{escape(room)}</h2>'
        for method, path, said in by_room[room]:
            yield from _operation(method, path, said)
        yield "</section>"
    yield from _problems(openapi)
    yield from _shapes(openapi["components"]["schemas"])
    yield "</main></body></html>\n"


def _socket(socket: Json) -> Iterator[str]:
    channel = socket["channels"]["chat"]
    yield (
        '<section aria-labelledby="socket"><h2 id="socket">The socket</h2>'
        f"<p><code>WS {escape(channel['address'])}?threadId=…</code> speaks <code>amara.v1</code>: AG-UI events in"
        ' <code>{"id": cursor, "chunk": event}</code>, and a few frames of its own. To come back for the rest of a run,'
        " add <code>runId</code> and <code>offset</code>.</p>"
    )
    for title, told in (("What a client says", asyncapi.SAID), ("What it hears", asyncapi.HEARD)):
        rows = [(f"<code>{escape(name)}</code>", _text(says)) for name, (_, says) in told.items()]
        yield _table(title, ("Frame", "What it is"), rows)
    rows = [(f"<code>{code}</code>", _text(why)) for code, why in asyncapi.CLOSES.items()]
    yield _table("How it closes", ("Code", "Why"), rows)
    yield "</section>"


def _operation(method: str, path: str, said: Json) -> Iterator[str]:
    shown = re.sub(r"(\{\w+\})", r"<i>\1</i>", escape(path))
    yield (
        f'<details id="{escape(said["operationId"])}"><summary><b class="{method}">{method.upper()}</b>'
        f" <code>{shown}</code> <span>{escape(said['summary'])}</span></summary>"
    )
    if "description" in said:
        yield f"<p>{_text(said['description'])}</p>"
    yield f"<p>{_who(said['security'])}</p>"
    if said["parameters"]:
        rows = [
            (
                f"<code>{escape(one['name'])}</code>",
                f"{one['in']}{', required' if one['required'] else ''}",
                _kind(one["schema"]),
                _text(one["schema"].get("description", "")),
            )
            for one in said["parameters"]
        ]
        yield _table("Parameters", ("Name", "Where", "Type", "About"), rows)
    if "requestBody" in said:
        content = said["requestBody"]["content"]
        forms = ", ".join(f"<code>{escape(form)}</code>" for form in content)
        yield f"<p>Body: {_kind(next(iter(content.values()))['schema'])} as {forms}.</p>"
    answers = [(f"<code>{status}</code>", *_answer(told)) for status, told in said["responses"].items()]
    yield _table("Answers", ("Status", "Body", "Codes"), answers)
    yield "</details>"


def _answer(told: Json) -> tuple[str, str]:
    content = told.get("content")
    if not content:
        return "—", ""
    form, shown = next(iter(content.items()))
    if form == "application/problem+json":
        parts = shown["schema"].get("allOf", [])
        codes = parts[1]["properties"]["code"]["enum"] if parts else []
        return '<a href="#Problem">Problem</a>', " ".join(f"<code>{escape(code)}</code>" for code in codes)
    kind = _kind(shown["schema"])
    return (kind if form == "application/json" else f"<code>{escape(form)}</code>"), ""


def _who(ways: list[Json]) -> str:
    if not ways:
        return "For anybody."
    told = [" and ".join(_WHO[name] for name in way) for way in ways if way]
    needed = "With " + ", or with ".join(told)
    return f"{needed}, or without." if {} in ways else f"{needed}."


def _problems(openapi: Json) -> Iterator[str]:
    codes = openapi["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    yield (
        '<section aria-labelledby="problems"><h2 id="problems">What goes wrong</h2><p>Every refusal is a'
        ' <a href="#Problem">Problem</a> (<code>application/problem+json</code>, RFC 9457). Its <code>code</code> is'
        " one of a closed list, shared with the socket; the sentence may be shown. Where trying again helps, a"
        " <code>Retry-After</code> says when.</p><p>"
    )
    yield " ".join(f"<code>{escape(code)}</code>" for code in codes)
    yield "</p></section>"


def _shapes(schemas: Json) -> Iterator[str]:
    yield '<section aria-labelledby="shapes"><h2 id="shapes">Shapes</h2>'
    for name, schema in schemas.items():
        yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        if "description" in schema:
            yield f"<p>{_text(schema['description'])}</p>"
        if schema.get("additionalProperties") is False:
            yield "<p>A field that is not listed is refused.</p>"
        needed = set(schema.get("required", ()))
        rows = [
            (
                f"<code>{escape(field)}</code>",
                "yes" if field in needed else "",
                _kind(inner),
                _text(inner.get("description", "")),
            )
            for field, inner in schema.get("properties", {}).items()
        ]
        yield _table("Fields", ("Name", "Always", "Type", "About"), rows)
        yield "</details>"
    yield "</section>"


def _kind(schema: Json) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    for many in ("anyOf", "allOf"):
        if many in schema:
            return " or ".join(_kind(one) for one in schema[many])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items') or {})}"
    told = escape(str(schema.get("format") or schema.get("type") or "any"))
    limits = [
        words.format(schema[name])
        for name, words in {
            "minimum": "from {}",
            "maximum": "to {}",
            "minLength": "{} or more characters",
            "maxLength": "at most {} characters",
        }.items()
        if name in schema
    ]
    return f"{told} ({', '.join(limits)})" if limits else told


def _table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Args: the cells of rows are HTML already."""
    rows = [*rows]
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _text(words: str) -> str:
    """Plain words; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))


def _anchor(words: str) -> str:
    return "room-" + re.sub(r"\W+", "-", words.lower()).strip("-")
