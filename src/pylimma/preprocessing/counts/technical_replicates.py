"""Counts of technical replicates, summed by biological sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.adapters.labels import sample_labels
from pylimma.containers.components import Components
from pylimma.containers.counts import DGEList
from pylimma.containers.ownership import private
from pylimma.errors import InputError
from pylimma.preprocessing.counts.blocks import by_blocks, is_sparse
from pylimma.preprocessing.counts.intake import parse_valid_counts
from pylimma.typing import AnyArray, IntArray


def sum_tech_reps(
    x: Any,
    id: Any = None,  # noqa: A002 - R's name
    *,
    layer: str | None = None,
) -> Any:
    """Counts with technical replicates summed by sample.

    Parameters
    ----------
    x : DGEList, array, DataFrame, sparse matrix or AnnData
        Reads of genes × samples (AnnData: samples × genes).
    id : sequence of shape (samples,), optional
        Which biological sample each column belongs to; the names of the columns when not
        given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    DGEList, array or DataFrame
        Samples in order of first appearance. In a DGEList library sizes are summed, as are the
        library sizes of offsets; normalisation factors are averaged geometrically and prior
        offsets arithmetically; the other columns come from the first replicate, and dispersions,
        weights and what else belonged to single columns are dropped. `x` itself where no sample
        repeats.

    Raises
    ------
    InputError
        If `id` is missing for a sample.
    ShapeError
        If there are more or fewer of them than samples.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.sum_tech_reps([[10, 20, 1], [30, 60, 2]], id=["b", "a", "b"])
        b   a
    0  11  20
    1  32  60
    """
    data = parse_valid_counts(x, layer=layer, argument="x")
    if id is None:
        id = data.sample_names  # noqa: A001 - R's name
    if id is None:
        raise InputError("The samples have no names; give `id`, the sample of each column.")
    labels = sample_labels(id, data.matrix.shape[1], data.sample_names, "id")
    codes, levels = pd.factorize(labels)
    if len(levels) == len(labels):
        return private(x) if isinstance(x, Components) or not hasattr(x, "copy") else x.copy()
    names = pd.Index(levels)
    total = _summed(data, codes, len(levels))
    if isinstance(data.source, DGEList):
        return _summed_list(data.source, total, codes, names)
    return pd.DataFrame(total, index=data.gene_names, columns=names)


def _summed(data: Expression, codes: IntArray, n_levels: int) -> AnyArray:
    """Columns summed by code, integers in 64 bits so that they do not overflow."""
    kind = np.float64 if data.matrix.dtype.kind == "f" else np.int64
    if is_sparse(data.matrix):
        sums = np.zeros((len(codes), n_levels), dtype=kind)
        sums[np.arange(len(codes)), codes] = 1
        return np.asarray(data.matrix.astype(kind) @ sums)

    def add(counts: AnyArray, _: slice) -> AnyArray:
        columns = [counts[:, codes == k].sum(axis=1, dtype=kind) for k in range(n_levels)]
        return np.column_stack(columns)

    return by_blocks(data, add)


def _summed_list(source: DGEList, total: AnyArray, codes: IntArray, names: pd.Index) -> DGEList:
    first = np.unique(codes, return_index=True)[1]
    by_sample = source.samples.groupby(codes)
    samples = source.samples.iloc[first].set_axis(names, axis=0)
    samples = samples.assign(
        lib_size=by_sample["lib_size"].sum().to_numpy(),
        norm_factors=np.exp(np.log(source.samples["norm_factors"]).groupby(codes).mean()).array,
    )
    counts = pd.DataFrame(total, columns=names, index=source.row_names)
    return DGEList(
        counts, samples=samples, genes=source.get("genes"), **_offsets(source, codes, len(names))
    )


def _offsets(source: DGEList, codes: IntArray, n_levels: int) -> dict[str, Any]:
    """Offsets of summed counts: logarithms of summed library sizes, means of prior offsets."""
    member = np.equal.outer(codes, np.arange(n_levels)).astype(float)
    found: dict[str, Any] = {}
    if "offset" in source:
        offset = source["offset"]
        largest = offset.max(axis=-1, keepdims=True)
        found["offset"] = np.log(np.exp(offset - largest) @ member) + largest
    if "offset_prior" in source:
        found["offset_prior"] = source["offset_prior"] @ (member / member.sum(axis=0))
    return found
