"""JSON schemas of structs, for the documents: made by msgspec, and then written as every language reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

Json = dict[str, Any]

REF = "#/components/schemas/{name}"


def components(types: Iterable[Any]) -> tuple[list[Json], dict[str, Json]]:
    """Of these types, and of the structs in them by name. A pattern's ends are those of ECMAScript, not Python's."""
    schemas, named = msgspec.json.schema_components(list(types), ref_template=REF)
    return [_portable(schema) for schema in schemas], {name: _portable(schema) for name, schema in named.items()}


def _portable(schema: Any) -> Any:
    if isinstance(schema, dict):
        told = {name: _portable(inner) for name, inner in schema.items()}
        if isinstance(told.get("pattern"), str):
            told["pattern"] = told["pattern"].replace(r"\A", "^").replace(r"\Z", "$").replace("\\x00", "\\u0000")
        return told
    return [_portable(inner) for inner in schema] if isinstance(schema, list) else schema
