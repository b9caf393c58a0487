import shutil
import subprocess
from itertools import count

import pytest

from amara import postgres


@pytest.fixture(scope="session")
def place_names():
    return (f"place{number}" for number in count(1))


@pytest.fixture
def bare_place(open_directory, place_names):
    """An empty directory for a server of this test's own."""
    directory = open_directory / next(place_names)
    directory.mkdir(mode=0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def made(open_directory, postgres_bin):
    """A server that was made and stopped: copying it is ten times faster than making another."""
    directory = open_directory / "made"
    directory.mkdir(mode=0o755)
    cluster = postgres.Cluster.at(directory, binaries=postgres_bin, durable=False)
    cluster._ensure()
    cluster.server.stop()
    cluster.server.log.unlink()
    return directory


@pytest.fixture
def place(bare_place, made):
    """A directory with a stopped server."""
    subprocess.run(["cp", "-a", made / "postgres", bare_place], check=True)
    return bare_place
