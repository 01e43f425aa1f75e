"""Conditions of a design by the names of their levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pylimma.errors import DesignError, Note, quoted, warn

if TYPE_CHECKING:
    from pylimma.design.formula.model import FormulaModel
    from pylimma.typing import FloatArray


def condition_of(description: FormulaModel, name: str) -> FloatArray | None:
    """The weights of the coefficients in a condition such as ``treated`` or ``treated:24h``."""
    whole = _factors_with(description, name)
    parts = [name] if whole else name.split(":")
    levels: dict[str, str] = {}
    for part in parts:
        factors = _factors_with(description, part)
        if not factors:
            return None
        if len(factors) > 1:
            raise DesignError(
                f"'{part}' is a level of {quoted(factors)}; say which by "
                f"fit.cond({factors[0]}='{part}')."
            )
        if factors[0] in levels:
            raise DesignError(f"'{name}' names two levels of '{factors[0]}'.")
        levels[factors[0]] = part
    _note_interactions(description, levels)
    return description.cond(**levels).to_numpy()


def _factors_with(description: FormulaModel, level: str) -> list[str]:
    return [name for name, about in description.columns.items() if level in about.get("levels", ())]


def _note_interactions(description: FormulaModel, levels: dict[str, str]) -> None:
    """Say where factors stand that interact with those named."""
    partners = {
        part: description.columns[part]["baseline"]
        for term in description.terms
        for part in term.split(":")
        if set(term.split(":")) & set(levels) and part not in levels and part in description.columns
    }
    if partners:
        named = ":".join(levels.values())
        where = ", ".join(f"{factor} {level}" for factor, level in partners.items())
        warn(f"'{named}' interacts with other variables; it is taken at {where}.", Note)
