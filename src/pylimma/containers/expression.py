"""Expression values with their weights, annotation and samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from pylimma.containers.components import Components
from pylimma.typing import FloatArray

GENES_SAMPLES = ("genes", "samples")
SHARED: dict[str, tuple[str, ...]] = {
    "weights": GENES_SAMPLES,
    "genes": ("genes",),
    "targets": ("samples",),
    "design": ("samples", "design_columns"),
    "description": (),
    "other": GENES_SAMPLES,
    "printer": (),
    "source": (),
    "field_dimensions": (),
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
    dropped : dict of str to int
        Numbers of rows that a reader dropped, by reason.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "E": GENES_SAMPLES,
        **SHARED,
        "dropped": (),
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
    dropped: Mapping[str, int]


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
