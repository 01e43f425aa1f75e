r"""Detection probability curve if all values of a row are normal, detected or not.

Values of row r are :math:`N(\mu_r, \sigma_r^2)` and the chance that one is missed is
:math:`\sum_k\omega_k\{1 - F(\beta_0 + \beta_1(\mu_r + \sigma_rz_k))\}`, by quadrature. Means and
deviations of the rows given the curve, and the curve given these, are estimated in turn.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, log_expit

from pylimma.arguments import flag, number, whole
from pylimma.errors import InputError
from pylimma.proteomics.detection_curve import DetectionCurve, parse_curve
from pylimma.proteomics.intercept import intercept_of
from pylimma.proteomics.moments import NODES, WEIGHTS
from pylimma.proteomics.tilting import impute_tilted, parse_log_intensities
from pylimma.typing import ExpressionLike, FloatArray

SMALLEST = 1e-300  # of a probability, before its logarithm is taken
FEWEST = 2  # rows and samples
SMALL = 0.001  # added to standard deviations before their logarithm is taken
MOST_STEPS = 200
CONVERGED = 1e-9  # of a step: the next one is rounding
FLAT = 1e-8  # smaller curvatures are taken for this
ROUNDING = 1e-13  # of a loss
MOST_HALVINGS = 40
SHORTEST = 0.5**MOST_HALVINGS  # of a step
DIFFERENCE = 1e-5  # of the curve's parameters, for second derivatives


class _Rows(NamedTuple):
    """Observed values of some rows by their sums."""

    n: FloatArray  # (rows,) number of observed values
    lost: FloatArray  # (rows,) number of missing ones
    mean: FloatArray  # (rows,) mean of the observed, 0 without any
    squares: FloatArray  # (rows,) their squared deviations

    @classmethod
    def of(cls, y: FloatArray) -> _Rows:
        """Sums of rows with missing values."""
        seen = np.isfinite(y)
        n, lost = seen.sum(axis=1).astype(float), (~seen).sum(axis=1).astype(float)
        total = np.where(seen, y, 0.0).sum(axis=1)
        mean = np.divide(total, n, out=np.zeros_like(total), where=n > 0)
        return cls(n, lost, mean, (np.where(seen, y - mean[:, None], 0.0) ** 2).sum(axis=1))

    def take(self, rows: Any) -> _Rows:
        """The same of some rows."""
        return _Rows(*(values[rows] for values in self))


def dpc_cn(
    y: ExpressionLike,
    dpc_slope_start: float = 0.7,
    dpc_start: Any = None,
    iterations: int = 2,
    subset: int = 2000,
    verbose: bool = False,
    *,
    layer: str | None = None,
) -> DetectionCurve:
    """Detection probability curve, all values of each row being normal, detected or not.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, precursors × samples, missing where nothing was detected.
    dpc_slope_start : float
        Slope to start from.
    dpc_start : (float, float), optional
        Intercept and slope to start from.
    iterations : int
        How often rows and curve are estimated in turn. Two are not convergence, and are what the
        method is.
    subset : int
        Most rows that are used; more are sampled systematically by missing values and level.
    verbose : bool
        Not used.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    DetectionCurve
        ``.dpc`` is the intercept and the slope, `mu` and `sigma` are those of the rows used.

    Raises
    ------
    InputError
        If all values or none are detected.

    See Also
    --------
    dpc_on : The observed values normal.

    Notes
    -----
    For noisy data. Slopes between 0.7 and 0.9 are typical; too small a slope is conservative.

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(n_peptides=400, rng=1)
    >>> bool(0.4 < pylimma.dpc_cn(data).dpc[1] < 1.1)
    True
    """
    flag(verbose, "verbose")
    data = parse_log_intensities(y, layer)
    values = _sampled(data.matrix, whole(subset, "subset", 2))
    if min(values.shape) < FEWEST:
        raise InputError(
            f"A detection curve needs at least two rows and two samples; `y` has {len(values)} "
            f"rows and {values.shape[1]} samples."
        )
    start = parse_curve(dpc_start)
    if start is None:
        slope = number(dpc_slope_start, "dpc_slope_start", 0, finite=True)
        start = np.array([intercept_of(values, slope), slope])
    if not start[1] > 0:
        raise InputError("`dpc_start` and `dpc_slope_start` need a slope above 0.")
    complete = impute_tilted(values, float(start[1]))
    mu, log_sigma = complete.mean(axis=1), np.log(complete.std(axis=1, ddof=1) + SMALL)
    prior = np.array([[v.mean(), max(v.std(ddof=1), SMALL)] for v in (mu, log_sigma)])
    rows, beta = _Rows.of(values), start
    seen = values[np.isfinite(values)]
    for _ in range(whole(iterations, "iterations", 1)):
        mu, log_sigma = _best_rows(rows, mu, log_sigma, prior, beta)
        beta = _fit_curve(seen, rows.lost, mu, np.exp(log_sigma), beta)
    return DetectionCurve(
        beta, start, rows.n, values.shape[1], "CN", mu=mu, sigma=np.exp(log_sigma)
    )


def _sampled(y: FloatArray, most: int) -> FloatArray:
    """Rows at even distances in the order of missing values and level."""
    if len(y) <= most:
        return y
    seen = np.isfinite(y)
    n = seen.sum(axis=1)
    mean = np.divide(
        np.where(seen, y, 0.0).sum(axis=1), n, out=np.full(len(y), np.inf), where=n > 0
    )
    order = np.lexsort((mean, -n))
    places = np.rint((np.arange(1, most + 1) - 0.5) * len(y) / most).astype(int) - 1
    return y[order[np.clip(places, 0, len(y) - 1)]]


def _missed(mu: FloatArray, sigma: FloatArray, beta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Values at the nodes, and weights times probabilities of being missed, (rows, nodes)."""
    values = mu[:, None] + sigma[:, None] * NODES
    return values, WEIGHTS * expit(-(beta[0] + beta[1] * values))


def _row_loss(
    rows: _Rows, mu: FloatArray, log_sigma: FloatArray, prior: FloatArray, beta: FloatArray
) -> FloatArray:
    sigma = np.exp(log_sigma)
    missed = np.maximum(_missed(mu, sigma, beta)[1].sum(axis=1), SMALLEST)
    squares = rows.squares + rows.n * (rows.mean - mu) ** 2
    loss = ((mu - prior[0, 0]) / prior[0, 1]) ** 2 + ((log_sigma - prior[1, 0]) / prior[1, 1]) ** 2
    # a row of one value has no term of its own deviation
    loss += 2 * np.maximum(rows.n - 1, 0) * log_sigma + squares / sigma**2
    return np.asarray(loss - 2 * rows.lost * np.log(missed))


def _best_rows(
    rows: _Rows, mu: FloatArray, log_sigma: FloatArray, prior: FloatArray, beta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The better of two optima, from the values so far and from the usual deviation.

    Rows of one value, which have no term of their own deviation, may have two.
    """
    first = _fit_rows(rows, mu, log_sigma, prior, beta)
    usual = np.full_like(log_sigma, prior[1, 0])
    second = _fit_rows(rows, mu, usual, prior, beta)
    other = _row_loss(rows, *second, prior, beta) < _row_loss(rows, *first, prior, beta) - 1e-9
    return np.where(other, second[0], first[0]), np.where(other, second[1], first[1])


def _fit_rows(
    rows: _Rows, mu: FloatArray, log_sigma: FloatArray, prior: FloatArray, beta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and log deviation of every row, by Newton's method over those that still move."""
    found, active = np.column_stack([mu, log_sigma]), np.arange(len(mu))
    for _ in range(MOST_STEPS):
        part, at = rows.take(active), found[active]
        gradient, hessian = _row_derivatives(part, at[:, 0], at[:, 1], prior, beta)
        values, vectors = np.linalg.eigh(hessian)
        values = np.maximum(np.abs(values), FLAT)
        step = np.einsum("rij,rj,rkj,rk->ri", vectors, 1 / values, vectors, gradient, optimize=True)
        step = np.clip(step, -1.0, 1.0)
        now = _row_loss(part, at[:, 0], at[:, 1], prior, beta)
        level, size = now + ROUNDING * (1 + np.abs(now)), np.ones((len(active), 1))
        trial = at - step
        worse = ~(_row_loss(part, trial[:, 0], trial[:, 1], prior, beta) <= level)
        for _ in range(MOST_HALVINGS):
            if not worse.any():
                break
            size[worse] /= 2
            trial[worse] = (at - size * step)[worse]
            again = part.take(worse)
            loss = _row_loss(again, trial[worse, 0], trial[worse, 1], prior, beta)
            worse[worse] = ~(loss <= level[worse])
        found[active] = trial
        active = active[(np.abs(step * size) > CONVERGED).any(axis=1)]
        if active.size == 0:
            break
    return found[:, 0], found[:, 1]


def _row_derivatives(
    rows: _Rows, mu: FloatArray, log_sigma: FloatArray, prior: FloatArray, beta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient (rows, 2) and second derivatives (rows, 2, 2) by mean and log deviation."""
    sigma = np.exp(log_sigma)
    values, weighted = _missed(mu, sigma, beta)
    q = expit(-(beta[0] + beta[1] * values))
    g = np.maximum(weighted.sum(axis=1), SMALLEST)
    first = -beta[1] * weighted * (1 - q)
    second = beta[1] ** 2 * weighted * (1 - q) * (1 - 2 * q)
    along = sigma[:, None] * NODES  # derivative of a value by log sigma
    g1 = np.stack([first.sum(axis=1), (first * along).sum(axis=1)], axis=1)
    g2 = np.empty((len(mu), 2, 2))
    g2[:, 0, 0] = second.sum(axis=1)
    g2[:, 0, 1] = g2[:, 1, 0] = (second * along).sum(axis=1)
    g2[:, 1, 1] = (second * along**2 + first * along).sum(axis=1)
    ratio = g1 / g[:, None]
    lost = rows.lost[:, None]
    squares = rows.squares + rows.n * (rows.mean - mu) ** 2
    gradient = -2 * lost * ratio
    gradient[:, 0] += 2 * (mu - prior[0, 0]) / prior[0, 1] ** 2
    gradient[:, 0] += 2 * rows.n * (mu - rows.mean) / sigma**2
    gradient[:, 1] += 2 * (log_sigma - prior[1, 0]) / prior[1, 1] ** 2
    gradient[:, 1] += 2 * np.maximum(rows.n - 1, 0) - 2 * squares / sigma**2
    hessian = (
        -2 * lost[:, :, None] * (g2 / g[:, None, None] - ratio[:, :, None] * ratio[:, None, :])
    )
    hessian[:, 0, 0] += 2 / prior[0, 1] ** 2 + 2 * rows.n / sigma**2
    cross = -4 * rows.n * (mu - rows.mean) / sigma**2
    hessian[:, 0, 1] += cross
    hessian[:, 1, 0] += cross
    hessian[:, 1, 1] += 2 / prior[1, 1] ** 2 + 4 * squares / sigma**2
    return gradient, hessian


def _fit_curve(
    seen: FloatArray, lost: FloatArray, mu: FloatArray, sigma: FloatArray, beta: FloatArray
) -> FloatArray:
    """Intercept and slope of the largest likelihood, the slope through its logarithm."""
    theta = np.array([beta[0], np.log(beta[1])])

    def level(t: FloatArray) -> float:
        b = np.array([t[0], np.exp(t[1])])
        missed = np.maximum(_missed(mu, sigma, b)[1].sum(axis=1), SMALLEST)
        return float(log_expit(b[0] + b[1] * seen).sum() + lost @ np.log(missed))

    def slope(t: FloatArray) -> FloatArray:
        b = np.array([t[0], np.exp(t[1])])
        values, weighted = _missed(mu, sigma, b)
        change = -weighted * expit(b[0] + b[1] * values)
        g = np.maximum(weighted.sum(axis=1), SMALLEST)
        unseen = expit(-(b[0] + b[1] * seen))
        first = unseen.sum() + lost @ (change.sum(axis=1) / g)
        second = (unseen * seen).sum() + lost @ ((change * values).sum(axis=1) / g)
        return np.array([first, b[1] * second])

    now = level(theta)
    for _ in range(MOST_STEPS):
        gradient = slope(theta)
        shifts = np.eye(2) * DIFFERENCE
        hessian = np.stack(
            [(slope(theta + s) - slope(theta - s)) / (2 * DIFFERENCE) for s in shifts]
        )
        values, vectors = np.linalg.eigh(-(hessian + hessian.T) / 2)
        step = vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), 1e-8))
        step = np.clip(step, -2.0, 2.0)
        size = 1.0
        while level(theta + size * step) < now and size > SHORTEST:
            size /= 2
        theta = theta + size * step
        now = level(theta)
        if np.abs(step).max() < CONVERGED or size <= SHORTEST:
            break
    return np.array([theta[0], np.exp(theta[1])])
