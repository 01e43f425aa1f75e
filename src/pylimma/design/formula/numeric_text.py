"""Columns of text that were meant as numbers: an age "unknown" among others, decimal commas."""

from __future__ import annotations

import re

import pandas as pd

from pylimma.design.formula.levels import Factor, as_float
from pylimma.design.formula.parser import Name
from pylimma.design.formula.terms import Terms
from pylimma.design.formula.variables import Evaluator
from pylimma.errors import InputWarning, quoted, warn

_FEWEST_NUMBERS = 3  # different values that are numbers; fewer may well be names of groups
_ODD_SHARE = 0.25  # of the different values; where more are words it is text
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_PADDED = re.compile(r"0\d+")  # a label such as 007
_LACKING = re.compile(
    r"(?i)(unknown|unk|missing|none|null|n/?[ad]?|nan|na|not (available|known|recorded)|[-.?*x]*)"
)


def warn_of_text_numbers(
    terms: Terms, evaluator: Evaluator, samples: pd.DataFrame
) -> dict[str, list[str]]:
    """Warn of text that was meant as numbers; the values of each such column that are none."""
    present, found = list(map(str, samples.columns)), {}
    for name, column in evaluator.columns.items():
        if not isinstance(column, Factor) or column.logical or Name(name) not in terms.variables:
            continue
        odd = odd_values(column)
        if odd is None:
            continue
        found[name] = odd
        commas = any(_DECIMAL_COMMA.fullmatch(level) for level in column.levels)
        others = f"all its values but {quoted(odd)}" if odd else "all its values"
        which = samples.index[[label in odd for label in column.labels]]
        where = f" (in the samples {quoted(which)})" if odd else ""
        dtype = samples.iloc[:, present.index(name)].dtype
        kind = "categorical" if isinstance(dtype, pd.CategoricalDtype) else "text"
        warn(
            f"'{name}' is {kind} and becomes a factor with {len(column.levels)} levels, but "
            f"{others}{where} are numbers{', written with decimal commas' if commas else ''}. For "
            f"one slope make it numeric first{' and fill in the others' if odd else ''}; if "
            f"groups are meant, write factor({Name(name)}).",
            InputWarning,
        )
    return found


def odd_values(column: Factor) -> list[str] | None:
    """The levels of a factor that are no numbers where most others are; None if it is a factor."""
    numbers: list[float] = []
    odd = []
    decimals = False
    for level in column.levels:
        comma = _DECIMAL_COMMA.fullmatch(level.strip()) is not None
        number = as_float(level.replace(",", ".") if comma else level)
        if number is None:
            odd.append(level)
            continue
        if _PADDED.fullmatch(level):
            return None
        numbers.append(number)
        decimals |= comma or number % 1 != 0
    most = max(1, round(_ODD_SHARE * len(column.levels)))
    if len(numbers) < _FEWEST_NUMBERS or len(odd) > most:
        return None
    # 1, 2, 3, … are as likely the labels of groups
    codes = not decimals and max(numbers) <= len(numbers) and min(numbers) >= 0
    lacking = bool(odd) and all(_LACKING.fullmatch(level.strip()) for level in odd)
    deliberate = not column.text and not decimals  # a categorical of whole numbers
    if (codes or deliberate) and not lacking:
        return None
    return odd
