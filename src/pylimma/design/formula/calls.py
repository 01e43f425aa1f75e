"""Calls in formulas with their arguments, and the values that a formula's expressions take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from pylimma.design.formula.levels import Factor
from pylimma.design.formula.parser import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Parenthesis,
    Prefix,
    Text,
)
from pylimma.errors import DesignError, nearest, quoted
from pylimma.typing import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Several numeric columns of one variable, such as a spline."""

    values: FloatArray  # (samples, columns) the columns
    suffixes: tuple[str, ...]  # what follows the variable's name in the name of each column


TRUTHS = {"TRUE": 1.0, "T": 1.0, "True": 1.0, "FALSE": 0.0, "F": 0.0, "False": 0.0}

MOST_CONSTANTS = 10_000  # of a sequence such as 1:10

Column: TypeAlias = FloatArray | Factor
Value: TypeAlias = FloatArray | Factor | Block | str
Constant: TypeAlias = float | str


@dataclass(frozen=True, slots=True, eq=False)
class BoundCall:
    """A call whose arguments have the names of the function's parameters."""

    call: Call
    arguments: dict[str, Expression]
    evaluate: Callable[[Expression], Value]
    memory: dict[str, Any]  # what calls learned from the samples
    n_samples: int

    def __str__(self) -> str:
        return str(self.call)

    def value(self, name: str) -> Value:
        """An argument for each sample."""
        return self.evaluate(self.arguments[name])

    def numbers(self, name: str) -> FloatArray:
        """An argument that is a number for each sample."""
        return as_numbers(self.value(name), self.arguments[name])

    def constants(self, name: str) -> list[Constant] | None:
        """The constants of an argument; None where it is not given."""
        return constants(self.arguments[name], self.call) if name in self.arguments else None

    def number(self, name: str, default: float) -> float:
        """An argument that is one number, or TRUE or FALSE."""
        values = self.several(name)
        if values is None:
            return default
        if len(values) != 1 or not np.isfinite(values[0]):
            raise DesignError(f"'{name}' must be one number, and finite, in '{self}'.")
        return values[0]

    def several(self, name: str) -> list[float] | None:
        """An argument that is one or several numbers; None where it is not given."""
        values = self.constants(name)
        if values is None:
            return None
        if not all(isinstance(value, float) for value in values):
            raise DesignError(f"'{name}' must be numbers, in '{self}'.")
        return [float(value) for value in values]

    def is_true(self, name: str, *, default: bool = False) -> bool:
        """An argument that is TRUE or FALSE."""
        return bool(self.number(name, float(default)))

    def recall(self, learn: Callable[[], Any]) -> Any:
        """What the call learned from the samples, the first time that it was evaluated."""
        key = str(self.call)
        if key not in self.memory:
            self.memory[key] = learn()
        return self.memory[key]


def bind(call: Call, *parameters: str, required: int = 1) -> dict[str, Expression]:
    """The arguments of a call by parameter, of which the first `required` have no default."""
    given = {argument.name: argument.value for argument in call.arguments if argument.name}
    unknown = [name for name in given if name not in parameters]
    unnamed = [argument.value for argument in call.arguments if argument.name is None]
    free = [name for name in parameters if name not in given]
    if unknown or len(unnamed) > len(free):
        wrong = unknown[0] if unknown else unnamed[len(free)]
        choices = nearest(wrong, parameters) if unknown else parameters
        raise DesignError(f"'{wrong}' is not an argument, in '{call}'; use {quoted(choices)}.")
    arguments = given | dict(zip(free, unnamed, strict=False))
    for name in parameters[:required]:
        if name not in arguments:
            raise DesignError(f"'{call}' lacks its argument '{name}'.")
    return arguments


def constants(expression: Expression, call: Call) -> list[Constant]:
    """The constants of an argument, one or several in ``c(…)``."""
    match expression:
        case Number(value) | Text(value):
            return [value]
        case Name(name) if name in TRUTHS:
            return [TRUTHS[name]]
        case Name("Inf"):
            return [np.inf]
        case Parenthesis(inside):
            return constants(inside, call)
        case Prefix("-", operand):
            return [-value for value in constants(operand, call) if isinstance(value, float)]
        case Call("c", arguments):
            return [v for argument in arguments for v in constants(argument.value, call)]
        case Operation(":", Number(first), Number(last)) if abs(last - first) < MOST_CONSTANTS:
            step = 1.0 if last >= first else -1.0
            return np.arange(first, last + step / 2, step).tolist()
    raise DesignError(f"'{expression}' must be a constant or c(…) of constants, in '{call}'.")


def as_numbers(value: Value, expression: Expression) -> FloatArray:
    """A value that must be numeric, as a new array; truth values count as 1 and 0."""
    if isinstance(value, Factor) and value.logical:
        return np.array([level == "TRUE" for level in value.levels], dtype=float)[value.codes]
    if isinstance(value, np.ndarray):
        return value.copy()
    kind = "categorical" if isinstance(value, Factor) else "not one number for each sample"
    raise DesignError(f"'{expression}' is {kind}, and numbers are needed here.")


def as_factor(value: Value, expression: Expression) -> Factor:
    """A value that must be a factor."""
    if not isinstance(value, Factor):
        raise DesignError(f"'{expression}' is not categorical: write factor({expression}).")
    return value
