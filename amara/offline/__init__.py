"""The concierge without a key: a scripted model that speaks the Messages API over real HTTP on loopback.

It is reached through the same client as the vendor's model, so the same path runs: streaming, tools, stopping, errors.
It finds out by patterns what is asked, calls the tools it is offered, and tells what they answered; nothing else.
"""

from __future__ import annotations

from amara.offline.server import PACE_S, start

__all__ = ["PACE_S", "start"]
