"""The arguments of calls in formulas."""

from __future__ import annotations

from typing import TypeAlias

from pylimma.design.formula.parser import Call, Expression, Name, Number, Parenthesis, Prefix, Text
from pylimma.errors import DesignError, nearest, quoted

Constant: TypeAlias = float | str


def bound(call: Call, *parameters: str, required: int = 1) -> dict[str, Expression]:
    """The arguments of a call by the names of a function's parameters.

    Parameters
    ----------
    call : Call
        The call.
    *parameters : str
        The parameters, in their order.
    required : int
        How many of them, from the first on, must be given.

    Returns
    -------
    dict of str to Expression
        The arguments that were given.

    Raises
    ------
    DesignError
        If an argument is none of the parameters, or a required one is lacking.
    """
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
    """The constants of an argument, one or several in ``c(…)``.

    Parameters
    ----------
    expression : Expression
        The argument.
    call : Call
        The call it belongs to, for messages.

    Returns
    -------
    list of float or str
        The constants; TRUE is 1.

    Raises
    ------
    DesignError
        If the argument is not made of constants.
    """
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
    """An argument that is one number, or TRUE or FALSE.

    Parameters
    ----------
    arguments : dict of str to Expression
        The arguments, from `bound`.
    name : str
        The argument.
    call : Call
        The call it belongs to, for messages.
    default : float
        Its value when it is not given.

    Returns
    -------
    float
        Its value.

    Raises
    ------
    DesignError
        If it is something else.
    """
    values = numbers_argument(arguments, name, call)
    if values is None:
        return default
    if len(values) != 1:
        raise DesignError(f"'{name}' must be one number, in '{call}'.")
    return values[0]


def numbers_argument(arguments: dict[str, Expression], name: str, call: Call) -> list[float] | None:
    """An argument that is one or several numbers.

    Parameters
    ----------
    arguments : dict of str to Expression
        The arguments, from `bound`.
    name : str
        The argument.
    call : Call
        The call it belongs to, for messages.

    Returns
    -------
    list of float or None
        The numbers; None if the argument is not given.

    Raises
    ------
    DesignError
        If it is something else.
    """
    if name not in arguments:
        return None
    values = constants(arguments[name], call)
    if not all(isinstance(value, float) for value in values):
        raise DesignError(f"'{name}' must be numbers, in '{call}'.")
    return [float(value) for value in values]
