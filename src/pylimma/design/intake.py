"""The design of an analysis, from a matrix, a table or a formula, checked against the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.adapters.labels import aligned
from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, plain_array
from pylimma.containers.names import names_of
from pylimma.containers.two_color import MAList
from pylimma.design.description import DesignDescription
from pylimma.design.formula.random import RandomIntercept, split_random
from pylimma.design.matrices import model_matrix
from pylimma.design.tables import LOG_RATIOS, parse_table
from pylimma.errors import DesignError, InputWarning, Note, ShapeError, quoted, warn
from pylimma.numerics.regression.linalg import FactoredDesign, factor_design
from pylimma.record import Record
from pylimma.typing import FloatArray, IntArray

_WORST_CONDITION = 1e7  # of the scaled design: beyond it estimates lose half their digits
_LARGEST = 1e100  # of a column: squares of larger values, or of less than its inverse, are lost
_NEGLIGIBLE = 1e-9  # a smaller coefficient is not part of a relation between columns


@dataclass(frozen=True, slots=True, eq=False)
class Design(Record):
    """Design matrix with its names and its factors, which all fits of it share."""

    factors: FactoredDesign  # the matrix and its pivoted orthogonal factors
    names: pd.Index  # names of the coefficients; x1, x2, … where none were given
    # terms and factors where the design came from a formula; None without names
    description: DesignDescription | None = None
    log_ratios: bool = False  # whether what it describes is relative to a reference already
    random: tuple[RandomIntercept, ...] = ()  # grouping factors with random intercepts

    @property
    def matrix(self) -> FloatArray:
        """Values, of shape (samples, coefs)."""
        return self.factors.matrix

    @property
    def rank(self) -> int:
        """Number of coefficients that can be estimated."""
        return self.factors.rank

    @property
    def pivot(self) -> IntArray:
        """Positions of the coefficients, the estimable ones first, of shape (coefs,)."""
        return self.factors.pivot

    @property
    def n_coefs(self) -> int:
        """Number of columns."""
        return int(self.matrix.shape[1])

    @staticmethod
    def names_of_columns(design: Any) -> pd.Index:
        """Names of the coefficients of a matrix or table; x1, x2, … where there are none."""
        names = names_of(design.columns) if isinstance(design, pd.DataFrame) else None
        if names is not None:
            return names
        return pd.Index([f"x{k + 1}" for k in range(np.shape(design)[1])])

    def frame(self, sample_names: pd.Index | None = None) -> pd.DataFrame:
        """Return the matrix with its names."""
        return pd.DataFrame(self.matrix, index=sample_names, columns=self.names)


def parse_design(
    design: Any,
    data: Expression,
    samples: Any = None,
    *,
    reference: Mapping[str, object] | None = None,
    quiet: bool = False,
    with_random: bool = False,
) -> Design:
    """Design for some data; one that is parsed is taken as it is.

    `with_random` admits random intercepts in a formula, which are kept beside the fixed effects.
    """
    if isinstance(design, Design):
        return design
    random: tuple[RandomIntercept, ...] = ()
    n_samples = data.matrix.shape[1]
    description = None
    log_ratios = isinstance(data.source, MAList) or LOG_RATIOS in getattr(design, "attrs", {})
    if design is None:
        design, description = data.design, DesignDescription.read(data.description)
    if design is None:
        design = np.ones((n_samples, 1))
    if isinstance(design, str):
        fixed, random = split_random(design) if with_random else (design, ())
        design = model_matrix(fixed, sample_table(samples, data), reference=reference)
    elif reference is not None:
        raise DesignError(
            "`reference` chooses levels of a formula's factors, and this design is not a formula; "
            "`model_matrix` takes `reference`, too."
        )
    table = as_pandas(design)
    if table is not None:
        description = DesignDescription.read(table) or description
        table = aligned(table, data.sample_names, "samples", "design", data.gene_names)
        matrix, names = _numbers(table), names_of(table.columns)
    else:
        matrix, names = _array(design), None
    _check_rows(matrix, data)
    _check_present(matrix, data.sample_names)
    check_sizes(matrix, names)
    if names is None:
        names = Design.names_of_columns(matrix)
    elif description is None or list(description.coefficients) != list(map(str, names)):
        description = DesignDescription.of_names(names)
    found = Design(factor_design(matrix), names, description, log_ratios, random)
    if not quiet:
        _warn_of_relations(found)
    return found


def sample_table(samples: Any, data: Expression) -> pd.DataFrame:
    """The table of samples in the order of the data."""
    table = data.samples if samples is None else parse_table(samples, "samples", "sample")
    if table is None:
        raise DesignError(
            "A formula needs the table of samples that it refers to: pass `samples=`, a DataFrame "
            "with a row for each sample."
        )
    ordered: pd.DataFrame = aligned(
        _named_by_column(table, data.sample_names),
        data.sample_names,
        "samples",
        "samples",
        data.gene_names,
    )
    n_genes, n_samples = data.matrix.shape
    if len(ordered) != n_samples:
        hint = "; the data look transposed: pass genes × samples, as with `data.T`"
        raise ShapeError(
            f"`samples` has {len(ordered)} rows and the data {n_samples} samples"
            f"{hint if len(ordered) == n_genes else ''}."
        )
    return ordered


def _named_by_column(table: pd.DataFrame, names: pd.Index | None) -> pd.DataFrame:
    """The table with the column that holds the names of the samples as its index."""
    if names is None or names_of(table.index) is not None or len(table) < len(names):
        return table
    wanted = set(map(str, names))
    for column in table.columns:
        found = table[column].astype(str)
        if wanted <= set(found):
            if list(found) != list(map(str, names)):
                warn(f"Rows of `samples` are matched to the data by column '{column}'.", Note)
            return table.set_axis(pd.Index(found).rename(None), axis=0)
    return table


def _numbers(table: pd.DataFrame) -> FloatArray:
    text = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    text = [name for name in text if not pd.api.types.is_bool_dtype(table[name])]
    if text:
        raise DesignError(
            f"`design` has columns that are not numbers: {quoted(text)}. For factors use a "
            f'formula: design="~ {" + ".join(map(str, text))}", samples=table.'
        )
    return table.to_numpy(dtype=float, na_value=np.nan)


def _array(design: Any) -> FloatArray:
    array = plain_array(design, "design")
    if array.ndim not in (1, 2):
        raise DesignError(
            f"`design` must be a matrix of samples × coefficients; got {described(design)}."
        )
    if array.dtype.kind not in "iufb" or isinstance(design, pd.Series | pd.Categorical):
        raise DesignError(
            "`design` must be a numeric matrix of samples × coefficients; got a factor or text. "
            'Use a formula: design="~ group", samples=pd.DataFrame({"group": labels}).'
        )
    matrix = array.astype(float)
    return matrix[:, None] if matrix.ndim == 1 else matrix


def _check_rows(matrix: FloatArray, data: Expression) -> None:
    n_genes, n_samples = data.matrix.shape
    rows = len(matrix)
    if matrix.shape[1] == 0:
        raise DesignError(
            "`design` has no columns, so that there is nothing to fit; a column of ones is a mean."
        )
    if rows == n_samples:
        return
    hint = "rows of a design are samples"
    if matrix.shape[1] == n_samples:
        hint = "the design looks transposed: rows are samples, columns are coefficients"
    elif rows == n_genes:
        hint = "the data look transposed: pass genes × samples, as with `data.T`"
    raise ShapeError(f"`design` has {rows} rows and the data {n_samples} samples; {hint}.")


def _check_present(matrix: FloatArray, sample_names: pd.Index | None) -> None:
    rows = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if rows.size:
        which = rows if sample_names is None else sample_names[rows]
        raise DesignError(
            f"`design` has missing or infinite values for samples {quoted(which)}; fill them in, "
            "or remove these samples from design and data."
        )


def check_sizes(matrix: FloatArray, names: pd.Index | None = None) -> None:
    """Raise for columns whose squares cannot be represented."""
    size = np.abs(matrix).max(axis=0, initial=0.0)
    extreme = np.flatnonzero((size > _LARGEST) | ((size < 1 / _LARGEST) & (size > 0)))
    if extreme.size:
        which = (Design.names_of_columns(matrix) if names is None else names)[extreme]
        raise DesignError(
            f"`design` has values of size {size[extreme[0]]:.1g} in {quoted(which)}, too extreme "
            "to compute with; use another unit for these columns."
        )


def _warn_of_relations(design: Design) -> None:
    """Warn of columns that repeat others, exactly or nearly."""
    if design.rank < design.n_coefs:
        relations = [_relation(design, column) for column in design.pivot[design.rank :]]
        warn(
            f"Coefficients not estimable: {quoted(design.names[design.pivot[design.rank :]])} "
            f"({'; '.join(relations)}).",
            InputWarning,
        )
        return
    scaled = design.matrix / np.maximum(np.linalg.norm(design.matrix, axis=0), 1e-300)
    _, values, vectors = np.linalg.svd(scaled, full_matrices=False)
    if values.size and values[-1] * _WORST_CONDITION < values[0]:
        involved = np.abs(vectors[-1]) > 0.1 * np.abs(vectors[-1]).max()
        warn(
            f"Columns {quoted(design.names[involved])} of `design` are nearly collinear "
            f"(condition {values[0] / values[-1]:.1e}); their coefficients are poorly determined.",
            InputWarning,
        )


def _relation(design: Design, column: int) -> str:
    """Say how a redundant column follows from the others."""
    kept = design.pivot[: design.rank]
    share = np.linalg.lstsq(design.matrix[:, kept], design.matrix[:, column], rcond=None)[0]
    parts = [
        (f"{value:+.3g} " if not np.isclose(abs(value), 1) else f"{'+' if value > 0 else '-'} ")
        + str(design.names[coef])
        for value, coef in zip(share, kept, strict=True)
        if abs(value) > _NEGLIGIBLE
    ]
    return f"{design.names[column]} = {' '.join(parts).removeprefix('+ ') or '0'}"
