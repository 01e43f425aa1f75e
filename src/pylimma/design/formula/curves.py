"""Curves that a formula may call for: ``poly``, ``bs`` and ``ns``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pylimma.design.formula.arguments import bound, number_argument, numbers_argument
from pylimma.design.formula.parser import Call, Expression
from pylimma.errors import DesignError
from pylimma.numerics.smoothing.splines import (
    b_spline_basis,
    continued_polynomials,
    natural_spline_basis,
    orthogonal_polynomials,
    quantile_knots,
)

if TYPE_CHECKING:
    from pylimma.design.formula.variables import Evaluator, Value
    from pylimma.typing import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Several numeric columns of one variable."""

    values: FloatArray  # (samples, columns) the columns
    suffixes: tuple[str, ...]  # what follows the variable's name in the name of each column


def _numbered(values: FloatArray, *, named_when_single: bool = False) -> Block:
    n_columns = values.shape[1]
    single = n_columns == 1 and not named_when_single
    return Block(values, ("",) if single else tuple(str(k + 1) for k in range(n_columns)))


def polynomial(evaluator: Evaluator, call: Call) -> Value:
    """Polynomials in a covariate."""
    arguments = bound(call, "x", "degree", "raw")
    x = evaluator.numbers(arguments["x"])
    degree = int(number_argument(arguments, "degree", call, 1))
    named = any(argument.name == "degree" for argument in call.arguments)
    if degree < 1:
        raise DesignError(f"The degree must be at least 1, in '{call}'.")

    def learn() -> list[list[float]]:
        n_distinct = len(np.unique(x))
        if degree >= n_distinct:
            raise DesignError(
                f"'{call}' needs more than {degree} different values; '{arguments['x']}' has "
                f"{n_distinct}."
            )
        _, recurrence = orthogonal_polynomials(x, degree)
        return [part.tolist() for part in recurrence]

    recurrence = evaluator.recall(call, learn)
    if number_argument(arguments, "raw", call, 0):
        return _numbered(x[:, None] ** np.arange(1, degree + 1), named_when_single=named)
    centres, scales = (np.array(part) for part in recurrence)
    return _numbered(continued_polynomials(x, centres, scales), named_when_single=named)


def _spline_knots(
    x: FloatArray, arguments: dict[str, Expression], call: Call, df_without_knots: int
) -> dict[str, list[float]]:
    """Knots as given, or as many at the quantiles as the degrees of freedom ask for."""
    boundary = numbers_argument(arguments, "Boundary.knots", call) or [
        float(x.min()),
        float(x.max()),
    ]
    boundary = sorted(boundary)
    if len(boundary) != 2 or boundary[0] == boundary[1]:
        raise DesignError(f"The boundary knots must be two different numbers, in '{call}'.")
    knots = numbers_argument(arguments, "knots", call)
    if knots is None:
        n_knots = int(number_argument(arguments, "df", call, df_without_knots)) - df_without_knots
        if not 0 <= n_knots <= len(x):
            raise DesignError(
                f"`df` must be from {df_without_knots} to {df_without_knots + len(x)}, in '{call}'."
            )
        if n_knots and not np.any((x >= boundary[0]) & (x <= boundary[1])):
            raise DesignError(f"No value lies between the boundary knots, in '{call}'.")
        knots = quantile_knots(x, n_knots, (boundary[0], boundary[1])).tolist()
    if any(not boundary[0] <= knot <= boundary[1] for knot in knots):
        raise DesignError(f"The knots must lie between the boundary knots, in '{call}'.")
    return {"knots": knots, "boundary": boundary}


def b_spline(evaluator: Evaluator, call: Call) -> Value:
    """B-splines of a covariate."""
    arguments = bound(call, "x", "df", "knots", "degree", "intercept", "Boundary.knots")
    x = evaluator.numbers(arguments["x"])
    degree = int(number_argument(arguments, "degree", call, 3))
    intercept = bool(number_argument(arguments, "intercept", call, 0))
    if degree < 1:
        raise DesignError(f"The degree must be at least 1, in '{call}'.")
    learnt = evaluator.recall(call, lambda: _spline_knots(x, arguments, call, degree + intercept))
    boundary = (learnt["boundary"][0], learnt["boundary"][1])
    knots = np.array(learnt["knots"])
    return _numbered(b_spline_basis(x, knots, boundary, degree, intercept=intercept))


def natural_spline(evaluator: Evaluator, call: Call) -> Value:
    """Natural cubic splines of a covariate."""
    arguments = bound(call, "x", "df", "knots", "intercept", "Boundary.knots")
    x = evaluator.numbers(arguments["x"])
    intercept = bool(number_argument(arguments, "intercept", call, 0))
    learnt = evaluator.recall(call, lambda: _spline_knots(x, arguments, call, 1 + intercept))
    boundary = (learnt["boundary"][0], learnt["boundary"][1])
    knots = np.array(learnt["knots"])
    return _numbered(natural_spline_basis(x, knots, boundary, intercept=intercept))
