"""Nothing that was told becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from analytics.pages.markup import add, document, tag

# XML's characters without those a parser of HTML reads as another one.
TOLD = st.text(st.characters(blacklist_categories=("Cs", "Cc")))


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text, self.values = [], "", []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.values += [value for _, value in attrs]

    def handle_data(self, data):
        self.text += data


@given(TOLD, TOLD)
def test_whatever_was_told_stays_text(text, value):
    reader = Reader()
    reader.feed(document(tag("p", text, title=value)).decode().partition("\n")[2])
    reader.close()
    assert (reader.tags, reader.text, reader.values) == (["p"], text, [value])


def test_an_attack_is_read_as_it_was_written():
    attack = "</p><script>alert('1')</script>"
    reader = Reader()
    reader.feed(document(tag("p", attack, title=f'"{attack}')).decode().partition("\n")[2])
    assert (reader.tags, reader.text, reader.values) == (["p"], attack, [f'"{attack}'])


def test_text_and_elements_keep_their_order():
    paragraph = tag("p", "a", tag("b", 1), "c", None, tag("i", "d"), "e")
    add(paragraph, "f")
    assert document(paragraph) == b"<!doctype html>\n<p>a<b>1</b>c<i>d</i>ef</p>"


def test_attributes_are_there_or_not():
    field = tag("input", required=True, checked=False, value=None, name_="a", aria_label="b", maxlength=3)
    assert document(field).endswith(b'<input required="" name="a" aria-label="b" maxlength="3">')
