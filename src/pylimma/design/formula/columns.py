"""From terms and variables to the columns of a design.

A factor of a term is coded by contrasts if the model also has the term without this factor, the
intercept counting as the term without any; otherwise each of its levels has an indicator, so that
the columns span all that the term says. Main effects are coded by contrasts, save that without an
intercept the first of them has indicators [1]_.

References
----------
.. [1] Chambers JM, Hastie TJ (1992). Statistical Models in S, section 2.4. Wadsworth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from pylimma.containers.names import CONTRAST_INTERCEPT, INTERCEPT
from pylimma.design.formula.calls import Block
from pylimma.design.formula.codings import Coding, indicator_coding, requested_coding
from pylimma.design.formula.levels import Factor, learned_levels
from pylimma.design.formula.parser import Expression, Name
from pylimma.design.formula.terms import Term, Terms
from pylimma.design.formula.variables import Evaluator
from pylimma.errors import DesignError, nearest, quoted
from pylimma.record import Record
from pylimma.typing import FloatArray

MOST_COLUMNS = 10_000  # of a design: far more than there are samples
_MANY_SAMPLES = 1_000  # of which a column each is no design


@dataclass(frozen=True, slots=True, eq=False)
class DesignColumns(Record):
    """The columns of a design and where they come from."""

    matrix: FloatArray  # (samples, coefs) the design
    names: tuple[str, ...]  # names of the columns as R writes them, ``groupB``
    bracket_names: tuple[str, ...]  # names of the columns as formulaic writes them, ``group[T.B]``
    terms: dict[str, list[int]]  # positions of each term's columns
    variables: dict[str, Factor | Block | FloatArray]  # values of the variables
    codings: dict[str, Coding]  # the contrast coding of each factor that has one


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Some columns with both spellings of their names."""

    values: FloatArray
    names: list[str]
    bracket_names: list[str]

    def times(self, other: _Columns) -> _Columns:
        """Every column by every other, the columns of self varying fastest."""
        products = other.values[:, :, None] * self.values[:, None, :]
        return _Columns(
            products.reshape(len(products), -1),
            [f"{one}:{two}" for two in other.names for one in self.names],
            [f"{one}:{two}" for two in other.bracket_names for one in self.bracket_names],
        )


def design_columns(
    terms: Terms,
    evaluator: Evaluator,
    samples: Sequence[object],
    requests: Mapping[str, object] | None = None,
) -> DesignColumns:
    """The columns of a design."""
    values = [_variable(variable, evaluator, samples) for variable in terms.variables]
    n_samples = len(samples)
    _check_number_of_columns(terms, values, n_samples)
    codings = _codings(terms.variables, values, requests or {})
    parts = [_Columns(np.ones((n_samples, 1)), [INTERCEPT], [CONTRAST_INTERCEPT])] * terms.intercept
    labels = [INTERCEPT] * terms.intercept
    for term in terms.terms:
        labels.append(terms.label(term))
        parts.append(_term_columns(term, terms, values, codings))
    if not parts:
        raise DesignError("The formula gives no column; a design needs at least one.")
    edges = [0, *accumulate(len(part.names) for part in parts)]
    return DesignColumns(
        matrix=np.hstack([part.values for part in parts]),
        names=tuple(name for part in parts for name in part.names),
        bracket_names=tuple(name for part in parts for name in part.bracket_names),
        terms={
            label: list(range(start, end))
            for label, (start, end) in zip(labels, pairwise(edges), strict=True)
        },
        variables={str(v): value for v, value in zip(terms.variables, values, strict=True)},
        codings=codings,
    )


def _check_number_of_columns(
    terms: Terms, values: Sequence[Factor | Block | FloatArray], n_samples: int
) -> None:
    """Raise, before any column is made, for a design that no samples could estimate."""
    n_columns = 0
    for term in terms.terms:
        size = 1
        for position in term:
            value = values[position]
            if isinstance(value, Factor):
                size *= len(value.levels) - _by_contrasts(position, term, terms, values)
            else:
                size *= value.values.shape[1] if isinstance(value, Block) else 1
        n_columns += size
        if n_columns > MOST_COLUMNS:
            raise DesignError(
                f"The formula has more than {MOST_COLUMNS} columns. Cross fewer variables, or "
                "variables with fewer levels."
            )
        if n_columns >= n_samples - 1 > _MANY_SAMPLES:
            raise DesignError(
                f"The formula has {n_columns} columns up to the term '{terms.label(term)}', as "
                f"many as there are samples ({n_samples}). Cross fewer variables, or variables "
                "with fewer levels; names of samples are not groups."
            )


def _variable(
    variable: Expression, evaluator: Evaluator, samples: Sequence[object]
) -> Factor | Block | FloatArray:
    value = evaluator.value(variable)
    if isinstance(value, str):
        raise DesignError(f"'{variable}' is text, not a variable.")
    if isinstance(value, Factor):
        return learned_levels(value, str(variable), evaluator.memory)
    numbers = value.values if isinstance(value, Block) else value[:, None]
    infinite = ~np.isfinite(numbers).all(axis=1)
    if infinite.any():
        where = [samples[k] for k in np.flatnonzero(infinite).tolist()]
        raise DesignError(f"'{variable}' is missing or infinite in the samples {quoted(where)}.")
    return value


def _codings(
    variables: Sequence[Expression],
    values: Sequence[Factor | Block | FloatArray],
    requests: Mapping[str, object],
) -> dict[str, Coding]:
    factors = {str(v): x for v, x in zip(variables, values, strict=True) if isinstance(x, Factor)}
    unknown = [name for name in requests if name not in factors]
    if unknown:
        raise DesignError(
            f"`contrasts` names '{unknown[0]}', which is not a factor of the formula; its factors "
            f"are {quoted(nearest(unknown[0], factors))}."
        )
    return {
        name: (
            requested_coding(requests[name], factor.levels)
            if name in requests
            else factor.default_coding
        )
        for name, factor in factors.items()
        if len(factor.levels) > 1
    }


def _term_columns(
    term: Term,
    terms: Terms,
    values: Sequence[Factor | Block | FloatArray],
    codings: Mapping[str, Coding],
) -> _Columns:
    columns: _Columns | None = None
    for position in sorted(term):
        variable, value = terms.variables[position], values[position]
        if isinstance(value, Factor):
            by_contrasts = _by_contrasts(position, term, terms, values)
            factor = _factor_columns(variable, value, codings, by_contrasts=by_contrasts)
        else:
            factor = _numeric_columns(variable, value)
        columns = factor if columns is None else columns.times(factor)
    if columns is None:
        raise AssertionError
    return columns


def _by_contrasts(
    position: int,
    term: Term,
    terms: Terms,
    values: Sequence[Factor | Block | FloatArray],
) -> bool:
    rest = term - {position}
    if not rest and terms.intercept:
        return True
    earlier = terms.terms[: terms.terms.index(term)]
    if not terms.intercept:
        with_factors = (t for t in terms.terms for p in sorted(t) if isinstance(values[p], Factor))
        if term == next(with_factors):
            first = next(p for p in sorted(term) if isinstance(values[p], Factor))
            if position == first:
                return False
    return rest in earlier or any(rest <= other for other in earlier)


def _factor_columns(
    variable: Expression, factor: Factor, codings: Mapping[str, Coding], *, by_contrasts: bool
) -> _Columns:
    label, bare = str(variable), _bare(variable)
    if by_contrasts and label not in codings:
        raise DesignError(
            f"'{label}' has the same level '{factor.levels[0]}' in all samples, so there is "
            "nothing to compare: remove it from the formula."
        )
    coding = codings[label] if by_contrasts else indicator_coding(factor.levels)
    brackets = [f"{bare}[{bracket}]" for bracket in coding.brackets]
    if factor.logical:
        brackets = [name.replace("TRUE", "True").replace("FALSE", "False") for name in brackets]
        brackets = [bare if name == f"{bare}[T.True]" else name for name in brackets]
    names = [f"{label}{suffix}" for suffix in coding.suffixes]
    return _Columns(coding.matrix[factor.codes], names, brackets)


def _numeric_columns(variable: Expression, value: Block | FloatArray) -> _Columns:
    label, bare = str(variable), _bare(variable)
    if not isinstance(value, Block):
        return _Columns(value[:, None], [label], [bare])
    brackets = [f"{bare}[{suffix}]" if suffix else bare for suffix in value.suffixes]
    return _Columns(value.values, [f"{label}{suffix}" for suffix in value.suffixes], brackets)


def _bare(variable: Expression) -> str:
    return variable.name if isinstance(variable, Name) else str(variable)
