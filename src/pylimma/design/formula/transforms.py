"""The functions that a formula may call.

Each takes the evaluator and its own call, and works out the arguments it needs. What depends on
the samples at hand (knots, polynomials, means) is learnt once and remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pylimma.design.formula.arguments import bound, number_argument
from pylimma.design.formula.curves import b_spline, natural_spline, polynomial
from pylimma.design.formula.factors import as_factor, as_ordered, coded, interaction, releveled
from pylimma.design.formula.parser import Call, Expression, Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from pylimma.design.formula.variables import Evaluator, Value
    from pylimma.typing import FloatArray


def _identity(evaluator: Evaluator, call: Call) -> Value:
    return evaluator.value(bound(call, "x")["x"])


def _logarithm(evaluator: Evaluator, call: Call) -> Value:
    arguments = bound(call, "x", "base")
    return np.log(evaluator.numbers(arguments["x"])) / np.log(
        number_argument(arguments, "base", call, np.e)
    )


def _rounded(evaluator: Evaluator, call: Call) -> Value:
    arguments = bound(call, "x", "digits")
    digits = int(number_argument(arguments, "digits", call, 0))
    return np.round(evaluator.numbers(arguments["x"]), digits)


def _choice(evaluator: Evaluator, call: Call) -> Value:
    arguments = bound(call, "test", "yes", "no", required=3)
    test, yes, no = (evaluator.numbers(arguments[name]) for name in ("test", "yes", "no"))
    return np.where(test != 0, yes, no)


def _summary(statistic: Callable[[FloatArray], float]) -> Callable[[Evaluator, Call], Value]:
    """One number of all samples, such as their mean, which is remembered."""

    def function(evaluator: Evaluator, call: Call) -> Value:
        x = evaluator.numbers(bound(call, "x")["x"])
        return np.full(evaluator.n_samples, evaluator.recall(call, lambda: float(statistic(x))))

    return function


def _scaled(evaluator: Evaluator, call: Call) -> Value:
    arguments = bound(call, "x", "center", "scale")
    x = evaluator.numbers(arguments["x"])

    def learn() -> list[float]:
        centre = _setting(arguments, "center", call, learnt=float(x.mean()), without=0.0)
        spread = np.sqrt(np.sum((x - centre) ** 2) / (len(x) - 1))
        return [centre, _setting(arguments, "scale", call, learnt=float(spread), without=1.0)]

    centre, scale = evaluator.recall(call, learn)
    return np.asarray((x - centre) / scale)


def _setting(
    arguments: dict[str, Expression], name: str, call: Call, *, learnt: float, without: float
) -> float:
    """A number as given; what was learnt for TRUE, and what has no effect for FALSE."""
    number = number_argument(arguments, name, call, 1.0)
    if name not in arguments or isinstance(arguments[name], Name):
        return learnt if number else without
    return number


def _as_numeric(evaluator: Evaluator, call: Call) -> Value:
    return evaluator.numbers(bound(call, "x")["x"])


_SAME_IN_NUMPY = (
    *("log2", "log10", "log1p", "exp", "expm1", "sqrt", "abs", "sign", "floor", "trunc"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh"),
)
NUMERIC_FUNCTIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "ceiling": np.ceil,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
} | {name: getattr(np, name) for name in _SAME_IN_NUMPY}
FUNCTIONS: dict[str, Callable[[Evaluator, Call], Value]] = {
    "I": _identity,
    "log": _logarithm,
    "round": _rounded,
    "ifelse": _choice,
    "mean": _summary(np.mean),
    "median": _summary(np.median),
    "min": _summary(np.min),
    "max": _summary(np.max),
    "scale": _scaled,
    "poly": polynomial,
    "bs": b_spline,
    "ns": natural_spline,
    "factor": as_factor,
    "as.factor": as_factor,
    "ordered": as_ordered,
    "relevel": releveled,
    "interaction": interaction,
    "C": coded,
    "as.numeric": _as_numeric,
}
