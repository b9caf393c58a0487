"""What is installed from the wheel is whole: the page, the migrations and the command, with the tree nowhere near."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command, cwd, **environment):
    """Its output; with a clean environment, so that no path of ours leads back into the tree."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LANG": "C.UTF-8", **environment}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built by the backend itself, without an index."""
    folder = tmp_path_factory.mktemp("wheel")
    build = f"from hatchling import build; print(build.build_wheel({str(folder)!r}))"
    run(sys.executable, "-c", build, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An empty environment with the wheel in it, that borrows the libraries it needs and nothing else from here."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True, with_pip=False)
    (there,) = folder.glob("lib/python*/site-packages")
    python = folder / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", wheel),
        cwd=folder,
    )
    # Behind its own packages; a line that begins with `import` is not among them, so our tree is not found.
    (there / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_holds_all_that_is_no_python(wheel):
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    for folder, there in (("migrations", "amara/migrations"), ("amara/widget", "amara/widget")):
        ours = {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert ours
        assert {f"{there}/{path}" for path in ours if "__pycache__" not in path.parts} <= names
    assert {"amara/papers/style.css", "amara/demo/marketplace.json", "analytics/pages/page.css"} <= names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "docs/"))]


def test_what_is_installed_finds_everything_it_came_with(installed):
    script = (
        "import pathlib, amara, amara.migrate, guest, analytics; from amara.papers import page;"
        "root = pathlib.Path(amara.__file__).parent; print(root);"
        "print(len(list((root / 'migrations').glob('*.sql'))), (root / 'widget' / 'amara-chat.js').is_file())"
    )
    out = run(installed / "bin" / "python", "-c", script, cwd=installed).splitlines()
    assert Path(out[0]).is_relative_to(installed)
    assert out[1] == f"{len(list((ROOT / 'migrations').glob('*.sql')))} True"


def test_the_command_works_where_it_is_installed(installed):
    told = run(installed / "bin" / "amara", "--help", cwd=installed)
    assert "serve" in told
    assert run(installed / "bin" / "amara", "openapi", cwd=installed).startswith("{")
