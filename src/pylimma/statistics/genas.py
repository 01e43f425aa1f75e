r"""Genuine association of two coefficients over genes, apart from what the design induces.

True coefficients are taken as :math:`\beta_g \sim N(0, V_0\sigma_g^2)` and estimates as
:math:`b_g \sim N(\beta_g, V\sigma_g^2)` with :math:`V` known, so that
:math:`b_g / \tilde s_g` follows a bivariate t distribution on :math:`d_g` degrees of freedom
with scale :math:`V_0 + V` [1]_. :math:`V_0` is fitted with and without correlation by maximum
likelihood; twice the difference tests for association.

References
----------
.. [1] Phipson B (2013). Empirical Bayes modelling of expression profiles and their
   associations. PhD thesis, University of Melbourne. https://doi.org/11343/38162
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pylimma.arguments import flag
from pylimma.containers.coefficients import chosen_coefficients
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import check_fixed
from pylimma.draw import draw
from pylimma.errors import InputError, check_choice
from pylimma.moderation.e_bayes import e_bayes
from pylimma.moderation.gamma_intercept import gamma_intercept
from pylimma.numerics.distributions.tails import chi2_sf
from pylimma.numerics.moderated_tests import correlation_of
from pylimma.numerics.optimization import nelder_mead
from pylimma.numerics.ranks import average_ranks
from pylimma.record import Record
from pylimma.results.tables import Coef, moderated
from pylimma.statistics.pred_fcm import predict_coefficient
from pylimma.statistics.true_null import null_proportion
from pylimma.typing import BoolArray, FloatArray, IntArray

_SUBSETS = ("all", "Fpval", "p.union", "p.int", "logFC", "predFC")
_TOP_SHARE = 0.9  # quantile of fold changes beyond which a gene counts as changed
LONGEST_RUN = 8  # factors of a product whose logarithm is taken: few enough not to overflow


@dataclass(frozen=True, slots=True, eq=False)
class Genas(Record):
    """Genuine association of two contrasts.

    Attributes
    ----------
    technical_correlation : float
        Correlation of the estimates that the design alone induces.
    biological_correlation : float
        Correlation of the true log fold changes; NaN if no gene is used.
    covariance_matrix : array of shape (2, 2)
        Covariance of the true log fold changes, in units of the residual variance.
    deviance : float
        Twice the gain in log likelihood from the biological correlation.
    p_value : float
        Of the test that it is zero.
    n : int
        Number of genes used.
    """

    technical_correlation: float
    biological_correlation: float
    covariance_matrix: FloatArray
    deviance: float
    p_value: float
    n: int


class _Data(NamedTuple):
    """What the likelihood needs of each gene."""

    products: FloatArray  # (3, genes): b1 b1, b1 b2, b2 b2 over variance times d
    starts: IntArray  # (runs,): where runs of genes with one d begin
    power: FloatArray  # (runs,): half of 2 + d
    normal: FloatArray  # (3,): sums of half the products over variance, where d is infinite
    n_genes: int


def association(
    coefficients: FloatArray, s2_post: FloatArray, df_total: FloatArray, unscaled: FloatArray
) -> Genas:
    """Covariance of true coefficients by maximum likelihood, and a test of its correlation.

    Coefficients are (genes, 2), variances (genes,), `unscaled` is :math:`V`; degrees of freedom
    may be infinite.
    """
    s2 = np.broadcast_to(s2_post, len(coefficients))
    data = _prepare(coefficients, s2, np.broadcast_to(df_total, len(coefficients)))
    variances = [gamma_intercept(coefficients[:, k] ** 2 / s2, unscaled[k, k]) for k in range(2)]
    positive = min(variances) > 0
    start = 0.5 * np.log(variances) if positive else np.zeros(2)
    first, cross, second = unscaled[0, 0], unscaled[0, 1], unscaled[1, 1]

    def without(parameters: FloatArray) -> float:
        one, two = np.exp(2 * parameters).tolist()
        return _minus_log_likelihood(first + one, cross, second + two, data)

    def with_correlation(parameters: FloatArray) -> float:
        own = _with_correlation(parameters)
        return _minus_log_likelihood(first + own[0, 0], cross + own[0, 1], second + own[1, 1], data)

    with np.errstate(over="ignore", invalid="ignore"):  # far vertices count as very bad
        null = nelder_mead(without, start)
        full = nelder_mead(with_correlation, np.append(null.point, 0.0))
    covariance = _with_correlation(full.point)
    deviance = abs(2 * (null.value - full.value))
    return Genas(
        float(correlation_of(unscaled)[0, 1]),
        float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])),
        covariance,
        deviance,
        float(chi2_sf(deviance, 1.0)),
        len(coefficients),
    )


def _with_correlation(parameters: FloatArray) -> FloatArray:
    """Covariance matrix of two log variances and a slope, by its triangular factors."""
    first, second = np.exp(parameters[:2])
    slope = parameters[2]
    return np.array([[first, slope * first], [slope * first, slope**2 * first + second]])


def _prepare(coefficients: FloatArray, s2: FloatArray, df: FloatArray) -> _Data:
    """Collect what does not change with the parameters, genes in order of their d."""
    first, second = coefficients.T
    squares = np.stack([first * first, first * second, second * second]) / s2
    finite = np.flatnonzero(np.isfinite(df))
    order = finite[np.argsort(df[finite], kind="stable")]
    degrees = df[order]
    first_of_d = np.searchsorted(degrees, degrees)
    starts = np.flatnonzero((np.arange(len(order)) - first_of_d) % LONGEST_RUN == 0)
    return _Data(
        np.ascontiguousarray(squares[:, order] / degrees),
        starts,
        0.5 * (2 + degrees[starts]),
        0.5 * squares[:, ~np.isfinite(df)].sum(axis=1),
        len(df),
    )


def _minus_log_likelihood(first: float, cross: float, second: float, data: _Data) -> float:
    """Minus the log likelihood of the bivariate t distribution, up to a constant.

    The logarithms of genes with the same degrees of freedom are taken of their products.
    """
    determinant = first * second - cross**2
    if not 0 < determinant < math.inf:
        return math.inf
    inverse = np.array([second, -2 * cross, first]) / determinant
    value = 0.5 * data.n_genes * math.log(determinant) + float(inverse @ data.normal)
    if data.starts.size:
        ratios = inverse @ data.products
        ratios += 1
        value += float(data.power @ np.log(np.multiply.reduceat(ratios, data.starts)))
    return value


def genas(
    fit: MArrayLM,
    coef: Sequence[Coef] = (0, 1),
    subset: str = "all",
    plot: bool = False,
    alpha: float = 0.4,
) -> Genas:
    r"""Genuine association of two contrasts, apart from the correlation that the design induces.

    Parameters
    ----------
    fit : MArrayLM
        From `lm_fit` or `contrasts_fit`, moderated first if it is not yet.
    coef : pair of int or names
        The two coefficients, where there are more.
    subset : {"all", "Fpval", "p.union", "p.int", "logFC", "predFC"}
        Genes to use: all, those likely changed by F-test, by either or both t-tests, or those
        with large estimated or predicted fold changes.
    plot : bool
        Whether to draw the two contrasts with ellipses of both correlations.
    alpha : float
        Opacity of the ellipses, between 0 and 1.

    Returns
    -------
    Genas

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    InputError
        If there are not two coefficients, or `subset` is not among its choices.

    Notes
    -----
    Estimates of a gene are normal around true values :math:`\beta_g \sim N(0, V_0\sigma_g^2)`
    with covariance :math:`V\sigma_g^2`, V from the design. :math:`V_0` is estimated by maximum
    likelihood, and its correlation tested by the likelihood ratio [1]_.

    References
    ----------
    .. [1] Phipson B (2013). PhD thesis, University of Melbourne. https://doi.org/11343/38162
    """
    check_choice(subset, _SUBSETS, "subset")
    fit = _two_coefficients(moderated(fit, "genas"), coef)
    check_fixed(fit, "genas")
    kept = _changed(fit, subset)
    if not kept.any():
        technical = float(correlation_of(fit["cov_coefficients"])[0, 1])
        return Genas(technical, float("nan"), np.full((2, 2), np.nan), 0.0, 1.0, 0)
    if subset != "all":
        fit = e_bayes(
            fit.subset(kept),
            trend=np.ndim(fit["s2_prior"]) > 0,
            robust=np.ndim(fit["df_prior"]) > 0,
        )
    result = association(
        fit["coefficients"], fit["s2_post"], fit["df_total"], fit["cov_coefficients"]
    )
    if flag(plot, "plot"):
        names = fit.names("coefs")
        draw(
            "genas",
            x=fit["coefficients"][:, 0],
            y=fit["coefficients"][:, 1],
            technical=fit["cov_coefficients"],
            biological=result.covariance_matrix,
            labels=None if names is None else list(names),
            alpha=alpha,
        )
    return result


def _two_coefficients(fit: MArrayLM, coef: Sequence[Any]) -> MArrayLM:
    n = fit.shape[1]
    place = chosen_coefficients(coef if n > 1 else 0, fit, "coef")
    if place.size != 2 or place[0] == place[1]:
        raise InputError(f"`genas` compares two coefficients; got {np.unique(place).size} of {n}.")
    return fit if n == 2 and place[0] == 0 else fit.subset(columns=place)


def _changed(fit: MArrayLM, subset: str) -> BoolArray:
    """Genes that a choice of genes counts as changed."""
    if subset == "all":
        return np.ones(fit.shape[0], dtype=bool)
    if subset == "Fpval":
        return _most_significant(fit["F_p_value"])
    if subset in ("p.union", "p.int"):
        one, other = (_most_significant(p) for p in fit["p_value"].T)
        return one | other if subset == "p.union" else one & other
    if subset == "logFC":
        changes = np.abs(fit["coefficients"])
    else:
        changes = np.abs(np.column_stack([predict_coefficient(fit, k) for k in range(2)]))
    return np.asarray((changes > np.quantile(changes, _TOP_SHARE, axis=0)).any(axis=1))


def _most_significant(p: FloatArray) -> BoolArray:
    """As many of the smallest p-values as there are changed genes by estimate."""
    n_changed = (1 - null_proportion(p[~np.isnan(p)], "lfdr")) * len(p)
    rank = np.full(len(p), np.nan)
    known = ~np.isnan(p)
    rank[known] = average_ranks(p[known])
    with np.errstate(invalid="ignore"):
        return np.asarray(rank <= n_changed)
