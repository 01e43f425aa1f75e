"""Linear models for all genes by each method: what `lm_fit` chooses from."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.adapters.labels import parse_block
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import number, numbers, whole
from pylimma.containers.fit import MArrayLM
from pylimma.errors import DesignError, EstimationWarning, InputError, ShapeError, warn
from pylimma.fit.correlation import duplicate_correlation
from pylimma.numerics.missing_values import all_finite
from pylimma.numerics.regression.correlated_least_squares import correlated_least_squares
from pylimma.numerics.regression.least_squares import least_squares
from pylimma.numerics.regression.linalg import PivotedQR, pivoted_qr, triangular_inverse
from pylimma.numerics.regression.robust_regression import HuberOptions, robust_regression
from pylimma.preprocessing.arrays.duplicates import unwrapdups
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
        positive is left out.
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
    fit = least_squares(y, x, w, n_jobs)
    common = all_finite(y) and (w is None or (w.ndim == 1 and (w > 0).all()))
    root = np.sqrt(w)[:, None] if common and w is not None else 1.0
    return _assembled(dict(fit), pivoted_qr(x * root))


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
        If the iteration did not settle for some genes.
    """
    unknown = set(options) - set(HuberOptions._fields)
    if unknown:
        raise InputError(
            f"Robust fits have no option {min(unknown)!r}; they take "
            f"{', '.join(HuberOptions._fields)}."
        )
    y, x, w = _arrays(M, design, ndups, spacing, weights)
    qr = pivoted_qr(x)
    if qr.rank < x.shape[1]:
        raise DesignError(
            f"Robust fits need a design of full rank; it has rank {qr.rank} for {x.shape[1]} "
            f"coefficients."
        )
    if w is not None:
        w = np.broadcast_to(w, y.shape)
    fit = robust_regression(y, x, w, HuberOptions(**options), n_jobs)
    unsettled = (~fit.converged & np.isfinite(fit.sigma)).sum()
    if unsettled:
        warn(f"Robust fits of {unsettled} genes did not settle; raise `maxit`.", EstimationWarning)
    estimates = {name: fit[name] for name in fit if name != "converged"}
    return _assembled(estimates, qr)


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
    if correlation is None:
        estimate = duplicate_correlation(
            M, design, ndups=ndups, spacing=spacing, block=block, weights=weights
        )
        correlation = float(estimate.consensus_correlation)
    if block is not None:
        y, x, w = _arrays(M, design, 1, 1, weights)
        labels = parse_block(block, y.shape[1], None)
    else:
        y, x, w = _arrays(M, design, ndups, spacing, weights)
        labels = np.repeat(np.arange(y.shape[1] // ndups), ndups)
    check_correlation(correlation, int(np.bincount(labels).max()))
    fit = correlated_least_squares(y, x, labels, correlation, w, n_jobs)
    result = _assembled(dict(fit), pivoted_qr(x))
    by_sample = block is not None and w is not None and w.ndim == 1 and (w > 0).all()
    shared = all_finite(y) and by_sample
    result["cov_coefficients"] = _correlated_covariance(
        x, labels, correlation, w if shared else None
    )
    result["correlation"] = correlation
    result["ndups"], result["spacing"] = (ndups, spacing) if block is None else (1, 1)
    if block is not None:
        result["block"] = np.asarray(block)
    return result


def check_correlation(correlation: float, largest_block: int) -> None:
    """Raise for a correlation that no data with these blocks can have."""
    correlation = number(correlation, "correlation")
    lowest = -1 / (largest_block - 1) if largest_block > 1 else -1.0
    if not lowest < correlation < 1:
        raise InputError(
            f"`correlation` is {correlation:g}; with blocks of up to {largest_block} samples it "
            f"must lie between {lowest:.3g} and 1."
        )


def _arrays(
    M: Any,
    design: Any,
    ndups: int,
    spacing: int,
    weights: Any,
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Data, design and weights as arrays, duplicates side by side."""
    y = np.atleast_2d(numbers(M, "M"))
    if y.ndim != 2 or y.size == 0:
        raise ShapeError(f"`M` must be a matrix of genes × samples; it has shape {np.shape(M)}.")
    n_samples = y.shape[1]
    x = np.ones((n_samples, 1)) if design is None else numbers(design, "design")
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or not np.isfinite(x).all():
        raise DesignError("`design` must be a matrix of finite numbers, samples × coefficients.")
    if len(x) != n_samples:
        raise ShapeError(f"`design` has {len(x)} rows and the data {n_samples} samples.")
    ndups, spacing = whole(ndups, "ndups", 1), whole(spacing, "spacing", 1)
    w = parse_weights(weights, (y.shape[0], n_samples))
    if ndups > 1:
        if w is not None:
            full = np.broadcast_to(w, y.shape)
            w = np.repeat(w, ndups) if w.ndim == 1 else unwrapdups(full, ndups, spacing)
        y, x = unwrapdups(y, ndups, spacing), np.repeat(x, ndups, axis=0)
    return y, x, w


def _assembled(estimates: dict[str, Any], qr: PivotedQR) -> MArrayLM:
    """Fit with the covariance and rank that belong to a factored design."""
    inverse = triangular_inverse(qr.triangle)
    return MArrayLM(estimates, cov_coefficients=inverse @ inverse.T, pivot=qr.pivot, rank=qr.rank)


def _correlated_covariance(
    design: FloatArray, block: Any, correlation: float, weights: FloatArray | None
) -> FloatArray:
    """Unscaled covariance of the estimable coefficients of correlated observations."""
    matrix = np.where(block[:, None] == block, correlation, 0.0)
    np.fill_diagonal(matrix, 1.0)
    if weights is not None:
        root = np.sqrt(weights)
        matrix = matrix / np.outer(root, root)
    whitened = np.linalg.solve(np.linalg.cholesky(matrix), design)
    inverse = triangular_inverse(pivoted_qr(np.asarray(whitened)).triangle)
    return inverse @ inverse.T
