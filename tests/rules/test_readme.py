"""The README says what is true."""

from __future__ import annotations

from amara import settings
from tests.rules.tree import ROOT

README_LINES_MAX = 150


def settings_table() -> str:
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    rows += [f"| `{name}` | {shown or 'none'} | {says} |" for name, shown, says in settings.table()]
    return "\n".join(rows)


def test_the_settings_table_is_the_structs():
    text = (ROOT / "README.md").read_text("utf-8")
    between = text.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0].strip()
    assert between == settings_table(), f"put this between the markers:\n{settings_table()}"


def test_the_readme_is_read_in_one_sitting():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= README_LINES_MAX
