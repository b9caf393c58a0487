"""The document of every HTTP door of the three packages: what each says of itself, put together."""

from __future__ import annotations

from typing import Any

import analytics.described
import guest.described
from amara import VERSION, problems
from amara.papers import openapi


def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    return openapi.whole(guest.described, analytics.described, problems.codes(), version=VERSION)
