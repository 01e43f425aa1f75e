"""Matrices of which some values are missing (NaN)."""

from __future__ import annotations

import numpy as np

from pylimma.typing import FloatArray


def row_means(values: FloatArray) -> FloatArray:
    """Mean of each row without its missing values; NaN for a row that has none."""
    means = np.asarray(values.mean(axis=1), dtype=float)
    incomplete = np.flatnonzero(np.isnan(means))
    if incomplete.size:
        part = values[incomplete]
        seen = ~np.isnan(part)
        number = seen.sum(axis=1)
        total = np.where(seen, part, 0.0).sum(axis=1)
        means[incomplete] = np.divide(
            total, number, out=np.full(incomplete.size, np.nan), where=number > 0
        )
    return means


def all_finite(values: FloatArray) -> bool:
    """Whether no value is missing or infinite; nearly always seen from their sum."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum()) or np.isfinite(values).all())
