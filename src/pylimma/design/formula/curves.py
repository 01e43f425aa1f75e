"""Curves that a formula may call for: ``poly``, ``bs`` and ``ns``."""

from __future__ import annotations

import numpy as np

from pylimma.design.formula.calls import Block, BoundCall
from pylimma.errors import DesignError
from pylimma.numerics.smoothing.splines import (
    b_spline_basis,
    continued_polynomials,
    natural_spline_basis,
    orthogonal_polynomials,
    quantile_knots,
)
from pylimma.typing import FloatArray


def polynomial(call: BoundCall) -> Block:
    """Polynomials in a covariate, orthogonal ones unless `raw`."""
    x, degree = call.numbers("x"), _degree(call, 1)

    def learn() -> list[list[float]]:
        n_distinct = len(np.unique(x))
        if degree >= n_distinct:
            raise DesignError(
                f"'{call}' needs more than {degree} different values; '{call.arguments['x']}' has "
                f"{n_distinct}."
            )
        _, recurrence = orthogonal_polynomials(x, degree)
        return [part.tolist() for part in recurrence]

    centres, scales = (np.array(part) for part in call.recall(learn))
    if call.number("raw", 0):
        values = x[:, None] ** np.arange(1, degree + 1)
    else:
        values = continued_polynomials(x, centres, scales)
    named = any(argument.name == "degree" for argument in call.call.arguments)
    return _numbered(values, single="1" if named else "")  # as R names a line


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
