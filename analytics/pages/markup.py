"""Pages are made of elements, never of text with markup in it, so that nothing that was told becomes markup."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

Child: TypeAlias = "Element | str | int | None"


def tag(name: str, *children: Child, **attributes: str | int | bool | None) -> Element:
    """An element. Of an attribute the last underscore goes, others become hyphens; none and false are left out.

    Source: HTML Living Standard, 2.3.2, for attributes that are there or not.
    """
    element = Element(name)
    for key, value in attributes.items():
        if value is not None and value is not False:
            element.set(key.rstrip("_").replace("_", "-"), "" if value is True else str(value))
    add(element, *children)
    return element


def add(element: Element, *children: Child) -> None:
    """Puts these behind what is in it."""
    for child in children:
        if isinstance(child, Element):
            element.append(child)
        elif child is not None:
            _write(element, str(child))


def _write(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def document(root: Element) -> bytes:
    """The page."""
    return b"<!doctype html>\n" + tostring(root, encoding="unicode", method="html").encode()
