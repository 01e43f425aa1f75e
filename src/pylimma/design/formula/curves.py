"""Curves that a formula may call for: ``poly``, ``bs`` and ``ns``."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np

from pylimma.design.formula.calls import Block, BoundCall, as_numbers
from pylimma.design.formula.parser import Expression, Name, subexpressions
from pylimma.errors import DesignError
from pylimma.numerics.smoothing.splines import (
    b_spline_basis,
    continued_polynomials,
    natural_spline_basis,
    orthogonal_polynomials,
    quantile_knots,
)
from pylimma.typing import FloatArray

_LARGEST_DEGREE = 100  # beyond it a polynomial is rounding error
_MOST_POLYNOMIALS = 2000  # columns of one call


def polynomial(call: BoundCall) -> Block:
    """Polynomials in one or several covariates, orthogonal ones unless `raw`."""
    variables, call = _polynomial_arguments(call)
    degree, raw = _degree(call, 1), call.is_true("raw")
    if comb(degree + len(variables), len(variables)) > _MOST_POLYNOMIALS:
        raise DesignError(f"'{call}' has more than {_MOST_POLYNOMIALS} columns.")
    xs = [as_numbers(call.evaluate(variable), variable) for variable in variables]
    learned = call.recall(
        lambda: [_recurrence(x, degree, v, call) for x, v in zip(xs, variables, strict=True)]
    )
    bases = [
        x[:, None] ** np.arange(1, degree + 1)
        if raw
        else continued_polynomials(x, np.array(centres), np.array(scales))
        for x, (centres, scales) in zip(xs, learned, strict=True)
    ]
    if len(bases) == 1:
        named = any(argument.name == "degree" for argument in call.call.arguments)
        return _numbered(bases[0], single="1" if named else "")  # as R names a line
    powers = _powers(len(bases), degree)
    full = [np.column_stack([np.ones(len(basis)), basis]) for basis in bases]
    columns = [
        np.prod([basis[:, power] for basis, power in zip(full, each, strict=True)], axis=0)
        for each in powers
    ]
    return Block(np.column_stack(columns), tuple(".".join(map(str, each)) for each in powers))


def _polynomial_arguments(call: BoundCall) -> tuple[list[Expression], BoundCall]:
    """The covariates, and the call with its options: a number in second place is the degree."""
    given = [(argument.name, argument.value) for argument in call.call.arguments]
    options = {name: value for name, value in given if name in ("degree", "raw")}
    variables = [value for name, value in given if name in (None, "x")]
    unknown = [name for name, _ in given if name not in (None, "x", "degree", "raw")]
    if unknown or not variables:
        wrong = f"'{unknown[0]}' is not an argument" if unknown else "There is no variable"
        raise DesignError(f"{wrong}, in '{call}'; use variables, 'degree' and 'raw'.")
    fixed = [v for v in variables if not any(isinstance(x, Name) for x in subexpressions(v))]
    if len(variables) == 2 and fixed == variables[1:] and "degree" not in options:
        options["degree"] = variables.pop()
    elif fixed:
        raise DesignError(f"'{fixed[0]}' is not a variable, in '{call}'; write degree = 2.")
    return variables, replace(call, arguments=options)


def _recurrence(
    x: FloatArray, degree: int, variable: Expression, call: BoundCall
) -> list[list[float]]:
    n_distinct = len(np.unique(x))
    if degree >= n_distinct:
        raise DesignError(
            f"'{call}' needs more than {degree} different values; '{variable}' has {n_distinct}."
        )
    _, recurrence = orthogonal_polynomials(x, degree)
    return [part.tolist() for part in recurrence]


def _powers(n_variables: int, degree: int) -> list[tuple[int, ...]]:
    """Powers of each variable in the products up to a degree, those of the first fastest."""
    found: list[tuple[int, ...]] = [()]
    for _ in range(n_variables):
        found = [(k, *rest) for rest in found for k in range(degree + 1 - sum(rest))]
    return [powers for powers in found if any(powers)]


def b_spline(call: BoundCall) -> Block:
    """B-splines of a covariate."""
    x, degree, intercept = call.numbers("x"), _degree(call, 3), bool(call.number("intercept", 0))
    knots, boundary = _knots(call, x, degree + intercept)
    return _numbered(b_spline_basis(x, knots, boundary, degree, intercept=intercept))


def natural_spline(call: BoundCall) -> Block:
    """Natural cubic splines of a covariate."""
    x, intercept = call.numbers("x"), bool(call.number("intercept", 0))
    knots, boundary = _knots(call, x, 1 + intercept)
    return _numbered(natural_spline_basis(x, knots, boundary, intercept=intercept))


def _numbered(values: FloatArray, single: str = "") -> Block:
    """Columns named by their number, a single one as given."""
    n_columns = values.shape[1]
    return Block(values, (single,) if n_columns == 1 else tuple(map(str, range(1, n_columns + 1))))


def _degree(call: BoundCall, default: int) -> int:
    degree = int(call.number("degree", default))
    if degree < 1:
        raise DesignError(f"The degree must be at least 1, in '{call}'.")
    if degree > _LARGEST_DEGREE:
        raise DesignError(f"The degree must be at most {_LARGEST_DEGREE}, in '{call}'.")
    return degree


def _knots(
    call: BoundCall, x: FloatArray, df_without_knots: int
) -> tuple[FloatArray, tuple[float, float]]:
    """Inner and boundary knots, which are learned from the samples where they are not given."""
    learned = call.recall(lambda: _learned_knots(call, x, df_without_knots))
    low, high = learned["boundary"]
    return np.array(learned["knots"]), (low, high)


def _learned_knots(call: BoundCall, x: FloatArray, df_without_knots: int) -> dict[str, list[float]]:
    boundary = sorted(call.several("Boundary.knots") or [float(x.min()), float(x.max())])
    if len(boundary) != 2 or boundary[0] == boundary[1]:
        raise DesignError(f"The boundary knots must be two different numbers, in '{call}'.")
    low, high = boundary
    knots = call.several("knots")
    if knots is None:
        n_knots = int(call.number("df", df_without_knots)) - df_without_knots
        if not 0 <= n_knots <= len(x):
            raise DesignError(
                f"`df` must be from {df_without_knots} to {df_without_knots + len(x)}, in '{call}'."
            )
        if n_knots and not np.any((x >= low) & (x <= high)):
            raise DesignError(f"No value lies between the boundary knots, in '{call}'.")
        knots = quantile_knots(x, n_knots, (low, high)).tolist()
    if any(not low <= knot <= high for knot in knots):
        raise DesignError(f"The knots must lie between the boundary knots, in '{call}'.")
    return {"knots": knots, "boundary": boundary}
