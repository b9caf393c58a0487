"""The list: who waits, who is being helped and by whom, whoever waited longest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from xml.etree.ElementTree import Element

from amara.inbox.press import Language, Press
from amara.inbox.words import WORDS, since, word

PATH = "/admin/inbox"
VIEWS = ("waiting", "mine", "others", "open")


def page(
    press: Press,
    spoken: Language,
    rows: Sequence[Mapping[str, Any]],
    *,
    me: UUID,
    view: str,
    search: str,
    following: str | None,
    now: datetime,
    notice: str | None = None,
) -> bytes:
    """All of it. Args: rows of `handoffs.inbox`; following is the keyset of the next page; notice stands above."""
    tag, query = press.tag, {"view": view, "q": search, "lang": spoken}
    here = {name: value for name, value in query.items() if value}
    more = f"{PATH}?{urlencode(here | {'before': following})}" if following else None
    return press.page(
        spoken,
        word(spoken, "title"),
        head(press, spoken, PATH, here),
        *assets(press),
        tag("p", notice, class_="notice", role="alert") if notice else None,
        _filter(press, spoken, view, search),
        tag(
            "div",
            *([tag("ul", *(_row(press, spoken, row, me, now) for row in rows), class_="rows")] if rows else []),
            *([] if rows else [_empty(press, spoken, view, is_found=bool(search))]),
            tag("a", word(spoken, "more"), href=more, class_="more") if more else None,
            id="live",
            data_every="10",
            data_ended=word(spoken, "ended_here"),
            data_enter=word(spoken, "enter_again"),
        ),
    )


def head(press: Press, spoken: Language, path: str, query: Mapping[str, str]) -> list[Element]:
    """The other page, the other language, and the way out."""
    tag, other = press.tag, "en" if spoken == "es" else "es"
    return [
        tag("a", word(spoken, "numbers"), href=f"/admin/funnel?lang={spoken}"),
        tag("a", word(spoken, "other"), href=f"{path}?{urlencode({**query, 'lang': other})}", lang=other),
        tag(
            "form",
            tag("input", type="hidden", name_="lang", value=spoken),
            tag("button", word(spoken, "leave"), class_="quiet"),
            method="post",
            action="/admin/leave",
        ),
    ]


def assets(press: Press) -> list[Element]:
    """What only these pages need. Source: HTML Living Standard, 4.2.4: a style sheet may stand in the body."""
    return [
        press.tag("link", rel="stylesheet", href=f"{PATH}/style.css"),
        press.tag("script", type="module", src=f"{PATH}/live.js"),
    ]


def standing(spoken: Language, row: Mapping[str, Any], me: UUID, now: datetime) -> str:
    """Who has it, and for how long."""
    if row["taken_by"] is None:
        return word(spoken, "waits", t=since(row["asked_at"], now, spoken))
    name = "yours" if row["taken_by"] == me else "has"
    return word(spoken, name, t=since(row["taken_at"], now, spoken), name=row["taken_name"])


def _filter(press: Press, spoken: Language, view: str, search: str) -> Element:
    tag = press.tag
    views = (
        tag(
            "a",
            word(spoken, f"view_{name}"),
            href=f"{PATH}?{urlencode({'view': name, 'lang': spoken})}",
            aria_current="page" if name == view else None,
        )
        for name in VIEWS
    )
    return tag(
        "div",
        tag("nav", *views, class_="periods", aria_label=word(spoken, "title")),
        tag(
            "form",
            tag("input", type="hidden", name_="view", value="open"),
            tag("input", type="hidden", name_="lang", value=spoken),
            tag("label", word(spoken, "search_label"), for_="q"),
            tag("input", type="search", id="q", name_="q", value=search, maxlength=100),
            tag("button", word(spoken, "search"), class_="quiet"),
            role="search",
            class_="seek",
        ),
        class_="card",
    )


def _row(press: Press, spoken: Language, row: Mapping[str, Any], me: UUID, now: datetime) -> Element:
    tag, unread = press.tag, row["unread"]
    said = row["said"] or row["summary"] or row["title"] or ""
    return tag(
        "li",
        tag(
            "a",
            tag("strong", row["person_name"] or word(spoken, "somebody")),
            tag("span", word(spoken, row["reason"]), class_=f"why {row['reason']}"),
            tag("span", word(spoken, "unread", n=unread), class_="unread") if unread else None,
            tag("span", said, class_="said"),
            tag("span", standing(spoken, row, me, now), class_="soft"),
            href=f"{PATH}/{row['id']}?lang={spoken}",
        ),
    )


def _empty(press: Press, spoken: Language, view: str, *, is_found: bool) -> Element:
    title = WORDS[spoken]["empty_found" if is_found else f"empty_{view}"]
    return press.tag(
        "div",
        press.tag("h2", title),
        press.tag("p", word(spoken, "found_says" if is_found else "empty_says"), class_="soft"),
        class_="card empty",
    )
