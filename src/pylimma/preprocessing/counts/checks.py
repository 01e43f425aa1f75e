"""Whether values can be counts of reads, and which library sizes they go with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_counts
from pylimma.adapters.labels import per_sample
from pylimma.containers.count_values import check_count_values
from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, InputWarning, Note, warn
from pylimma.numerics.counts.rates import PER_MILLION
from pylimma.typing import AnyArray, FloatArray

_HIGHEST_LOG2 = 30  # of any count that fits into 32 bits
_SAME_TOTAL = 1e-3  # rounding of published TPM
_REMEDY = ", which has no reads: leave it out"
_UNEVEN = 100  # ratio of library sizes beyond which samples differ in quality


def parse_valid_counts(
    data: Any, *, layer: str | None = None, argument: str = "counts"
) -> Expression:
    """Counts of whatever was given, checked; sparse ones stay sparse."""
    found = parse_counts(data, layer=layer, argument=argument, sparse=True)
    check_counts(found, argument)
    return found


def check_counts(
    data: Expression, argument: str = "counts", *, normalised_hint: str | None = None
) -> None:
    """Raise for values that cannot be counts, warn of ones that look like something else."""
    check_count_values(data.matrix, data.gene_names, data.sample_names, argument)
    if data.matrix.dtype.kind == "f" and not all_whole(data.matrix):
        _warn_of_other_units(data, argument, f"`{normalised_hint}`" if normalised_hint else "This")
    if normalised_hint is not None:
        _warn_before_fit(data)


def _warn_of_other_units(data: Expression, argument: str, fit: str) -> None:
    highest = data.matrix.max()
    if highest < _HIGHEST_LOG2:
        warn(
            f"`{argument}` are not whole numbers and the largest is {highest:.3g}: these look like "
            f"log values. {fit} needs raw counts.",
            InputWarning,
        )
    if np.allclose(library_totals(data), PER_MILLION, rtol=_SAME_TOTAL):
        warn(
            f"The values of every sample of `{argument}` sum to a million: these look like TPM or "
            f"counts per million. {fit} needs raw counts, since precision depends on them.",
            InputWarning,
        )


def _warn_before_fit(data: Expression) -> None:
    empty = int(data.matrix.shape[0] - np.count_nonzero(data.matrix.sum(axis=1)))
    if empty:
        warn(
            f"{empty} genes have no reads in any sample; leave out what is hardly expressed: "
            f"`counts[filter_by_expr(counts, design)]`.",
            InputWarning,
        )
    total = library_totals(data)
    if total.min() > 0 and total.max() > _UNEVEN * total.min():
        warn(
            f"Library sizes range from {total.min():,.0f} to {total.max():,.0f}; "
            f"`voom_with_quality_weights` gives poor samples less weight.",
            Note,
        )


def check_lib_size(lib_size: FloatArray, sample_names: pd.Index | None) -> FloatArray:
    """Library sizes, once they are known to be positive."""
    wrong = np.flatnonzero(~(np.isfinite(lib_size) & (lib_size > 0)))
    if not wrong.size:
        return lib_size
    which = wrong if sample_names is None else sample_names[wrong]
    raise InputError(
        f"Library sizes must be positive and known; {lib_size[wrong[0]]:g} for sample "
        f"'{which[0]}'{_REMEDY if lib_size[wrong[0]] == 0 else ''}."
    )


def library_totals(data: Expression) -> FloatArray:
    """Reads of each sample over all genes, in double precision."""
    return np.asarray(data.matrix.sum(axis=0, dtype=np.float64)).ravel()


def library_sizes(data: Expression, lib_size: Any = None, *, normalized: bool = True) -> FloatArray:
    """Library sizes that were given, or that are stored with the counts, or the column sums."""
    n_samples = data.matrix.shape[1]
    if lib_size is not None:
        values = per_sample(lib_size, n_samples, data.sample_names, "lib_size")
        return check_lib_size(_as_float(values), data.sample_names)
    if isinstance(data.source, DGEList):
        samples = data.source.samples
        size = data.source.effective_lib_size if normalized else samples["lib_size"].to_numpy(float)
    else:
        size = library_totals(data)
    return check_lib_size(size, data.sample_names)


def all_whole(matrix: Any) -> bool:
    """Whether all values are whole numbers."""
    stored: AnyArray = matrix if isinstance(matrix, np.ndarray) else matrix.data[:, None]
    step = max(1, 2**18 // max(stored.shape[1], 1))
    return all(
        bool((block == np.rint(block)).all())
        for block in (stored[start : start + step] for start in range(0, len(stored), step))
    )


def _as_float(values: AnyArray) -> FloatArray:
    try:
        return np.asarray(pd.to_numeric(values.astype(object)), dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"`lib_size` must hold numbers; got {values[0]!r}.") from None
