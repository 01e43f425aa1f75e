"""Factors that a formula may call for: ``factor``, ``relevel``, ``interaction``, ``C``."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pylimma.design.formula.arguments import bound, constants, number_argument
from pylimma.design.formula.codings import CODINGS, contrast_coding
from pylimma.design.formula.levels import (
    Factor,
    factor_from_values,
    factor_with_levels,
    level_text,
    with_reference,
)
from pylimma.design.formula.parser import Call, Expression, Name, Number, Text
from pylimma.errors import DesignError, nearest, quoted

if TYPE_CHECKING:
    from pylimma.design.formula.codings import Coding
    from pylimma.design.formula.variables import Evaluator, Value


def _labels(value: Value) -> list[str]:
    if isinstance(value, Factor):
        return [value.levels[code] for code in value.codes]
    return [level_text(number) for number in np.asarray(value)]


def as_factor(evaluator: Evaluator, call: Call) -> Value:
    """A factor of a variable."""
    arguments = bound(call, "x", "levels", "labels", "ordered")
    value = evaluator.value(arguments["x"])
    ordered = isinstance(value, Factor) and value.ordered and "ordered" not in arguments
    ordered = ordered or bool(number_argument(arguments, "ordered", call, 0))
    if "levels" in arguments:
        levels = tuple(level_text(level) for level in constants(arguments["levels"], call))
        factor = factor_with_levels(_labels(value), levels, str(call))
    elif isinstance(value, Factor):
        factor = value
    else:
        factor = factor_from_values(np.asarray(value).tolist())
    if "labels" in arguments:
        names = tuple(level_text(name) for name in constants(arguments["labels"], call))
        known = evaluator.recall(call, lambda: list(factor.levels))
        if len(names) != len(known):
            raise DesignError(
                f"There are {len(known)} levels and {len(names)} labels, in '{call}'."
            )
        factor = factor_with_levels(_labels(factor), tuple(known), str(call))
        factor = replace(factor, levels=names)
    return Factor(factor.codes, factor.levels, ordered)


def as_ordered(evaluator: Evaluator, call: Call) -> Value:
    """A factor with ordered levels."""
    factor = as_factor(evaluator, call)
    return replace(factor, ordered=True) if isinstance(factor, Factor) else factor


def releveled(evaluator: Evaluator, call: Call) -> Value:
    """A factor with another reference level."""
    arguments = bound(call, "x", "ref", required=2)
    reference = constants(arguments["ref"], call)[0]
    return with_reference(evaluator.factor(arguments["x"]), reference, str(arguments["x"]))


def interaction(evaluator: Evaluator, call: Call) -> Value:
    """A factor of the combinations of levels."""
    named = {argument.name: argument.value for argument in call.arguments if argument.name}
    separator = str(constants(named.get("sep", Text(".")), call)[0])
    factors = [evaluator.factor(a.value) for a in call.arguments if a.name is None]
    if not factors or set(named) - {"sep"}:
        raise DesignError(f"'{call}' takes factors and `sep`.")
    labels = [separator.join(parts) for parts in zip(*map(_labels, factors), strict=True)]
    # the first factor varies fastest
    levels = product(*(factor.levels for factor in reversed(factors)))
    names = tuple(separator.join(reversed(parts)) for parts in levels)
    return factor_with_levels(labels, names, str(call))


def coded(evaluator: Evaluator, call: Call) -> Value:
    """A factor with a contrast coding."""
    arguments = bound(call, "x", "contr", "base")
    value = evaluator.value(arguments["x"])
    factor = value if isinstance(value, Factor) else factor_from_values(np.asarray(value).tolist())
    if not isinstance(value, Factor):
        factor = evaluator.settled(f"{arguments['x']} in {call}", factor)
    if "contr" not in arguments:
        return replace(factor, logical=False)
    coding = _coding_in_call(arguments, call, factor.levels)
    return replace(factor, coding=coding, logical=False)


def _coding_in_call(
    arguments: dict[str, Expression], call: Call, levels: tuple[str, ...]
) -> Coding:
    """The coding named by ``contr``.

    A text or a short name keeps the names of the levels, a function numbers them.
    """
    request = arguments["contr"]
    base = arguments.get("base")
    match request:
        case Text(kind):
            numbered = False
        case Name(kind):
            numbered = kind.startswith("contr.")
        case Call(kind, _):
            given = bound(request, "n", "base", required=0)
            numbered = isinstance(given.get("n"), Number)
            base = given.get("base", base)
            if isinstance(given.get("n"), Text):  # contr.treatment("B"), as formulaic writes it
                base = given["n"]
        case _:
            raise DesignError(
                f"'{request}' is no coding, in '{call}'; there are {quoted(CODINGS)}."
            )
    position = None if base is None else _base_position(base, call, levels)
    if kind.removeprefix("contr.") not in CODINGS:
        choices = nearest(kind, [f"contr.{coding}" for coding in CODINGS])
        raise DesignError(f"'{kind}' is no coding, in '{call}'; there are {quoted(choices)}.")
    return contrast_coding(kind, levels, position, numbered=numbered)


def _base_position(base: Expression, call: Call, levels: tuple[str, ...]) -> int:
    """Position of a reference level, which formulas count from 1."""
    value = constants(base, call)[0]
    if isinstance(value, float) and value.is_integer() and 1 <= value <= len(levels):
        return int(value) - 1
    if value in levels:
        return levels.index(str(value))
    raise DesignError(f"'{base}' is no level, in '{call}'; the levels are {quoted(levels)}.")
