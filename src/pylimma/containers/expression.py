"""Expression values with their weights, annotation and samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from pylimma.arguments import described, sequence
from pylimma.containers.components import Components
from pylimma.errors import InputTypeError, UnknownNameError, quoted
from pylimma.numerics.lazy import LazyMatrix
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
        "dpc": (),
        "prior_mean": (),
        "prior_sd": (),
        "prior_log_fc": (),
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

    def _array(self, name: str, value: Any, label: str | None = None) -> Any:
        """Values along the axes of a component; those outside memory stay there."""
        if not isinstance(value, LazyMatrix) or value.in_memory or self.AXES[name] != GENES_SAMPLES:
            return super()._array(name, value, label)
        for axis, size in zip(GENES_SAMPLES, value.shape, strict=True):
            self._check_size(axis, size, label or name)
        return value

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, annotation: Any = None) -> Self:
        """Values and annotation of genes from one table, as of `to_frame`.

        Parameters
        ----------
        frame : DataFrame
            A row for each gene; its labels are the names of the genes.
        annotation : str or sequence of str, optional
            Columns that annotate genes; those that hold no numbers when not given.

        Returns
        -------
        EList
            The other columns as `E`, named by them.

        Raises
        ------
        InputTypeError
            If it is no table, or a column of values holds no numbers.
        UnknownNameError
            If there is no such column.
        """
        if not isinstance(frame, pd.DataFrame):
            raise InputTypeError(f"`frame` must be a DataFrame; got {described(frame)}.")
        if annotation is None:
            chosen = np.array([dtype.kind not in "iufb" for dtype in frame.dtypes], dtype=bool)
        else:
            wanted = [annotation] if isinstance(annotation, str) else annotation
            wanted = [str(name) for name in sequence(wanted, "annotation")]
            columns = frame.columns.astype(str)
            if lacking := [name for name in wanted if name not in columns]:
                raise UnknownNameError(
                    f"`annotation` has {quoted(lacking)}; the columns are {quoted(columns)}."
                )
            chosen = columns.isin(wanted)
        genes = frame.loc[:, chosen] if chosen.any() else None
        return cls(E=frame.loc[:, ~chosen], genes=genes)


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
