"""The correlation between samples of a block, or between duplicate spots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.adapters.expression import parse_expression
from pylimma.adapters.labels import parse_block
from pylimma.adapters.weights import choose_weights, parse_weights
from pylimma.arguments import number
from pylimma.design.intake import parse_design
from pylimma.errors import EstimationWarning, InputWarning, warn
from pylimma.fit.model import parse_spots, unwrap_duplicates
from pylimma.fit.scale import check_scale
from pylimma.numerics.regression.linalg import FactoredDesign
from pylimma.numerics.regression.mixed_model import (
    block_correlations,
    limit_correlations,
    trimmed_mean,
)
from pylimma.record import Record
from pylimma.typing import DesignLike, ExpressionLike, FloatArray, IntArray

TRIM = 0.15  # of the genes, at each end
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
    design: DesignLike | None = None,
    ndups: int | None = None,
    spacing: int | str | None = None,
    block: Any = None,
    trim: float = TRIM,
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
    data = parse_expression(object, layer=layer, streams=True)
    check_scale(data, "duplicate_correlation")
    model = parse_design(design, data, samples, quiet=True)
    weights = choose_weights(weights, data.weights, "duplicate_correlation")
    w = parse_weights(weights, data.matrix.shape, data.gene_names, data.sample_names)
    if block is not None:
        labels = parse_block(block, data.matrix.shape[1], data.sample_names)
        return correlation_within_blocks(data.matrix, model.factors, labels, w, trim, n_jobs)
    n, step = parse_spots(ndups, spacing, data.source, usual=2)
    y, x, w = unwrap_duplicates(data.matrix, model.factors, w, n, step)
    labels = np.repeat(np.arange(data.matrix.shape[1]), n)
    return correlation_within_spots(y, x, labels, w, trim, n_jobs)


def correlation_within_blocks(
    y: FloatArray,
    design: FactoredDesign,
    block: IntArray,
    weights: FloatArray | None,
    trim: float = TRIM,
    n_jobs: int | None = None,
) -> DuplicateCorrelation:
    """Correlation within blocks of samples; 0 where the blocks cannot tell it."""
    if reason := why_unknown(design, block):
        return _unknown(reason, len(y))
    return _consensus(y, design, block, weights, trim, n_jobs)


def why_unknown(design: FactoredDesign, block: IntArray) -> str:
    """Why blocks cannot tell a correlation; empty where they can."""
    if np.bincount(block).max() == 1:
        return "every block has one sample"
    basis, labels = design.basis, np.unique(block)
    if len(labels) > design.rank:
        return ""
    indicators = np.equal.outer(block, labels).astype(float)
    within = np.abs(indicators - basis @ (basis.T @ indicators)).max() < _WITHIN_DESIGN
    return "the design already contains the blocks" if within else ""


def correlation_within_spots(
    y: FloatArray,
    design: FactoredDesign,
    block: IntArray,
    weights: FloatArray | None,
    trim: float = TRIM,
    n_jobs: int | None = None,
) -> DuplicateCorrelation:
    """Correlation of duplicate spots that stand side by side as samples of `y`."""
    if np.bincount(block).max() == 1:
        return _unknown("there is one spot for each probe", len(y))
    weights = None if weights is None else np.broadcast_to(weights, y.shape)
    return _consensus(y, design, block, weights, trim, n_jobs)


def _unknown(reason: str, n_genes: int) -> DuplicateCorrelation:
    warn(f"No correlation can be estimated: {reason}. It is set to 0.", InputWarning)
    return DuplicateCorrelation(0.0, 0.0, np.zeros(n_genes))


def _consensus(
    y: FloatArray,
    design: FactoredDesign,
    block: IntArray,
    weights: FloatArray | None,
    trim: float,
    n_jobs: int | None,
) -> DuplicateCorrelation:
    """The trimmed mean of the correlations of all genes, on the scale of Fisher's z."""
    rho = block_correlations(y, design.matrix, block, weights, n_jobs)
    z = np.arctanh(limit_correlations(rho, int(np.bincount(block).max())))
    consensus = float(np.tanh(trimmed_mean(z, trim)))
    if np.isnan(consensus):
        warn("No gene has enough observations to estimate a correlation.", EstimationWarning)
    return DuplicateCorrelation(consensus, consensus, z)
