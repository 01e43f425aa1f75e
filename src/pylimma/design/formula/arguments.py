"""The arguments of calls in formulas."""

from __future__ import annotations

from typing import TypeAlias

from pylimma.design.formula.parser import Call, Expression, Name, Number, Parenthesis, Prefix, Text
from pylimma.errors import DesignError, nearest, quoted

Constant: TypeAlias = float | str


def bound(call: Call, *parameters: str, required: int = 1) -> dict[str, Expression]:
    """The arguments of a call by the names of a function's parameters."""
    given = {argument.name: argument.value for argument in call.arguments if argument.name}
    unknown = [name for name in given if name not in parameters]
    unnamed = [argument.value for argument in call.arguments if argument.name is None]
    free = [name for name in parameters if name not in given]
    if unknown or len(unnamed) > len(free):
        wrong = f"'{unknown[0]}'" if unknown else f"'{unnamed[len(free)]}'"
        choices = nearest(unknown[0], parameters) if unknown else parameters
        raise DesignError(f"{wrong} is no argument in '{call}'; there are {quoted(choices)}.")
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
        case Name("TRUE" | "T" | "True"):
            return [1.0]
        case Name("FALSE" | "F" | "False"):
            return [0.0]
        case Parenthesis(inside):
            return constants(inside, call)
        case Prefix("-", operand):
            return [-value for value in constants(operand, call) if isinstance(value, float)]
        case Call("c", arguments):
            return [v for argument in arguments for v in constants(argument.value, call)]
    raise DesignError(f"'{expression}' must be a constant or c(…) of constants, in '{call}'.")


def number_argument(
    arguments: dict[str, Expression], name: str, call: Call, default: float
) -> float:
    """An argument that is one number, or TRUE or FALSE."""
    values = numbers_argument(arguments, name, call)
    if values is None:
        return default
    if len(values) != 1:
        raise DesignError(f"'{name}' must be one number, in '{call}'.")
    return values[0]


def numbers_argument(arguments: dict[str, Expression], name: str, call: Call) -> list[float] | None:
    """An argument that is one or several numbers."""
    if name not in arguments:
        return None
    values = constants(arguments[name], call)
    if not all(isinstance(value, float) for value in values):
        raise DesignError(f"'{name}' must be numbers, in '{call}'.")
    return [float(value) for value in values]
