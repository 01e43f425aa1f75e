"""Factors that a formula may call for: ``factor``, ``relevel``, ``interaction``, ``C``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise, product
from math import prod

import numpy as np

from pylimma.design.formula.calls import (
    MOST_CONSTANTS,
    BoundCall,
    Value,
    as_factor,
    as_numbers,
    bind,
    constants,
)
from pylimma.design.formula.codings import CODINGS, Coding, contrast_coding
from pylimma.design.formula.levels import (
    Factor,
    as_float,
    factor_from_values,
    factor_with_levels,
    learned_levels,
    level_text,
    with_reference,
)
from pylimma.design.formula.parser import Call, Expression, Name, Number, Text
from pylimma.errors import DesignError, Note, nearest, quoted, warn
from pylimma.typing import FloatArray

_QUARTILES = [0.0, 0.25, 0.5, 0.75, 1.0]
_MOST_DIGITS = 12  # of the end of an interval in its name
_INFINITE = {np.inf: " Inf", -np.inf: "-Inf"}  # as R writes them there


def labels(value: Value, n_samples: int = 1) -> list[str]:
    """A value of each sample as text."""
    if isinstance(value, str):
        return [value] * n_samples
    return value.labels if isinstance(value, Factor) else list(map(level_text, np.asarray(value)))


def text_factor(values: Iterable[str]) -> Factor:
    """A factor of text."""
    return replace(factor_from_values([str(value) for value in values]), text=True)


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
        made = factor_with_levels(labels(value), tuple(map(level_text, levels)), str(call))
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
    cells = [separator.join(parts) for parts in zip(*map(labels, factors), strict=True)]
    if prod(len(factor.levels) for factor in factors) > MOST_CONSTANTS:
        raise DesignError(f"'{call}' has more than {MOST_CONSTANTS} levels.")
    # the first factor varies fastest
    levels = product(*(factor.levels for factor in reversed(factors)))
    names = tuple(separator.join(reversed(parts)) for parts in levels)
    return factor_with_levels(cells, names, str(call))


def character(call: BoundCall) -> Factor:
    """The values as text."""
    return text_factor(labels(call.value("x"), call.n_samples))


def numeric(call: BoundCall) -> FloatArray:
    """Text read as numbers, and the positions of a factor's levels from 1, as R has them."""
    value = call.value("x")
    if not isinstance(value, Factor) or value.logical:
        return call.numbers("x")
    read = [as_float(level) for level in value.levels]
    if not value.text:
        if None not in read:
            warn(
                f"'{call}' numbers the levels of a factor from 1, as R does. Their own numbers are "
                f"as.numeric(as.character({call.arguments['x']})).",
                Note,
            )
        return np.asarray(value.codes + 1, dtype=np.float64)
    odd = [level for level, number in zip(value.levels, read, strict=True) if number is None]
    if odd:
        raise DesignError(
            f"'{call}' meets {quoted(odd)}, which cannot be read as numbers (decimals have a "
            "point). Fill them in, or remove these samples."
        )
    return np.array(read, dtype=float)[value.codes]


def cut(call: BoundCall) -> Factor | FloatArray:
    """The intervals that the values of a covariate lie in."""
    x, right = call.numbers("x"), call.is_true("right", default=True)
    breaks = np.array(call.recall(lambda: _breaks(call, x)))
    lowest = call.is_true("include.lowest")
    codes = np.searchsorted(breaks, x, side="left" if right else "right") - 1
    if lowest:
        end = breaks[0] if right else breaks[-1]
        codes = np.where(x == end, 0 if right else len(breaks) - 2, codes)
    outside = (codes < 0) | (codes > len(breaks) - 2) | np.isnan(x)
    if outside.any():
        raise DesignError(
            f"'{call}' has no interval for {quoted(map(level_text, np.unique(x[outside])))}; the "
            f"intervals go from {level_text(breaks[0])} to {level_text(breaks[-1])}"
            f"{'' if lowest else ', and include.lowest = TRUE takes both ends in'}."
        )
    given = None if call.arguments.get("labels") == Name("NULL") else call.constants("labels")
    if given == [0.0]:
        return np.asarray(codes + 1, dtype=np.float64)
    levels = _interval_names(call, breaks, right=right, lowest=lowest)
    if given not in (None, [1.0]):
        if len(given) != len(levels):
            raise DesignError(f"There are {len(levels)} intervals in '{call}', and other labels.")
        levels = [level_text(label) for label in given]
    if len(set(levels)) < len(levels):
        raise DesignError(f"Several intervals have the same label, in '{call}'.")
    return Factor(codes, tuple(levels), ordered=call.is_true("ordered_result"))


def _breaks(call: BoundCall, x: FloatArray) -> list[float]:
    """Ends of intervals: as given, at quantiles, or of so many pieces of equal length."""
    match call.arguments["breaks"]:
        case Call("quantile" | "stats::quantile") as inner:
            asked = bind(inner, "x", "probs")
            values = as_numbers(call.evaluate(asked["x"]), asked["x"])
            shares = constants(asked["probs"], inner) if "probs" in asked else _QUARTILES
            if not all(isinstance(p, float) and 0 <= p <= 1 for p in shares):
                raise DesignError(f"`probs` must be numbers from 0 to 1, in '{call}'.")
            breaks = np.quantile(values, shares).tolist()  # type: ignore[arg-type]
        case _:
            breaks = call.several("breaks") or []
    if len(breaks) == 1:
        n_pieces = breaks[0]
        if not 2 <= n_pieces <= MOST_CONSTANTS or n_pieces % 1:
            raise DesignError(f"`breaks` must be at least two intervals, in '{call}'.")
        low, high = float(x.min()), float(x.max())
        # the outer ends are moved by a thousandth of the range, so that all values lie inside
        spread = (high - low) or abs(low)
        inner_ends = np.linspace(low, high, int(n_pieces) + 1)[1:-1]
        if high == low:
            inner_ends = np.linspace(low - spread / 1000, low + spread / 1000, len(inner_ends) + 2)
            return inner_ends.tolist()
        return [low - spread / 1000, *inner_ends.tolist(), high + spread / 1000]
    if len(set(breaks)) < max(len(breaks), 2):
        raise DesignError(f"`breaks` must be different numbers, in '{call}'.")
    return sorted(breaks)


def _interval_names(call: BoundCall, breaks: FloatArray, *, right: bool, lowest: bool) -> list[str]:
    """Intervals such as ``(50,60]``, with as many digits as tell their ends apart."""
    least = int(np.clip(call.number("dig.lab", 3), 1, _MOST_DIGITS))
    for digits in range(least, _MOST_DIGITS + 1):
        ends = [_INFINITE.get(end, f"{end:.{digits}g}") for end in breaks.tolist()]
        if len(set(ends)) == len(ends):
            break
    left, close = ("(", "]") if right else ("[", ")")
    names = [f"{left}{a},{b}{close}" for a, b in pairwise(ends)]
    if lowest:
        k = 0 if right else -1
        names[k] = f"[{names[k][1:-1]}]"
    return names


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
