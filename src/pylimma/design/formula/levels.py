"""Factors: variables with levels, the first of which is the reference.

Levels of text are sorted as a dictionary sorts words, so that the reference level does not depend
on capitals: a, B, c rather than B, a, c.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, SupportsFloat

import numpy as np
import pandas as pd

from pylimma.containers.names import check_levels, number_text
from pylimma.design.formula.codings import Coding, contrast_coding
from pylimma.errors import DesignError, Note, nearest, quoted, warn
from pylimma.typing import AnyArray, IntArray

# the order of signs and digits in the Unicode collation table; letters follow
_BEFORE_LETTERS = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"

_CONTROLS = re.compile(
    r"(control|ctrl|untreated|unstim|vehicle|mock|placebo|wild.?type|healthy|baseline|parental)"
    r"|(ctl|con|wt|wt/wt|\+/\+|ut|nt|dmso|pbs|veh|normal|none|naive|reference|ref|scr|scramble)$"
)


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """A categorical variable."""

    codes: IntArray  # (samples,) position of each sample's level
    levels: tuple[str, ...]  # the levels, each of which occurs; the first is the reference
    # whether the levels have an order, and polynomial contrasts unless `coding` says otherwise
    ordered: bool = False
    logical: bool = False  # whether the variable is a truth value
    coding: Coding | None = None  # the contrast coding that the formula asks for
    text: bool = False  # whether the values are text, rather than categories

    @property
    def labels(self) -> list[str]:
        """The level of each sample."""
        return [self.levels[code] for code in self.codes]

    @property
    def default_coding(self) -> Coding:
        """The coding where `contrasts` does not name the factor."""
        if self.coding is not None:
            return self.coding
        return contrast_coding("poly" if self.ordered else "treatment", self.levels)


def collation_key(text: str) -> tuple[object, ...]:
    """What sorts texts as a dictionary does: letters first, then accents, then capitals."""
    decomposed = unicodedata.normalize("NFD", text)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    accents = "".join(c for c in decomposed if unicodedata.combining(c))
    ranks = [(_BEFORE_LETTERS.find(c) % 1000, c) for c in letters.casefold()]
    return ranks, accents, letters.swapcase()


def sorted_names(names: Iterable[str]) -> list[str]:
    """The distinct names in dictionary order."""
    return sorted(set(names), key=collation_key)


def sounds_like_control(level: str) -> bool:
    """Whether a level is named like what others are compared with."""
    return _CONTROLS.match(level.casefold()) is not None


def level_text(value: object) -> str:
    """A value as the name of a level."""
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | np.number) or (isinstance(value, int) and is_finite(value)):
        return number_text(float(value))
    return str(value)


def is_finite(number: SupportsFloat) -> bool:
    """Whether a number is a finite double, which a huge integer is not."""
    try:
        return math.isfinite(float(number))
    except OverflowError:
        return False


def as_float(text: str) -> float | None:
    """The number that a text spells, with a decimal point; None if it spells none."""
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def find_level(value: object, levels: Sequence[str]) -> int | None:
    """Position of the level that a value stands for: as text, number or truth value."""
    text = level_text(value)
    for spelling in (text, str(value)):
        if spelling in levels:
            return levels.index(spelling)
    if {"TRUE", "FALSE"} >= set(levels) and text.upper() in levels:
        return levels.index(text.upper())
    number = as_float(text)
    equal = [
        k for k, level in enumerate(levels) if number is not None and as_float(level) == number
    ]
    return equal[0] if len(equal) == 1 else None


def level_position(value: object, levels: Sequence[str], name: str) -> int:
    """Position of the level that a value stands for; an error if there is none."""
    position = find_level(value, levels)
    if position is None:
        level = level_text(value)
        raise DesignError(
            f"'{level}' is not a level of '{name}', which has {quoted(nearest(level, levels))}."
        )
    return position


def factor_from_values(values: Sequence[object]) -> Factor:
    """A factor whose levels are the sorted values."""
    distinct = list(dict.fromkeys(values))
    if all(isinstance(value, int | float | np.number | np.bool_) for value in distinct):
        # numbers that print alike are one level
        levels = dict.fromkeys(map(level_text, sorted(distinct)))  # type: ignore[type-var]
    else:
        levels = dict.fromkeys(sorted_names(map(level_text, distinct)))
    return factor_with_levels([level_text(value) for value in values], tuple(levels), "factor")


def factor_with_levels(
    labels: Sequence[str], levels: tuple[str, ...], name: str, *, ordered: bool = False
) -> Factor:
    """A factor with given levels."""
    place = {level: position for position, level in enumerate(levels)}
    unknown = [label for label in labels if label not in place]
    if unknown:
        level_position(unknown[0], levels, name)
    codes = np.array([place[label] for label in labels], dtype=np.intp)
    return Factor(codes, levels, ordered=ordered)


def factor_from_categorical(values: pd.Categorical) -> Factor:
    """The factor of a pandas categorical without missing values."""
    levels = tuple(level_text(category) for category in values.categories)
    return Factor(np.asarray(values.codes, dtype=np.intp), levels, ordered=bool(values.ordered))


def logical_factor(values: AnyArray) -> Factor:
    """A factor of truth values."""
    return Factor(np.asarray(values, dtype=np.intp), ("FALSE", "TRUE"), logical=True)


def used_levels(factor: Factor, name: str) -> Factor:
    """A factor without the levels that no sample has, and a note if there were any."""
    counts = np.bincount(factor.codes, minlength=len(factor.levels))
    unused = [level for level, count in zip(factor.levels, counts, strict=True) if count == 0]
    if not unused:
        return factor
    warn(f"Levels of '{name}' that no sample has were dropped: {quoted(unused)}.", Note)
    position = np.cumsum(counts > 0) - 1
    kept = tuple(level for level, count in zip(factor.levels, counts, strict=True) if count)
    return replace(factor, codes=position[factor.codes], levels=kept)


def learned_levels(factor: Factor, name: str, memory: dict[str, Any]) -> Factor:
    """A factor with the levels remembered under a name, or else with those that occur."""
    key = f"levels of {name}"
    if key not in memory:
        factor = used_levels(factor, name)
        check_levels(factor.levels, name)
        memory[key] = list(factor.levels)
        return factor
    found = factor_with_levels(factor.labels, tuple(memory[key]), name)
    return replace(factor, codes=found.codes, levels=found.levels)


def with_reference(factor: Factor, reference: object, name: str) -> Factor:
    """A factor with another reference level; the other levels keep their order."""
    first = level_position(reference, factor.levels, name)
    if factor.ordered:
        raise DesignError(
            f"'{name}' is ordered, and its polynomial contrasts have no reference level. Give "
            f"`contrasts={{'{name}': 'treatment'}}`, or make the variable unordered."
        )
    order = [first, *(k for k in range(len(factor.levels)) if k != first)]
    levels = tuple(factor.levels[k] for k in order)
    return replace(factor, codes=np.argsort(order)[factor.codes], levels=levels)
