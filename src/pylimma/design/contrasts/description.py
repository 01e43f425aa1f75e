"""Contrasts in words: what a positive log fold change means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma import arguments
from pylimma.containers.names import INTERCEPT, label_text, number_text
from pylimma.design.contrasts.covariates import functions_of, is_curve, with_plain_covariates
from pylimma.design.formula.model import FormulaModel
from pylimma.design.formula.parser import parse_arithmetic
from pylimma.design.formula.variables import names_in
from pylimma.errors import DesignError, ShapeError
from pylimma.typing import FloatArray

START = "positive log fold change means"
_TOLERANCE = 1e-8  # weights that differ by less are the same
_MOST_CELLS = 100  # combinations of levels beyond which words would not help


def describe_contrast(
    vector: ArrayLike | pd.Series | Mapping[str, float],
    names: Iterable[str] | None = None,
) -> str:
    """What a positive log fold change of a contrast means, in words.

    Parameters
    ----------
    vector : array or Series of shape (coefs,)
        The weights.
    names : sequence of str, optional
        Names of the coefficients; by default the index of a Series.

    Returns
    -------
    str
        One clause, without a full stop.

    Raises
    ------
    DesignError
        If all weights are zero or some are not finite, or names are lacking.
    ShapeError
        If there are more or fewer names than weights.

    See Also
    --------
    make_contrasts : Contrasts as text.
    MArrayLM.describe : All coefficients of a fit in words, in terms of its factors.

    Examples
    --------
    >>> import pylimma as pl
    >>> pl.describe_contrast([-1, 1, 0], ["control", "treated", "other"])
    'positive log fold change means higher in treated than in control'
    """
    if names is None and isinstance(vector, pd.Series | Mapping):
        names = list(vector.keys())
    if names is None:
        raise DesignError("`names` of the coefficients are needed for a contrast without names.")
    labels = list(map(str, arguments.sequence(names, "names")))
    if isinstance(vector, pd.Series | Mapping):
        own = {str(name): weight for name, weight in vector.items()}
        vector = [own[label] for label in labels] if set(own) == set(labels) else vector
    weights = arguments.numbers(
        list(vector.values()) if isinstance(vector, Mapping) else vector, "vector"
    )
    if weights.shape != (len(labels),):
        raise ShapeError(
            f"The contrast has shape {weights.shape} and there are {len(labels)} names."
        )
    if not np.isfinite(weights).all() or not weights.any():
        raise DesignError(
            "The contrast is all zero or has missing weights, so it compares nothing."
        )
    return _words(weights, labels)


def _words(weights: FloatArray, names: list[str]) -> str:
    """A contrast in terms of its coefficients."""
    above, below = _side(weights, names), _side(-weights, names)
    if above and below:
        return f"{START} higher in {above} than in {below}"
    return f"{START} that {above or below} is {'above' if above else 'below'} zero"


def contrast_text(weights: FloatArray, names: Sequence[str]) -> str:
    """A contrast as the expression that `make_contrasts` reads."""
    used = [(float(w), str(n)) for w, n in zip(weights, names, strict=True) if abs(w) > _TOLERANCE]
    used.sort(key=lambda part: part[0] < 0)  # what is added comes first
    text = ""
    for weight, name in used:
        sign = ("-" if weight < 0 else "") if not text else (" - " if weight < 0 else " + ")
        size = number_text(round(abs(weight), 6))
        text += f"{sign}{'' if size == '1' else size + ' * '}{name}"
    return text


def contrast_in_words(model: FormulaModel, weights: FloatArray) -> str:
    """What a positive value of a contrast means, in terms of the factors of its design."""
    if not weights.any() or not np.isfinite(weights).all():
        return "this contrast compares nothing"
    if not model.columns:  # a design that no formula describes
        return _words(weights, model.coefficients)
    words = _of_baseline(model, weights) or _of_curves(model, weights) or _of_cells(model, weights)
    if not words and (plain := with_plain_covariates(model)) is not None:
        words = _of_baseline(plain, weights) or _of_cells(plain, weights, model)
    return words or _words(weights, model.coefficients)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Combinations of levels with their weights in a contrast."""

    factors: list[str]
    levels: list[tuple[object, ...]]
    weights: FloatArray

    def where(self) -> str:
        """The levels that all combinations share, in parentheses."""
        shared = [
            _with_factor(factor, self.levels[0][k])
            for k, factor in enumerate(self.factors)
            if k not in self.varying
        ]
        return f" ({', '.join(shared)})" if shared else ""

    @property
    def varying(self) -> list[int]:
        """Positions of the factors in which the combinations differ."""
        return [
            k
            for k in range(len(self.factors))
            if len({levels[k] for levels in self.levels}) > 1 or len(self.factors) == 1
        ]

    def labels(self) -> list[str]:
        """The combinations without what they share."""
        kept = self.varying or range(len(self.factors))
        return [
            ":".join(_named(self.factors[k], levels[k]) for k in kept) for levels in self.levels
        ]


def _of_baseline(model: FormulaModel, weights: FloatArray) -> str | None:
    """Words for the intercept alone."""
    intercept = model.terms.get(INTERCEPT)
    if not intercept or not model.columns or np.delete(weights, intercept).any():
        return None
    if not np.array_equal(model.cond().to_numpy() != 0, weights != 0):
        return None
    where = [_at(model, name, about["baseline"]) for name, about in model.columns.items()]
    place = "in" if any(_levels(model, name) is not None for name in model.columns) else "at"
    return f"expression {place} {', '.join(where)}, not a comparison"


def _at(model: FormulaModel, column: str, value: object) -> str:
    """A condition in words; a number with the range of the data where it lies outside."""
    about = model.columns[column]
    if column_values := about.get("values"):
        place = column_values.index(value) if value in column_values else -1
        text = about["value_names"][place]
        return text if column in text else f"{column} {text}"
    words = f"{column} {label_text(value)}"
    low, high = about.get("range", (-np.inf, np.inf))
    if about["kind"] != "numeric" or low <= float(str(value)) <= high:
        return words
    return f"{words}, outside the data ({label_text(low)} to {label_text(high)})"


def _fixed_covariates(model: FormulaModel, terms: list[str], varying: Iterable[str]) -> str:
    """Where covariates stand that interact with what a contrast compares, in parentheses."""
    used = set(varying)
    found = dict.fromkeys(
        name
        for term in model.terms
        for parts in [set(_columns_of_terms(model, [term]) or ()) if ":" in term else set()]
        if parts & used and any(set(_columns_of_terms(model, [t]) or ()) <= parts for t in terms)
        for name in model.columns
        if name in parts - used and _levels(model, name) is None
    )
    if not found:
        return ""
    return f" (at {', '.join(_at(model, name, model.columns[name]['baseline']) for name in found)})"


def _of_curves(model: FormulaModel, weights: FloatArray) -> str | None:
    """Words for a coefficient of a curve, which says nothing alone unless it is the only one."""
    for term, positions in model.terms.items():
        parts = [part for part in term.split(":") if "(" in part and part != INTERCEPT]
        made = [part for part in parts if part not in model.codings]
        if not made or not weights[positions].any():
            continue
        alone = made == [term] and not any(term in t.split(":") for t in model.terms if t != term)
        if len(positions) == 1 and np.count_nonzero(weights) == 1 and alone:
            rises = "rises" if weights[positions[0]] > 0 else "falls"
            return f"{START} that expression {rises} with {term}"
        curves = [part for part in made if is_curve(model, part)]
        if curves and len(positions) > 1:
            return f"nothing by itself: a part of the curve {curves[0]}; test its columns together"
    return None


def _of_cells(
    model: FormulaModel, weights: FloatArray, written: FormulaModel | None = None
) -> str | None:
    """Words for a contrast between combinations of levels, or between slopes in these."""
    terms = [t for t, at in model.terms.items() if weights[at].any() and t != INTERCEPT]
    columns = _columns_of_terms(model, terms)
    if columns is None:
        return None
    levels = {name: _levels(model, name) for name in columns}
    slopes = [name for name, known in levels.items() if known is None]
    if not all(set(slopes) <= set(_columns_of_terms(model, [t]) or ()) for t in terms):
        return None
    factors = [n for n in _with_partners(model, columns) if n not in slopes]
    cells = _solved(model, factors, slopes, weights)
    if cells is None:
        return None
    words = _slope_words(cells, slopes) if slopes else _cell_words(cells)
    if written and len(slopes) == 1 and (others := functions_of(written, slopes[0])):
        words += f" (with {', '.join(others)} held constant)"
    return (words + _fixed_covariates(model, terms, [*factors, *slopes])).replace(") (at", "; at")


def _columns_of_terms(model: FormulaModel, terms: list[str]) -> list[str] | None:
    """Columns of the data behind terms; None if a variable mixes several or is a function."""
    found: dict[str, None] = {}
    for variable in (part for term in terms for part in term.split(":")):
        try:
            names = [n for n in names_in(parse_arithmetic(variable)) if n in model.columns]
        except DesignError:
            return None
        factor_or_column = variable in model.codings or names == [variable.strip("`")]
        if len(names) != 1 or not factor_or_column:
            return None
        found[names[0]] = None
    return list(found)


def _levels(model: FormulaModel, column: str) -> list[object] | None:
    """Levels of a column that the formula uses as a factor; None for a covariate."""
    about = model.columns[column]
    if about["kind"] != "numeric":
        return list(about["levels"])
    return list(about["values"]) if "values" in about else None


def _with_partners(model: FormulaModel, factors: list[str]) -> list[str]:
    """Factors along with those that they interact with."""
    found = dict.fromkeys(factors)
    for term in model.terms:
        parts = _columns_of_terms(model, [term]) if ":" in term else None
        if parts and any(part in found for part in parts):
            found |= dict.fromkeys(p for p in parts if _levels(model, p) is not None)
    return [name for name in model.columns if name in found]


def _solved(
    model: FormulaModel, factors: list[str], slopes: list[str], weights: FloatArray
) -> _Cells | None:
    """The combinations of levels of which a contrast is made, if there is one way only."""
    choices = [_levels(model, name) or [] for name in factors]
    cells = list(product(*choices))
    if not cells or len(cells) > _MOST_CELLS:
        return None
    matrix = _cell_weights(model, tuple(factors), tuple(slopes), tuple(cells))
    if np.linalg.matrix_rank(matrix) < len(cells):
        return None
    shares: FloatArray = np.linalg.lstsq(matrix.T, weights, rcond=None)[0].astype(np.float64)
    if not np.allclose(matrix.T @ shares, weights, atol=_TOLERANCE):
        return None
    used = np.flatnonzero(np.abs(shares) > _TOLERANCE)
    return _Cells(factors, [_displayed(model, factors, cells[k]) for k in used], shares[used])


def _displayed(
    model: FormulaModel, factors: list[str], cell: tuple[object, ...]
) -> tuple[object, ...]:
    """Levels as words: of a factor made of numbers, such as age > 60, the name of the level."""
    named = []
    for factor, level in zip(factors, cell, strict=True):
        about = model.columns[factor]
        values = about.get("values", [])
        known = level in values and factor in about["value_names"][values.index(level)]
        named.append(about["value_names"][values.index(level)] if known else level)
    return tuple(named)


@lru_cache(maxsize=16)  # all contrasts of a fit ask for the same
def _cell_weights(
    model: FormulaModel,
    factors: tuple[str, ...],
    slopes: tuple[str, ...],
    cells: tuple[tuple[object, ...], ...],
) -> FloatArray:
    """The coefficients' weights in each combination of levels, or in its slope."""
    rows = []
    for cell in cells:
        chosen = dict(zip(factors, cell, strict=True))
        # the mixed difference over all slopes, from 0 to 1 in each
        corners = product((0.0, 1.0), repeat=len(slopes))
        signed = (
            (-1) ** corner.count(0.0)
            * model.cond(**chosen, **dict(zip(slopes, corner, strict=True))).to_numpy()
            for corner in corners
        )
        rows.append(sum(signed))
    return np.array(rows, dtype=np.float64)


def _cell_words(cells: _Cells) -> str:
    if not cells.factors or len(cells.levels) == 1:
        levels = zip(cells.factors, cells.levels[0], strict=True)
        where = ", ".join(_with_factor(factor, level) for factor, level in levels)
        return (
            f"expression {f'in {where}' if where else 'where all else is zero'}, not a comparison"
        )
    return _interaction(cells) or (_words(cells.weights, cells.labels()) + cells.where())


def _interaction(cells: _Cells) -> str | None:
    """Words for a difference of differences between four combinations of two levels each."""
    if len(cells.varying) != 2 or len(cells.levels) != 4:
        return None
    (first, second), signs = cells.varying, np.sign(cells.weights)
    a = list(dict.fromkeys(levels[first] for levels in cells.levels))
    b = list(dict.fromkeys(levels[second] for levels in cells.levels))
    even = [
        s * (1 if levels[first] == a[1] else -1) * (1 if levels[second] == b[1] else -1)
        for s, levels in zip(signs, cells.levels, strict=True)
    ]
    equal = np.allclose(np.abs(cells.weights), 1)
    if len(a) != 2 or len(b) != 2 or not equal or len(set(even)) != 1:
        return None
    more, less = (b[1], b[0]) if even[0] > 0 else (b[0], b[1])
    one, other = (_named(cells.factors[first], level) for level in (a[1], a[0]))
    return (
        f"{START} that the difference {one} - {other} is greater in "
        f"{_named(cells.factors[second], more)} than in {_named(cells.factors[second], less)}"
        f"{cells.where()}"
    )


def _slope_words(cells: _Cells, slopes: list[str]) -> str:
    """Words for slopes, or for how the slope over the first covariate changes with the others."""
    covariate, *others = slopes
    labels = cells.labels() if cells.factors else [""]
    above, below = _side(cells.weights, labels), _side(-cells.weights, labels)
    more = " and ".join(others)
    if len(labels) == 1:
        rises = "rises" if cells.weights[0] > 0 else "falls"
        where = f" in {labels[0]}" if labels[0] else ""
        if others:
            return f"{START} that the slope over {covariate} {rises} with {more}{where}"
        return f"{START} that expression {rises} with {covariate}{where}, per unit of {covariate}"
    return (
        f"{START} that {'the rise of ' if others else ''}the slope over {covariate}"
        f"{f' with {more}' if others else ''} is greater in {above} than in {below}{cells.where()}"
    )


def _side(weights: FloatArray, names: list[str]) -> str:
    """The coefficients of one sign as a phrase, a mean where their weights are equal."""
    chosen = [
        (name, float(weight))
        for name, weight in zip(names, weights, strict=True)
        if weight > _TOLERANCE
    ]
    equal = all(abs(weight - chosen[0][1]) < _TOLERANCE for _, weight in chosen)
    total = sum(weight for _, weight in chosen)
    if len(chosen) > 1 and equal and abs(total - 1) < _TOLERANCE:
        names = [name for name, _ in chosen]
        return f"the mean of {', '.join(names[:-1])} and {names[-1]}"
    return " + ".join(
        name if abs(weight - 1) < _TOLERANCE else f"{number_text(round(weight, 4))} × {name}"
        for name, weight in chosen
    )


def _with_factor(factor: str, level: object) -> str:
    """A level with its factor, unless it is named after it."""
    text = label_text(level)
    made = any(text.startswith(start) for start in (f"{factor} ", f"cut({factor}"))
    return text if made else f"{factor} {text}"


def _named(factor: str, level: object) -> str:
    """A level, with its factor where it is a number or a truth value."""
    text = label_text(level)
    return f"{factor} {text}" if text[:1].isdigit() or text in ("TRUE", "FALSE") else text
