"""Contrasts read from text: arithmetic of levels, known by all of their names."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd

from pylimma.containers.components import Components
from pylimma.containers.names import CONTRAST_INTERCEPT, INTERCEPT, INTERCEPTS, label_text
from pylimma.design.formula.model import FormulaModel
from pylimma.design.formula.parser import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Parenthesis,
    Prefix,
    is_syntactic,
    made_name,
    parse_arithmetic,
    shortened,
)
from pylimma.errors import DesignError, InputTypeError, Note, nearest, quoted, warn
from pylimma.typing import FloatArray, IntArray

_PART = re.compile(r"\w+|\S")  # of a name, between which a contrast may have blanks
_WORD = re.compile(r"[\w.]{2}")
_MOST_SPOTS = 50  # names with signs in one text

LevelsLike: TypeAlias = (
    pd.DataFrame | Components | FormulaModel | pd.Categorical | pd.Series | Iterable[object]
)
"""A design, a fit, a factor, or names: what contrasts are between."""


@dataclass(frozen=True, slots=True, eq=False)
class LevelReader:
    """Levels by all of their names, and contrasts of them."""

    names: list[str]
    aliases: dict[str, int]
    model: FormulaModel | None = None
    renamed: bool = False
    with_signs: list[str] = field(init=False)  # names that have to be quoted
    conditions: dict[tuple[tuple[str, str], ...], FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "with_signs", self._names_with_signs())

    def weights(self, text: str) -> FloatArray:
        """The weights of the levels in an expression."""
        whole = text.strip()
        try:
            value = self._weights(parse_arithmetic(text), text)
        except RecursionError:
            raise DesignError(f"The contrast '{shortened(text)}' is nested too deeply.") from None
        except DesignError:
            if whole in self.aliases:
                return self._unit(self.aliases[whole])
            self._check_spelling(text, None)
            raise
        self._check_spelling(text, value)
        return value

    def sum_of(self, text: str) -> FloatArray | float:
        """The value of an expression, with none of the checks."""
        return self._value(parse_arithmetic(text), text)

    def _weights(self, tree: Expression, text: str) -> FloatArray:
        with np.errstate(all="ignore"):
            value = self._value(tree, text)
        if isinstance(value, float):
            raise DesignError(
                f"'{text}' is a constant; contrasts are sums of levels, {quoted(self.names)}."
            )
        if not np.isfinite(value).all():
            raise DesignError(f"The weights of '{text}' are not finite.")
        return value

    def _check_spelling(self, text: str, value: FloatArray | None) -> None:
        """Raise where signs without backticks also spell a name, such as the level ``A+B``."""
        if not self.with_signs:
            return
        literally = value is not None and _adds_to_zero(text)
        for quoted_text in other_readings(text, self.with_signs, literally=literally):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Note)
                try:
                    other = self._weights(parse_arithmetic(quoted_text), quoted_text)
                except (DesignError, RecursionError):
                    continue
            if value is not None and np.array_equal(value, other):
                continue
            reads = "cannot be read" if value is None else "can be read in two ways"
            arithmetic = "" if value is None else f", or '{_all_quoted(text)}' for the arithmetic"
            raise DesignError(
                f"The contrast '{text}' {reads}, since a level has signs in its name. Quote names "
                f"with backticks: '{quoted_text}'{arithmetic}."
            )

    def _names_with_signs(self) -> list[str]:
        levels = [] if self.model is None else self.model.columns.values()
        known = [str(level) for about in levels for level in about.get("levels", ())]
        return [name for name in dict.fromkeys([*known, *self.aliases]) if not is_syntactic(name)]

    def _unit(self, position: int) -> FloatArray:
        unit = np.zeros(len(self.names))
        unit[position] = 1.0
        return unit

    def _value(self, tree: Expression, text: str) -> FloatArray | float:
        """Weights, or a number, of a part of an expression."""
        match tree:
            case Number(value):
                return value
            case Name(name):
                return self._level(name, text)
            case Parenthesis(inside):
                return self._value(inside, text)
            case Prefix("-", operand):
                return -self._value(operand, text)
            case Prefix("+", operand):
                return self._value(operand, text)
            case Operation(":", _, _):
                return self._level(_joined(tree, text), text)
            case Operation("+" | "-" | "*" | "/" as sign, left, right):
                return self._combined(sign, self._value(left, text), self._value(right, text), text)
            case Call():
                raise DesignError(f"'{tree}' is a call; contrasts are linear, in '{text}'.")
        raise DesignError(f"'{tree}' is not a sum of levels, in the contrast '{text}'.")

    def _combined(
        self, sign: str, left: FloatArray | float, right: FloatArray | float, text: str
    ) -> FloatArray | float:
        scalars = isinstance(left, float), isinstance(right, float)
        if sign in "+-":
            if scalars[0] != scalars[1]:
                constant = left if scalars[0] else right
                raise DesignError(f"'{text}' adds the constant {constant:g}; contrasts are linear.")
            return left + right if sign == "+" else left - right
        if sign == "*":
            if not any(scalars):
                raise DesignError(f"'{text}' multiplies levels; contrasts are linear.")
            return left * right
        if not isinstance(right, float):
            raise DesignError(f"'{text}' divides by a level; contrasts are linear.")
        if right == 0:
            raise DesignError(f"'{text}' divides by zero.")
        return left / right

    def _level(self, name: str, text: str) -> FloatArray:
        if name in self.aliases:
            return self._unit(self.aliases[name])
        found = None if self.model is None else self._condition(self.model, name)
        if found is not None:
            return found
        made = self._by_made_name(name, text)
        if made is not None:
            return made
        raise DesignError(
            f"No level '{name}', in the contrast '{text}'; the levels are "
            f"{quoted(nearest(name, self.names))}. Quote names that are not words with "
            f"backticks.{self._hint(name)}"
        )

    def _condition(self, model: FormulaModel, name: str) -> FloatArray | None:
        """Weights of the coefficients in a condition such as ``treated:24h``, if it is one."""
        levels = _levels_named(model, name)
        if levels is None:
            return None
        _note_interactions(model, levels)
        key = tuple(levels.items())
        if key not in self.conditions:
            self.conditions[key] = model.cond(**levels).to_numpy()
        return self.conditions[key].copy()

    def _by_made_name(self, name: str, text: str) -> FloatArray | None:
        """Weights of the coefficient or level that R's make.names would call so."""
        columns = {} if self.model is None else self.model.columns
        levels = [str(level) for about in columns.values() for level in about.get("levels", ())]
        own = self.names if self.model is None else [*self.names, *self.model.names, INTERCEPT]
        found = [c for c in dict.fromkeys(own) if c in self.aliases and made_name(c) == name]
        if not found:
            found = [level for level in dict.fromkeys(levels) if made_name(level) == name]
        places = {self.aliases.get(candidate, candidate) for candidate in found}
        if len(places) > 1:
            raise DesignError(
                f"'{name}' in the contrast '{text}' may be any of {quoted(found)}; quote the one "
                "that is meant with backticks."
            )
        return self._level(found[0], text) if found and found[0] != name else None

    def _hint(self, name: str) -> str:
        """Why the reference level has no coefficient, if it is that which was named."""
        references = {} if self.model is None else self.model.references
        for factor, level in references.items():
            if name in (f"{factor}{level}", f"{factor}[{level}]", f"{factor}[T.{level}]"):
                other = next(x for x in self.model.columns[factor]["levels"] if x != level)  # type: ignore[union-attr]
                return (
                    f" '{level}' is the reference level of '{factor}': coefficients of the other "
                    f"levels are differences from it. Write '{Name(factor + other)}' alone, or "
                    f"compare levels: '{Name(other)} - {Name(level)}'."
                )
        return ""


_ANY = re.compile(r"`[^`]*`|(?:[^\W\d]|\.(?!\d))[\w.]*(?:\[[^\]]*\])?")


def _all_quoted(text: str) -> str:
    """A contrast with backticks around every name."""
    return _ANY.sub(lambda m: m[0] if m[0].startswith("`") else f"`{m[0]}`", text)


class _AnyName(dict[str, int]):
    """Every name, at position 0."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> int:
        return 0


def _adds_to_zero(text: str) -> bool:
    """Whether the weights of the names in a contrast add up to zero."""
    total = LevelReader(["any"], _AnyName()).sum_of(text)
    return bool(np.allclose(total, 0, atol=1e-9))


def other_readings(text: str, names: Iterable[str], *, literally: bool) -> list[str]:
    """The text with names that it spells without backticks quoted: all of them, and each alone.

    Blanks within a name may differ unless it is `literally` the same.
    """
    spots: list[tuple[int, int, str]] = []
    compact = "".join(text.split())
    spelled = [name for name in names if "".join(name.split()) in compact]
    for name in sorted(spelled, key=len, reverse=True):
        parts = [re.escape(part) for part in _PART.findall(name)]
        pattern = re.escape(name) if literally else r"\s*".join(parts)
        spots += [(m.start(), m.end(), name) for m in re.finditer(pattern, text) if parts]
    backticks = [m.span() for m in re.finditer("`[^`]*`", text)]
    free = [
        spot
        for spot in spots[:_MOST_SPOTS]
        if not any(spot[0] < end and start < spot[1] for start, end in backticks)
        and not _within_word(text, spot)
    ]
    apart: list[tuple[int, int, str]] = []
    for spot in free:  # longer names first
        if not any(spot[0] < end and start < spot[1] for start, end, _ in apart):
            apart.append(spot)
    choices = [apart, *([spot] for spot in free)] if free else []
    return list(dict.fromkeys(_with_backticks(text, chosen) for chosen in choices))


def _within_word(text: str, spot: tuple[int, int, str]) -> bool:
    """Whether letters go on at either end, so that it is part of a longer name."""
    start, end, _ = spot
    before, after = text[max(start - 1, 0) : start + 1], text[end - 1 : end + 1]
    return any(len(pair) == 2 and _WORD.fullmatch(pair) is not None for pair in (before, after))


def _with_backticks(text: str, spots: list[tuple[int, int, str]]) -> str:
    for start, end, name in sorted(spots, reverse=True):
        text = f"{text[:start]}`{name}`{text[end:]}"
    return text


def _joined(tree: Expression, text: str) -> str:
    """The name of an interaction, ``groupB:timeT2``."""
    match tree:
        case Name(name):
            return name
        case Operation(":", left, right):
            return f"{_joined(left, text)}:{_joined(right, text)}"
    raise DesignError(f"'{tree}' is not a name, in the contrast '{text}'.")


def _levels_named(model: FormulaModel, name: str) -> dict[str, str] | None:
    """The level of each factor in a condition such as ``treated:24h``; None if it is not one."""
    whole = _factors_with(model, name)
    parts = [name] if whole else name.split(":")
    levels: dict[str, str] = {}
    for part in parts:
        factors = _factors_with(model, part)
        if not factors:
            return None
        if len(factors) > 1:
            raise DesignError(
                f"'{part}' is a level of {quoted(factors)}; choose one, "
                f"as in fit.cond({factors[0]}='{part}')."
            )
        if factors[0] in levels:
            raise DesignError(f"'{name}' names two levels of '{factors[0]}'.")
        levels[factors[0]] = part
    return levels


def _place(model: FormulaModel, column: str, value: object) -> str:
    """A condition, with the range of a covariate that lies elsewhere."""
    low, high = model.columns[column].get("range", (None, None))
    if low is None or low <= float(str(value)) <= high:
        return f"{column} {label_text(value)}"
    text = f"{column} {label_text(value)}, outside the data"
    return f"{text} ({label_text(low)} to {label_text(high)})"


def _factors_with(model: FormulaModel, level: str) -> list[str]:
    return [name for name, about in model.columns.items() if level in about.get("levels", ())]


def _note_interactions(model: FormulaModel, levels: dict[str, str]) -> None:
    """Note the levels taken of factors that interact with those named."""
    partners = {
        part: model.columns[part]["baseline"]
        for term in model.terms
        for part in term.split(":")
        if set(term.split(":")) & set(levels) and part not in levels and part in model.columns
    }
    if partners:
        named = ":".join(levels.values())
        where = ", ".join(_place(model, name, value) for name, value in partners.items())
        warn(f"'{named}' interacts with other variables; the contrast uses it at {where}.", Note)


def level_reader(levels: object) -> LevelReader:
    """The reader of a design, a fit, a factor, or names."""
    model = FormulaModel.read(levels)
    names = level_names(levels if model is None else model.coefficients)
    doubled = sorted(name for name, count in Counter(names).items() if count > 1)
    if doubled:
        raise DesignError(f"`levels` has several columns named {quoted(doubled)}.")
    aliases = aliases_of(names, model)
    renamed = names[0] == INTERCEPT
    if renamed:
        names[0] = CONTRAST_INTERCEPT
    return LevelReader(names, aliases, model, renamed)


def aliases_of(names: Iterable[object], model: FormulaModel | None) -> dict[str, int]:
    """Position of each coefficient by all of its names."""
    aliases = {} if model is None else dict(model.aliases)
    aliases |= {str(name): position for position, name in enumerate(names)}
    for intercept in INTERCEPTS:
        if intercept in aliases:
            aliases = dict.fromkeys(INTERCEPTS, aliases[intercept]) | aliases
    return aliases


def order_of_rows(
    rows: Iterable[object], coefs: Sequence[object], model: FormulaModel | None = None
) -> IntArray | None:
    """What puts labelled rows in the order of the coefficients; None where the names differ."""
    aliases = aliases_of(coefs, model)
    places = [aliases.get(str(row), -1) for row in rows]
    return np.argsort(places) if sorted(places) == list(range(len(coefs))) else None


def level_names(levels: object) -> list[str]:
    """Names of what contrasts are between."""
    if isinstance(levels, Components):
        levels = levels.col_names
    categories = getattr(getattr(levels, "dtype", None), "categories", None)
    if isinstance(levels, str):
        names = [levels]
    elif categories is not None:
        names = [str(category) for category in categories]
    elif hasattr(levels, "columns"):
        names = [str(column) for column in levels.columns]
    elif isinstance(levels, np.ndarray | memoryview) and levels.ndim != 1:
        raise InputTypeError(
            "`levels` is a matrix without column names; give a DataFrame, or the names themselves."
        )
    elif isinstance(levels, Iterable):
        names = [str(level) for level in levels]
        repeated = sorted(name for name, count in Counter(names).items() if count > 1)
        if repeated:
            raise DesignError(
                f"`levels` repeats {quoted(repeated)}; name each level once, or give a factor: "
                "pd.Categorical(levels)."
            )
    else:
        raise InputTypeError(
            "`levels` must be a design with column names, a factor, or names of levels; got "
            f"{'none' if levels is None else type(levels).__name__}."
        )
    if not names:
        raise DesignError("`levels` is empty; contrasts are between levels.")
    return names
