"""What the staff's page says of itself: read and pressed by people, behind a session."""

from __future__ import annotations

from msgspec import Struct

from amara import errors
from amara.papers.operation import Operation

_ROOM = "A person of the team"
_PAGE = "/admin/inbox/{conversation_id:uuid}"
_FORM = ("application/x-www-form-urlencoded",)


class Deed(Struct):
    """A form of the page."""

    lang: str | None = None


class Words(Deed):
    """A form with something written in it."""

    content: str = ""
    id: str | None = None


class Pass(Struct):
    """Opens the page's own socket, once, as its second subprotocol."""

    ticket: str


def operations() -> list[Operation]:
    """All of them."""
    html = ("text/html", str)

    def page(path: str, summary: str, *, gone: bool = True) -> Operation:
        answers = {200: html, 401: html, 403: html} | ({404: html} if gone else {})
        return Operation(method="get", path=path, room=_ROOM, who="session", summary=summary, answers=answers)

    def deed(what: str, summary: str, body: type[Deed] = Deed) -> Operation:
        answers = {303: None, 401: html, 403: html, 404: html, 409: html, 413: html, 422: html}
        return Operation(
            method="post",
            path=f"{_PAGE}/{what}",
            room=_ROOM,
            who="session",
            summary=summary,
            body=body,
            body_needed=False,
            forms=_FORM,
            answers=answers,
        )

    def file(name: str, media: str, summary: str) -> Operation:
        path = f"/admin/inbox/{name}"
        return Operation(method="get", path=path, room=_ROOM, summary=summary, answers={200: (media, str)})

    return [
        page("/admin/inbox", "What is in people's hands, as a page", gone=False),
        file("style.css", "text/css", "How these pages look, beside the others"),
        file("live.js", "text/javascript", "What keeps these pages fresh"),
        page(_PAGE, "One conversation, for staff"),
        page(f"{_PAGE}/live", "The part of that page that changes by itself"),
        page(f"{_PAGE}/runs/{{run_id:uuid}}", "An answer of Amara's, by its log"),
        deed("take", "Whoever is first has it, by the page"),
        deed("return", "Gives it back, by the page"),
        deed("say", "Answers the person, by the page", Words),
        deed("note", "Keeps a note for colleagues", Words),
        Operation(
            method="post",
            path=f"{_PAGE}/suggest",
            room=_ROOM,
            who="session",
            summary="Has Amara propose an answer; nothing is sent",
            body=Words,
            body_needed=False,
            forms=_FORM,
            answers={200: html, 401: html, 403: html, 404: html},
            problems=(errors.TooMany,),
        ),
        Operation(
            method="post",
            path=f"{_PAGE}/pass",
            room=_ROOM,
            who="session",
            summary="For the page's own socket",
            answers={201: Pass},
            problems=(errors.TokenMissing, errors.NotAllowed, errors.TooMany),
        ),
    ]
