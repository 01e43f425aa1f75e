"""The scale of values in a file that does not say it: intensities, logs, ratios or proportions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pylimma.errors import InputError, InputWarning, Note, quoted, warn
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray

_LARGEST_LOG = 100.0  # above the 99th percentile of any values on a log scale
_CENTRED = 0.05  # standard deviations that the mean of a gene is off 0 once it was centred
_ZEROS = 0.01  # share of zeros that counts of reads have, and whole intensities have not
_MOST = 0.9  # share of the genes that is nearly all of them
_TEXTS = {
    "intensities": "like intensities ({}): take logarithms before a linear model.",
    "counts": "like counts ({}): if they are reads, give them to `voom`.",
    "logged": "logged ({}): take no logarithms.",
    "centred": "centred by gene ({}): fold changes only, so no trend on average expression and no "
    "camera on means.",
    "ratios": "like log-ratios ({}): average expression is not known, so no trend on it.",
    "proportions": "like proportions ({}), as of methylation: not a log scale.",
}


@dataclass(frozen=True, slots=True)
class Scale(Record):
    """The scale that values seem to be on."""

    kind: str  # a key of the texts
    text: str  # what a user is told

    @property
    def raw(self) -> bool:
        """Whether logarithms are still to be taken."""
        return self.kind in ("intensities", "counts")


def judge_scale(values: FloatArray, samples: pd.Index, name: str) -> Scale:
    """Scale of the values of a file, with a note on it; warn where samples differ."""
    seen = np.atleast_1d(np.isfinite(values).any(axis=0))
    if not seen.any():
        raise InputError(f"All values of '{name}' are missing.")
    named = samples[seen]
    high: FloatArray = np.nanpercentile(values[:, seen], 99, axis=0)
    raw: BoolArray = high > _LARGEST_LOG
    if raw.any() and not raw.all():
        warn(
            f"Samples of '{name}' are on different scales: {quoted(named[raw], 4)} look like "
            f"intensities, {quoted(named[~raw], 4)} look logged. Bring them to one scale before "
            f"any analysis.",
            InputWarning,
        )
    kind = _kind(values, raw)
    span = f"{np.nanmin(values):.4g} to {np.nanmax(values):.4g}"
    scale = Scale(kind, f"Values look {_TEXTS[kind].format(span)}")
    warn(f"'{name}': {scale.text}", Note)
    return scale


def _kind(values: FloatArray, raw: BoolArray) -> str:
    low, high = np.nanmin(values), np.nanmax(values)
    if raw.mean() > 1 / 2:
        seen = values[np.isfinite(values)]
        whole = bool((seen == np.rint(seen)).all()) and np.mean(seen == 0) > _ZEROS
        return "counts" if whole and low >= 0 else "intensities"
    if _is_centred(values):
        return "centred"
    if low >= 0 and high <= 1:
        return "proportions"
    return "ratios" if low < -1 and np.nanmedian(values) < 1 else "logged"


def _is_centred(values: FloatArray) -> bool:
    """Whether the mean or the median of nearly every gene without missing values is 0."""
    rows = values[np.isfinite(values).all(axis=1)]
    if rows.size == 0 or rows.shape[1] < 3 or rows.min() >= 0:
        return False
    limit = np.maximum(_CENTRED * rows.std(axis=1), np.finfo(float).tiny)
    centres = (rows.mean(axis=1), np.median(rows, axis=1))
    return any(np.mean(np.abs(centre) <= limit) > _MOST for centre in centres)
