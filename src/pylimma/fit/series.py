"""Linear models of arrays of numbers, by each method by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.adapters.labels import aligned, matrix_names
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import numbers, whole
from pylimma.containers.fit import MArrayLM
from pylimma.design.intake import check_sizes
from pylimma.errors import DesignError, ShapeError
from pylimma.fit.correlation import correlation_within_blocks, correlation_within_spots
from pylimma.fit.model import (
    assemble_fit,
    duplicate_blocks,
    fit_genes,
    fit_genes_robustly,
    huber_options,
    parse_blocks,
    parse_correlation,
    unwrap_duplicates,
)
from pylimma.numerics.regression.linalg import FactoredDesign, factor_design
from pylimma.typing import FloatArray


def lm_series(
    M: Any,
    design: Any = None,
    ndups: int = 1,
    spacing: int = 1,
    weights: Any = None,
    *,
    n_jobs: int | None = None,
) -> MArrayLM:
    """Least squares fits of all genes.

    Parameters
    ----------
    M : array of shape (genes, samples)
        Log-expression; NaN is missing.
    design : array of shape (samples, coefs), optional
        Design matrix; a common mean when not given.
    ndups, spacing : int
        Number and spacing of duplicate spots, treated as independent.
    weights : array, optional
        Of shape (genes, samples), (genes,) or (samples,). An observation whose weight is not
        positive is excluded.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    MArrayLM
        `coefficients`, `stdev_unscaled`, `sigma`, `df_residual`, `cov_coefficients`, `pivot`
        and `rank`. `cov_coefficients` is that of all genes where they share one fit, otherwise
        that of the design without weights.

    See Also
    --------
    lm_fit : The same for any input, with names.
    """
    y, x, w = _arrays(M, design, ndups, spacing, weights)
    return assemble_fit(fit_genes(y, x, w, n_jobs=n_jobs), y, x, w)


def mrlm(
    M: Any,
    design: Any = None,
    ndups: int = 1,
    spacing: int = 1,
    weights: Any = None,
    *,
    n_jobs: int | None = None,
    **options: Any,
) -> MArrayLM:
    """Robust fits of all genes, by Huber's M-estimation.

    Parameters
    ----------
    M : array of shape (genes, samples)
        Log-expression; NaN is missing.
    design : array of shape (samples, coefs), optional
        Design matrix of full rank; a common mean when not given.
    ndups, spacing : int
        Number and spacing of duplicate spots, treated as independent.
    weights : array, optional
        Of shape (genes, samples), (genes,) or (samples,).
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.
    **options : object
        `k` (1.345), `maxit` (20), `acc` (1e-4), `scale_est` ("MAD", "Huber" or
        "proposal 2") and `k2` (1.345).

    Returns
    -------
    MArrayLM
        As `lm_series`, with robust scales as `sigma`.

    Raises
    ------
    DesignError
        If the design is not of full rank.
    InputError
        For an unknown option.

    Warns
    -----
    EstimationWarning
        If the iteration did not converge for some genes.
    """
    chosen = huber_options(options)
    y, x, w = _arrays(M, design, ndups, spacing, weights)
    return assemble_fit(fit_genes_robustly(y, x, w, chosen, n_jobs), y, x)


def gls_series(
    M: Any,
    design: Any = None,
    ndups: int = 2,
    spacing: int = 1,
    block: Any = None,
    correlation: float | None = None,
    weights: Any = None,
    *,
    n_jobs: int | None = None,
) -> MArrayLM:
    r"""Generalised least squares fits of all genes, correlated within blocks or duplicates.

    Parameters
    ----------
    M : array of shape (genes, samples)
        Log-expression; NaN is missing.
    design : array of shape (samples, coefs), optional
        Design matrix; a common mean when not given.
    ndups, spacing : int
        Number and spacing of duplicate spots; not used with `block`.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        The correlation; estimated by `duplicate_correlation` when not given.
    weights : array, optional
        Of shape (genes, samples), (genes,) or (samples,).
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    MArrayLM
        As `lm_series`, with `correlation` and `block`, or `ndups` and `spacing`.

    Raises
    ------
    InputError
        If the correlation is not between -1 and 1, or lower than the blocks allow.

    Notes
    -----
    Observations have covariance :math:`\sigma_g^2 C_{ij}/\sqrt{w_i w_j}`, where :math:`C` has
    the correlation off the diagonal within blocks.
    """
    ndups, spacing = (ndups, spacing) if block is None else (1, 1)
    y, x, w = _arrays(M, design, ndups, spacing, weights)
    n_samples = y.shape[1]
    blocks = parse_blocks(block, n_samples, matrix_names(M)[1])
    blocks = blocks or duplicate_blocks(n_samples // ndups, ndups)
    if correlation is None:
        estimate = correlation_within_spots if block is None else correlation_within_blocks
        correlation = estimate(y, x, blocks.number, w).consensus_correlation
    blocks = blocks._replace(correlation=parse_correlation(correlation, blocks.number))
    fit = assemble_fit(fit_genes(y, x, w, blocks, n_jobs), y, x, w, blocks)
    fit.update(ndups=ndups, spacing=spacing)
    return fit


def _arrays(
    M: Any, design: Any, ndups: int, spacing: int, weights: Any
) -> tuple[FloatArray, FactoredDesign, FloatArray | None]:
    """Data, design and weights as arrays, duplicates side by side."""
    y = np.atleast_2d(numbers(M, "M"))
    if y.ndim != 2 or y.size == 0:
        raise ShapeError(f"`M` must be a matrix of genes × samples; it has shape {np.shape(M)}.")
    n_samples = y.shape[1]
    genes, samples = matrix_names(M)
    design = aligned(design, samples, "samples", "design", genes)
    x = np.ones((n_samples, 1)) if design is None else numbers(design, "design")
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or not np.isfinite(x).all():
        raise DesignError("`design` must be a matrix of finite numbers, samples × coefficients.")
    if len(x) != n_samples:
        raise ShapeError(f"`design` has {len(x)} rows and the data {n_samples} samples.")
    check_sizes(x)
    ndups, spacing = (
        whole(ndups, "ndups", 1, len(y)),
        whole(spacing, "spacing", 1, len(y)),
    )
    w = parse_weights(weights, (y.shape[0], n_samples), genes, samples)
    return unwrap_duplicates(y, factor_design(x), w, ndups, spacing)
