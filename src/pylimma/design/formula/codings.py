r"""Contrast codings: how the levels of a factor become columns.

Next to an intercept a factor with :math:`k` levels has :math:`k - 1` columns, and each sample has
the row of its level in the coding matrix. Where the model leaves room for :math:`k` columns, each
level has its indicator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pylimma.errors import DesignError, check_choice, quoted
from pylimma.numerics.smoothing.splines import orthogonal_polynomials
from pylimma.typing import FloatArray

CODINGS = ("treatment", "SAS", "sum", "helmert", "poly")
_POWERS = (".L", ".Q", ".C")


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """Columns for the levels of a factor."""

    kind: str  # name of the coding
    matrix: FloatArray  # (levels, columns) row of each level
    suffixes: tuple[str, ...]  # what follows the factor's name in the name of each column
    brackets: tuple[str, ...]  # the same in brackets, for names such as ``group[T.B]``

    @property
    def reference(self) -> int | None:
        """Position of the level that the coefficients compare the others with, if there is one."""
        level = np.flatnonzero(~self.matrix.any(axis=1))
        return int(level[0]) if level.size else None


def contrast_coding(
    kind: str, levels: Sequence[str], base: int | None = None, *, numbered: bool = False
) -> Coding:
    """The named coding; `numbered` columns of treatment contrasts are numbers, not levels."""
    kind, n_levels = kind.removeprefix("contr."), len(levels)
    check_choice(kind, CODINGS, "contrasts")
    numbers = tuple(str(k + 1) for k in range(n_levels))
    if kind in ("treatment", "SAS"):
        base = base if base is not None else (0 if kind == "treatment" else n_levels - 1)
        kept = [k for k in range(n_levels) if k != base]
        suffixes = tuple((numbers if numbered else levels)[k] for k in kept)
        brackets = tuple(f"T.{levels[k]}" for k in kept)
        return Coding(kind, np.eye(n_levels)[:, kept], suffixes, brackets)
    if kind == "poly":
        suffixes = (*_POWERS, *(f"^{k}" for k in range(4, n_levels)))[: n_levels - 1]
        matrix, _ = orthogonal_polynomials(np.arange(float(n_levels)), n_levels - 1)
        return Coding(kind, matrix, suffixes, suffixes)
    if kind == "sum":
        matrix = np.vstack([np.eye(n_levels - 1), np.full(n_levels - 1, -1.0)])
        return Coding(kind, matrix, numbers[:-1], tuple(f"S.{level}" for level in levels[:-1]))
    matrix = np.triu(np.full((n_levels, n_levels - 1), -1.0))
    matrix[np.arange(1, n_levels), np.arange(n_levels - 1)] = np.arange(1.0, n_levels)
    return Coding(kind, matrix, numbers[:-1], tuple(f"H.{level}" for level in levels[1:]))


def indicator_coding(levels: Sequence[str]) -> Coding:
    """One column for each level."""
    return Coding("indicator", np.eye(len(levels)), tuple(levels), tuple(levels))


def custom_coding(matrix: object, levels: Sequence[str]) -> Coding:
    """A coding given as a matrix, whose named rows may be in any order."""
    suffixes: tuple[str, ...] | None = None
    if isinstance(matrix, pd.DataFrame):
        suffixes = tuple(map(str, matrix.columns))
        rows = list(map(str, matrix.index))
        if sorted(rows) == sorted(levels):
            matrix = matrix.iloc[[rows.index(level) for level in levels]]
    values = np.asarray(matrix, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != len(levels):
        raise DesignError(
            f"A coding of the levels {quoted(levels)} must have {len(levels)} rows; got shape "
            f"{values.shape}."
        )
    with_intercept = np.column_stack([np.ones(len(levels)), values])
    if np.linalg.matrix_rank(with_intercept) < with_intercept.shape[1]:
        raise DesignError(
            "The columns of a coding must be linearly independent of each other and of the "
            "intercept."
        )
    names = suffixes or tuple(str(k + 1) for k in range(values.shape[1]))
    return Coding("custom", values, names, names)


def requested_coding(request: object, levels: Sequence[str]) -> Coding:
    """The coding that a user asks for by name, as a matrix, or whole."""
    if isinstance(request, Coding):
        return request
    if isinstance(request, str):
        return contrast_coding(request, levels)
    if isinstance(request, Mapping):
        request = pd.DataFrame(request)
    return custom_coding(request, levels)
