"""A whole run fails for what fails twice, and for more than an accident."""

from __future__ import annotations

import pytest

from tests import steady

ONCE = """
from pathlib import Path

def test_one(pytestconfig):
    seen = Path(pytestconfig.rootpath, "seen")
    has_run = seen.exists()
    seen.touch()
    assert has_run

def test_other():
    pass
"""
NEVER = "def test_one():\n    assert False\n"
MANY = "import pytest\n\n@pytest.mark.parametrize('number', range(4))\ndef test_one(number):\n    assert False\n"
TWO = ONCE + "\ndef test_third():\n    assert False\n"


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (ONCE, 0, "UNSTEADY test_it.py::test_one: held by itself"),
        (NEVER, 1, "UNSTEADY test_it.py::test_one: failed again"),
        (TWO, 1, "UNSTEADY test_it.py::test_third: failed again"),
        (MANY, 1, None),
        ("def test_one():\n    pass\n", 0, None),
        ("", 5, None),  # nothing was there to run
    ],
)
def test_what_fails_once_is_told_and_what_fails_twice_has_failed(tmp_path, monkeypatch, capfd, text, code, says):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert steady.main(["-q", "-p", "no:cacheprovider"]) == code
    told = capfd.readouterr().out
    assert ("UNSTEADY" in told) == (says is not None)
    assert says is None or says in told
