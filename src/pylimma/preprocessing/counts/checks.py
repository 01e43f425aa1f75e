"""Whether values can be counts of reads, and library sizes positive."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.containers.count_values import check_count_values
from pylimma.errors import InputError, InputWarning, Note, warn
from pylimma.numerics.counts.rates import PER_MILLION, library_sizes
from pylimma.numerics.counts.summary import count_summary
from pylimma.numerics.lazy import LazyMatrix
from pylimma.typing import AnyArray, FloatArray

_HIGHEST_LOG2 = 30  # of any count that fits into 32 bits
_SAME_TOTAL = 1e-3  # rounding of published TPM
_MOST_OF_A_SAMPLE = 0.9  # of its reads; the haemoglobins of blood are less
_MANY_READS = 1e6  # of one gene
_UNEVEN = 100  # ratio of library sizes beyond which samples differ in quality
_BLOCK_ELEMENTS = 2**18  # of values that are rounded at a time


def check_counts(
    data: Expression, argument: str = "counts", *, normalised_hint: str | None = None
) -> None:
    """Raise for values that cannot be counts, warn of ones that look like something else.

    `normalised_hint` names the fit that needs raw counts; before a fit, genes without reads and
    uneven library sizes are mentioned, too.
    """
    check_count_values(data.matrix, data.gene_names, data.sample_names, argument)
    if data.matrix.dtype.kind == "f" and not all_whole(data.matrix):
        _warn_of_other_units(data, argument, f"`{normalised_hint}`" if normalised_hint else "This")
    if normalised_hint is not None:
        _warn_before_fit(data)


def check_lib_size(lib_size: FloatArray, sample_names: pd.Index | None) -> FloatArray:
    """Library sizes, known to be positive and finite."""
    wrong = np.flatnonzero(~(np.isfinite(lib_size) & (lib_size > 0)))
    if not wrong.size:
        return lib_size
    which = wrong if sample_names is None else sample_names[wrong]
    remedy = ", which has no reads: remove it" if lib_size[wrong[0]] == 0 else ""
    raise InputError(
        f"Library sizes must be positive and known; {lib_size[wrong[0]]:g} for sample "
        f"'{which[0]}'{remedy}."
    )


def all_whole(matrix: Any) -> bool:
    """Whether all values are whole numbers."""
    if isinstance(matrix, LazyMatrix):
        return count_summary(matrix).whole
    stored: AnyArray = matrix if isinstance(matrix, np.ndarray) else matrix.data[:, None]
    step = max(1, _BLOCK_ELEMENTS // max(stored.shape[1], 1))
    return all(
        bool((block == np.rint(block)).all())
        for block in (stored[start : start + step] for start in range(0, len(stored), step))
    )


def sizes_of(matrix: Any) -> FloatArray:
    """Library sizes: the sum of each sample."""
    return (
        count_summary(matrix).lib_size if isinstance(matrix, LazyMatrix) else library_sizes(matrix)
    )


def counted(matrix: Any) -> AnyArray:
    """Reads of each gene, or whether it has any."""
    if isinstance(matrix, LazyMatrix):
        return count_summary(matrix).counted
    return np.asarray(matrix.sum(axis=1))


def _warn_of_other_units(data: Expression, argument: str, fit: str) -> None:
    lazy = isinstance(data.matrix, LazyMatrix)
    highest = count_summary(data.matrix).high if lazy else data.matrix.max()
    if highest < _HIGHEST_LOG2:
        warn(
            f"`{argument}` are not whole numbers and the largest is {highest:.3g}: these look like "
            f"log values. {fit} needs raw counts.",
            InputWarning,
        )
    if np.allclose(sizes_of(data.matrix), PER_MILLION, rtol=_SAME_TOTAL):
        warn(
            f"The values of every sample of `{argument}` sum to a million: these look like TPM or "
            f"counts per million. {fit} needs raw counts, since precision depends on them.",
            InputWarning,
        )


def _warn_before_fit(data: Expression) -> None:
    empty = int(data.matrix.shape[0] - np.count_nonzero(counted(data.matrix)))
    if empty:
        warn(
            f"{empty} genes have no reads in any sample; remove genes that are hardly expressed: "
            f"`counts[filter_by_expr(counts, design)]`.",
            InputWarning,
        )
    total = sizes_of(data.matrix)
    if _one_gene_dominates(data, total):
        return
    if total.min() > 0 and total.max() > _UNEVEN * total.min():
        warn(
            f"Library sizes range from {total.min():,.0f} to {total.max():,.0f}; "
            f"`voom_with_quality_weights` gives poor samples less weight.",
            Note,
        )


def _one_gene_dominates(data: Expression, total: FloatArray) -> bool:
    """Warn of a gene that makes up a sample, which no normalisation mends."""
    matrix: Any = data.matrix
    seen = count_summary(matrix) if isinstance(matrix, LazyMatrix) else None
    if seen is not None:
        highest = seen.highest
    elif hasattr(matrix, "toarray"):  # whose columns are only taken apart where one may dominate
        if matrix.data.max(initial=0) <= max(_MANY_READS, _MOST_OF_A_SAMPLE * total.min()):
            return False
        highest = np.asarray(matrix.max(axis=0).toarray()).ravel()
    else:
        highest = matrix.max(axis=0)
    wrong = np.flatnonzero((highest > _MANY_READS) & (highest > _MOST_OF_A_SAMPLE * total))
    if not wrong.size:
        return False
    if seen is None:
        column = matrix[:, [wrong[0]]]
        gene = int(np.argmax(column.toarray() if hasattr(column, "toarray") else column))
    else:
        gene = int(seen.highest_gene[wrong[0]])
    warn(
        f"Gene {gene if data.gene_names is None else repr(str(data.gene_names[gene]))} makes up "
        f"{highest[wrong[0]] / total[wrong[0]]:.4%} of the reads of sample "
        f"{wrong[0] if data.sample_names is None else repr(str(data.sample_names[wrong[0]]))}, and "
        f"one gene most of {wrong.size} samples; is it a gene, and its count right?",
        InputWarning,
    )
    return True
