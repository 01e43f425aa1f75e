"""Factors that a formula may call for: ``factor``, ``relevel``, ``interaction``, ``C``."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from pylimma.design.formula.calls import BoundCall, Value, as_factor, bind, constants
from pylimma.design.formula.codings import CODINGS, Coding, contrast_coding
from pylimma.design.formula.levels import (
    Factor,
    factor_from_values,
    factor_with_levels,
    learned_levels,
    level_text,
    with_reference,
)
from pylimma.design.formula.parser import Call, Expression, Name, Number, Text
from pylimma.errors import DesignError, nearest, quoted


def _labels(value: Value) -> list[str]:
    return value.labels if isinstance(value, Factor) else list(map(level_text, np.asarray(value)))


def _made_factor(value: Value) -> Factor:
    return value if isinstance(value, Factor) else factor_from_values(np.asarray(value).tolist())


def factor(call: BoundCall) -> Factor:
    """A factor of a variable."""
    value, levels, names = call.value("x"), call.constants("levels"), call.constants("labels")
    ordered = isinstance(value, Factor) and value.ordered and "ordered" not in call.arguments
    ordered = ordered or bool(call.number("ordered", 0))
    if levels is None:
        made = _made_factor(value)
    else:
        made = factor_with_levels(_labels(value), tuple(map(level_text, levels)), str(call))
    if names is not None:
        known = call.recall(lambda: list(made.levels))
        if len(names) != len(known):
            raise DesignError(
                f"There are {len(known)} levels and {len(names)} labels, in '{call}'."
            )
        made = factor_with_levels(made.labels, tuple(known), str(call))
        made = replace(made, levels=tuple(map(level_text, names)))
    return Factor(made.codes, made.levels, ordered)


def ordered(call: BoundCall) -> Factor:
    """A factor with ordered levels."""
    return replace(factor(call), ordered=True)


def relevel(call: BoundCall) -> Factor:
    """A factor with another reference level."""
    variable = call.arguments["x"]
    reference = constants(call.arguments["ref"], call.call)[0]
    return with_reference(as_factor(call.value("x"), variable), reference, str(variable))


def interaction(call: BoundCall) -> Factor:
    """A factor of the combinations of levels."""
    given = call.call.arguments
    named = {argument.name: argument.value for argument in given if argument.name}
    separator = str(constants(named.get("sep", Text(".")), call.call)[0])
    factors = [as_factor(call.evaluate(a.value), a.value) for a in given if a.name is None]
    if not factors or set(named) - {"sep"}:
        raise DesignError(f"'{call}' takes factors and `sep`.")
    labels = [separator.join(parts) for parts in zip(*map(_labels, factors), strict=True)]
    # the first factor varies fastest
    levels = product(*(factor.levels for factor in reversed(factors)))
    names = tuple(separator.join(reversed(parts)) for parts in levels)
    return factor_with_levels(labels, names, str(call))


def coded(call: BoundCall) -> Factor:
    """A factor with a contrast coding."""
    value = call.value("x")
    made = _made_factor(value)
    if not isinstance(value, Factor):
        made = learned_levels(made, f"{call.arguments['x']} in {call}", call.memory)
    coding = _coding_in_call(call, made.levels) if "contr" in call.arguments else made.coding
    return replace(made, coding=coding, logical=False)


def _coding_in_call(call: BoundCall, levels: tuple[str, ...]) -> Coding:
    """The coding named by ``contr``.

    A text or a short name keeps the names of the levels, a function numbers them.
    """
    request, base = call.arguments["contr"], call.arguments.get("base")
    match request:
        case Text(kind):
            numbered = False
        case Name(kind):
            numbered = kind.startswith("contr.")
        case Call(kind, _):
            given = bind(request, "n", "base", required=0)
            numbered = isinstance(given.get("n"), Number)
            base = given.get("base", base)
            if isinstance(given.get("n"), Text):  # contr.treatment("B"), as formulaic writes it
                base = given["n"]
        case _:
            raise DesignError(
                f"'{request}' is not a coding, in '{call}'; there are {quoted(CODINGS)}."
            )
    position = None if base is None else _base_position(base, call.call, levels)
    if kind.removeprefix("contr.") not in CODINGS:
        choices = nearest(kind, [f"contr.{coding}" for coding in CODINGS])
        raise DesignError(f"'{kind}' is not a coding, in '{call}'; there are {quoted(choices)}.")
    return contrast_coding(kind, levels, position, numbered=numbered)


def _base_position(base: Expression, call: Call, levels: tuple[str, ...]) -> int:
    """Position of a reference level, which formulas count from 1."""
    value = constants(base, call)[0]
    if isinstance(value, float) and value.is_integer() and 1 <= value <= len(levels):
        return int(value) - 1
    if value in levels:
        return levels.index(str(value))
    raise DesignError(f"'{base}' is not a level, in '{call}'; the levels are {quoted(levels)}.")
