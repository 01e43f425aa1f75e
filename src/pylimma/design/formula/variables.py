"""The values of a formula's variables.

A formula is walked, never evaluated by Python: names are columns of the data, signs are
arithmetic, and calls are the functions listed in `transforms`. What a function learns from the
samples, such as the knots of a spline, is remembered, so that the same formula can be worked out
for other values.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from pylimma.design.formula.levels import Factor, factor_with_levels, used_levels
from pylimma.design.formula.parser import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Parenthesis,
    Prefix,
    Text,
    subexpressions,
)
from pylimma.design.formula.transforms import FUNCTIONS, NUMERIC_FUNCTIONS
from pylimma.errors import DesignError, nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pylimma.design.formula.curves import Block
    from pylimma.typing import AnyArray, FloatArray

Column: TypeAlias = "FloatArray | Factor"
Value: TypeAlias = "FloatArray | Factor | Block | str"

CONSTANTS = {"TRUE": 1.0, "FALSE": 0.0, "T": 1.0, "F": 0.0, "pi": np.pi, "Inf": np.inf}
_PACKAGES = ("np.", "base::", "stats::", "splines::")
_ARITHMETIC: dict[str, Callable[[AnyArray, AnyArray], AnyArray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "%%": np.mod,
    "%/%": np.floor_divide,
}
_TRUTHS: dict[str, Callable[[AnyArray, AnyArray], AnyArray]] = {
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "&": np.logical_and,
    "|": np.logical_or,
    "&&": np.logical_and,
    "||": np.logical_or,
}


@dataclass(slots=True)
class Evaluator:
    """Works out expressions for a set of samples."""

    columns: Mapping[str, Column]  # (samples,) the data
    n_samples: int  # number of samples
    # what functions learnt from the samples, by the text of their call. An empty one is filled; a
    # filled one is followed
    memory: dict[str, Any] = field(default_factory=dict)

    def value(self, expression: Expression) -> Value:
        """The value of an expression."""
        match expression:
            case Number(value):
                return np.full(self.n_samples, value)
            case Text(value):
                return value
            case Name(name):
                return self._named(name)
            case Parenthesis(inside):
                return self.value(inside)
            case Prefix("!", operand):
                return _truth(self.numbers(operand) == 0)
            case Prefix(sign, operand):
                return self.numbers(operand) * (-1.0 if sign == "-" else 1.0)
            case Operation(sign, left, right):
                return self._operation(sign, left, right)
            case Call():
                return self._call(expression)

    def numbers(self, expression: Expression) -> FloatArray:
        """The value of an expression that must be numeric; truth values count as 1 and 0."""
        value = self.value(expression)
        if isinstance(value, Factor) and value.logical:
            return np.array([level == "TRUE" for level in value.levels], dtype=float)[value.codes]
        if isinstance(value, np.ndarray):
            return value.copy()
        kind = "categorical" if isinstance(value, Factor) else "not one number a sample"
        raise DesignError(f"'{expression}' is {kind}, and numbers are needed here.")

    def factor(self, expression: Expression) -> Factor:
        """The value of an expression that must be a factor."""
        value = self.value(expression)
        if not isinstance(value, Factor):
            raise DesignError(f"'{expression}' is not categorical: write factor({expression}).")
        return value

    def recall(self, call: Call, learn: Callable[[], Any]) -> Any:
        """What a call learnt from the samples."""
        key = str(call)
        if key not in self.memory:
            self.memory[key] = learn()
        return self.memory[key]

    def settled(self, name: str, factor: Factor) -> Factor:
        """A factor with the levels remembered under a name, or with those that occur."""
        key = f"levels of {name}"
        if key not in self.memory:
            factor = used_levels(factor, name)
            self.memory[key] = list(factor.levels)
            return factor
        labels = [factor.levels[code] for code in factor.codes]
        found = factor_with_levels(labels, tuple(self.memory[key]), name)
        return replace(factor, codes=found.codes, levels=found.levels)

    def _named(self, name: str) -> Value:
        column = self.columns.get(name)
        if column is not None:
            return column
        if name in CONSTANTS:
            return np.full(self.n_samples, CONSTANTS[name])
        raise DesignError(
            f"The data have no column '{name}'; they have {quoted(nearest(name, self.columns))}."
        )

    def _operation(self, sign: str, left: Expression, right: Expression) -> Value:
        if sign in ("==", "!="):
            texts = [self._labels(side) for side in (left, right)]
            if all(text is not None for text in texts):
                return _truth(_TRUTHS[sign](*np.broadcast_arrays(*texts)))  # type: ignore[arg-type]
        ours, theirs = self.numbers(left), self.numbers(right)
        with np.errstate(all="ignore"):
            if sign in _TRUTHS:
                return _truth(_TRUTHS[sign](ours, theirs))
            if sign in _ARITHMETIC:
                return np.asarray(_ARITHMETIC[sign](ours, theirs))
        raise DesignError(f"'{sign}' is no arithmetic, in '{Operation(sign, left, right)}'.")

    def _labels(self, expression: Expression) -> AnyArray | None:
        value = self.value(expression)
        if isinstance(value, Factor):
            return np.array(value.levels, dtype=object)[value.codes]
        return np.full(self.n_samples, value, dtype=object) if isinstance(value, str) else None

    def _call(self, call: Call) -> Value:
        function = call.function
        for package in _PACKAGES:
            function = function.removeprefix(package)
        with np.errstate(all="ignore"):
            if function in NUMERIC_FUNCTIONS and len(call.arguments) == 1:
                return NUMERIC_FUNCTIONS[function](self.numbers(call.arguments[0].value))
            if function not in FUNCTIONS:
                known = sorted({*FUNCTIONS, *NUMERIC_FUNCTIONS})
                raise DesignError(
                    f"'{call.function}' is no function of formulas, in '{call}'; there are "
                    f"{quoted(nearest(function, known), 60)}."
                )
            value = FUNCTIONS[function](self, call)
        return self.settled(str(call), value) if isinstance(value, Factor) else value


def names_in(expression: Expression) -> list[str]:
    """The names in an expression that may be columns of the data."""
    return list(
        dict.fromkeys(part.name for part in subexpressions(expression) if isinstance(part, Name))
    )


def _truth(values: AnyArray) -> Factor:
    return Factor(np.asarray(values, dtype=np.intp), ("FALSE", "TRUE"), logical=True)
