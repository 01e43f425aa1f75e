"""The values of a formula's variables.

A formula is walked, never evaluated by Python: names are columns of the data, signs are
arithmetic, and calls are the functions listed in `transforms`. What a function learns from the
samples, such as the knots of a spline, is remembered, so that the same formula can be worked out
for other values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pylimma.design.formula.calls import (
    TRUTHS,
    BoundCall,
    Column,
    Value,
    as_numbers,
    bind,
    constants,
)
from pylimma.design.formula.levels import Factor, learned_levels, level_text, logical_factor
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
from pylimma.typing import AnyArray, FloatArray

CONSTANTS = TRUTHS | {"pi": np.pi, "Inf": np.inf}
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
_COMPARISONS: dict[str, Callable[[AnyArray, AnyArray], AnyArray]] = {
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
    # what functions learned from the samples, by the text of their call: filled where empty,
    # followed where filled
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
                return logical_factor(self.numbers(operand) == 0)
            case Prefix(sign, operand):
                return self.numbers(operand) * (-1.0 if sign == "-" else 1.0)
            case Operation(sign, left, right):
                return self._operation(sign, left, right)
            case Call():
                return self._call(expression)

    def numbers(self, expression: Expression) -> FloatArray:
        """The value of an expression that must be numeric."""
        return as_numbers(self.value(expression), expression)

    def _named(self, name: str) -> Value:
        column = self.columns.get(name)
        if column is not None:
            return column
        if name in CONSTANTS:
            return np.full(self.n_samples, CONSTANTS[name])
        raise missing_column(name, self.columns)

    def _operation(self, sign: str, left: Expression, right: Expression) -> Value:
        if sign == "%in%":
            wanted = list(map(level_text, constants(right, Call("c", ()))))
            return logical_factor(np.isin(self._texts(left), wanted))
        if sign in ("==", "!="):
            texts = [self._labels(side) for side in (left, right)]
            if all(text is not None for text in texts):
                return logical_factor(_COMPARISONS[sign](*np.broadcast_arrays(*texts)))  # type: ignore[arg-type]
        ours, theirs = self.numbers(left), self.numbers(right)
        with np.errstate(all="ignore"):
            if sign in _COMPARISONS:
                return logical_factor(_COMPARISONS[sign](ours, theirs))
            if sign in _ARITHMETIC:
                return np.asarray(_ARITHMETIC[sign](ours, theirs))
        raise DesignError(
            f"'{sign}' is not an arithmetic operator, in '{Operation(sign, left, right)}'."
        )

    def _texts(self, expression: Expression) -> list[str]:
        value = self.value(expression)
        if isinstance(value, Factor):
            return value.labels
        return list(map(level_text, self.numbers(expression)))

    def _labels(self, expression: Expression) -> AnyArray | None:
        value = self.value(expression)
        if isinstance(value, Factor):
            return np.array(value.levels, dtype=object)[value.codes]
        return np.full(self.n_samples, value, dtype=object) if isinstance(value, str) else None

    def _call(self, call: Call) -> Value:
        name = call.function
        for package in _PACKAGES:
            name = name.removeprefix(package)
        with np.errstate(all="ignore"):
            if name in NUMERIC_FUNCTIONS:
                given = call.arguments
                x = given[0].value if len(given) == 1 else bind(call, "x")["x"]
                return NUMERIC_FUNCTIONS[name](self.numbers(x))
            if name not in FUNCTIONS:
                known = nearest(name, sorted({*FUNCTIONS, *NUMERIC_FUNCTIONS}))
                raise DesignError(
                    f"'{call.function}' is not a function of formulas, in '{call}'; there are "
                    f"{quoted(known, 60)}."
                )
            function = FUNCTIONS[name]
            arguments = {}
            if function.parameters is not None:
                arguments = bind(call, *function.parameters, required=function.required)
            bound = BoundCall(call, arguments, self.value, self.memory, self.n_samples)
            value = function.compute(bound)
        return learned_levels(value, str(call), self.memory) if isinstance(value, Factor) else value


def missing_column(name: str, columns: Iterable[str]) -> DesignError:
    """The error of a name that the data lack."""
    return DesignError(
        f"The data have no column '{name}'; they have {quoted(nearest(name, columns))}."
    )


def names_in(expression: Expression) -> list[str]:
    """The names in an expression that may be columns of the data."""
    return list(
        dict.fromkeys(part.name for part in subexpressions(expression) if isinstance(part, Name))
    )
