"""Expression values of any kind → arrays and labels, and back to the kind they came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import is_anndata, like_anndata, read_anndata
from pylimma.adapters.stores import is_stored, lazy_matrix
from pylimma.adapters.tables import as_pandas, numeric_values, split_annotation
from pylimma.arguments import plain_array
from pylimma.containers.components import Components
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList, EListRaw
from pylimma.containers.names import names_of
from pylimma.containers.two_color import MAList, RGList
from pylimma.errors import InputError, InputTypeError, InputWarning, ShapeError, quoted, warn
from pylimma.numerics.lazy import LazyMatrix, not_streamed
from pylimma.numerics.missing_values import (
    all_finite,
    as_doubles,
    row_means,
    summary,
    without_infinite,
)
from pylimma.record import Record
from pylimma.typing import AnyArray, FloatArray, IntArray

_LARGEST = 1e150  # value that can be squared and summed
_FEW = 50  # genes that show that most samples have values


@dataclass(frozen=True, slots=True, eq=False)
class Expression(Record):
    """Expression values with everything that came along."""

    # (genes, samples) the values in double precision, counts in their own type: an array or lazy
    matrix: Any
    gene_names: pd.Index | None = None  # names, where there are any
    sample_names: pd.Index | None = None  # names, where there are any
    weights: FloatArray | None = None  # (genes, samples) weights stored with the data
    genes: pd.DataFrame | None = None  # annotation of genes
    samples: pd.DataFrame | None = None  # what is known of the samples
    design: Any = None  # (samples, coefs) design stored with the data
    description: Any = None  # where the columns of that design come from
    # (genes, samples) what average expression is the mean of, where that is not `matrix`: average
    # log-intensities of two-colour data, or values with the infinite ones as they came
    averages: Any = None
    source: Any = None  # what was given
    layer: str | None = None  # the layer of an AnnData that was read

    @property
    def average(self) -> FloatArray:
        """Mean expression of each gene over the samples it was seen in; NaN if in none."""
        return row_means(self.matrix if self.averages is None else self.averages)

    def like_source(self, values: FloatArray) -> Any:
        """Return new values in the kind of object that was given."""
        if isinstance(self.source, Components):
            return self.source.replace(**{self.source.MAIN: values})
        if is_anndata(self.source):
            return like_anndata(self.source, self.layer, values)
        if self.gene_names is None and self.sample_names is None:
            return values
        return pd.DataFrame(values, index=self.gene_names, columns=self.sample_names)


def parse_expression(
    data: Any,
    *,
    layer: str | None = None,
    argument: str = "object",
    squared: bool = False,
    streams: bool = False,
) -> Expression:
    """Log-expression values of data of any kind.

    What results in squares of the values asks for them to be representable. Where the caller
    `streams`, values that are outside memory, sparse or not doubles yet are a `LazyMatrix`.
    """
    if isinstance(data, EListRaw | RGList):
        raise InputTypeError(
            f"`{argument}` holds raw intensities ({type(data).__name__}); correct the background "
            f"and normalise them first."
        )
    found = _read(data, layer, argument, lazy=_Lazy(argument, arrays=True) if streams else None)
    if isinstance(found.matrix, LazyMatrix):
        return _parse_lazy(found, argument)
    given = np.asarray(found.matrix, dtype=float)
    values = _finite(given, argument)
    if np.isnan(values[0]).all() and np.isnan(values).all():
        raise InputError(
            f"Every value of `{argument}` is missing; did names of genes or samples not match when "
            "it was put together?"
        )
    _warn_of_empty_samples(values, found.sample_names, argument)
    if squared and (largest := np.nanmax(np.abs(values))) > _LARGEST:
        raise InputError(
            f"`{argument}` has values of size {largest:.1g}, whose squares are no numbers; give "
            "log2 values."
        )
    if values is given or found.averages is not None:
        return replace(found, matrix=values)
    return replace(found, matrix=values, averages=given)


def parse_counts(
    data: Any,
    *,
    layer: str | None = None,
    argument: str = "counts",
    sparse: bool = False,
    streams: bool = False,
) -> Expression:
    """Counts of data of any kind, in their own numeric type and unchecked for sign.

    Where the caller `streams`, counts outside memory are a `LazyMatrix`.
    """
    return _read(data, layer, argument, sparse=sparse, lazy=_Lazy(argument) if streams else None)


@dataclass(frozen=True, slots=True)
class _Lazy:
    """What turns values of an AnnData, as they are stored, into a lazy matrix."""

    argument: str
    arrays: bool = False

    def __call__(self, stored: Any, *, transposed: bool = True) -> LazyMatrix | None:
        if self.arrays or is_stored(stored):
            return lazy_matrix(stored, self.argument, transposed=transposed, arrays=self.arrays)
        return None


def _read(
    data: Any,
    layer: str | None,
    argument: str,
    *,
    sparse: bool = False,
    lazy: _Lazy | None = None,
) -> Expression:
    """Dispatch on the kind of object; the shape is checked here."""
    if layer is not None and not is_anndata(data):
        raise InputError("`layer` is for AnnData; the data given have none.")
    if isinstance(data, Components):
        found = _from_container(data, argument)
    elif is_anndata(data):
        found = Expression(**read_anndata(data, layer, sparse=sparse, lazy=lazy), source=data)
    elif lazy and (matrix := lazy(data, transposed=False)) is not None:
        found = Expression(matrix, source=data)
    elif is_stored(data):
        raise not_streamed(
            f"`{argument}`, a {type(data).__module__.split('.')[0]} {type(data).__name__}"
        )
    elif isinstance(data, Mapping) and not hasattr(data, "toarray"):
        return _read(DGEList(data) if "counts" in data else EList(data), layer, argument, lazy=lazy)
    elif (table := as_pandas(data)) is not None:
        values, genes, names = split_annotation(table, argument)
        found = Expression(
            values, names, names_of(table.columns[-values.shape[1] :]), genes=genes, source=data
        )
    else:
        found = Expression(_array(data, argument, sparse=sparse), source=data)
    if lazy is None and isinstance(found.matrix, LazyMatrix):
        raise not_streamed(f"`{argument}`, a lazy matrix")
    if 0 in found.matrix.shape:
        rows, columns = found.matrix.shape
        raise InputError(
            f"`{argument}` has {rows} genes and {columns} samples; did a filter remove everything?"
        )
    return found


def _from_container(data: Components, argument: str) -> Expression:
    if not isinstance(data, EList | MAList | DGEList | RGList):
        raise InputTypeError(f"`{argument}` is a {type(data).__name__}, which holds no expression.")
    samples, names = data.get("samples" if isinstance(data, DGEList) else "targets"), data.col_names
    if samples is not None and names is not None:
        samples = samples.set_axis(names, axis=0)  # whatever its rows are called, it is in order
    return Expression(
        data[data.MAIN],
        data.row_names,
        names,
        weights=data.get("weights"),
        genes=data.get("genes"),
        samples=samples,
        design=None if "design" not in data else data.frame("design"),
        description=data.get("description"),
        averages=data.get("A") if isinstance(data, MAList) else None,
        source=data,
    )


def _array(data: Any, argument: str, *, sparse: bool = False) -> AnyArray:
    """Two-dimensional array of numbers from an array, nested list or sparse matrix."""
    if sparse and hasattr(data, "tocsr"):
        return data.tocsr()
    array = plain_array(data, argument)
    if array.ndim == 0 or array.ndim > 2:
        raise InputTypeError(
            f"`{argument}` must be a matrix of genes × samples; got {type(data).__name__}."
        )
    array = numeric_values(array, argument)
    return array[None, :] if array.ndim == 1 else array


def _parse_lazy(found: Expression, argument: str) -> Expression:
    """Values that are not in memory as doubles, checked in one pass over all genes."""
    given: LazyMatrix = found.matrix
    if given.dtype != np.float64:
        given = LazyMatrix(as_doubles, (given,), by_cell=True)
    if given.limits is not None:
        return replace(found, matrix=given)
    seen = summary(given)
    if not seen.n_observed.any():
        raise InputError(f"Every value of `{argument}` is missing.")
    values = given
    if seen.n_infinite:
        row, column = seen.first_infinite
        _warn_of_infinite(seen.n_infinite, row, column, argument)
        values = LazyMatrix(without_infinite, (given,), by_cell=True)
        values.found["summary"] = seen
    _warn_of_empty(np.flatnonzero(~seen.samples), found.sample_names, argument)
    averages = given if values is not given else found.averages
    return replace(found, matrix=values, averages=averages)


def _finite(values: FloatArray, argument: str) -> FloatArray:
    """Values with infinite ones made missing, and a warning that says where they were."""
    if all_finite(values) or not (infinite := np.isinf(values)).any():
        return values
    row, column = np.argwhere(infinite)[0]
    _warn_of_infinite(int(infinite.sum()), row, column, argument)
    return np.where(infinite, np.nan, values)


def _warn_of_infinite(number: int, row: int, column: int, argument: str) -> None:
    warn(
        f"`{argument}` has {number} infinite values, the first in row {row}, column "
        f"{column}; they are treated as missing.",
        InputWarning,
    )


def _warn_of_empty_samples(values: FloatArray, names: pd.Index | None, argument: str) -> None:
    """Warn of samples without any value."""
    empty = np.flatnonzero(np.isnan(values[:_FEW]).all(axis=0))  # most often none is left
    _warn_of_empty(empty[np.isnan(values[:, empty]).all(axis=0)], names, argument)


def _warn_of_empty(empty: IntArray, names: pd.Index | None, argument: str) -> None:
    if empty.size:
        warn(
            f"Every value of `{argument}` is missing for the samples "
            f"{quoted(empty if names is None else names[empty])}, which take no part; remove them "
            f"from the data and the table of samples.",
            InputWarning,
        )


def check_same_shape(values: AnyArray, shape: tuple[int, ...], argument: str) -> None:
    """Raise unless an array has the shape of the data."""
    if np.shape(values) != tuple(shape):
        raise ShapeError(
            f"`{argument}` has shape {np.shape(values)}; the data are {shape[0]} genes × "
            f"{shape[1]} samples."
        )
