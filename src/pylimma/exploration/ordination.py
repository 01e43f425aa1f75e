"""Multidimensional scaling of samples by their leading log fold changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.adapters.expression import parse_expression
from pylimma.arguments import number, numbers, whole
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList
from pylimma.draw import draw, drawing
from pylimma.errors import (
    EstimationWarning,
    InputError,
    InputWarning,
    ShapeError,
    check_choice,
    warn,
)
from pylimma.numerics.counts.rates import log_cpm
from pylimma.record import Record
from pylimma.typing import ExpressionLike, FloatArray

_PAIRS_AT_ONCE = 4  # differences of so many pairs of samples stay in the cache
GeneSelection: TypeAlias = Literal["pairwise", "common"]

_AXIS_LABELS = {"pairwise": "Leading logFC dim", "common": "Principal Component"}
_FEWEST_SAMPLES = 3
_NO_EXTENT = 1e-13  # an eigenvalue that rounding alone can make
_LARGEST_LOG = 60.0  # log2 values beyond are counts of reads, not logarithms


@dataclass(frozen=True, slots=True, eq=False)
class Scaling(Record):
    """Principal coordinates of samples."""

    # (samples,) in decreasing order; below zero where the distances are not Euclidean
    eigen_values: FloatArray
    # (samples, samples) a column for each value, the largest entry of each positive
    eigen_vectors: FloatArray
    var_explained: FloatArray  # (samples,) share of each value in the sum of the positive ones
    centred: FloatArray  # (samples, samples) the squared distances, centred by rows and columns


def pairwise_leading_distances(values: FloatArray, top: int) -> FloatArray:
    """Mean of the largest squared differences of each pair of samples."""
    samples = np.ascontiguousarray(values.T)
    n_samples, n_genes = samples.shape
    squared = np.zeros((n_samples, n_samples))
    room = np.empty((_PAIRS_AT_ONCE, n_genes))
    for one in range(n_samples - 1):
        for start in range(one + 1, n_samples, _PAIRS_AT_ONCE):
            others = samples[start : start + _PAIRS_AT_ONCE]
            differences = np.subtract(others, samples[one], out=room[: len(others)])
            found = _leading_mean_square(differences, top)
            squared[one, start : start + len(found)] = found
            squared[start : start + len(found), one] = found
    return squared


def standardised_distances(
    values: FloatArray, errors: FloatArray, top: int, *, pairwise: bool
) -> FloatArray:
    """Mean squared differences over their variances, of the genes that differ most."""
    n_samples = values.shape[1]
    first, second = np.triu_indices(n_samples, 1)
    squares = (values[:, first] - values[:, second]) ** 2
    squares /= errors[:, first] ** 2 + errors[:, second] ** 2
    if not pairwise:
        squares = squares[np.argsort(-squares.mean(axis=1), kind="stable")[:top]]
    distances = np.zeros((n_samples, n_samples))
    distances[first, second] = np.sort(squares, axis=0)[-top:].mean(axis=0)
    return distances + distances.T


def common_leading_distances(values: FloatArray, top: int) -> FloatArray:
    """Mean squared differences of samples over the genes that vary most."""
    from scipy.spatial.distance import pdist, squareform  # noqa: PLC0415 - slow to load

    chosen = np.argsort(-values.var(axis=1), kind="stable")[:top]
    return np.asarray(squareform(pdist(values[chosen].T, "sqeuclidean"))) / len(chosen)


def classical_scaling(squared: FloatArray) -> Scaling:
    """Principal coordinates of squared distances."""
    by_row = squared.mean(axis=1, keepdims=True)
    centred = squared - by_row - squared.mean(axis=0, keepdims=True) + by_row.mean()
    rising, vectors = np.linalg.eigh(-0.5 * centred)
    eigen_values, eigen_vectors = rising[::-1], vectors[:, ::-1]
    largest = np.argmax(np.abs(eigen_vectors), axis=0)
    eigen_vectors = eigen_vectors * np.sign(eigen_vectors[largest, np.arange(largest.size)])
    positive = np.maximum(eigen_values, 0.0)
    total = positive.sum()
    share = np.divide(positive, total, out=np.zeros_like(positive), where=total > 0)
    return Scaling(eigen_values, eigen_vectors, share, centred)


def _leading_mean_square(differences: FloatArray, top: int) -> FloatArray:
    """Mean of the `top` largest squares in each row; overwrites its argument."""
    squares = np.square(differences, out=differences)
    n_genes = squares.shape[1]
    if top < n_genes:
        squares.partition(n_genes - top, axis=1)
    return np.asarray(squares[:, n_genes - top :].mean(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class MDS(Record):
    """Coordinates of samples from multidimensional scaling.

    Attributes
    ----------
    x, y : array of shape (samples,)
        Coordinates along the two dimensions of `dim_plot`, in log2 fold change.
    coordinates : DataFrame of shape (samples, ndim)
        Coordinates along the first dimensions, labelled by sample.
    eigen_values : array of shape (samples,)
        Eigenvalues in decreasing order; small ones may be negative.
    eigen_vectors : array of shape (samples, samples)
        A column for each eigenvalue; the sign is arbitrary.
    var_explained : array of shape (samples,)
        Share of the variation along each dimension, between 0 and 1.
    distance_matrix_squared : array of shape (samples, samples)
        Squared distances, centred by rows and columns.
    top : int
        Number of genes behind each distance.
    gene_selection : str
        "pairwise" or "common".
    dim_plot : tuple of int
        Positions of the dimensions in `x` and `y`.
    axislabel : str
        What a dimension is called.
    sample_names : Index or None
        Names of the samples.
    """

    x: FloatArray
    y: FloatArray
    coordinates: pd.DataFrame
    eigen_values: FloatArray
    eigen_vectors: FloatArray
    var_explained: FloatArray
    distance_matrix_squared: FloatArray
    top: int
    gene_selection: str
    dim_plot: tuple[int, int]
    axislabel: str
    sample_names: pd.Index | None = None


def mds(
    x: ExpressionLike | MDS,
    top: int = 500,
    gene_selection: GeneSelection = "pairwise",
    ndim: int = 2,
    *,
    dim_plot: Sequence[int] = (0, 1),
    prior_count: float = 2.0,
    layer: str | None = None,
    plot: bool = False,
    **options: Any,
) -> MDS:
    r"""Multidimensional scaling of samples by their leading log fold changes.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EList, MAList, DGEList or MDS of shape (genes, samples)
        Log2 expression; a DGEList becomes log2 counts per million. Genes with a missing value
        are excluded. An earlier result is taken as it is, with other dimensions in `x` and `y`.
    top : int
        Number of genes behind each distance.
    gene_selection : {"pairwise", "common"}
        The `top` genes that differ most between the two samples, for each pair anew; or those
        that vary most over all samples, which gives principal components.
    ndim : int
        Number of dimensions in `coordinates`.
    dim_plot : two ints
        Positions of the dimensions in `x` and `y` of the result.
    prior_count : float
        Added to counts before logarithms are taken, for a DGEList.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    plot : bool
        Whether to draw the samples as well.
    **options : object
        How they are drawn; see `plot_mds`.

    Returns
    -------
    MDS
        Coordinates, eigenvalues and shares of variation.

    Raises
    ------
    ShapeError
        For fewer than three samples.
    InputError
        For dimensions that are not there, or no gene without missing values.

    See Also
    --------
    plot_mds : The picture.

    Notes
    -----
    The squared distance of two samples is the mean of their :math:`k` largest squared log fold
    changes, :math:`d^2_{ij} = \frac1k \sum_{g \in top} (x_{gi} - x_{gj})^2` [1]_, so that a
    distance is a typical log fold change of the genes that differ most between the two. The
    coordinates are those of classical scaling. Of an EList with standard errors, as `dpc_quant`
    returns it, squared differences are divided by their variances.

    References
    ----------
    .. [1] Ritchie ME, Phipson B, Wu D, Hu Y, Law CW, Shi W, Smyth GK (2015). Nucleic Acids Res
       43:e47. https://doi.org/10.1093/nar/gkv007

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> shifted = np.random.default_rng(1).normal(size=(100, 6)) + [0, 0, 0, 3, 3, 3]
    >>> result = pylimma.mds(shifted, top=20)
    >>> bool(result.var_explained[0] > 0.5)
    True
    """
    plot = drawing(plot, "plot", options, "mds", "mds")
    if isinstance(x, MDS):
        result = _along(x, dim_plot)
    else:
        values, errors, names = _complete_genes(x, prior_count, layer)
        check_choice(gene_selection, _AXIS_LABELS, "gene_selection")
        top, most = whole(top, "top", 1), min(values.shape)
        dimensions = _checked_dimensions(dim_plot, most)
        ndim = whole(ndim, "ndim", 1, most)
        squared = _distances(values, errors, min(top, len(values)), gene_selection)
        result = _scaled(squared, names, min(top, len(values)), gene_selection, ndim, dimensions)
    if plot:
        draw("mds", options, result=result)
    return result


def _distances(
    values: FloatArray, errors: FloatArray | None, top: int, gene_selection: str
) -> FloatArray:
    """Squared distances of the samples."""
    pairwise = gene_selection == "pairwise"
    if errors is not None:
        return standardised_distances(values, errors, top, pairwise=pairwise)
    return (pairwise_leading_distances if pairwise else common_leading_distances)(values, top)


def _scaled(
    squared: FloatArray,
    names: pd.Index | None,
    top: int,
    gene_selection: str,
    ndim: int,
    dimensions: tuple[int, int],
) -> MDS:
    scaling = classical_scaling(squared)
    label = _AXIS_LABELS[gene_selection]
    every = scaling.eigen_vectors * np.sqrt(np.maximum(scaling.eigen_values, 0.0))
    _warn_of_no_extent(scaling.eigen_values, dimensions)
    return MDS(
        every[:, dimensions[0]],
        every[:, dimensions[1]],
        pd.DataFrame(
            every[:, :ndim], index=names, columns=[f"{label} {k + 1}" for k in range(ndim)]
        ),
        scaling.eigen_values,
        scaling.eigen_vectors,
        scaling.var_explained,
        scaling.centred,
        top,
        gene_selection,
        dimensions,
        label,
        names,
    )


def _along(result: MDS, dim_plot: Sequence[int]) -> MDS:
    """Return the same result with other dimensions in `x` and `y`."""
    dimensions = _checked_dimensions(dim_plot, len(result.eigen_values))
    _warn_of_no_extent(result.eigen_values, dimensions)
    x, y = (
        result.eigen_vectors[:, k] * np.sqrt(max(result.eigen_values[k], 0.0)) for k in dimensions
    )
    same = {name: result[name] for name in result if name not in ("x", "y", "dim_plot")}
    return MDS(x=x, y=y, dim_plot=dimensions, **same)


def _complete_genes(
    x: ExpressionLike, prior_count: float, layer: str | None
) -> tuple[FloatArray, FloatArray | None, pd.Index | None]:
    """Log-expression of complete genes, its standard errors if known, and names of the samples."""
    found = parse_expression(x, layer=layer, argument="x", squared=True)
    values = found.matrix
    if isinstance(x, DGEList):
        prior_count = number(prior_count, "prior_count", 0)
        values = log_cpm(values, x.effective_lib_size, prior_count)
    complete = np.isfinite(values).all(axis=1)
    if values.shape[1] < _FEWEST_SAMPLES:
        raise ShapeError(f"`x` has {values.shape[1]} samples; scaling needs {_FEWEST_SAMPLES}.")
    if not complete.any():
        raise InputError("Every gene of `x` has a missing value; distances need complete genes.")
    if values[complete].max() > _LARGEST_LOG:
        warn(
            f"`x` has values up to {values[complete].max():,.0f}, too large for log2 expression; "
            "of counts, take logarithms first (`cpm` with log=True).",
            InputWarning,
        )
    errors = x.get("other", {}).get("standard_error") if isinstance(x, EList) else None
    errors = None if errors is None else np.asarray(errors, dtype=float)[complete]
    return values if complete.all() else values[complete], errors, found.sample_names


def _checked_dimensions(dim_plot: Sequence[int], n_dimensions: int) -> tuple[int, int]:
    chosen = tuple(whole(k, "dim_plot", 0) for k in numbers(dim_plot, "dim_plot").ravel())
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        raise InputError(f"`dim_plot` must be two different dimensions; got {dim_plot}.")
    if max(chosen) >= n_dimensions:
        raise InputError(
            f"`dim_plot` must lie between 0 and {n_dimensions - 1}: dimensions are at most the "
            f"samples and the genes; got {dim_plot}."
        )
    return chosen[0], chosen[1]


def _warn_of_no_extent(eigen_values: FloatArray, dimensions: tuple[int, int]) -> None:
    for k in dimensions:
        if eigen_values[k] < _NO_EXTENT:
            warn(
                f"Dimension {k} has no extent: all samples have the same position along it.",
                EstimationWarning,
            )
