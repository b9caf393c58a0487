"""What every page has around it, and the page on which somebody enters."""

from __future__ import annotations

from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from analytics.pages.markup import Child, document, tag
from analytics.pages.words import WORDS, Language

# The icon is empty, so that no browser asks for one.
_EMPTY_ICON = "data:,"


def frame(spoken: Language, title: str, head: list[Child], *children: Child) -> bytes:
    """A whole page.

    Args:
        spoken: its language.
        title: of the page.
        head: beside the name of the house.
        children: of the main part.
    """
    page = tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name_="robots", content="noindex"),
            tag("title", f"{title} · Amara"),
            tag("link", rel="icon", href=_EMPTY_ICON),
            tag("link", rel="stylesheet", href="/admin/style.css"),
        ),
        tag(
            "body",
            tag("header", tag("p", "Amara", class_="brand"), tag("nav", *head), class_="bar"),
            tag("main", tag("h1", title), *children),
        ),
        lang=spoken,
    )
    return document(page)


def other_language(spoken: Language, path: str, query: dict[str, str]) -> Element:
    """The link to the same page in the other language."""
    other = "en" if spoken == "es" else "es"
    return tag("a", WORDS[spoken]["other"], href=f"{path}?{urlencode(query | {'lang': other})}", lang=other)


def entrance(spoken: Language, *, notice: str | None = None, code: str | None = None, to: str | None = None) -> bytes:
    """Where a token is pasted; with a code one button is enough.

    A link alone lets nobody in, so that no program that looks at links spends the code.
    """
    words = WORDS[spoken]
    if code:
        fields = [
            tag("p", words["enter_code"]),
            tag("input", type="hidden", name_="code", value=code),
        ]
    else:
        fields = [
            tag("p", words["enter_says"]),
            tag("label", words["token"], for_="token"),
            tag("input", type="password", id="token", name_="token", required=True, autocomplete="off"),
            tag("p", words["enter_hint"], class_="soft"),
        ]
    return frame(
        spoken,
        words["enter_title"],
        [other_language(spoken, "/admin", {"code": code} if code else {})],
        tag("p", words[notice], class_="notice", role="alert") if notice else None,
        tag(
            "form",
            *fields,
            tag("input", type="hidden", name_="lang", value=spoken),
            tag("input", type="hidden", name_="to", value=to) if to else None,
            tag("button", words["enter"], class_="call"),
            method="post",
            action="/admin/session",
            class_="card narrow",
        ),
    )
