"""The catalogue: every tool the model may call, named one by one. What is not here does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from amara.tools.cancel_booking import CANCEL_BOOKING
from amara.tools.check_availability import CHECK_AVAILABILITY
from amara.tools.draft_booking import DRAFT_BOOKING
from amara.tools.get_booking import GET_BOOKING
from amara.tools.list_my_bookings import LIST_MY_BOOKINGS
from amara.tools.request_human import REQUEST_HUMAN
from amara.tools.reschedule_booking import RESCHEDULE_BOOKING
from amara.tools.search_professionals import SEARCH_PROFESSIONALS
from amara.tools.tool import Tool

CATALOGUE: Mapping[str, Tool] = MappingProxyType(
    {
        tool.name: tool
        for tool in (
            SEARCH_PROFESSIONALS,
            CHECK_AVAILABILITY,
            DRAFT_BOOKING,
            LIST_MY_BOOKINGS,
            GET_BOOKING,
            CANCEL_BOOKING,
            RESCHEDULE_BOOKING,
            REQUEST_HUMAN,
        )
    }
)
"""By name, in the order the model is told; the order is part of the cached prompt."""
