r"""Missing log-intensities from the observed ones, by exponential tilting.

If the observed values of a row are :math:`N(\mu_o, s^2)` and the log-odds of detection have slope
:math:`b` in log-intensity, the missing ones are :math:`N(\mu_o - bs^2, s^2)` [1]_.

References
----------
.. [1] Li M, Smyth GK (2023). Neither random nor censored: estimating intensity-dependent
   probabilities for missing values in label-free proteomics. Bioinformatics 39:btad200.
   https://doi.org/10.1093/bioinformatics/btad200
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pylimma.adapters.expression import Expression, parse_counts
from pylimma.arguments import number
from pylimma.containers.expression import EListRaw
from pylimma.errors import InputError, InputWarning, check_choice, warn
from pylimma.record import Record
from pylimma.typing import ExpressionLike, FloatArray

QUANTILE = 0.9  # of the row variances: the variance that all rows share
LEAST_ROW_VARIANCE = 0.001
LEAST_COLUMN_VARIANCE = 0.1
COLUMN_QUANTILE = 0.75  # of the column variances, for columns of few values
FEW_DF = 5
LARGEST_LOG = 1000.0  # no intensity has a logarithm of this size
UNSEEN = 1e-8  # intensities below it are zeros


@dataclass(frozen=True, slots=True, eq=False)
class TiltedMeans(Record):
    """Means of missing values.

    Attributes
    ----------
    mu_missing : array of shape (n,)
        Expected missing value of each row or column, log2.
    prediction_variance : array of shape (n,)
        Variance of what is predicted.
    n_missing : array of int of shape (n,)
        Number of missing values.
    """

    mu_missing: FloatArray
    prediction_variance: FloatArray
    n_missing: FloatArray


def row_moments(y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Number, mean and variance of the observed values of each row; NaN without enough of them."""
    seen = np.isfinite(y)
    n = seen.sum(axis=1)
    filled = np.where(seen, y, 0.0)
    mean = np.divide(filled.sum(axis=1), n, out=np.full(len(y), np.nan), where=n > 0)
    squares = (np.where(seen, y - mean[:, None], 0.0) ** 2).sum(axis=1)
    return n, mean, np.divide(squares, n - 1, out=np.full(len(y), np.nan), where=n > 1)


def tilt_rows(y: FloatArray, slope: float, sigma: float | None) -> TiltedMeans:
    """Means of missing values by row; rows share the observed variance."""
    n, mean, variance = row_moments(y)
    if sigma is None:
        known = variance[n > 1]
        shared = float(np.quantile(known, QUANTILE)) if known.size else 0.0
    else:
        shared = sigma**2
    residual_df = max(int(n.max(initial=0)) - 1, 1)
    spread = max(shared, LEAST_ROW_VARIANCE)
    with np.errstate(divide="ignore"):
        variance = (n + 1) / n * spread + 2 / residual_df * (slope * spread) ** 2
    return TiltedMeans(mean - slope * shared, variance, y.shape[1] - n)


def tilt_columns(y: FloatArray, slope: float) -> TiltedMeans:
    """Means of missing values by column, each with a variance of its own."""
    n, mean, variance = row_moments(y.T)
    variance = np.maximum(variance, LEAST_COLUMN_VARIANCE)
    df = n - 1.0
    few = df < FEW_DF
    if few.any() and np.isfinite(variance).any():
        usual = float(np.quantile(variance[np.isfinite(variance)], COLUMN_QUANTILE))
        variance, df = np.where(few, usual, variance), np.where(few, df.max(), df)
    with np.errstate(divide="ignore", invalid="ignore"):
        predicted = (n + 1) / n * variance + 2 / df * (slope * variance) ** 2
    return TiltedMeans(mean - slope * variance, predicted, len(y) - n)


def _or_global(found: TiltedMeans, y: FloatArray, slope: float) -> tuple[FloatArray, FloatArray]:
    """Means and precisions, those of rows without values from all values together."""
    values = y[np.isfinite(y)]
    total, count = float(values.var(ddof=1)), values.size
    spread = (count + 1) / count * total + 2 / (count - 1) * (slope * total) ** 2
    empty = np.isnan(found.mu_missing)
    mean = np.where(empty, values.mean() - slope * total, found.mu_missing)
    return mean, 1 / np.where(empty, spread, found.prediction_variance)


def impute_tilted(
    y: FloatArray, slope: float, sigma: float | None = None, by: str = "both"
) -> FloatArray:
    """The values with the missing ones replaced by their tilted means."""
    missing = ~np.isfinite(y)
    if not missing.any():
        return np.array(y)
    if np.count_nonzero(~missing) < 2:
        return np.zeros_like(y)
    by = "rows" if len(y) == 1 and by == "both" else by
    if by == "rows":
        return np.where(missing, tilt_rows(y, slope, sigma).mu_missing[:, None], y)
    columns = tilt_columns(y, slope)
    if by == "columns":
        return np.where(missing, columns.mu_missing, y)
    row_mean, by_row = _or_global(tilt_rows(y, slope, sigma), y, slope)
    column_mean, by_column = _or_global(columns, y, slope)
    # weighted by the precision of each prediction
    both = (row_mean * by_row)[:, None] + column_mean * by_column
    return np.where(missing, both / (by_row[:, None] + by_column), y)


def parse_log_intensities(y: Any, layer: str | None = None) -> Expression:
    """Log2 intensities of any kind; raw ones of an EListRaw are logged, zeros being missing."""
    data = parse_counts(y, layer=layer, argument="y")
    values = np.asarray(data.matrix, dtype=float)
    if isinstance(data.source, EListRaw):
        values = np.log2(np.where(values < UNSEEN, np.nan, values))
    values = np.where(np.isfinite(values), values, np.nan)
    if (largest := np.nanmax(np.abs(values), initial=0.0)) > LARGEST_LOG:
        raise InputError(
            f"`y` has values of size {largest:.3g}, too large for log2 intensities: take "
            "logarithms first, or pass an EListRaw."
        )
    return replace(data, matrix=values)


def impute_by_exp_tilt(
    y: ExpressionLike,
    dpc_slope: float = 0.7,
    prior_logfc: float | None = None,
    by: str = "both",
    *,
    layer: str | None = None,
) -> Any:
    r"""Log-intensities with missing values replaced by what intensity-dependent detection implies.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, rows × samples; those of an EListRaw are logged first.
    dpc_slope : float
        Slope of the detection probability curve.
    prior_logfc : float, optional
        Standard deviation of the values of a row. Default: from the 0.9 quantile of row variances.
    by : {"both", "rows", "columns"}
        Whether a value is predicted from its row, its column, or both weighted by precision; from
        its row alone, rows without any value stay missing.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    array, DataFrame, EList or AnnData
        The kind that was given.

    Raises
    ------
    InputError
        If `dpc_slope` is negative.

    Warns
    -----
    InputWarning
        If fewer than two values are observed in all; then everything is zero.

    See Also
    --------
    dpc_quant : Quantification that needs no imputation.

    Notes
    -----
    With observed values :math:`N(\mu_o, s^2)` and a slope :math:`b` of the log-odds of detection,
    missing ones have the mean :math:`\mu_o - bs^2` [1]_. Single imputation hides its uncertainty:
    tests of imputed values have too many degrees of freedom.

    References
    ----------
    .. [1] Li M, Smyth GK (2023). Bioinformatics 39:btad200.
       https://doi.org/10.1093/bioinformatics/btad200

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.array([[5.0, np.nan, 6.0], [7.0, 8.0, 7.5]])
    >>> bool(pylimma.impute_by_exp_tilt(y)[0, 1] < 5.5)
    True
    """
    data = parse_log_intensities(y, layer)
    slope = number(dpc_slope, "dpc_slope", 0, finite=True)
    sigma = None if prior_logfc is None else number(prior_logfc, "prior_logfc", 0, finite=True)
    check_choice(by, ("both", "rows", "columns"), "by")
    if np.count_nonzero(np.isfinite(data.matrix)) < 2:
        warn("Fewer than two values are observed, so that everything is 0.", InputWarning)
    return data.like_source(impute_tilted(data.matrix, slope, sigma, by))


def exp_tilt_by_rows(
    y: ExpressionLike, dpc_slope: float = 0.7, sigma_obs: float | None = None
) -> TiltedMeans:
    """Expected missing log-intensity of each row.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, rows × samples.
    dpc_slope : float
        Slope of the detection probability curve.
    sigma_obs : float, optional
        Standard deviation of the observed values of a row. Default: from the 0.9 quantile of row
        variances.

    Returns
    -------
    TiltedMeans
        `mu_missing`, `prediction_variance` and `n_missing`, of shape (rows,).

    Raises
    ------
    InputError
        If `dpc_slope` is negative.

    See Also
    --------
    impute_by_exp_tilt : Puts them in place.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> pylimma.exp_tilt_by_rows([[5.0, np.nan, 6.0]], sigma_obs=1.0).mu_missing
    array([4.8])
    """
    data = parse_log_intensities(y)
    slope = number(dpc_slope, "dpc_slope", 0, finite=True)
    sigma = None if sigma_obs is None else number(sigma_obs, "sigma_obs", 0, finite=True)
    return tilt_rows(data.matrix, slope, sigma)


def exp_tilt_by_columns(y: ExpressionLike, dpc_slope: float = 0.7) -> TiltedMeans:
    """Expected missing log-intensity of each sample.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, rows × samples.
    dpc_slope : float
        Slope of the detection probability curve.

    Returns
    -------
    TiltedMeans
        `mu_missing`, `prediction_variance` and `n_missing`, of shape (samples,).

    Raises
    ------
    InputError
        If `dpc_slope` is negative.

    See Also
    --------
    impute_by_exp_tilt : Puts them in place.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(8, 1, (20, 4))
    >>> pylimma.exp_tilt_by_columns(y).mu_missing.shape
    (4,)
    """
    data = parse_log_intensities(y)
    return tilt_columns(data.matrix, number(dpc_slope, "dpc_slope", 0, finite=True))
