"""Adjustment of p-values within each row of a matrix, for all rows at once."""

from __future__ import annotations

import numpy as np

from pylimma.typing import AdjustMethod, FloatArray


def adjust_rows(p: FloatArray, method: AdjustMethod) -> FloatArray:
    """P-values adjusted for the tests of their own row.

    Parameters
    ----------
    p : array of shape (genes, tests)
        P-values; NaN is left out.
    method : {"none", "bonferroni", "holm", "hochberg", "BH", "fdr", "BY"}
        How they are adjusted.

    Returns
    -------
    array of shape (genes, tests)
        Adjusted p-values, NaN where `p` is.
    """
    if method == "none":
        return p.copy()
    order = np.argsort(p, axis=1)
    rising = np.take_along_axis(p, order, axis=1)
    n = (~np.isnan(p)).sum(axis=1, keepdims=True)
    rank = np.arange(1, p.shape[1] + 1)
    factor = {
        "bonferroni": lambda: n + 0.0 * rank,
        "holm": lambda: n - rank + 1.0,
        "hochberg": lambda: n - rank + 1.0,
        "BH": lambda: n / rank,
        "BY": lambda: n / rank * np.cumsum(1 / rank)[np.maximum(n, 1) - 1],
    }["BH" if method == "fdr" else method]()
    scaled = rising * factor
    if method == "holm":
        scaled = np.fmax.accumulate(scaled, axis=1)
    elif method != "bonferroni":
        scaled = np.fmin.accumulate(scaled[:, ::-1], axis=1)[:, ::-1]
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(scaled, 1.0), axis=1)
    return np.where(np.isnan(p), np.nan, adjusted)
