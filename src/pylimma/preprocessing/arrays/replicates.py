"""Averages over replicate probes, and over replicate arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import is_anndata, new_anndata
from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import column_of_samples, matrix_names, per_gene, sample_labels
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import plain_array
from pylimma.containers.components import Components
from pylimma.containers.expression import GENES_SAMPLES, EList
from pylimma.containers.names import label_text
from pylimma.containers.ownership import private
from pylimma.containers.two_color import MAList
from pylimma.errors import InputError, InputTypeError
from pylimma.numerics.missing_values import all_finite
from pylimma.typing import AnyArray, FloatArray, IntArray

STORED = "stored"
_MOST_TURNS = 64  # replicates that are added one by one, faster than group by group


def group_sums(values: AnyArray, codes: IntArray) -> AnyArray:
    """Sums of the rows of each code, of which none may be empty."""
    order, number = np.argsort(codes, kind="stable"), np.bincount(codes)
    start = np.cumsum(number) - number
    if values.dtype.kind != "f" or number.max() > _MOST_TURNS:
        return np.add.reduceat(values[order], start, axis=0)
    # the first row of every code, then the second of those that have one, and so on
    axis = int(values.flags.f_contiguous)
    table = values.T if axis else values
    total = table.take(order[start], axis)
    for turn in range(1, int(number.max())):
        more = np.flatnonzero(number > turn)
        part = table.take(order[start[more] + turn], axis)
        if len(more) == len(number):
            total += part
        elif axis:
            total[:, more] += part
        else:
            total[more] += part
    return total.T if axis else total


def group_means(values: AnyArray, codes: IntArray, weights: FloatArray | None = None) -> AnyArray:
    r"""Means :math:`\sum wx / \sum w` of the rows of each code, without missing values.

    Text is that of the first row.
    """
    if values.dtype.kind not in "iufb":
        return values[np.unique(codes, return_index=True)[1]]
    if weights is None and all_finite(values):
        return group_sums(values, codes) / np.bincount(codes)[:, None]
    w = ~np.isnan(values) if weights is None else np.where(np.isnan(values), 0.0, weights)
    w = np.where(w > 0, w, 0.0)
    total = group_sums(w, codes)
    moment = group_sums(w * np.where(w > 0, values, 0.0), codes)
    return np.divide(moment, total, out=np.full(total.shape, np.nan), where=total > 0)


def precision(
    values: FloatArray, codes: IntArray, weights: FloatArray, *, plain: bool
) -> FloatArray:
    r"""Precision of means of rows: :math:`\sum w` of weighted ones, else :math:`m^2/\sum 1/w`."""
    seen = ~np.isnan(values)
    w = np.where(seen & (weights > 0), weights, 0.0)
    if not plain:
        return np.asarray(group_sums(w, codes))
    with np.errstate(divide="ignore"):
        variance = group_sums(np.where(seen, 1 / w, 0.0), codes)
    number = group_sums(seen.astype(float), codes)
    return np.divide(number**2, variance, out=np.zeros(variance.shape), where=variance > 0)


def avereps(x: Any, id: Any = None, *, ID: Any = None) -> Any:  # noqa: A002 - R's name
    """Expression averaged over rows of the same probe or gene.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EList or MAList
        Log-expression of shape (rows, samples); NaN is missing. Text is taken from the first row.
    id : sequence of shape (rows,) or str, optional
        Which rows belong together, or the column of the annotation that says so; the column ID
        of the annotation, or else the names of the rows, when not given.
    ID : sequence or str, optional
        `id` as R spells it; give one of them.

    Returns
    -------
    DataFrame, AnnData, EList or MAList
        A row for each ID, in order of first appearance, named by it; NaN where no value is known.
        Weights and further values of a container are averaged too; annotation is that of the
        first row, and the layout of the slide is dropped.

    Raises
    ------
    InputError
        If rows have no IDs, or some lack one.
    InputTypeError
        If the data are raw intensities or counts.
    ShapeError
        If there are not as many IDs as rows.

    See Also
    --------
    avedups : Over spots at regular distances.
    avearrays : Over columns.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.avereps([[1.0, 2.0], [5.0, 6.0], [3.0, 8.0]], id=["a", "b", "a"])
         0    1
    a  2.0  5.0
    b  5.0  6.0
    """
    data, id = _parse(x), _either(id, ID)  # noqa: A001 - likewise
    if isinstance(id, str):
        id = column_of_samples(id, data.genes, "id", "genes")  # noqa: A001 - likewise
    elif id is None:
        table = pd.DataFrame() if data.genes is None else data.genes
        id = table.get("ID", data.gene_names)  # noqa: A001 - likewise
    if id is None:
        raise InputError("The rows have no names; give `id`, the probe or gene of each row.")
    labels = per_gene(id, len(data.matrix), data.gene_names, "id")
    if (missing := np.flatnonzero(pd.isna(labels))).size:
        raise InputError(
            f"`id` is missing for {missing.size} rows, the first at position {missing[0]}; remove "
            f"these rows, or give them IDs."
        )
    codes, levels = pd.factorize(labels)

    def means(values: AnyArray) -> AnyArray:
        return group_means(values, codes)

    result = _averaged(data, means, codes, pd.Index(levels), axis=0)
    return result.replace(printer=None) if isinstance(result, Components) else result


def avearrays(
    x: Any,
    id: Any = None,  # noqa: A002 - R's name
    weights: Any = STORED,
    *,
    ID: Any = None,
) -> Any:
    r"""Expression averaged over arrays of the same sample.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EList or MAList
        Log-expression of shape (genes, arrays); NaN is missing. Text is taken from the first
        array.
    id : sequence of shape (arrays,) or str, optional
        Which arrays belong together, or the column of the table of samples that says so; the
        names of the arrays when not given.
    weights : array, None or "stored"
        Weights of the average, of shape (genes, arrays), (genes,) or (arrays,); those stored with
        the data, or none.
    ID : sequence or str, optional
        `id` as R spells it; give one of them.

    Returns
    -------
    DataFrame, AnnData, EList or MAList
        A column for each ID, in order of first appearance, named by it, in a table after an
        average with weights by "ID" and it, as in R; NaN where no value is known. What else a
        container holds is averaged likewise, or is that of the first array. `x` itself where no
        ID repeats.

    Raises
    ------
    InputError
        If the arrays have no IDs, or some lack one.
    InputTypeError
        If the data are raw intensities or counts.
    ShapeError
        If there are not as many IDs as arrays, or the weights do not fit.

    See Also
    --------
    avereps : Over rows.
    duplicate_correlation : Keeps replicates, with the correlation within them.

    Notes
    -----
    Weights of averages are their precision: the sum of the weights after an average with them,
    :math:`m^2 / \sum 1/w` after a plain mean of m arrays.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.avearrays([[1.0, 5.0, 3.0]], id=["a", "b", "a"])
         a    b
    0  2.0  5.0
    """
    data, id = _parse(x), _either(id, ID)  # noqa: A001 - likewise
    id = data.sample_names if id is None else column_of_samples(id, data.samples, "id")  # noqa: A001 - likewise
    if id is None:
        raise InputError("The arrays have no names; give `id`, the sample of each array.")
    shape = data.matrix.shape
    labels = sample_labels(id, shape[1], data.sample_names, "id")
    codes, levels = pd.factorize(labels)
    by_spot = data.weights if isinstance(weights, str) and weights == STORED else weights
    chosen = parse_weights(by_spot, shape, data.gene_names, data.sample_names)
    w = None if chosen is None else np.broadcast_to(chosen, shape).T
    if len(levels) == len(labels):
        return private(x) if isinstance(x, Components) or not hasattr(x, "copy") else x.copy()

    def means(values: AnyArray) -> AnyArray:
        return group_means(values.T, codes, w).T

    result = _averaged(data, means, codes, pd.Index(levels), axis=1)
    if isinstance(result, Components) and data.weights is not None:
        known = data.weights.T if w is None else w
        result["weights"] = precision(data.matrix.T, codes, known, plain=w is None).T
    if isinstance(result, pd.DataFrame) and w is not None:
        result.columns = pd.Index([f"ID{label_text(level)}" for level in levels])
    return result


def _either(one: Any, other: Any) -> Any:
    """Labels by either spelling of their argument."""
    if one is not None and other is not None:
        raise InputError("Give `id` or `ID`, which are the same, and not both.")
    return other if one is None else one


def _parse(x: Any) -> Expression:
    """Matrix and labels, also of a matrix of text or of one column."""
    if isinstance(x, Components) and not isinstance(x, EList | MAList):
        raise InputTypeError(
            f"`x` must be log-expression; got {type(x).__name__}, which `sum_tech_reps` takes."
        )
    if isinstance(x, pd.Series):
        x = x.to_frame()
    if isinstance(x, Components | dict) or is_anndata(x) or hasattr(x, "toarray"):
        return parse_expression(x, argument="x")
    values = plain_array(x, "x")
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim == 2 and values.size and all(isinstance(cell, str) for cell in values[0]):
        return Expression(values.astype(object), *matrix_names(x), source=x)
    return parse_expression(x if isinstance(x, pd.DataFrame) else values, argument="x")


def _averaged(
    data: Expression,
    means: Callable[[AnyArray], AnyArray],
    codes: IntArray,
    names: pd.Index,
    axis: int,
) -> Any:
    """Averages in the kind of data that was given, with the names of groups along one axis."""
    x, first = data.source, np.unique(codes, return_index=True)[1]
    if isinstance(x, Components):
        averages = {
            name: {key: means(value) for key, value in x[name].items()}
            if name in x.NESTED
            else means(x[name])
            for name in x
            if x.AXES[name] == GENES_SAMPLES
        }
        chosen = x.subset(first) if axis == 0 else x.subset(columns=first)
        chosen.set_names(**{GENES_SAMPLES[axis]: names})
        return chosen.replace(**averages)
    values = means(data.matrix)
    if is_anndata(x):
        tables = [x.var, x.obs]
        tables[axis] = tables[axis].iloc[first].set_axis(names.astype(str))
        return new_anndata(values.T, tables[1].copy(), tables[0].copy())
    rows, columns = data.gene_names, data.sample_names
    return pd.DataFrame(values, *((names, columns) if axis == 0 else (rows, names)))
