"""Expression values with their weights, annotation and samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pylimma.containers.components import Components
from pylimma.typing import AnyArray, FloatArray

GENES_SAMPLES = ("genes", "samples")
SHARED: dict[str, tuple[str, ...]] = {
    "weights": GENES_SAMPLES,
    "genes": ("genes",),
    "targets": ("samples",),
    "design": ("samples", "design_columns"),
    "other": GENES_SAMPLES,
    "printer": (),
    "source": (),
    "notes": (),
}


class EList(Components):
    """Expression on a log scale, for any number of genes and samples.

    Attributes
    ----------
    E : array of shape (genes, samples)
        Log2 expression; log2 counts per million after `voom`.
    weights : array of shape (genes, samples)
        Precision weights.
    genes : DataFrame of genes
        Annotation.
    targets : DataFrame of samples
        What is known of the samples.
    design : array of shape (samples, coefs)
        Design matrix.
    lib_size : array of shape (samples,)
        Library sizes, in reads.
    span : float
        Span of the smoother of a mean-variance trend.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "E": GENES_SAMPLES,
        **SHARED,
        "lib_size": ("samples",),
        "sample_weights": ("samples",),
        "offset_prior": GENES_SAMPLES,
        "span": (),
        "voom_xy": (),
        "voom_line": (),
    }
    FRAMES = frozenset({"genes", "targets"})
    NESTED = frozenset({"other"})
    MAIN = "E"

    E: FloatArray
    weights: FloatArray
    genes: pd.DataFrame
    targets: pd.DataFrame
    design: FloatArray
    lib_size: FloatArray


class EListRaw(EList):
    """Intensities of one channel before normalisation, not on a log scale.

    Attributes
    ----------
    E : array of shape (genes, samples)
        Foreground intensities.
    Eb : array of shape (genes, samples)
        Background intensities.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {**EList.AXES, "Eb": GENES_SAMPLES}

    Eb: FloatArray


class CountList(Components):
    """Counts of reads with their samples and annotation; the base of `DGEList`.

    Attributes
    ----------
    counts : array of shape (genes, samples)
        Reads, not normalised, in the type they came in.
    samples : DataFrame of samples
        Columns `group`, `lib_size` and `norm_factors`, then whatever else is known.
    genes : DataFrame of genes
        Annotation.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "counts": GENES_SAMPLES,
        "samples": ("samples",),
        "genes": ("genes",),
        "design": ("samples", "design_columns"),
        "weights": GENES_SAMPLES,
        "offset": GENES_SAMPLES,
        "offset_prior": GENES_SAMPLES,
        "common_dispersion": (),
        "trended_dispersion": ("genes",),
        "tagwise_dispersion": ("genes",),
        "AveLogCPM": ("genes",),
        "other": GENES_SAMPLES,
    }
    FRAMES = frozenset({"genes", "samples"})
    NESTED = frozenset({"other"})
    MAIN = "counts"

    counts: AnyArray
    samples: pd.DataFrame
    genes: pd.DataFrame

    def _numbers(self, name: str, value: Any) -> Any:
        """Counts in their own type, anything else as doubles."""
        array = np.asarray(value)
        return array if name == "counts" and array.dtype.kind in "iuf" else array.astype(float)

    @property
    def effective_lib_size(self) -> FloatArray:
        """Library sizes times normalisation factors, of shape (samples,)."""
        samples = self["samples"]
        return np.asarray(samples["lib_size"] * samples["norm_factors"], dtype=float)
