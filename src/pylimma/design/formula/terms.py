"""From a formula to its terms.

A term is the set of variables that it multiplies. With the sum of two formulas the union of their
terms is meant, and with ``a:b`` the union of every term of ``a`` with every term of ``b``; the
other signs follow: ``a*b = a + b + a:b``, ``a/b = a + a:b``, ``(a + b)^2 = (a + b)*(a + b)``
[1]_.

References
----------
.. [1] Wilkinson GN, Rogers CE (1973). Symbolic description of factorial models for analysis of
   variance. Appl Stat 22:392-399. https://doi.org/10.2307/2346786
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from pylimma.design.formula.parser import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Parenthesis,
    Prefix,
    parse_formula,
    shortened,
)
from pylimma.errors import DesignError

MOST_TERMS = 1024  # of a product: more than any number of samples could tell apart
_MOST_PRODUCTS = 40 * MOST_TERMS  # of two lists of terms, many of which are the same
# expressions with these signs are variables of their own, such as age > 60
_COMPUTED = {"<", ">", "<=", ">=", "==", "!=", "&", "&&", "%%", "%/%"}

Term: TypeAlias = frozenset[int]
"""The positions of a term's variables."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a formula."""

    # the variables of the terms, in the order in which the formula first names them
    variables: tuple[Expression, ...]
    # variables that the formula names only to take their terms away
    removed: tuple[Expression, ...]
    # what the formula calls offsets, which a design has no column for
    offsets: tuple[Expression, ...]
    # positions of the variables of each term, main effects before interactions
    terms: tuple[Term, ...]
    intercept: bool  # whether the model has an intercept

    def label(self, term: Term) -> str:
        """A term as text, such as ``group:time``."""
        return ":".join(str(self.variables[position]) for position in sorted(term))


@lru_cache(maxsize=64)  # the design, every contrast and every table ask for the same formula
def formula_terms(formula: str, columns: tuple[str, ...] = ()) -> Terms:
    """The terms of a formula."""
    reader = _TermReader(formula, columns)
    try:
        terms = sorted(reader.terms(parse_formula(formula), positive=True), key=len)
    except RecursionError:
        raise DesignError(f"The formula '{shortened(formula)}' is nested too deeply.") from None
    used = sorted(frozenset[int]().union(*terms))
    variables = list(reader.variables)
    place = {position: new for new, position in enumerate(used)}
    return Terms(
        variables=tuple(variables[position] for position in used),
        removed=tuple(v for v, position in reader.variables.items() if position not in place),
        offsets=tuple(reader.offsets),
        terms=tuple(frozenset(place[position] for position in term) for term in terms),
        intercept=reader.intercept,
    )


def _union(*parts: list[Term]) -> list[Term]:
    return list(dict.fromkeys(term for part in parts for term in part))


@dataclass(slots=True)
class _TermReader:
    formula: str
    columns: tuple[str, ...]
    intercept: bool = True
    variables: dict[Expression, int] = field(default_factory=dict)  # with their positions
    offsets: list[Expression] = field(default_factory=list)

    def terms(self, tree: Expression, *, positive: bool) -> list[Term]:
        """Terms of a part of the formula; numbers in it switch the intercept."""
        match tree:
            case Number(value) if value in (0, 1):
                self.intercept = (value == 1) == positive
                return []
            case Parenthesis(inside) | Prefix("+", inside):
                return self.terms(inside, positive=positive)
            case Prefix("-", operand):
                self.terms(operand, positive=not positive)
                return []
            case Operation("+", left, right):
                return _union(
                    self.terms(left, positive=positive), self.terms(right, positive=positive)
                )
            case Operation("-", left, right):
                kept = self.terms(left, positive=positive)
                removed = set(self.terms(right, positive=not positive))
                return [term for term in kept if term not in removed]
            case Operation("*" | ":" | "/" | "%in%" as sign, left, right):
                return self.product(sign, left, right, positive=positive)
            case Operation("^", left, right):
                return self.power(self.terms(left, positive=positive), right)
            case Name() | Call() | Prefix("!") | Operation():
                return self.variables_of(tree)
        raise self.refusal(tree)

    def variables_of(self, tree: Expression) -> list[Term]:
        if isinstance(tree, Operation) and tree.sign not in _COMPUTED:
            raise self.refusal(tree)
        if isinstance(tree, Call) and tree.function in ("offset", "stats::offset"):
            self.offsets.append(tree)
            return []
        dot = tree == Name(".") and "." not in self.columns
        named = [Name(column) for column in self.columns] if dot else [tree]
        return [self.variable(name) for name in named]

    def product(
        self, sign: str, left: Expression, right: Expression, *, positive: bool
    ) -> list[Term]:
        ours, theirs = self.terms(left, positive=positive), self.terms(right, positive=positive)
        if not (ours and theirs):
            empty = right if ours else left
            if empty in self.offsets:  # what is crossed with an offset is part of it
                return []
            raise DesignError(
                f"'{empty}' has no terms that '{sign}' could combine, in the formula "
                f"'{self.formula}'; 0 and 1 can only be added or removed."
            )
        if sign == "/":
            return _union(ours, [frozenset().union(*ours) | term for term in theirs])
        if sign == "%in%":
            return _union([term | frozenset().union(*theirs) for term in ours])
        crossed = self.crossed(ours, theirs)
        return self.bounded(_union(ours, theirs, crossed)) if sign == "*" else crossed

    def crossed(self, ours: list[Term], theirs: list[Term]) -> list[Term]:
        if len(ours) * len(theirs) > _MOST_PRODUCTS:
            raise self.too_large()
        return self.bounded(_union([one | other for one in ours for other in theirs]))

    def bounded(self, terms: list[Term]) -> list[Term]:
        if len(terms) > MOST_TERMS:
            raise self.too_large()
        return terms

    def too_large(self) -> DesignError:
        return DesignError(
            f"The formula '{shortened(self.formula)}' crosses so many variables that it has more "
            f"than {MOST_TERMS} terms. Add variables with '+', or cross only a few of them."
        )

    def power(self, terms: list[Term], exponent: Expression) -> list[Term]:
        if not isinstance(exponent, Number) or exponent.value < 1 or exponent.value % 1:
            raise DesignError(
                f"The power '^{exponent}' in the formula '{self.formula}' must be a whole number; "
                "powers of a variable are written I(x^2) or poly(x, 2)."
            )
        crossed = terms
        for _ in range(int(exponent.value) - 1):
            before = crossed
            crossed = self.crossed(crossed, terms)
            if len(crossed) == len(before):
                break
        return crossed

    def variable(self, tree: Expression) -> Term:
        return frozenset([self.variables.setdefault(tree, len(self.variables))])

    def refusal(self, tree: Expression) -> DesignError:
        if isinstance(tree, Operation) and tree.sign in ("|", "||"):
            return DesignError(
                f"'({tree})' is a random effect, which `lm_fit` takes in a formula; here there are "
                "fixed effects only. Pass the blocks as `block`, with their correlation from "
                "`duplicate_correlation`. Either of two truth values is I(a | b)."
            )
        return DesignError(
            f"'{tree}' is not a term of a design, in the formula '{self.formula}'. Terms are "
            f"variables, calls such as log(x), and I({tree}) for arithmetic."
        )
