"""The correlation between samples of a block, or between duplicate spots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import parse_block
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import number, whole
from pylimma.containers.components import Components
from pylimma.design.intake import parse_design
from pylimma.errors import EstimationWarning, InputWarning, warn
from pylimma.numerics.regression.linalg import pivoted_qr
from pylimma.numerics.regression.mixed_model import (
    block_correlations,
    limit_correlations,
    trimmed_mean,
)
from pylimma.preprocessing.arrays.duplicates import get_spacing, unwrapdups
from pylimma.record import Record
from pylimma.typing import DesignLike, ExpressionLike, FloatArray, IntArray

_WITHIN_DESIGN = 1e-8  # a smaller residual of the block indicators is a rounding error


@dataclass(frozen=True, slots=True, eq=False)
class DuplicateCorrelation(Record):
    """Correlation between duplicates, or within blocks.

    Attributes
    ----------
    consensus_correlation : float
        One correlation for all genes: tanh of the trimmed mean of `atanh_correlations`.
    cor : float
        The same.
    atanh_correlations : array of shape (genes,)
        Each gene's own estimate, on the scale of Fisher's z; NaN where there is none.
    """

    consensus_correlation: float
    cor: float
    atanh_correlations: FloatArray


def duplicate_correlation(
    object: ExpressionLike,
    design: DesignLike = None,
    ndups: int | None = None,
    spacing: int | str | None = None,
    block: Any = None,
    trim: float = 0.15,
    weights: Any = None,
    *,
    samples: Any = None,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> DuplicateCorrelation:
    r"""Correlation within blocks of samples, or between duplicate spots.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples. NaN is missing.
    design : array or DataFrame of shape (samples, coefs), or formula
        Design matrix, without the blocks.
    ndups : int, optional
        Spots of each probe; as stored with the data, or else 2. Not used with `block`.
    spacing : int or str, optional
        Rows from one spot to its duplicate; as stored with the data, or else 1.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    trim : float
        Share of genes cut off at each end before averaging, between 0 and 0.5.
    weights : array, optional
        Of shape (genes, samples), (genes,) or (samples,); those stored with the data when not
        given.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    DuplicateCorrelation
        `consensus_correlation` to pass to `lm_fit`, and the estimates of all genes.

    Raises
    ------
    InputError
        If `trim` is out of range, or a block label is missing.
    ShapeError
        If blocks, design or weights do not fit the data.

    Warns
    -----
    InputWarning
        If every block has one sample, or the design already contains the blocks; the
        correlation is then 0.

    See Also
    --------
    lm_fit : Takes the correlation.

    Notes
    -----
    For each gene :math:`y = X\beta + Zu + e` with :math:`u \sim N(0, \sigma_b^2)` for each
    block is fitted by residual maximum likelihood, as a gamma regression of the squared
    projections of y on the eigenvectors of the blocks within the residual space [1]_. The
    correlation is :math:`\sigma_b^2/(\sigma_b^2 + \sigma_e^2)`.

    References
    ----------
    .. [1] Smyth GK, Michaud J, Scott HS (2005). Bioinformatics 21:2067.
       https://doi.org/10.1093/bioinformatics/bti270

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(200, 6)) + np.repeat(rng.normal(size=(200, 3)), 2, axis=1)
    >>> found = pylimma.duplicate_correlation(y, block=[1, 1, 2, 2, 3, 3])
    >>> 0.3 < found.consensus_correlation < 0.7
    True
    """
    trim = number(trim, "trim", 0, 0.5)
    data = parse_expression(object, layer=layer)
    model = parse_design(design, data, samples, quiet=True)
    x = model.matrix
    weights = data.weights if weights is None else weights
    w = parse_weights(weights, data.matrix.shape, data.gene_names, data.sample_names)
    y = np.asarray(data.matrix)
    if block is None:
        y, x, labels, w = _spots(y, x, w, ndups, spacing, data)
        reason = "there is one spot for each probe" if len(labels) == y.shape[1] == len(x) else ""
        reason = reason if len(np.unique(labels)) == len(labels) else ""
    else:
        labels = parse_block(block, y.shape[1], data.sample_names)
        reason = _no_information(labels, x)
    if reason:
        warn(f"No correlation can be estimated: {reason}. It is set to 0.", InputWarning)
        return DuplicateCorrelation(0.0, 0.0, np.zeros(len(y)))
    rho = block_correlations(y, x, labels, w, n_jobs)
    return _consensus(limit_correlations(rho, int(np.bincount(labels).max())), trim)


def _spots(
    y: FloatArray,
    x: FloatArray,
    w: FloatArray | None,
    ndups: int | None,
    spacing: int | str | None,
    data: Expression,
) -> tuple[FloatArray, FloatArray, IntArray, FloatArray | None]:
    """Data, design, blocks and weights with the duplicate spots of an array side by side."""
    source = data.source
    printer = (source.get("printer") if isinstance(source, Components) else None) or {}
    n = whole(printer.get("ndups", 2) if ndups is None else ndups, "ndups", 1)
    step = get_spacing(printer.get("spacing", 1) if spacing is None else spacing, printer)
    labels = np.repeat(np.arange(y.shape[1]), n)
    if n < 2:
        return y, x, labels, w
    if w is not None:
        w = unwrapdups(np.broadcast_to(w, y.shape), n, step)
    return unwrapdups(y, n, step), np.repeat(x, n, axis=0), labels, w


def _no_information(labels: IntArray, design: FloatArray) -> str:
    """Why blocks can have no correlation of their own; empty where they can."""
    if np.bincount(labels).max() == 1:
        return "every block has one sample"
    indicators = np.equal.outer(labels, np.unique(labels)).astype(float)
    basis = pivoted_qr(design).basis
    if np.abs(indicators - basis @ (basis.T @ indicators)).max() < _WITHIN_DESIGN:
        return "the design already contains the blocks"
    return ""


def _consensus(rho: FloatArray, trim: float) -> DuplicateCorrelation:
    z = np.arctanh(rho)
    consensus = float(np.tanh(trimmed_mean(z, trim)))
    if np.isnan(consensus):
        warn("No gene has enough observations to estimate a correlation.", EstimationWarning)
    return DuplicateCorrelation(consensus, consensus, z)
