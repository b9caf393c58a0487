"""One conversation: what was said, by whom; what to answer; what colleagues noted; what Amara did, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element

from amara import transcript
from amara.inbox import cards
from amara.inbox.listing import PATH, assets, head, standing
from amara.inbox.press import Language, Press
from amara.inbox.words import clock, word

Json = dict[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to show, as the policies showed it to this person."""

    handoff: Row
    conversation: Row
    messages: Sequence[Row]
    """In order; those that only look like the assistant's are marked by not being in `speaking`."""
    speaking: frozenset[UUID]
    notes: Sequence[Row]
    runs: Sequence[Row]
    me: UUID
    now: datetime
    zone: str
    message_id: str
    """Of the answer that would be sent from this very page: sent twice, it is said once."""

    @property
    def is_mine(self) -> bool:
        """The person who looks has it."""
        return bool(self.handoff["taken_by"] == self.me)


def page(
    press: Press,
    spoken: Language,
    found: Found,
    *,
    notice: str | None = None,
    written: str = "",
    noted: str = "",
    is_suggested: bool = False,
) -> bytes:
    """All of it. Args: notice stands above; written is in the field already, by hand or as Amara suggests it; noted is
    in the field of the notes.
    """
    tag, row = press.tag, found.handoff
    path = f"{PATH}/{found.conversation['id']}"
    return press.page(
        spoken,
        row["person_name"] or word(spoken, "somebody"),
        head(press, spoken, path, {}),
        *assets(press),
        tag("p", tag("a", word(spoken, "back"), href=f"{PATH}?lang={spoken}"), class_="way"),
        tag("p", notice, class_="notice", role="alert") if notice else None,
        live(press, spoken, found),
        _answering(press, spoken, found, path, written, is_suggested=is_suggested) if found.is_mine else None,
        _notes(press, spoken, found, path, noted),
        _runs(press, spoken, found, path),
    )


def live(press: Press, spoken: Language, found: Found) -> Element:
    """The part that is read anew whenever something happens: who has it, and what was said."""
    tag, row, path = press.tag, found.handoff, f"{PATH}/{found.conversation['id']}"
    about = [word(spoken, row["reason"]), word(spoken, f"by_{row['asked_by']}")]
    deeds = []
    if row["taken_by"] is None:
        deeds.append(_button(press, spoken, f"{path}/take", "take", "call"))
    if row["taken_by"] is None or found.is_mine:
        deeds.append(_button(press, spoken, f"{path}/return", "return", "quiet"))
    return tag(
        "div",
        tag(
            "section",
            tag("p", standing(spoken, row, found.me, found.now), class_="period"),
            tag("p", " · ".join(about), class_="soft"),
            tag("p", row["summary"]) if row["summary"] else None,
            tag("div", *deeds, class_="deeds") if deeds else None,
            tag("p", word(spoken, "return_says"), class_="soft") if deeds else None,
            class_="card",
        ),
        tag(
            "section",
            tag("h2", word(spoken, "talk"), id="talk-title"),
            tag("ol", *_messages(press, spoken, found), class_="talk", aria_labelledby="talk-title", tabindex="0"),
            class_="card",
        ),
        id="live",
        data_thread=str(found.conversation["id"]),
        data_over=word(spoken, "over"),
        data_ended=word(spoken, "ended_here"),
        data_enter=word(spoken, "enter_again"),
    )


def _messages(press: Press, spoken: Language, found: Found) -> Iterator[Element]:
    tag = press.tag
    for row in found.messages:
        author = transcript.author_of(row) if row["id"] in found.speaking else None
        is_hers = row["role"] == "assistant" and row["id"] in found.speaking
        who = author["name"] if author else word(spoken, "amara" if is_hers else "person")
        told = [cards.card(press, spoken, call["name"], call.get("result")) for call in transcript.calls_of(row)]
        given = (row["metadata"] or {}).get("card") if is_hers else None
        if isinstance(given, dict):
            told.append(cards.card(press, spoken, "card", given))
        moment, said_at = clock(row["created_at"], found.zone), row["created_at"].isoformat()
        yield tag(
            "li",
            tag("p", tag("strong", who), " ", tag("time", moment, datetime=said_at), class_="who"),
            tag("p", *cards.worded(press, row["content"]), class_="words") if row["content"].strip() else None,
            *told,
            class_="staff" if author else "amara" if is_hers else "person",
        )


def _button(press: Press, spoken: Language, action: str, name: str, kind: str) -> Element:
    tag = press.tag
    lang = tag("input", type="hidden", name_="lang", value=spoken)
    return tag("form", lang, tag("button", word(spoken, name), class_=kind), method="post", action=action)


def _answering(press: Press, spoken: Language, found: Found, path: str, written: str, *, is_suggested: bool) -> Element:
    tag = press.tag
    hint = "suggested" if is_suggested else "say_hint"
    return tag(
        "form",
        tag("h2", tag("label", word(spoken, "say"), for_="content")),
        tag("p", word(spoken, hint), class_="notice" if is_suggested else "soft", id="say-hint"),
        tag(
            "textarea",
            written,
            id="content",
            name_="content",
            rows=5,
            maxlength=8_000,
            required=True,
            aria_describedby="say-hint",
        ),
        tag("input", type="hidden", name_="id", value=found.message_id),
        tag("input", type="hidden", name_="lang", value=spoken),
        tag(
            "div",
            tag("button", word(spoken, "send"), class_="call"),
            tag("button", word(spoken, "suggest"), class_="quiet", formaction=f"{path}/suggest", formnovalidate=True),
            class_="deeds",
        ),
        method="post",
        action=f"{path}/say",
        class_="card",
    )


def _notes(press: Press, spoken: Language, found: Found, path: str, noted: str) -> Element:
    tag = press.tag
    kept = [
        tag(
            "li",
            tag("p", tag("strong", row["author_name"] or "—"), " ", clock(row["created_at"], found.zone), class_="who"),
            tag("p", row["content"], class_="words"),
        )
        for row in found.notes
    ]
    return tag(
        "section",
        tag("h2", word(spoken, "notes")),
        tag("p", word(spoken, "notes_hint"), class_="soft"),
        tag("ul", *kept, class_="notes") if kept else tag("p", word(spoken, "no_notes")),
        tag(
            "form",
            tag("label", word(spoken, "note"), for_="note"),
            tag("textarea", noted, id="note", name_="content", rows=2, maxlength=4_000, required=True),
            tag("input", type="hidden", name_="id", value=found.message_id),
            tag("input", type="hidden", name_="lang", value=spoken),
            tag("button", word(spoken, "keep"), class_="quiet"),
            method="post",
            action=f"{path}/note",
        ),
        class_="card inside",
    )


def _runs(press: Press, spoken: Language, found: Found, path: str) -> Element:
    tag = press.tag
    listed = [
        tag(
            "li",
            tag(
                "a",
                f"{clock(row['started_at'], found.zone, has_seconds=True)} · {word(spoken, 'run_' + row['status'])}",
                href=f"{path}/runs/{row['id']}?lang={spoken}",
            ),
        )
        for row in found.runs
    ]
    return tag(
        "section",
        tag("h2", word(spoken, "runs")),
        tag("p", word(spoken, "runs_hint"), class_="soft"),
        tag("ul", *listed, class_="runs") if listed else tag("p", word(spoken, "no_runs")),
        class_="card",
    )
