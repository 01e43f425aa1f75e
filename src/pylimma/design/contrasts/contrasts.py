"""Contrasts: comparisons between the coefficients of a model, as columns of weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from pylimma.containers.components import Components
from pylimma.containers.names import CONTRAST_INTERCEPT, INTERCEPT, INTERCEPTS
from pylimma.design.formula.levels import sorted_names
from pylimma.design.formula.model import FormulaModel
from pylimma.design.formula.parser import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Parenthesis,
    Prefix,
    parse_arithmetic,
)
from pylimma.errors import (
    DesignError,
    InputTypeError,
    InputWarning,
    Note,
    nearest,
    quoted,
    warn,
)
from pylimma.typing import FloatArray, IntArray

LevelsLike: TypeAlias = (
    pd.DataFrame | Components | FormulaModel | pd.Categorical | pd.Series | Iterable[object]
)
"""A design, a fit, a factor, or names: what contrasts are between."""


def make_contrasts(
    *expressions: str | Iterable[str] | Mapping[str, str],
    contrasts: str | Iterable[str] | Mapping[str, str] | None = None,
    levels: LevelsLike | None = None,
    **named: str,
) -> pd.DataFrame:
    r"""Contrast matrix of comparisons written as text, such as ``"B - A"``.

    Parameters
    ----------
    *expressions : str
        Linear combinations of the levels with ``+``, ``-``, numbers to multiply with or divide
        by, and parentheses: ``"(B + C)/2 - A"``. Names that are not words, such as ``2h``, are
        quoted with backticks. The text is parsed and never evaluated by Python.
    contrasts : str, sequence, mapping or Series of str, optional
        The same as one argument; a mapping or a Series with text index names the contrasts.
    levels : DataFrame, MArrayLM, Categorical, or sequence of str
        What the contrasts are between: the columns of a design, the coefficients of a fit, the
        categories of a factor, or names. For a design from `model_matrix`, coefficients may be
        written as ``groupB`` or ``group[T.B]``, and levels of factors by their names alone:
        ``B - A`` whatever the coding, ``B:x`` for a level of each of two factors. Factors that
        are not named are at their reference level. A sequence with repeated names stands for the
        distinct ones, sorted as in a dictionary.
    **named : str
        Contrasts with names of your own: ``treated="B - A"``.

    Returns
    -------
    DataFrame of shape (levels, contrasts)
        The weights. The coefficient "(Intercept)" is named "Intercept".

    Raises
    ------
    DesignError
        If an expression cannot be parsed, names an unknown level, or holds a constant, a product
        of levels or a call; if contrasts are given in both ways, or none is given.
    InputTypeError
        If `levels` or a contrast is of a type that cannot be read.

    Warns
    -----
    InputWarning
        If all weights of a contrast are zero.
    Note
        If "(Intercept)" is renamed.

    See Also
    --------
    all_pairs, against_control, against_rest : Whole families of contrasts.
    describe_contrast : A contrast in words.
    contrast_as_coef : A design in which contrasts are coefficients.

    Notes
    -----
    Each level stands for its unit vector, so that the contrast :math:`\sum_j c_j \beta_j` becomes
    the column :math:`c`.

    Examples
    --------
    >>> import pylimma as pl
    >>> pl.make_contrasts("B - A", both="(B + C)/2 - A", levels=["A", "B", "C"])
       B - A  both
    A   -1.0  -1.0
    B    1.0   0.5
    C    0.0   0.5
    """
    texts = _contrast_texts(expressions, contrasts, named)
    reader = _level_reader(levels)
    if reader.renamed:
        warn("The coefficient '(Intercept)' is called 'Intercept' in contrasts.", Note)
    columns = [reader.weights(text) for _, text in texts]
    zeros = [name for (name, _), weights in zip(texts, columns, strict=True) if not weights.any()]
    if zeros:
        warn(f"All weights are zero in the contrasts {quoted(zeros)}.", InputWarning)
    names = [name for name, _ in texts]
    return pd.DataFrame(np.column_stack(columns), index=reader.names, columns=names)


def contrast_weights(text: str, levels: LevelsLike) -> FloatArray:
    """The weights of one contrast written as text."""
    return _level_reader(levels).weights(text)


def _contrast_texts(
    expressions: tuple[object, ...], contrasts: object, named: Mapping[str, object]
) -> list[tuple[str, str]]:
    """Names and texts of all contrasts."""
    if contrasts is not None and (expressions or named):
        raise DesignError("Give the contrasts one by one or as `contrasts`, not both.")
    given = expressions if contrasts is None else (contrasts,)
    found = [pair for part in given for pair in _named_texts(part)] + list(named.items())
    for _, text in found:
        if not isinstance(text, str):
            raise InputTypeError(f"A contrast is a text such as 'B - A'; got {text!r}.")
    if not found:
        raise DesignError("No contrast was given.")
    return [(str(name), str(text)) for name, text in found]


def _named_texts(part: object) -> list[tuple[object, object]]:
    """One argument as names and texts; a text without a name is its own name."""
    if isinstance(part, pd.Series) and not all(isinstance(name, str) for name in part.index):
        part = part.tolist()
    if isinstance(part, Mapping | pd.Series):
        return [(name or text, text) for name, text in part.items()]
    single = isinstance(part, str | memoryview) or getattr(part, "ndim", 1) == 0
    if single or not isinstance(part, Iterable):
        return [(part, part)]
    return [(text, text) for text in part]


@dataclass(frozen=True, slots=True, eq=False)
class _LevelReader:
    """Levels by all of their names, and contrasts of them."""

    names: list[str]
    aliases: dict[str, int]
    model: FormulaModel | None = None
    renamed: bool = False

    def weights(self, text: str) -> FloatArray:
        """The weights of the levels in an expression."""
        if text.strip() in self.aliases and _parse_fails(text):
            return self._unit(self.aliases[text.strip()])
        try:
            with np.errstate(all="ignore"):
                value = self._value(parse_arithmetic(text), text)
        except RecursionError:
            raise DesignError(f"The contrast '{text[:40]}…' is nested too deeply.") from None
        if isinstance(value, float):
            raise DesignError(
                f"'{text}' is a constant; contrasts are sums of levels, {quoted(self.names)}."
            )
        if not np.isfinite(value).all():
            raise DesignError(f"The weights of '{text}' are not finite.")
        return value

    def _unit(self, position: int) -> FloatArray:
        return np.eye(len(self.names))[position]

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
        found = None if self.model is None else _condition(self.model, name)
        if found is not None:
            return found
        raise DesignError(
            f"No level '{name}', in the contrast '{text}'; the levels are "
            f"{quoted(nearest(name, self.names))}. Quote names that are not words with "
            f"backticks.{self._hint(name)}"
        )

    def _hint(self, name: str) -> str:
        """Why the reference level has no coefficient, if it is that which was named."""
        references = {} if self.model is None else self.model.references
        for factor, level in references.items():
            if name in (f"{factor}{level}", f"{factor}[{level}]", f"{factor}[T.{level}]"):
                return (
                    f" '{level}' is the reference level of '{factor}': the coefficients of the "
                    f"other levels are differences from it. Levels can be named alone: '{level}'."
                )
        return ""


def _parse_fails(text: str) -> bool:
    """Whether a text is not an expression, as the level ``24 h``."""
    try:
        parse_arithmetic(text)
    except DesignError:
        return True
    return False


def _joined(tree: Expression, text: str) -> str:
    """The name of an interaction, ``groupB:timeT2``."""
    match tree:
        case Name(name):
            return name
        case Operation(":", left, right):
            return f"{_joined(left, text)}:{_joined(right, text)}"
    raise DesignError(f"'{tree}' is not a name, in the contrast '{text}'.")


def _condition(model: FormulaModel, name: str) -> FloatArray | None:
    """Weights of the coefficients in a condition such as ``treated:24h``; None if it is not one."""
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
    _note_interactions(model, levels)
    return model.cond(**levels).to_numpy()


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
        where = ", ".join(f"{factor} {level}" for factor, level in partners.items())
        warn(f"'{named}' interacts with other variables; the contrast uses it at {where}.", Note)


def _level_reader(levels: object) -> _LevelReader:
    model = FormulaModel.read(levels)
    names = level_names(levels if model is None else model.coefficients)
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise DesignError(f"`levels` has several columns named {quoted(doubled)}.")
    aliases = _aliases(names, model)
    renamed = names[0] == INTERCEPT
    if renamed:
        names[0] = CONTRAST_INTERCEPT
    return _LevelReader(names, aliases, model, renamed)


def _aliases(names: Iterable[object], model: FormulaModel | None) -> dict[str, int]:
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
    aliases = _aliases(coefs, model)
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
        names = names if len(set(names)) == len(names) else sorted_names(names)
    else:
        raise InputTypeError(
            "`levels` must be a design with column names, a factor, or names of levels; got "
            f"{'none' if levels is None else type(levels).__name__}."
        )
    if not names:
        raise DesignError("`levels` is empty; contrasts are between levels.")
    return names
