"""Checks of the samples: library sizes, duplicates, outliers and swapped labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import InputWarning, quoted, warn
from pylimma.typing import AnyArray, FloatArray, IntArray

_FAR = 5.0  # robust standard deviations beyond which a sample stands out
_LEAST_FOLD = 4.0  # of the typical library size, so that even sizes may scatter a little
_LEAST_LOSS = 0.05  # of correlation, so that very similar samples may differ a little
_TO_SD = 1.4826  # median absolute deviation to standard deviation of the normal
_FEWEST_GENES = 50  # that make a profile
_MOST_VARIABLE = 500  # genes by which samples are compared
_MARGIN = 1.3  # by which another condition must be closer than the sample's own
_CLEAR = 0.75  # share of samples closest to their own condition that makes conditions distinct


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


def warn_of_outlying_samples(values: FloatArray, design: FloatArray, names: pd.Index) -> None:
    """Warn of outlying samples, and of samples that look like another condition."""
    complete = values[np.isfinite(values).all(axis=1)]
    if len(complete) < _FEWEST_GENES or values.shape[1] < 4:
        return
    spread = complete.std(axis=1)
    variable = complete[np.argsort(-spread, kind="stable")[:_MOST_VARIABLE]]
    if not spread.any():
        return
    _warn_of_outliers(complete, names)
    _warn_of_swaps(variable, design, names)


def _warn_of_outliers(values: FloatArray, names: pd.Index) -> None:
    with np.errstate(invalid="ignore"):
        correlation = np.asarray(np.corrcoef(values.T))
    np.fill_diagonal(correlation, np.nan)
    typical = np.nanmedian(correlation, axis=1)
    loss = np.median(typical) - typical
    limit = max(_LEAST_LOSS, _FAR * _TO_SD * float(np.median(np.abs(loss))))
    odd = np.flatnonzero(loss > limit)
    if odd.size:
        which = ", ".join(f"{names[k]} ({typical[k]:.2f})" for k in odd[:6])
        warn(
            f"Outlying samples, by their median correlation with the others: {which}; typical is "
            f"{np.median(typical):.2f}. Look at the MDS plot; "
            f'`method="quality_weights"` gives poor samples less weight.',
            InputWarning,
        )


def _warn_of_swaps(values: FloatArray, design: FloatArray, names: pd.Index) -> None:
    """Warn of samples nearer to another condition, where conditions are distinct."""
    rows, condition = np.unique(design, axis=0, return_inverse=True)
    condition = condition.ravel()
    size = np.bincount(condition)
    if len(rows) < 2 or size.min() < 3:
        return
    nearest = _nearest_condition(values, condition, size)
    odd = np.flatnonzero(nearest != condition)
    if odd.size and 1 - odd.size / len(condition) >= _CLEAR:
        text = names.astype(str).to_numpy()
        which = quoted(text[odd])
        typical = np.where(nearest == condition, condition, -1)
        like = quoted(dict.fromkeys(text[np.argmax(typical == nearest[k])] for k in odd))
        warn(
            f"Samples {which} look like the condition of {like} rather than their own, while the "
            f"others group by condition: were labels swapped?",
            InputWarning,
        )


def _nearest_condition(values: FloatArray, condition: IntArray, size: IntArray) -> IntArray:
    """Condition whose mean, without the sample itself, is clearly closest; else its own."""
    sums = np.stack([values[:, condition == k].sum(axis=1) for k in range(len(size))], axis=1)
    distance = np.empty((len(condition), len(size)))
    for sample, own in enumerate(condition):
        rest, number = sums.copy(), size.astype(float)
        rest[:, own] -= values[:, sample]
        number[own] -= 1
        means = rest / number
        distance[sample] = np.square(means - values[:, [sample]]).sum(axis=0)
        # a mean of fewer samples is further away by their noise
        distance[sample] /= 1 + 1 / number
    nearest = np.argmin(distance, axis=1)
    own = np.take_along_axis(distance, condition[:, None], axis=1).ravel()
    clearly = own > _MARGIN * distance.min(axis=1)
    return np.where(clearly, nearest, condition)
