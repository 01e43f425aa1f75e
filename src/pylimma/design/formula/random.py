"""Random intercepts in a formula, such as ``~ dx + (1 | donor)``, and the formula without them."""

from __future__ import annotations

from dataclasses import dataclass

from pylimma.design.formula.parser import (
    Expression,
    Name,
    Number,
    Operation,
    Parenthesis,
    Prefix,
    parse_formula,
    shortened,
    subexpressions,
)
from pylimma.errors import DesignError

_BARS = ("|", "||")


@dataclass(frozen=True, slots=True)
class RandomIntercept:
    """A grouping factor: one column of the samples, or several that are crossed."""

    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """The factor as the formula writes it."""
        return ":".join(str(Name(column)) for column in self.columns)


def split_random(formula: str) -> tuple[str, tuple[RandomIntercept, ...]]:
    """The formula of the fixed effects, and the random intercepts; the formula itself if none."""
    tree = parse_formula(formula)
    if not any(isinstance(x, Operation) and x.sign in _BARS for x in subexpressions(tree)):
        return formula, ()
    found: list[RandomIntercept] = []
    fixed = _without_random(tree, found, formula)
    twice = {f.name for f in found if found.count(f) > 1}
    if twice:
        raise DesignError(f"The formula '{shortened(formula)}' has (1 | {min(twice)}) twice.")
    return (f"~{'1' if fixed is None else fixed}" if found else formula), tuple(found)


def _without_random(
    tree: Expression, found: list[RandomIntercept], formula: str
) -> Expression | None:
    """What a sum has beside its random terms, which are added to `found`."""
    match tree:
        case Parenthesis(Operation(sign, left, right)) if sign in _BARS:
            found.extend(_intercepts(left, right, formula))
            return None
        case Prefix("+", operand):
            return _without_random(operand, found, formula)
        case Operation("+", left, right):
            parts = [_without_random(part, found, formula) for part in (left, right)]
            kept = [part for part in parts if part is not None]
            return Operation("+", kept[0], kept[1]) if len(kept) > 1 else next(iter(kept), None)
        case Operation("-", left, right):
            kept_left = _without_random(left, found, formula)
            return Prefix("-", right) if kept_left is None else Operation("-", kept_left, right)
    return tree


def _intercepts(left: Expression, right: Expression, formula: str) -> list[RandomIntercept]:
    """Factors of one random term; ``a/b`` stands for a and a:b."""
    if not (isinstance(left, Number) and left.value == 1):
        slope = next((x for x in subexpressions(left) if isinstance(x, Name)), left)
        raise DesignError(
            f"'({left} | {right})' is a random slope, and `lm_fit` fits random intercepts: if "
            f"'{slope}' is a factor, (1 | {right}:{slope}) gives each of its levels a deviation of "
            "its own within each group."
        )
    return [RandomIntercept(columns) for columns in _crossed(right, formula)]


def _crossed(tree: Expression, formula: str) -> list[tuple[str, ...]]:
    match tree:
        case Name(name):
            return [(name,)]
        case Parenthesis(inside):
            return _crossed(inside, formula)
        case Operation(":", left, right):
            firsts, seconds = _crossed(left, formula), _crossed(right, formula)
            return [first + second for first in firsts for second in seconds]
        case Operation("/", left, right):
            outer, inner = _crossed(left, formula), _crossed(right, formula)
            return [*outer, *(outer[-1] + columns for columns in inner)]
    raise DesignError(
        f"'{tree}' in the formula '{shortened(formula)}' is not a grouping factor: after the bar "
        "stands a column of the samples, or several joined by ':'."
    )
