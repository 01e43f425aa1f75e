r"""Detection probability curves: how the chance of detection grows with log-intensity.

A precursor of log-intensity :math:`y` is detected with probability :math:`F(\beta_0 + \beta_1 y)`,
F the logistic function [1]_. If its detected values are :math:`N(\mu_o, s^2)`, then missing ones
are :math:`N(\mu_o - \beta_1s^2, s^2)` and the log-odds of detection are
:math:`\beta_0 + \beta_1\mu_o - \beta_1^2s^2/2` (the observed normal model). The number of
detections of a precursor that is seen at all is a zero-truncated binomial variable of these
log-odds.

References
----------
.. [1] Li M, Smyth GK (2023). Bioinformatics 39:btad200.
   https://doi.org/10.1093/bioinformatics/btad200
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.arguments import flag, number, numbers
from pylimma.errors import InputError, ShapeError
from pylimma.numerics.distributions.zero_truncated_binomial import (
    log_odds_mass,
    log_tails,
)
from pylimma.numerics.p_values import adjust_p_values
from pylimma.proteomics.observed_normal import (
    log_odds,
    maximise_curve,
    observed_normal,
    start_curve,
    within_bounds,
)
from pylimma.proteomics.tilting import LARGEST_LOG, parse_log_intensities
from pylimma.record import Record
from pylimma.typing import ExpressionLike, FloatArray

FEWEST_ROWS = 2


@dataclass(frozen=True, slots=True, eq=False)
class DetectionCurve(Record):
    """A detection probability curve, and what it was estimated from.

    Attributes
    ----------
    dpc : array of shape (2,)
        Intercept and slope of the log-odds of detection in log2 intensity.
    dpc_start : array of shape (2,)
        Where the estimation started.
    n_detected : array of int of shape (rows,)
        Samples in which each row was detected.
    nsamples : int
        Number of samples.
    mu_prior, n_prior, df_prior, s2_prior : float
        Prior of the rows' means, worth `n_prior` observations, and of their variances.
    mu_obs, s2_obs : array of shape (rows,)
        Posterior means and variances of the observed values of each row.
    mu_mis : array of shape (rows,)
        Expected missing value of each row.
    neg_loglik : float
        Minus the log-likelihood.
    outlier_fdr : array of shape (rows,)
        With ``robust=True``: false discovery rates of rows as outliers, their weights.
    mu, sigma : array of shape (rows,)
        With `dpc_cn`: means and standard deviations of complete data.
    model : str
        "ON" or "CN": which values are normal, the observed or all.
    """

    dpc: FloatArray
    dpc_start: FloatArray
    n_detected: FloatArray
    nsamples: int
    model: str
    mu_prior: float | None = None
    n_prior: float | None = None
    df_prior: float | None = None
    s2_prior: float | None = None
    mu_obs: FloatArray | None = None
    s2_obs: FloatArray | None = None
    mu_mis: FloatArray | None = None
    neg_loglik: float | None = None
    outlier_fdr: FloatArray | None = None
    mu: FloatArray | None = None
    sigma: FloatArray | None = None


def parse_curve(dpc: Any) -> FloatArray | None:
    """Intercept and slope as given, or of a curve; None without any."""
    if dpc is None:
        return None
    if isinstance(dpc, DetectionCurve):
        return dpc.dpc
    pair = numbers(dpc, "dpc", 1)
    if pair.shape != (2,) or not np.isfinite(pair).all():
        raise ShapeError(f"`dpc` must be an intercept and a slope; got {dpc!r}.")
    if np.abs(pair).max() > LARGEST_LOG:
        raise InputError(f"`dpc` has values of size {np.abs(pair).max():.3g}, which is no curve.")
    if pair[1] < 0:
        raise InputError(f"The slope of `dpc` must not be negative; got {pair[1]:g}.")
    return pair


def _curve_of(
    y: ExpressionLike,
    dpc_start: Any,
    slope: Any,
    layer: str | None,
    *,
    robust: bool = False,
    most_slope: float | None = None,
) -> DetectionCurve:
    values = _detected(y, layer)
    rows, nsamples = observed_normal(values), values.shape[1]
    start = parse_curve(dpc_start)
    if start is None:
        start = start_curve(rows, nsamples, number(slope, "dpc_slope_start", 0, finite=True))
    beta = maximise_curve(start, rows, nsamples)
    outliers = None
    if flag(robust, "robust"):
        eta = log_odds(beta, rows)
        size = np.full_like(eta, nsamples)
        # both tails hold the number that was observed
        lower, above = log_tails(rows.n, size, eta)[0], log_tails(rows.n - 1, size, eta)[1]
        two_sided = np.minimum(2 * np.exp(np.minimum(lower, above)), 1.0)
        outliers = adjust_p_values(two_sided)
        beta = maximise_curve(beta, rows, nsamples, outliers)
    if most_slope is not None:
        beta = within_bounds(beta, rows, nsamples, most_slope)
    eta = log_odds(beta, rows)
    loss = -float(log_odds_mass(rows.n, np.full_like(eta, nsamples), eta).sum())
    return DetectionCurve(
        beta,
        np.asarray(start, dtype=float),
        rows.n,
        nsamples,
        "ON",
        rows.mu_prior,
        rows.n_prior,
        rows.df_prior,
        rows.s2_prior,
        rows.mean,
        rows.variance,
        rows.mean - beta[1] * rows.variance,
        loss,
        outliers,
    )


def _detected(y: ExpressionLike, layer: str | None) -> FloatArray:
    """Rows with at least one value, if they can tell a curve."""
    matrix = parse_log_intensities(y, layer).matrix
    values = matrix[np.isfinite(matrix).any(axis=1)]
    if len(values) < FEWEST_ROWS or np.isfinite(values).sum() <= len(values):
        raise InputError(
            f"A detection curve needs rows with several values; `y` has {len(values)} rows with "
            f"{np.isfinite(values).sum()} values in all."
        )
    if np.isfinite(values).all():
        raise InputError("No value is missing, so that there is no detection curve to estimate.")
    return np.asarray(values)


def dpc_on(
    y: ExpressionLike,
    dpc_start: Any = None,
    dpc_slope_start: float = 0.7,
    robust: bool = False,
    *,
    layer: str | None = None,
) -> DetectionCurve:
    r"""Detection probability curve, the observed values of each row being normal.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, precursors × samples, missing where nothing was detected.
    dpc_start : (float, float), optional
        Intercept and slope to start from.
    dpc_slope_start : float
        Slope from which a start is found.
    robust : bool
        Whether rows that are detected too often or too rarely count less.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    DetectionCurve
        ``.dpc`` is the intercept and the slope.

    Raises
    ------
    InputError
        If no value is missing, or rows have single values only.

    See Also
    --------
    dpc : The same with bounds.
    dpc_cn : All values normal, detected or not.
    plot_dpc : The curve.

    Notes
    -----
    The means and variances of the observed values of each row are shrunk to common priors; given
    them the number of detections has a zero-truncated binomial likelihood with log-odds
    :math:`\beta_0 + \beta_1\mu_o - \beta_1^2 s^2/2` [1]_, which is maximised to convergence.

    References
    ----------
    .. [1] Li M, Smyth GK (2023). Bioinformatics 39:btad200.
       https://doi.org/10.1093/bioinformatics/btad200

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(n_peptides=400, rng=1)
    >>> bool(0.4 < pylimma.dpc_on(data).dpc[1] < 1.0)
    True
    """
    return _curve_of(y, dpc_start, dpc_slope_start, layer, robust=robust)


def dpc(
    y: ExpressionLike,
    maxit: int = 100,
    eps: float = 1e-4,
    b1_upper: float = 1.0,
    *,
    layer: str | None = None,
) -> DetectionCurve:
    """Detection probability curve of a negative intercept and a slope between 0 and a bound.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, precursors × samples, missing where nothing was detected.
    maxit, eps : int, float
        Not used: the likelihood is maximised to convergence.
    b1_upper : float
        Largest slope.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    DetectionCurve
        ``.dpc`` is the intercept and the slope.

    Raises
    ------
    InputError
        If no value is missing, or rows have single values only.

    See Also
    --------
    dpc_on : Without bounds, and how it is done.

    Notes
    -----
    limpa alternates between curve and missing values and stops before the maximum, where slopes
    differ by up to 5e-4; this is the maximum of the same likelihood.

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(n_peptides=400, rng=1)
    >>> bool(0.4 < pylimma.dpc(data).dpc[1] < 1.0)
    True
    """
    number(maxit, "maxit", 1), number(eps, "eps", 0)
    most = number(b1_upper, "b1_upper", 0, finite=True)
    return _curve_of(y, None, 0.7, layer, most_slope=most)
