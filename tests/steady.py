"""Runs pytest; what failed beside everything else is asked once more by itself, and what then holds is told loudly.

    python -m tests.steady -n 3 --dist loadfile --ignore tests/faults

A whole run is five thousand tests with browsers, databases and processes on a machine of two cores. A test that fails
there and holds by itself has found a machine that was late, or a race that is rare: its report stands above, and its
name at the end. One that fails twice has failed, and so have more than a few.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

FEW = 3  # more that fail at once are no accident
FAILED = 1  # pytest's exit code where tests ran and some failed; every other one stands as it is


def failures(told: str) -> list[str]:
    """The tests that a run named as failed, as its short summary has them."""
    names = [
        line.split(" ", 1)[1] for line in told.splitlines() if line.startswith(("FAILED ", "ERROR ")) and ".py" in line
    ]
    return list(dict.fromkeys(name.split(" - ", 1)[0] for name in names))


def run(arguments: Sequence[str]) -> tuple[int, list[str]]:
    """One run, shown as it goes. Returns: its exit code, and what failed."""
    command = [sys.executable, "-m", "pytest", *arguments]
    told: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace", bufsize=1) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            told.append(line)
    return process.returncode, failures("".join(told))


def main(arguments: Sequence[str]) -> int:
    """Returns: pytest's exit code, of the second run where there was one."""
    code, failed = run(arguments)
    if code != FAILED or not 0 < len(failed) <= FEW:
        return code
    say(f"\n== {len(failed)} failed beside the others; once more by themselves\n")
    code, again = run(["-q", *failed])
    for name in failed:
        say(f"UNSTEADY {name}: {'failed again' if name in again or code > FAILED else 'held by itself'}")
    return code


def say(line: str) -> None:
    """To whoever typed make."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
