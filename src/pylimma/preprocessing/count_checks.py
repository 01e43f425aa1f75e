"""Whether values can be counts of reads, and which library sizes they go with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.ingest import Expression, take_counts
from pylimma.adapters.labels import per_sample
from pylimma.containers.count_values import check_count_values
from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, InputWarning, Note, quoted, warn
from pylimma.numerics.count_rates import PER_MILLION
from pylimma.typing import AnyArray, FloatArray

_HIGHEST_LOG2 = 30  # of any count that fits into 32 bits
_SAME_TOTAL = 1e-3  # rounding of published TPM
_UNEVEN = 100  # ratio of library sizes beyond which samples differ in quality


def checked_counts(data: Any, *, layer: str | None = None, argument: str = "counts") -> Expression:
    """Counts of whatever was given, checked; sparse ones stay sparse.

    Parameters
    ----------
    data : array, DataFrame, sparse matrix, AnnData, DGEList or EList
        Genes × samples, except AnnData, which is samples × genes.
    layer : str, optional
        Layer of an AnnData.
    argument : str
        Name of the argument, for messages.

    Returns
    -------
    Expression
        With the counts as `matrix`.

    Raises
    ------
    InputError
        If counts are missing, infinite or negative.
    """
    found = take_counts(data, layer=layer, argument=argument, sparse=True)
    check_counts(found, argument)
    return found


def check_counts(data: Expression, argument: str = "counts") -> None:
    """Raise for values that cannot be counts, warn of ones that look like something else.

    Parameters
    ----------
    data : Expression
        With counts as `matrix`, dense or sparse.
    argument : str
        Name of the argument, for messages.

    Raises
    ------
    InputError
        If values are missing, infinite or negative.

    Warns
    -----
    InputWarning
        If values look like logarithms or like shares of a million.
    """
    check_count_values(data.matrix, data.gene_names, data.sample_names, argument)
    if data.matrix.dtype.kind != "f":
        return
    highest, whole = data.matrix.max(), _all_whole(data.matrix)
    if whole:
        return
    if highest < _HIGHEST_LOG2:
        warn(
            f"`{argument}` are not whole numbers and the largest is {highest:.3g}: these look like "
            f"log values, not reads. Raw counts are expected.",
            InputWarning,
        )
    total = library_totals(data)
    if np.allclose(total, PER_MILLION, rtol=_SAME_TOTAL):
        warn(
            f"The values of every sample of `{argument}` sum to a million: these look like TPM or "
            f"counts per million. Raw counts are expected, since precision depends on them.",
            InputWarning,
        )


def library_totals(data: Expression) -> FloatArray:
    """Reads of each sample over all genes, in double precision.

    Parameters
    ----------
    data : Expression
        With counts as `matrix`, dense or sparse.

    Returns
    -------
    array of shape (samples,)
    """
    return np.asarray(data.matrix.sum(axis=0, dtype=np.float64)).ravel()


def library_sizes(
    data: Expression, lib_size: Any = None, *, normalized: bool = True, positive: bool = True
) -> FloatArray:
    """Library sizes that were given, or that are stored with the counts, or the column sums.

    Parameters
    ----------
    data : Expression
        The counts.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads.
    normalized : bool
        Whether those of a DGEList are multiplied by its normalisation factors.
    positive : bool
        Whether a sample without reads is an error.

    Returns
    -------
    array of shape (samples,)
        Library sizes, in reads.

    Raises
    ------
    ShapeError
        If there are more or fewer than samples.
    InputError
        If one is missing or not positive.
    """
    n_samples = data.matrix.shape[1]
    if lib_size is not None:
        values = per_sample(lib_size, n_samples, data.sample_names, "lib_size")
        size = _as_float(values)
        _check_sizes(size, data.sample_names)
        return size
    if isinstance(data.source, DGEList):
        samples = data.source.samples
        size = data.source.effective_lib_size if normalized else samples["lib_size"].to_numpy(float)
    else:
        size = library_totals(data)
    empty = np.flatnonzero(size == 0)
    if positive and empty.size:
        which = empty if data.sample_names is None else data.sample_names[empty]
        raise InputError(
            f"Samples {quoted(which)} have no reads, so their library size is 0; leave them out."
        )
    return size


def warn_before_fit(data: Expression, lib_size: FloatArray) -> None:
    """Warn of genes without reads and of library sizes that differ widely.

    Parameters
    ----------
    data : Expression
        The counts to be fitted.
    lib_size : array of shape (samples,)
        Library sizes.

    Warns
    -----
    InputWarning
        If genes have no reads in any sample.
    Note
        If library sizes differ a hundredfold.
    """
    empty = int(data.matrix.shape[0] - np.count_nonzero(data.matrix.sum(axis=1)))
    if empty:
        warn(
            f"{empty} genes have no reads in any sample; leave out what is hardly expressed: "
            f"`counts[filter_by_expr(counts, design)]`.",
            InputWarning,
        )
    if lib_size.max() > _UNEVEN * lib_size.min():
        warn(
            f"Library sizes range from {lib_size.min():,.0f} to {lib_size.max():,.0f}; "
            f"`voom_with_quality_weights` gives poor samples less weight.",
            Note,
        )


def _all_whole(matrix: Any) -> bool:
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


def _check_sizes(size: FloatArray, names: pd.Index | None) -> None:
    wrong = np.flatnonzero(~(np.isfinite(size) & (size > 0)))
    if wrong.size:
        which = wrong if names is None else names[wrong]
        raise InputError(
            f"`lib_size` must be positive and known; it is {size[wrong[0]]:g} for sample "
            f"'{which[0]}'."
        )
