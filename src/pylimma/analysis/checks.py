"""Checks of the samples: library sizes, duplicates, outliers and swapped labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.analysis.swaps import Swap, indicators, swapped_samples
from pylimma.design.intake import Design
from pylimma.errors import InputWarning, quoted, warn
from pylimma.typing import AnyArray, FloatArray, IntArray

_FAR = 5.0  # robust standard deviations beyond which a sample stands out
_LEAST_FOLD = 4.0  # of the typical library size, so that even sizes may scatter a little
_HELD_CORRELATIONS = 2**22  # between some samples and all others at a time
_LEAST_LOSS = 0.05  # of correlation, so that very similar samples may differ a little
_ALONE = 1e-8  # of a sample's weight left to the others, where it determines a coefficient
_TO_SD = 1.4826  # median absolute deviation to standard deviation of the normal
_FEWEST_GENES = 50  # that make a profile


def warn_of_library_sizes(size: FloatArray, names: pd.Index) -> None:
    """Warn of library sizes far from the typical one."""
    log_size = np.log2(np.maximum(size, 1.0))
    off = np.abs(log_size - np.median(log_size))
    limit = max(np.log2(_LEAST_FOLD), _FAR * _TO_SD * float(np.median(off)))
    odd = np.flatnonzero(off > limit)
    if odd.size:
        sizes = ", ".join(f"{names[k]} ({size[k]:,.0f} reads)" for k in odd[:6])
        warn(
            f"Outlying library sizes: {sizes}; the median is {np.median(size):,.0f}. Check these "
            f'samples; `method="quality_weights"` gives poor samples less weight.',
            InputWarning,
        )


def warn_of_duplicates(values: AnyArray, names: pd.Index) -> None:
    """Warn of samples with identical values."""
    seen: dict[bytes, Any] = {}
    for column, name in zip(np.asarray(values).T, names, strict=True):
        key = np.ascontiguousarray(column).tobytes()
        if key in seen and np.ptp(column) > 0:
            warn(
                f"Samples {quoted([seen[key], name])} have identical values: one is a duplicate of "
                f"the other, not a replicate.",
                InputWarning,
            )
        seen.setdefault(key, name)


def warn_of_outlying_samples(
    values: FloatArray,
    design: Design,
    samples: pd.DataFrame,
    block: AnyArray | None,
    names: pd.Index,
) -> None:
    """Warn of outlying samples, and of samples that look like another condition.

    What the design and the blocks explain of a sample is accounted for in both.
    """
    complete = values[np.isfinite(values).all(axis=1)]
    if len(complete) < _FEWEST_GENES or values.shape[1] < 4:
        return
    if not np.ptp(complete, axis=1).any():
        return
    about = design.description
    terms = about.terms if about is not None and about.terms else {"": range(design.n_coefs)}
    codes = None if block is None else np.unique(block, return_inverse=True)[1].ravel()
    both = design.matrix if codes is None else np.column_stack([design.matrix, indicators(codes)])
    _warn_of_outliers(complete, both, names)
    columns = _other_columns(samples, set() if about is None else set(about.columns))
    _warn_of_swaps(swapped_samples(complete, design.matrix, terms, codes, columns), names)


def _warn_of_outliers(values: FloatArray, design: FloatArray, names: pd.Index) -> None:
    """Warn of samples unlike all others, even where the model does not explain the difference."""
    typical, loss = _loss_of_correlation(values)
    odd = np.flatnonzero(loss > 0)
    if odd.size:
        unexplained = _loss_of_correlation(_unexplained(values, design))[1]
        odd = odd[unexplained[odd] > 0]
    if odd.size:
        which = ", ".join(f"{names[k]} ({typical[k]:.2f})" for k in odd[:6])
        warn(
            f"Outlying samples, by their median correlation with the others: {which}; typical is "
            f"{np.median(typical):.2f}. Look at the MDS plot; "
            f'`method="quality_weights"` gives poor samples less weight.',
            InputWarning,
        )


def _loss_of_correlation(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median correlations with the other samples, and by how much they fall short of the limit."""
    scaled = values - values.mean(axis=0)
    with np.errstate(invalid="ignore"):
        scaled /= np.sqrt(np.einsum("ij,ij->j", scaled, scaled))
    n_samples = values.shape[1]
    step = max(1, _HELD_CORRELATIONS // n_samples)
    blocks = [slice(start, start + step) for start in range(0, n_samples, step)]
    typical = np.concatenate([_median_correlations(scaled, block) for block in blocks])
    loss = np.median(typical) - typical
    limit = max(_LEAST_LOSS, _FAR * _TO_SD * float(np.median(np.abs(loss))))
    return typical, loss - limit


def _median_correlations(scaled: FloatArray, samples: slice) -> FloatArray:
    """Median correlations of some samples with all others; columns have length one."""
    correlation = scaled[:, samples].T @ scaled
    own = np.arange(len(correlation))
    correlation[own, own + samples.start] = np.nan
    return np.asarray(np.nanmedian(correlation, axis=1))


def _unexplained(values: FloatArray, design: FloatArray) -> FloatArray:
    """Means of the genes plus what a model that did not see the sample leaves of it.

    A sample that alone determines a coefficient stays as it is.
    """
    inverse = np.linalg.pinv(design)
    left = 1 - np.einsum("ij,ji->i", design, inverse)
    alone = left < _ALONE
    mean = values.mean(axis=1, keepdims=True)
    residuals = (values - values @ inverse.T @ design.T) / np.where(alone, 1.0, left)
    return np.where(alone, values, mean + residuals)


def _warn_of_swaps(found: list[Swap], names: pd.Index) -> None:
    text = names.astype(str).to_numpy()
    for swap in found:
        others = np.setdiff1d(np.arange(len(text)), swap.samples)
        like = [text[others[swap.level[others] == swap.level[k]][0]] for k in swap.samples]
        warn(
            f"Samples {quoted(text[swap.samples])} look like the condition of "
            f"{quoted(dict.fromkeys(like))} rather than their own, while the others group by "
            f"condition: were labels swapped?",
            InputWarning,
        )


def _other_columns(table: pd.DataFrame, used: set[str]) -> list[IntArray]:
    """Codes of the columns of a table that group samples and are no part of the model."""
    found = []
    for name in table.columns:
        codes = pd.factorize(table[name])[0]
        if name not in used and 1 <= codes.max(initial=0) < len(table) / 2 and codes.min() >= 0:
            found.append(codes)
    return found
