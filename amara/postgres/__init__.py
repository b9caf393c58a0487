"""The embedded PostgreSQL: found on the machine or in the wheel, reached over a private socket.

Whoever uses it joins; the last to leave stops it.
"""

from amara.postgres.binaries import (
    Account,
    Binaries,
    BinariesMissing,
    DataOutOfReach,
    PostgresError,
    account,
    find,
    inspect,
)
from amara.postgres.cluster import Cluster
from amara.postgres.keeper import Keeper
from amara.postgres.process import DATABASE, LOGIN, OWNER, InitFailed, Server, SocketRefused, StartFailed, StopFailed

__all__ = [
    "DATABASE",
    "LOGIN",
    "OWNER",
    "Account",
    "Binaries",
    "BinariesMissing",
    "Cluster",
    "DataOutOfReach",
    "InitFailed",
    "Keeper",
    "PostgresError",
    "Server",
    "SocketRefused",
    "StartFailed",
    "StopFailed",
    "account",
    "find",
    "inspect",
]
