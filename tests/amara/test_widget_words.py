"""The widget's words: what is loaded later, in either language, takes no place from what was there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.nodejs import node

WIDGET = Path(__file__).parents[2] / "amara" / "widget"
BOOKS = ("words", "room-words", "booking-words")

# Every word as its form: a text, a number of words to choose from, or a function of so many values.
PROGRAM = """
const shape = (one) =>
  typeof one === "function" ? one.length : Array.isArray(one) ? one.map(shape) : typeof one === "object"
    ? Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, shape(inner)])) : typeof one;
const books = {};
for (const lang of ["es", "en"])
  for (const book of %s) books[`${book}-${lang}`] = shape((await import(`./${book}-${lang}.js`)).WORDS);
const { speak } = await import("./i18n.js");
books.formats = shape(speak("es", {}, "America/Bogota"));
const { speakOfBooking } = await import("./booking-words.js");
const t = { lang: "es", format: () => new Intl.DateTimeFormat("es") };
books.cards = shape(speakOfBooking({ ...t }));
for (const name of Object.keys(t)) delete books.cards[name];
console.log(JSON.stringify(books));
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("widget")
    for path in WIDGET.glob("*.js"):
        shutil.copy(path, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    command = [node(), "--input-type=module", "-e", PROGRAM % json.dumps(BOOKS)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shapes: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return shapes


@pytest.mark.parametrize("lang", ["es", "en"])
def test_no_word_is_another_one_after_the_next_book_is_opened(books, lang):
    """«Amara will read it» under a message that waits became «no free times» with the first card."""
    names = [name for book in BOOKS for name in books[f"{book}-{lang}"]] + [*books["formats"], *books["cards"]]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("book", BOOKS)
def test_both_languages_say_the_same_things(books, book):
    assert books[f"{book}-es"] == books[f"{book}-en"]
