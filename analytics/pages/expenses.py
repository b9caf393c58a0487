"""What the assistant cost, as a section of the page: a table by model, and money only where there is a price."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from analytics.pages.markup import tag
from analytics.pages.words import ABSENT, WORDS, Language, number, percent

Table = Callable[[str, Sequence[str], Sequence[Sequence[str]]], Element]


def money(value: float | None, spoken: Language) -> str:
    """US dollars; small sums with four decimals."""
    if value is None:
        return ABSENT
    return f"US$\N{NO-BREAK SPACE}{number(value, spoken, decimals=4 if 0 < value < 1 else 2)}"


def section(spoken: Language, health: Mapping[str, Any], table: Table) -> Element | None:
    """By model; none where nobody counts."""
    used: Sequence[Mapping[str, Any]] | None = health.get("usage")
    if used is None:
        return None
    words = WORDS[spoken]
    rows = [
        (
            each["model"],
            money(each["cost_usd"], spoken),
            number(each["calls"], spoken),
            number(_read(each), spoken),
            ABSENT if each["cached_share"] is None else percent(each["cached_share"], 1, spoken),
            number(each["output_tokens"], spoken),
        )
        for each in used
    ]
    names = ("model", "cost_of_it", "calls", "tokens_read", "cached", "tokens_written")
    estimated, unpriced = (sum(each[name] for each in used) for name in ("estimated_calls", "unpriced_calls"))
    return tag(
        "section",
        tag("h2", words["usage"]),
        tag("p", _together(spoken, used), class_="period") if rows else None,
        tag("p", words["estimated"].format(n=number(estimated, spoken)), class_="soft") if estimated else None,
        tag("p", words["unpriced"].format(n=number(unpriced, spoken)), class_="soft") if unpriced else None,
        table(words["usage"], [words[name] for name in names], rows)
        if rows
        else tag("p", words["usage_none"], class_="soft"),
        class_="card",
    )


def _together(spoken: Language, used: Sequence[Mapping[str, Any]]) -> str:
    costs = [each["cost_usd"] for each in used if each["cost_usd"] is not None]
    read, cached = sum(map(_read, used)), sum(each["cache_read_tokens"] for each in used)
    return WORDS[spoken]["usage_all"].format(
        cost=money(sum(costs) if costs else None, spoken),
        n=number(sum(each["calls"] for each in used), spoken),
        share=percent(cached, read, spoken),
    )


def _read(each: Mapping[str, Any]) -> int:
    tokens: int = each["input_tokens"] + each["cache_read_tokens"] + each["cache_write_tokens"]
    return tokens
