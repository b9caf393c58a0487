"""The rooms' own fixtures: a fault is shown on the same service."""

from tests.amara.conftest import laura, service, token, upstream

__all__ = ["laura", "service", "token", "upstream"]
