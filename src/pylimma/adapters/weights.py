"""Weights of any shape → one per sample, or a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.labels import aligned, aligned_matrix
from pylimma.adapters.stores import is_stored, lazy_matrix
from pylimma.arguments import numbers, plain_array, vector, whole
from pylimma.containers.names import names_of
from pylimma.errors import InputError, InputWarning, Note, ShapeError, warn
from pylimma.numerics.lazy import LazyMatrix
from pylimma.numerics.missing_values import as_doubles, limits, summary
from pylimma.typing import FloatArray

_WIDEST_RANGE = 1e8  # eight decades


def as_matrix_weights(weights: Any, dim: tuple[int, int] | None = None) -> FloatArray:
    """Weights as a full matrix.

    Parameters
    ----------
    weights : array
        A matrix of genes × samples, one row of samples, or a vector: by gene if its length is
        that of the genes or one, otherwise by sample.
    dim : (int, int), optional
        Numbers of genes and samples; those of a matrix of weights when not given.

    Returns
    -------
    array of shape (genes, samples)
        A matrix of its own.

    Raises
    ------
    ShapeError
        If the weights fit neither genes nor samples.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.as_matrix_weights([1.0, 2.0, 0.5], (2, 3))
    array([[1. , 2. , 0.5],
           [1. , 2. , 0.5]])
    """
    array = numbers(weights, "weights")
    if dim is None:
        return np.array(array if array.ndim > 1 else np.atleast_1d(array)[:, None])
    sizes = numbers(dim, "dim").ravel()
    if sizes.size != 2:
        raise ShapeError(f"`dim` must be the numbers of genes and samples; got {dim!r}.")
    n_genes, n_samples = (whole(size, "dim", 1) for size in sizes)
    return np.array(np.broadcast_to(_shaped(array, n_genes, n_samples), (n_genes, n_samples)))


def modify_weights(
    weights: Any = None, status: Any = None, values: Any = (), multipliers: Any = ()
) -> FloatArray:
    """Weights multiplied by the kind of spot.

    Parameters
    ----------
    weights : array of shape (genes, samples) or (genes,), optional
        Weights; all 1 when not given.
    status : sequence of shape (genes,)
        Kind of each spot; matched by name where both have names.
    values : sequence of labels
        Kinds whose weights change.
    multipliers : sequence of float
        What they are multiplied by; one serves for all kinds.

    Returns
    -------
    array of shape (genes, samples)
        One column for weights by gene.

    Raises
    ------
    ShapeError
        If the weights have another number of rows than `status`.
    InputError
        If there are neither one nor as many multipliers as values.
    """
    if isinstance(weights, pd.DataFrame | pd.Series):
        status = aligned(status, names_of(weights.index), "genes", "status")
    kinds = plain_array(status, "status").astype(object)
    if kinds.ndim != 1:
        raise ShapeError("`status` must be a vector with the kind of each spot.")
    matrix = np.ones(len(kinds)) if weights is None else np.atleast_1d(numbers(weights, "weights"))
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    if len(matrix) != len(kinds):
        raise ShapeError(f"`weights` has {len(matrix)} rows and `status` {len(kinds)}.")
    matrix = matrix.copy()
    names = np.atleast_1d(plain_array(values, "values")).ravel()
    factors = vector(multipliers, "multipliers")
    if len(factors) not in (1, len(names)):
        raise InputError(f"{len(factors)} `multipliers` are given for {len(names)} `values`.")
    for name, factor in zip(names, np.broadcast_to(factors, len(names)), strict=True):
        same = [pd.notna(kind) and pd.notna(name) and kind == name for kind in kinds]
        matrix[np.array(same, dtype=bool)] *= factor
    return matrix


def choose_weights(weights: Any, stored: FloatArray | None, function: str) -> Any:
    """Weights that were given, or else those stored with the data, with a note where both are."""
    if weights is None:
        return stored
    if stored is not None and weights is not stored:
        warn(
            f"`weights` of `{function}` take the place of those stored with the data, such as the "
            f"weights of `voom`, as they do in R. For both, leave `weights` out and multiply the "
            f"stored ones by them before: `v.weights = v.weights * weights`.",
            Note,
        )
    return weights


def parse_weights(
    weights: Any,
    shape: tuple[int, int],
    gene_names: pd.Index | None = None,
    sample_names: pd.Index | None = None,
) -> FloatArray | None:
    """Weights for a fit: of shape (samples,) where all genes share them, else a full matrix.

    A vector below this door belongs to samples, even where there are as many genes.
    """
    if weights is None:
        return None
    if is_stored(weights) or isinstance(weights, LazyMatrix):
        return _parse_lazy(lazy_matrix(weights, "weights"), shape)
    n_genes, n_samples = shape
    if isinstance(weights, pd.DataFrame):
        weights = aligned_matrix(weights, gene_names, sample_names, "weights")
    elif isinstance(weights, pd.Series) and len(weights) == n_genes == n_samples > 1:
        weights = _by_either_name(weights, gene_names, sample_names)
    elif isinstance(weights, pd.Series) and len(weights) == n_genes:
        weights = aligned(weights, gene_names, "genes", "weights")
    elif isinstance(weights, pd.Series):
        weights = aligned(weights, sample_names, "samples", "weights")
    array = numbers(weights, "weights")
    if array.shape == (n_genes,) == (n_samples,) and n_genes > 1:
        raise ShapeError(
            f"`weights` is a vector of {n_genes} values, and there are as many genes as samples: "
            f"pass `weights[None, :]` for weights of samples, `weights[:, None]` for weights of "
            f"genes, or a Series with their names."
        )
    array = _shaped(array, n_genes, n_samples)
    check_weights(array)
    if array.shape == (1, n_samples) and (n_genes > 1 or np.ndim(weights) == 1):
        return array[0]
    return np.broadcast_to(array, shape)


def _by_either_name(
    weights: pd.Series, gene_names: pd.Index | None, sample_names: pd.Index | None
) -> Any:
    """Weights of genes as a column or of samples as a row, told apart by their names."""
    labels = set(map(str, weights.index))
    of_samples, of_genes = (
        names is not None and labels == set(map(str, names)) for names in (sample_names, gene_names)
    )
    if of_samples and not of_genes:
        return np.asarray(aligned(weights, sample_names, "samples", "weights"))[None, :]
    if of_genes and not of_samples:
        return np.asarray(aligned(weights, gene_names, "genes", "weights"))[:, None]
    return weights


def _parse_lazy(weights: Any, shape: tuple[int, int]) -> Any:
    """Weights outside memory, which are of all observations."""
    if weights.shape != tuple(shape):
        raise ShapeError(f"`weights` outside memory have shape {weights.shape}; the data {shape}.")
    if weights.dtype != np.float64:
        weights = LazyMatrix(as_doubles, (weights,), by_cell=True)
    low, high = limits(weights)
    if low < 0 or (weights.limits is None and summary(weights).n_infinite):
        warn(
            "Some `weights` are negative or infinite, which no weight can be; these observations "
            "are excluded.",
            InputWarning,
        )
    if not high > 0:
        raise InputError("All `weights` are zero or missing, so nothing is left to fit.")
    if 0 < low < high / _WIDEST_RANGE:
        _warn_of_range(low, high)
    return weights


def _warn_of_range(low: float, high: float) -> None:
    warn(
        f"`weights` span from {low:g} to {high:g}, more than eight decades; a few observations "
        f"decide everything.",
        InputWarning,
    )


def check_weights(weights: FloatArray) -> None:
    """Raise where no weight can be used, warn of ones that cannot or hardly can."""
    low = np.nanmin(weights, initial=np.inf)
    high = np.nanmax(weights, initial=0.0)
    if low > 0 and np.isfinite(high) and high <= low * _WIDEST_RANGE:
        return
    if low < 0 or np.isinf(high):
        wrong = (weights < 0) | np.isinf(weights)
        place = np.unravel_index(int(wrong.argmax()), weights.shape)
        axes = zip(("row", "column")[-weights.ndim :], place, strict=True)
        warn(
            f"{np.count_nonzero(wrong)} `weights` are negative or infinite, which no weight can "
            f"be, the first in {', '.join(f'{axis} {at}' for axis, at in axes)}; these "
            f"observations are excluded.",
            InputWarning,
        )
    usable = (weights > 0) & np.isfinite(weights)
    if not usable.any():
        raise InputError("All `weights` are zero or missing, so nothing is left to fit.")
    positive = np.min(weights, where=usable, initial=np.inf)
    high = np.max(weights, where=usable, initial=0.0)
    if high / positive > _WIDEST_RANGE:
        _warn_of_range(positive, high)


def _shaped(array: FloatArray, n_genes: int, n_samples: int) -> FloatArray:
    """Weights as a matrix, a row or a column."""
    if array.shape == (n_genes, n_samples):
        return array
    if array.shape == (1, n_samples) and n_samples > 1:
        return array
    vector = array.ravel() if array.ndim < 2 or 1 in array.shape else None
    if vector is not None and len(vector) in (n_genes, 1):
        return vector[:, None]
    if vector is not None and len(vector) == n_samples:
        return vector[None, :]
    raise ShapeError(
        f"`weights` have shape {array.shape}; allowed are ({n_genes}, {n_samples}), ({n_genes},) "
        f"by gene and ({n_samples},) by sample."
    )
