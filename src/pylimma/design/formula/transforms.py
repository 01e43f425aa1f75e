"""The functions that a formula may call.

Each takes its own call with the arguments bound. What depends on the samples at hand (knots,
polynomials, means) is learned once and remembered.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pylimma.design.formula.calls import BoundCall, Value, as_numbers
from pylimma.design.formula.curves import b_spline, natural_spline, polynomial
from pylimma.design.formula.factors import (
    character,
    coded,
    cut,
    factor,
    interaction,
    labels,
    numeric,
    ordered,
    relevel,
    text_factor,
)
from pylimma.design.formula.levels import Factor, logical_factor
from pylimma.design.formula.parser import Name
from pylimma.errors import DesignError
from pylimma.typing import FloatArray


@dataclass(frozen=True, slots=True)
class Function:
    """A function of formulas."""

    compute: Callable[[BoundCall], Value]
    # names of the arguments in order; None for a function that reads any number of them
    parameters: tuple[str, ...] | None = ("x",)
    required: int = 1  # how many of the parameters have no default


def _log(call: BoundCall) -> FloatArray:
    return np.log(call.numbers("x")) / np.log(call.number("base", math.e))


def _round(call: BoundCall) -> FloatArray:
    digits = int(np.clip(call.number("digits", 0), -_DIGITS, _DIGITS))
    return np.round(call.numbers("x"), digits)


def _ifelse(call: BoundCall) -> FloatArray | Factor:
    test = call.numbers("test") != 0
    yes, no = call.value("yes"), call.value("no")
    if isinstance(yes, str | Factor) and isinstance(no, str | Factor):
        return text_factor(np.where(test, labels(yes, len(test)), labels(no, len(test))))
    return np.where(test, call.numbers("yes"), call.numbers("no"))


def _extreme(function: Callable[..., FloatArray]) -> Function:
    """The smallest or largest of several variables in each sample."""

    def compute(call: BoundCall) -> FloatArray:
        given = [a.value for a in call.call.arguments if a.name != "na.rm"]
        if not given:
            raise DesignError(f"'{call}' needs variables.")
        return function([as_numbers(call.evaluate(x), x) for x in given], axis=0)

    return Function(compute, None)


def _xor(call: BoundCall) -> Factor:
    return logical_factor((call.numbers("x") != 0) != (call.numbers("y") != 0))


def _is_missing(call: BoundCall) -> Factor:
    value = call.value("x")
    missing = np.isnan(value) if isinstance(value, np.ndarray) else np.zeros(call.n_samples, bool)
    return logical_factor(missing)


def _summary(statistic: Callable[[FloatArray], float]) -> Function:
    """One number of all samples, such as their mean, which is remembered."""

    def compute(call: BoundCall) -> FloatArray:
        x = call.numbers("x")
        return np.full(call.n_samples, call.recall(lambda: float(statistic(x))))

    return Function(compute)


def _scale(call: BoundCall) -> FloatArray:
    x = call.numbers("x")

    def learn() -> list[float]:
        centre = _setting(call, "center", learned=float(x.mean()), without=0.0)
        spread = np.sqrt(np.sum((x - centre) ** 2) / (len(x) - 1))
        return [centre, _setting(call, "scale", learned=float(spread), without=1.0)]

    centre, scale = call.recall(learn)
    return np.asarray((x - centre) / scale)


def _setting(call: BoundCall, name: str, *, learned: float, without: float) -> float:
    """A number as given; what was learned for TRUE, and what has no effect for FALSE."""
    number = call.number(name, 1.0)
    if isinstance(call.arguments.get(name, Name("TRUE")), Name):
        return learned if number else without
    return number


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
_DIGITS = 300  # decimal places of a double, at most
_FACTOR = ("x", "levels", "labels", "ordered")
FUNCTIONS = {
    "I": Function(lambda call: call.value("x")),
    "log": Function(_log, ("x", "base")),
    "round": Function(_round, ("x", "digits")),
    "ifelse": Function(_ifelse, ("test", "yes", "no"), required=3),
    "mean": _summary(np.mean),
    "median": _summary(np.median),
    "min": _summary(np.min),
    "max": _summary(np.max),
    "scale": Function(_scale, ("x", "center", "scale")),
    "poly": Function(polynomial, None),
    "bs": Function(b_spline, ("x", "df", "knots", "degree", "intercept", "Boundary.knots")),
    "ns": Function(natural_spline, ("x", "df", "knots", "intercept", "Boundary.knots")),
    "factor": Function(factor, _FACTOR),
    "as.factor": Function(factor, _FACTOR),
    "ordered": Function(ordered, _FACTOR),
    "as.ordered": Function(ordered, _FACTOR),
    "droplevels": Function(factor, _FACTOR),
    "relevel": Function(relevel, ("x", "ref"), required=2),
    "interaction": Function(interaction, None),
    "C": Function(coded, ("x", "contr", "base")),
    "cut": Function(
        cut,
        ("x", "breaks", "labels", "include.lowest", "right", "dig.lab", "ordered_result"),
        required=2,
    ),
    "pmin": _extreme(np.min),
    "pmax": _extreme(np.max),
    "as.numeric": Function(numeric),
    "as.double": Function(numeric),
    "as.integer": Function(lambda call: np.trunc(numeric(call))),
    "as.character": Function(character),
    "as.logical": Function(lambda call: logical_factor(call.numbers("x") != 0)),
    "xor": Function(_xor, ("x", "y"), required=2),
    "is.na": Function(_is_missing),
}
