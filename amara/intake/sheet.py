"""A file as rows of texts, however a spreadsheet wrote it: with a mark of its bytes, semicolons, or old letters."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

BYTES_MAX = 20 * 1024 * 1024
EMPTY = "is empty"

# Each column, and what it may be called as well.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": ("correo", "correo electronico", "e-mail"),
    "full_name": ("nombre", "nombre completo", "name"),
    "city": ("ciudad",),
    "services": ("servicios",),
    "hours": ("horario", "horarios"),
    "blocked_dates": ("fechas bloqueadas",),
    "languages": ("idiomas",),
    "bio": ("biografia", "descripcion"),
    "experience_years": ("anos de experiencia",),
    "rating": ("calificacion",),
    "review_count": ("resenas",),
    "on_time_rate": ("puntualidad",),
    "verification_level": ("verificacion",),
    "time_zone": ("zona horaria",),
    "buffer_minutes": ("minutos entre visitas",),
    "max_bookings_per_day": ("maximo por dia",),
    "instant_booking": ("reserva inmediata",),
    "status": ("estado",),
}
_FOLD = str.maketrans("áéíóúüñ_", "aeiouun ")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where."""

    line: int
    """Of a list in JSON which item; none for the file as a whole."""
    column: str
    says: str
    unit: Literal["line", "item"] = "line"

    def __str__(self) -> str:
        """`line 3, services: …`."""
        where = [f"{self.unit} {self.line}"] if self.line else []
        return ": ".join(filter(None, [", ".join(filter(None, [*where, self.column])), self.says]))


class Unreadable(Exception):
    """A record that nobody comes of."""

    def __init__(self, problems: list[Problem]) -> None:
        """Args: all that is wrong with it."""
        super().__init__()
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Record:
    """One professional as the file has them; what is empty is left out."""

    line: int
    """Of a JSON file: which item of the list."""
    values: dict[str, Any]


@dataclass(slots=True)
class Sheet:
    """All of them."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    read_as: str = ""
    unit: Literal["line", "item"] = "line"


def of_csv(raw: bytes) -> Sheet:
    """A table with a head; what separates its cells, and its letters, are found out."""
    if len(raw) > BYTES_MAX:
        return Sheet(problems=[Problem(0, "", f"is larger than {BYTES_MAX // 1024 // 1024} MB")])
    text, letters = _text(raw)
    if not text.strip():
        return Sheet(problems=[Problem(0, "", EMPTY)])
    skipped = 0
    if text[:4].lower() == "sep=":  # a spreadsheet's own note to itself
        text, skipped = text.partition("\n")[2], 1
    separator = max(";,\t", key=text.partition("\n")[0].count)
    named = {";": "semicolons", ",": "commas", "\t": "tabs"}[separator]
    sheet = Sheet(read_as=f"{letters}, {named}")
    rows = _rows(text, separator, skipped, sheet)
    line, head = next(rows, (1, []))
    columns = _columns(line, head, sheet)
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            sheet.problems.append(Problem(line, "", f"has {len(cells)} cells where the head has {len(head)}"))
            continue
        values = {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if name and cell.strip()}
        sheet.records.append(Record(line, values))
    return sheet


def of_json(raw: bytes) -> Sheet:
    """A list of objects."""
    sheet = Sheet(read_as="JSON", unit="item")
    if not raw.strip():
        sheet.problems.append(Problem(0, "", EMPTY))
        return sheet
    try:
        items = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        place = re.search(r" \(byte (\d+)\)$", str(error))
        line = raw[: int(place[1])].count(b"\n") + 1 if place else raw.count(b"\n") + 1
        why = str(error)[: place.start()] if place else str(error)
        return Sheet(problems=[Problem(line, "", f"is no JSON: {why}")])
    if not isinstance(items, list):
        sheet.problems.append(Problem(0, "", "must be a list of objects"))
        return sheet
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            sheet.problems.append(Problem(number, "", "must be an object"))
            continue
        columns = _columns(number, list(item), sheet, needed=())
        values = {name: value for name, value in zip(columns, item.values(), strict=True) if name}
        sheet.records.append(Record(number, {name: value for name, value in values.items() if value not in ("", None)}))
    return sheet


def _text(raw: bytes) -> tuple[str, str]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace"), "UTF-16"
    try:
        return raw.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), "Windows-1252"


def _rows(text: str, separator: str, skipped: int, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Each with the line it begins on: a cell may hold several."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins + skipped, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        sheet.problems.append(Problem(begins + skipped, "", f"cannot be read: {error}"))


def _columns(
    line: int, head: list[str], sheet: Sheet, needed: tuple[str, ...] = ("email", "full_name", "city", "services")
) -> list[str]:
    known = {called: name for name, others in COLUMNS.items() for called in (name.replace("_", " "), *others)}
    found = []
    for called in head:
        name = known.get(" ".join(called.strip().lower().translate(_FOLD).split()), "")
        if not name:
            sheet.problems.append(Problem(line, called.strip(), f"is no column; known are {', '.join(COLUMNS)}"))
        elif name in found:
            sheet.problems.append(Problem(line, called.strip(), "stands here twice"))
        found.append(name)
    sheet.problems += [Problem(line, name, "is missing") for name in needed if name not in found]
    return found
