"""Whole Colombian pesos as people read them."""

from __future__ import annotations

from amara.tools.tool import Locale


def pesos(amount_cop: int, locale: Locale) -> str:
    """`$ 50.000` in Spanish, `COP 50,000` in English.

    Units: whole pesos; the peso's cents are out of use.
    """
    grouped = f"{abs(amount_cop):,}"
    sign = "-" if amount_cop < 0 else ""
    return f"{sign}$ {grouped.replace(',', '.')}" if locale == "es" else f"{sign}COP {grouped}"


def number(value: float, locale: Locale, decimals: int = 1) -> str:
    """`4,9` in Spanish, `4.9` in English."""
    written = f"{value:.{decimals}f}"
    return written.replace(".", ",") if locale == "es" else written
