"""Numbers as people say them («treinta y cinco mil», "thirty-five grand", «4 y media»), turned into digits."""

from __future__ import annotations

import re
from typing import Final

_SMALL: Final = {
    "cero": 0, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
    "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17,
    "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiun": 21, "veintiuno": 21, "veintidos": 22, "veintitres": 23,
    "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
# "one" and «un» are articles far more often than numbers: they count only inside a longer number.
_UNITS_INSIDE: Final = {"un": 1, "uno": 1, "una": 1, "one": 1}
_WORD: Final = re.compile(r"[a-z]+|\d+|[^a-z\d]+")


def digits(folded: str) -> str:
    """The folded text with spoken numbers in digits; «mil» and "thousand" stay beside them."""
    text = re.sub(r"\b(?:a|one) hundred\b", "100", folded)
    pieces = _WORD.findall(text)
    out: list[str] = []
    place = 0
    while place < len(pieces):
        value, width = _number(pieces, place)
        out.append(pieces[place] if width == 0 else str(value))
        place += max(width, 1)
    joined = "".join(out)
    joined = re.sub(r"\b(\d) (?:y media|and a half)\b", r"\1.5", joined)
    return re.sub(r"\b([1-5]) (?:punto|point|coma) (\d)\b", r"\1.\2", joined)


def _number(pieces: list[str], place: int) -> tuple[int, int]:
    """The number spoken from this piece on and how many pieces it takes; no pieces when there is none."""
    if pieces[place] not in _SMALL:
        return 0, 0
    total = _SMALL[pieces[place]]
    width = 1
    while place + width + 1 < len(pieces):
        joint, word = pieces[place + width], pieces[place + width + 1]
        if joint not in {" ", "-"}:
            break
        step = 2
        if word in {"y", "and"} and place + width + 3 < len(pieces) and pieces[place + width + 2] == " ":
            word, step = pieces[place + width + 3], 4
        value = _SMALL.get(word, _UNITS_INSIDE.get(word) if total >= 20 else None)
        if value is None or not _continues(total, value):
            break
        total += value
        width += step
    return total, width


def _continues(total: int, value: int) -> bool:
    if total % 100 == 0 and total > 0:
        return value < 100
    return total % 10 == 0 and total % 100 >= 20 and value < 10
