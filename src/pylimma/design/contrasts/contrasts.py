"""Contrasts: comparisons between the coefficients of a model, as columns of weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pylimma.containers.components import Components
from pylimma.containers.names import INTERCEPTS
from pylimma.design.contrasts.conditions import condition_of
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

if TYPE_CHECKING:
    from pylimma.typing import FloatArray


def make_contrasts(
    *expressions: str | Iterable[str] | Mapping[str, str],
    contrasts: str | Iterable[str] | Mapping[str, str] | None = None,
    levels: Any = None,
    **named: str,
) -> pd.DataFrame:
    r"""Contrast matrix of comparisons written as text, such as ``"B - A"``.

    Parameters
    ----------
    *expressions : str
        Linear combinations of the levels with ``+``, ``-``, numbers to multiply with or divide
        by, and parentheses: ``"(B + C)/2 - A"``. Names that are not words, such as ``2h``, stand
        between backticks. The text is parsed and never evaluated by Python.
    contrasts : str, sequence, mapping or Series of str, optional
        The same as one argument; a mapping or a Series with text index names the contrasts.
    levels : DataFrame, MArrayLM, Categorical, or sequence of str
        What the contrasts are between: the columns of a design, the coefficients of a fit, the
        categories of a factor, or names. A design from `model_matrix` answers to both spellings
        of its coefficients, ``groupB`` and ``group[T.B]``, and to levels of its factors: ``B - A``
        whatever the coding, ``B:x`` for a level of each of two factors. Factors that are not
        named stand at their reference level. Of a sequence the distinct names, sorted as in a
        dictionary, unless they are distinct already.
    **named : str
        Contrasts with names of your own: ``treated="B - A"``.

    Returns
    -------
    DataFrame of shape (levels, contrasts)
        The weights. A coefficient "(Intercept)" is called "Intercept".

    Raises
    ------
    DesignError
        If an expression cannot be read, names an unknown level, holds a constant, a product of
        levels or a call, or if contrasts come both ways or none is given.
    InputTypeError
        If `levels` or a contrast are of a kind that is not read.

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


def contrast_weights(text: str, levels: Any) -> FloatArray:
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
    """One argument as names and texts; a text without a name bears its own."""
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
    """The levels of contrasts, and what else they are called."""

    names: list[str]
    aliases: dict[str, int]
    description: FormulaModel | None = None
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
        found = None if self.description is None else condition_of(self.description, name)
        if found is not None:
            return found
        raise DesignError(
            f"No level '{name}', in the contrast '{text}'; the levels are "
            f"{quoted(nearest(name, self.names))}. Names that are not words stand between "
            f"backticks.{self._hint(name)}"
        )

    def _hint(self, name: str) -> str:
        """Why the reference level has no coefficient, if it is that which was named."""
        about = {} if self.description is None else self.description.references
        for factor, level in about.items():
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


def _level_reader(levels: object) -> _LevelReader:
    description = FormulaModel.read(levels)
    names = level_names(levels if description is None else description.coefficients)
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise DesignError(f"`levels` has several columns named {quoted(doubled)}.")
    aliases = {} if description is None else dict(description.aliases)
    aliases |= {name: position for position, name in enumerate(names)}
    if names[0] in INTERCEPTS:
        aliases |= dict.fromkeys(INTERCEPTS, 0)
    renamed = names[0] == "(Intercept)"
    if renamed:
        names[0] = "Intercept"
    return _LevelReader(names, aliases, description, renamed)


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
