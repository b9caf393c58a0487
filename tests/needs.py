"""What the tests need from the machine beside the locked packages. Missing is an error here, never a skip later."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests import broker, pooler

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)


def browser() -> Path | None:
    """A Chromium to drive: the machine's own, else the one Playwright fetched."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    for path in MAC:
        if path.exists():
            return path
    return _playwrights_own()


def _playwrights_own() -> Path | None:
    cache = "Library/Caches" if sys.platform == "darwin" else ".cache"
    room = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / cache / "ms-playwright")
    patterns = (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    )
    found = sorted(path for pattern in patterns for path in room.glob(pattern))
    return found[-1] if found else None


def missing() -> list[str]:
    """One sentence for each thing that is not here."""
    if browser() is None and sys.platform == "darwin":  # here it needs no root, so it is simply fetched
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    lacking = []
    if browser() is None:
        lacking.append("a Chromium browser: 'make system' as root, or '.venv/bin/playwright install chromium'")
    if broker.binary() is None:
        lacking.append("a Redis or Valkey server: 'make system' as root, or 'brew install valkey'")
    if pooler.binary() is None:
        lacking.append("PgBouncer: 'make system' as root, or 'brew install pgbouncer'")
    return lacking


def main() -> None:
    """Says what is missing and fails, before the first test."""
    lacking = missing()
    for sentence in lacking:
        print(f"The tests need {sentence}.", file=sys.stderr)  # noqa: T201 - it speaks to whoever typed make
    sys.exit(bool(lacking))


if __name__ == "__main__":
    main()
