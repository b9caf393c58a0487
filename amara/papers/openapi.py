"""HTTP described for machines: OpenAPI 3.1, made from what the rooms say of themselves.

Source: OpenAPI 3.1.1; RFC 9457 for what goes wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from amara import errors
from amara.papers import answers, figures, handoffs, inbox, rooms
from amara.papers.answers import Problem
from amara.papers.operation import Json, Operation, Who, alternatives, media, of
from amara.schemas import components

_BEARER: Json = {"bearer": []}
_GUEST: Json = {"guest": []}
SECURITY: dict[Who, list[Json]] = {
    "nobody": [],
    "anybody": [{}, _BEARER],
    "person": [_BEARER],
    "guest": [_GUEST],
    "guest or visitor": [_GUEST, {**_GUEST, **_BEARER}],
    "account and guest": [{**_GUEST, **_BEARER}],
    "admin": [_BEARER],
    "session": [{"session": []}],
    "key": [{"writeKey": []}, {}],
}
SCHEMES: Json = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A visitor's from `POST /v1/auth/anonymous`, or one of whoever signs people in.",
    },
    "guest": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Guest-Session",
        "description": "The token of a guest's session, from `POST /v1/guest/sessions`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "amara_admin",
        "description": "Of the administrators' pages alone, from `POST /admin/session`.",
    },
    "writeKey": {
        "type": "http",
        "scheme": "basic",
        "description": "A Segment library's write key as the user, without a password; or `writeKey` in the body.",
    },
}
_KINDS: dict[str, Json] = {
    "uuid": {"type": "string", "format": "uuid"},
    "str": {"type": "string"},
    "path": {"type": "string"},
}
_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")


class Checkout(Protocol):
    """What the guest's package says of itself."""

    def operations(self, answer: Any, booking: Any, bookings: Any, problems: dict[str, Any]) -> list[Json]:
        """Its doors; the shapes of the counter are ours."""
        ...

    def codes(self) -> set[str]:
        """Of its situations."""
        ...


class Capture(Protocol):
    """What the events' package says of itself."""

    def operations(self) -> list[Json]:
        """Its doors."""
        ...

    def codes(self) -> set[str]:
        """Of its situations."""
        ...


def whole(checkout: Checkout, capture: Capture, ours: Iterable[str], *, version: str) -> Json:
    """The document of all three packages. Args: ours are the codes of our own problems."""
    at_the_counter = {one.code: one for one in (errors.KeyReused, errors.ContactNeeded)}
    guests = checkout.operations(answers.Answer, answers.Booking, answers.Bookings, at_the_counter)
    its_own = [*rooms.operations(), *figures.operations(), *handoffs.operations(), *inbox.operations()]
    operations = [*its_own, *of(guests), *of(capture.operations())]
    return document(operations, {*ours, *checkout.codes(), *capture.codes()}, version=version)


def document(operations: Sequence[Operation], codes: Iterable[str], *, version: str) -> Json:
    """The OpenAPI document.

    Args:
        operations: of all packages.
        codes: of all problems there are; the list is closed.
        version: the service's.
    """
    types = list(_types(operations))
    schemas, named = components(types)
    schema_of = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, Json] = {}
    for one in operations:
        paths.setdefault(address(one.path), {})[one.method] = _operation(one, schema_of)
    problem = named["Problem"]
    problem["properties"]["code"] = {"type": "string", "enum": sorted(set(codes))}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Amara",
            "version": version,
            "description": (
                "Chat, drafts and bookings, checkout without an account, and the capture of events. The chat itself is"
                " a WebSocket at `/v1/amara/chat`, described in `/asyncapi.json`; `POST /v1/agui` is the same over SSE."
            ),
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": room} for room in dict.fromkeys(one.room for one in operations)],
        "paths": paths,
        "components": {"schemas": dict(sorted(named.items())), "securitySchemes": SCHEMES},
    }


def address(path: str) -> str:
    """The path as OpenAPI writes it, without its parameters' kinds."""
    return _PARAMETER.sub(r"{\1}", path)


def _types(operations: Sequence[Operation]) -> Iterator[Any]:
    seen = {repr(Problem)}
    yield Problem
    for one in operations:
        bodies = [shown[1] for answer in one.answers.values() if (shown := media(answer))]
        for kind in (*alternatives(one), *bodies, *one.query.values(), *one.headers.values()):
            if kind is not None and repr(kind) not in seen:
                seen.add(repr(kind))
                yield kind


def _operation(one: Operation, schema_of: dict[str, Json]) -> Json:
    told: Json = {
        "operationId": _name(one),
        "tags": [one.room],
        "summary": one.summary,
        "security": SECURITY[one.who],
        "parameters": [*_parameters(one, schema_of)],
        "responses": _responses(one, schema_of),
    }
    if one.detail:
        told["description"] = one.detail
    if one.body is not None:
        shapes = [schema_of[repr(kind)] for kind in alternatives(one)]
        content = {form: {"schema": shapes[0] if len(shapes) == 1 else {"anyOf": shapes}} for form in one.forms}
        told["requestBody"] = {"required": one.body_needed, "content": content}
    return told


def _name(one: Operation) -> str:
    words = re.sub(r"[^a-zA-Z0-9]+", " ", address(one.path).removeprefix("/v1/")).split()
    return "_".join([one.method, *words])


def _parameters(one: Operation, schema_of: dict[str, Json]) -> Iterator[Json]:
    for name, kind in _PARAMETER.findall(one.path):
        yield {"name": name, "in": "path", "required": True, "schema": _KINDS[kind]}
    for place, named in (("query", one.query), ("header", one.headers)):
        for name, kind in named.items():
            yield {
                "name": name.rstrip("!"),
                "in": place,
                "required": name.endswith("!"),
                "schema": schema_of[repr(kind)],
            }


def _responses(one: Operation, schema_of: dict[str, Json]) -> Json:
    told: Json = {str(status): _answer(status, answer, schema_of) for status, answer in one.answers.items()}
    for status, problem in _problems(one).items():
        known = told.setdefault(status, {"description": problem["description"]})
        known["content"] = known.get("content", {}) | problem["content"]
    return told


def _answer(status: int, answer: Any, schema_of: dict[str, Json]) -> Json:
    told: Json = {"description": HTTPStatus(status).phrase}
    shown = media(answer)
    if shown is not None:
        told["content"] = {shown[0]: {"schema": schema_of[repr(shown[1])]}}
    return told


def _problems(one: Operation) -> Json:
    """By status, with the codes each may carry; what any request may meet stands under `default`."""
    codes: dict[int, set[str]] = defaultdict(set)
    if one.body is not None or one.query or one.headers or "{" in one.path:
        codes[400].add(errors.BadRequest.code)
    if one.body is not None:
        codes[413].add(errors.TooLarge.code)
    if "{" in one.path:
        codes[404].add(errors.NotFound.code)
    if any("bearer" in way for way in SECURITY[one.who]):
        codes[401] |= {errors.TokenMissing.code, errors.TokenInvalid.code, errors.TokenExpired.code}
    for situation in one.problems:
        codes[situation.status].add(situation.code)
    told = {str(status): _problem(HTTPStatus(status).phrase, kinds) for status, kinds in sorted(codes.items())}
    return told | {"default": _problem("Whatever else goes wrong.", set())}


def _problem(says: str, codes: set[str]) -> Json:
    schema: Json = {"$ref": "#/components/schemas/Problem"}
    if codes:
        schema = {"allOf": [schema, {"properties": {"code": {"enum": sorted(codes)}}}]}
    return {"description": says, "content": {"application/problem+json": {"schema": schema}}}
