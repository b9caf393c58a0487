"""A person of the team takes over: the conversation is marked, and Amara steps back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from amara import errors
from amara.tools.tool import Context, Json, Reason, Refusal, Tool

_SAY = "A person of the team will answer in this very chat. Say so in one or two sentences, and ask nothing more."
_DANGER = " If somebody is in danger now, say first that 123 is the emergency number in Colombia."


class RequestHuman(msgspec.Struct, forbid_unknown_fields=True):
    """Why, and what for."""

    reason: Annotated[
        Reason,
        msgspec.Meta(
            description=(
                "asked: they want a person. failures: three of your attempts in a row did not help. safety: harm, "
                "threats, theft, somebody in danger. billing: a charge, an invoice or a refund that is wrong. dispute: "
                "a complaint about a visit or a professional."
            )
        ),
    ]
    summary: Annotated[
        str,
        msgspec.Meta(
            max_length=300,
            description="What the person needs, for the colleague who takes over: one sentence, facts only.",
        ),
    ]


async def run(context: Context, args: RequestHuman, /) -> Json:
    """The `handoff` card.

    Raises:
        Refusal: `not_here`, where there is no conversation to hand over.
    """
    summary = " ".join(args.summary.replace("\x00", "").split()) or None
    try:
        card = await context.desk.request_human(args.reason, summary)
    except errors.NotFound:
        raise Refusal("not_here", "There is nobody to hand this over to here.") from None
    return card | {"detail": _told(card) + (_DANGER if args.reason == "safety" else "")}


def _told(card: Json) -> str:
    if card["state"] == "taken":
        return "A person of the team has this conversation already. Say so in one sentence, and ask nothing more."
    if card["staffed_from"] is None:
        return _SAY
    opens_at = datetime.fromisoformat(card["staffed_from"])
    return f"{_SAY} Nobody is there now: they are back on {opens_at:%A %Y-%m-%d at %H:%M}. Say that honestly."


REQUEST_HUMAN = Tool(
    name="request_human",
    description=(
        "Hands this conversation over to a person of the MaidConnect team, who answers in the same chat; from then on "
        "you are silent until they give it back. Call it when the person asks for a human, when three attempts in a "
        "row did not help, and for safety, billing disputes and complaints. It settles nothing by itself: promise no "
        "outcome and no deadline, and tell the person what its answer says."
    ),
    args=RequestHuman,
    run=run,
    labels={"es": "Avisando a una persona del equipo…", "en": "Calling a person of the team…"},
)
