"""The two channels of each spot as correlated observations of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pylimma.arguments import number, numbers
from pylimma.containers.fit import MArrayLM
from pylimma.containers.two_color import MAList
from pylimma.design.intake import Design, check_sizes
from pylimma.design.two_color import design_i2a, design_i2m
from pylimma.errors import DesignError, InputError, InputTypeError, InputWarning, ShapeError, warn
from pylimma.fit.model import assemble_fit, fit_genes
from pylimma.numerics.distributions.special import logmdigamma
from pylimma.numerics.missing_values import row_means
from pylimma.numerics.regression.gamma_regression import Local, StoppingRule, damped_scoring
from pylimma.numerics.regression.linalg import factor_design, pivoted_qr
from pylimma.numerics.regression.mixed_model import trimmed_mean
from pylimma.record import Record
from pylimma.typing import DesignLike, FloatArray, IntArray

SCORING = StoppingRule(decrease=1e-15, tolerance=1e-5, rounds=41)
MEAN_LOG_CHISQUARE = 1.27  # minus the mean log of a chi-square of one degree of freedom
DETERMINED = 1e-10  # an observation with less than this of its variance left is interpolated
ROUNDING = 1e-14  # residuals below this fraction of the data are rounding errors


@dataclass(frozen=True, slots=True, eq=False)
class TwoVariances(Record):
    """REML estimates of two variances for each gene."""

    log_variances: FloatArray  # (genes, 2) natural logarithms; NaN where estimation fails
    # (genes, 2) residual degrees of freedom of each group, at the point before the last step
    df: FloatArray


class _Rotated(NamedTuple):
    """Least squares residuals of all genes, and the designs in the common rotation."""

    squares: FloatArray  # (2, genes): residual sums of squares
    moments: FloatArray  # (rank, genes): products of group 1 and residuals; group 2 has minus these
    share: FloatArray  # (rank, 1): d_j
    sizes: tuple[int, int]


def two_variance_regression(
    y: tuple[FloatArray, FloatArray], designs: tuple[FloatArray, FloatArray]
) -> TwoVariances:
    """Variances of two groups of observations with common coefficients."""
    together = np.concatenate(y, axis=1)
    finite = np.isfinite(together).all(axis=1)
    sizes = (y[0].shape[1], y[1].shape[1])
    basis, share = _rotation(np.concatenate(designs), sizes[0])
    data = together[finite]
    residuals = data - (data @ basis) @ basis.T
    start = _start(residuals, basis, sizes[0])
    parts = np.split(residuals, [sizes[0]], axis=1)
    squares = np.stack([np.einsum("gs,gs->g", part, part) for part in parts])
    size = np.einsum("gs,gs->g", data, data)
    sound = np.isfinite(start).all(axis=0) & (squares > ROUNDING**2 * size).all(axis=0)
    moments = (parts[0] @ basis[: sizes[0]]).T
    rotated = _Rotated(squares[:, sound], moments[:, sound], share[:, None], sizes)

    def model(parameters: FloatArray, genes: IntArray) -> Local:
        return _local(parameters, _of_genes(rotated, genes))

    path = damped_scoring(start[:, sound], model, SCORING)
    log_variances, df = np.full((2, len(together), 2), np.nan)
    rows = np.flatnonzero(finite)[sound]
    log_variances[rows] = path.parameters.T
    df[rows] = (np.reshape(sizes, (2, 1)) - _leverages(path.penultimate, rotated).sum(axis=1)).T
    return TwoVariances(log_variances, df)


def intraspot_correlations(fit: TwoVariances) -> tuple[FloatArray, FloatArray]:
    r"""Correlations between the channels of a spot, on the scale of Fisher's z.

    With M the difference and A the mean of two channels of one variance and correlation
    :math:`\rho`, :math:`\mathrm{var}(A) / \mathrm{var}(M) = (1+\rho) / \{4(1-\rho)\}`.
    """
    z = 0.5 * (fit.log_variances[:, 1] - fit.log_variances[:, 0]) + np.log(2)
    adjustment = logmdigamma(fit.df[:, 1] / 2) - logmdigamma(fit.df[:, 0] / 2)
    return z, adjustment


def _rotation(design: FloatArray, n_first: int) -> tuple[FloatArray, FloatArray]:
    """Orthonormal basis of both designs, orthogonal in each group; squared norms in the first."""
    basis = pivoted_qr(design).basis
    first = basis[:n_first]
    share, vectors = np.linalg.eigh(first.T @ first)
    return basis @ vectors, np.clip(share, 0.0, 1.0)


def _start(residuals: FloatArray, basis: FloatArray, n_first: int) -> FloatArray:
    """Log variances from the logs of the single squared residuals, of shape (2, genes)."""
    left = 1 - np.einsum("sj,sj->s", basis, basis)
    informative = left > DETERMINED
    start = []
    for group in (np.arange(n_first), np.arange(n_first, len(left))):
        rows = group[informative[group]]
        with np.errstate(divide="ignore"):
            logs = np.log(residuals[:, rows] ** 2 / left[rows])
        start.append(logs @ left[rows] / left[rows].sum() + MEAN_LOG_CHISQUARE)
    return np.stack(start)


def _of_genes(rotated: _Rotated, genes: IntArray) -> _Rotated:
    """Sums of some genes."""
    return rotated._replace(squares=rotated.squares[:, genes], moments=rotated.moments[:, genes])


def _leverages(log_variances: FloatArray, rotated: _Rotated) -> FloatArray:
    """Leverages of each direction in the two groups, of shape (2, rank, genes)."""
    precision = np.exp(-log_variances)
    weights = np.stack([rotated.share * precision[0], (1 - rotated.share) * precision[1]])
    leverages: FloatArray = weights / weights.sum(axis=0)
    return leverages


def _local(log_variances: FloatArray, rotated: _Rotated) -> Local:
    """Minus twice the restricted log likelihood, and score and information of the likelihood."""
    precision = np.exp(-log_variances)
    share, sizes = rotated.share, np.reshape(rotated.sizes, (2, 1))
    total = share * precision[0] + (1 - share) * precision[1]
    shift = rotated.moments * (precision[0] - precision[1]) / total
    shares = np.stack([share, 1 - share])
    signs = np.reshape([1, -1], (2, 1, 1))
    change = (shares * shift**2 - 2 * signs * rotated.moments * shift).sum(axis=1)
    standardised = (rotated.squares + change) * precision
    objective = standardised.sum(axis=0) + (sizes * log_variances).sum(axis=0)
    objective += np.log(total).sum(axis=0)
    leverages = _leverages(log_variances, rotated)
    trace = leverages.sum(axis=1)
    own = 0.5 * (sizes - 2 * trace + (leverages**2).sum(axis=1))
    cross = 0.5 * (leverages[0] * leverages[1]).sum(axis=0)
    score = 0.5 * (standardised - (sizes - trace))
    return Local(objective, score, np.stack([own[0], cross, own[1]]))


@dataclass(frozen=True, slots=True, eq=False)
class IntraspotCorrelation(Record):
    """Correlation between the two channels of a spot.

    Attributes
    ----------
    consensus_correlation : float
        One correlation for all genes.
    atanh_correlations : array of shape (genes,)
        Each gene's own estimate, on the scale of Fisher's z; NaN where there is none.
    df : array of shape (genes, 2)
        Residual degrees of freedom of the log-ratios and of the log-intensities.
    """

    consensus_correlation: float
    atanh_correlations: FloatArray
    df: FloatArray


def intraspot_correlation(
    object: MAList,
    design: DesignLike,
    trim: float = 0.15,
) -> IntraspotCorrelation:
    r"""Correlation between the channels of a spot, for `lmsc_fit`.

    Parameters
    ----------
    object : MAList
        Normalised log-ratios M and log-intensities A.
    design : array or DataFrame of shape (2 * arrays, coefs)
        Design of the channels, the green one of each array before the red one.
    trim : float
        Share of genes cut off at each end before averaging, between 0 and 0.5.

    Returns
    -------
    IntraspotCorrelation

    Raises
    ------
    InputTypeError
        If the data are not an MAList.
    ShapeError
        If the design has not two rows for each array.

    Notes
    -----
    For each gene M and A have common coefficients and variances of their own, estimated by
    residual maximum likelihood [1]_; with channels of equal variance and correlation
    :math:`\rho`,

    .. math:: \mathrm{atanh}\,\rho
        = \tfrac12(\log\mathrm{var}\,A - \log\mathrm{var}\,M) + \log 2.

    References
    ----------
    .. [1] Smyth GK, Altman NS (2013). BMC Bioinformatics 14:165.
       https://doi.org/10.1186/1471-2105-14-165
    """
    trim = number(trim, "trim", 0, 0.5)
    matrix = _channel_design(object, design, "intraspot_correlation")
    fit = two_variance_regression(
        (object["M"], object["A"]), (_plain(design_i2m(matrix)), _plain(design_i2a(matrix)))
    )
    z, adjustment = intraspot_correlations(fit)
    return IntraspotCorrelation(float(np.tanh(trimmed_mean(z - adjustment, trim))), z, fit.df)


def lmsc_fit(
    object: MAList,
    design: DesignLike,
    correlation: float,
    *,
    n_jobs: int | None = None,
) -> MArrayLM:
    r"""Linear models of the single channels of two-colour arrays.

    Parameters
    ----------
    object : MAList
        Normalised log-ratios M and log-intensities A, without missing values.
    design : array or DataFrame of shape (2 * arrays, coefs)
        Design of the channels, the green one of each array before the red one.
    correlation : float
        Correlation between the channels of a spot, from `intraspot_correlation`.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    MArrayLM
        As `lm_fit`, with `correlation`.

    Raises
    ------
    InputTypeError
        If the data are not an MAList.
    ShapeError
        If the design has not two rows for each array.
    InputError
        If values are missing, or the correlation is not between -1 and 1.

    Notes
    -----
    :math:`M/\sqrt{2(1-\rho)}` and :math:`A/\sqrt{(1+\rho)/2}` are independent with the
    variance of a channel, so one least squares fit of both serves all genes.
    """
    matrix = _channel_design(object, design, "lmsc_fit")
    correlation = number(correlation, "correlation", -1, 1, inside=True)
    if not (np.isfinite(object["M"]).all() and np.isfinite(object["A"]).all()):
        raise InputError("`lmsc_fit` needs complete data: M or A have missing values.")
    if "weights" in object:
        warn("`lmsc_fit` does not use weights.", InputWarning)
    m, a = np.sqrt(2 * (1 - correlation)), np.sqrt((1 + correlation) / 2)
    stacked = np.vstack([_plain(design_i2m(matrix)) / m, _plain(design_i2a(matrix)) / a])
    values, x = np.hstack([object["M"] / m, object["A"] / a]), factor_design(stacked)
    fit = assemble_fit(fit_genes(values, x, n_jobs=n_jobs), values, x)
    fit["design"], fit["correlation"] = matrix, float(correlation)
    fit["Amean"], fit["genes"] = row_means(object["A"]), object.get("genes")
    names = Design.names_of_columns(design)
    return fit.with_names(genes=object.row_names, coefs=names, design_columns=names)


def _channel_design(object: Any, design: DesignLike, function: str) -> FloatArray:
    """Design as numbers, with two rows an array and full rank."""
    if not isinstance(object, MAList):
        raise InputTypeError(f"`{function}` needs an MAList; got {type(object).__name__}.")
    matrix = numbers(design, "design")
    n_arrays = object.shape[1]
    if matrix.ndim != 2 or len(matrix) != 2 * n_arrays:
        raise ShapeError(
            f"`design` has shape {matrix.shape}; it needs two rows for each of {n_arrays} arrays."
        )
    if not np.isfinite(matrix).all():
        raise DesignError("`design` has missing or infinite values.")
    check_sizes(matrix)
    return matrix


def _plain(design: Any) -> FloatArray:
    return np.asarray(design, dtype=float)
