"""Moderated t-statistics, F-statistics and log odds of differential expression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pylimma.arguments import number, numbers
from pylimma.containers.fit import MArrayLM, add_f_tests
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.containers.ownership import Made
from pylimma.design.rank import condition
from pylimma.errors import EstimationWarning, InputError, warn
from pylimma.moderation.posterior import (
    check_fit,
    moderate_variances,
    rescale_fit,
    unreplicated,
    working_unit,
)
from pylimma.moderation.t_mixture import tmixture_matrix
from pylimma.numerics.blocks import map_genes
from pylimma.numerics.distributions.tails import t_two_sided
from pylimma.numerics.moderated_tests import LARGE_DF, log_odds
from pylimma.numerics.threads import with_threads
from pylimma.typing import BoolArray, FloatArray

_WORST_CONDITION = 3e5  # of the design: beyond it F-tests have lost more than half their digits


def e_bayes(
    fit: MArrayLM,
    proportion: float = 0.01,
    stdev_coef_lim: Sequence[float] = (0.1, 4.0),
    trend: ArrayLike = False,
    span: float | None = None,
    robust: bool = False,
    winsor_tail_p: float | Sequence[float] = (0.05, 0.1),
    legacy: bool | None = None,
    *,
    compat: str | None = None,
    n_jobs: int | None = None,
) -> MArrayLM:
    r"""Fit with moderated t-statistics, p-values and log odds.

    Parameters
    ----------
    fit : MArrayLM
        From `lm_fit` or `contrasts_fit`.
    proportion : float
        Assumed proportion of genes that are differentially expressed, between 0 and 1.
    stdev_coef_lim : (float, float)
        Limits of the standard deviation of log fold changes of such genes.
    trend : bool or array of shape (genes,)
        Whether the prior variance follows average expression, or what it follows.
    span : float, optional
        Span of the variance trend, for the newer estimation.
    robust : bool
        Whether the prior is protected from hypervariable genes.
    winsor_tail_p : (float, float) or float
        Lower and upper tail proportions that the robust estimation Winsorises.
    legacy : bool, optional
        Whether hyperparameters are estimated by moments of log variances, as in limma before
        3.62; when not given, if all genes have the same residual degrees of freedom.
    compat : {"3.68", "dream"}, optional
        Whether prior degrees of freedom by the newer estimation are kept between 2 and 8135, as
        in limma 3.68; or whether tests under random effects are moderated as dream does it.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    MArrayLM
        The fit with `s2_post`, `s2_prior`, `df_prior`, `df_total`, `t`, `p_value`,
        `var_prior`, `lods`, `proportion` and, for a design of full rank, `F` and `F_p_value`.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    InputError
        If `proportion` is not between 0 and 1, no gene has residual degrees of freedom, or
        none varies.
    StageError
        If a trend is asked for and the fit has no average expression.

    Warns
    -----
    EstimationWarning
        If genes have no residual variance, or were observed in a single sample.

    See Also
    --------
    treat : Tests against a threshold.
    top_table : Table of results.
    squeeze_var : The moderation of the variances.

    Notes
    -----
    Residual variances :math:`s_g^2` on :math:`d_g` degrees of freedom are squeezed towards a
    prior :math:`s_0^2` worth :math:`d_0` degrees of freedom [1]_,

    .. math::
        \tilde s_g^2 = \frac{d_0 s_0^2 + d_g s_g^2}{d_0 + d_g}, \qquad
        \tilde t_{gj} = \frac{\hat\beta_{gj}}{\tilde s_g \sqrt{v_{gj}}},

    and :math:`\tilde t` has :math:`d_0 + d_g` degrees of freedom under the null hypothesis, at
    most the sum of all :math:`d_g`. The robust prior is that of [2]_.

    Unlike R, a gene observed in a single sample has no p-value, and genes without average
    expression are excluded from a trend rather than stopping it.

    References
    ----------
    .. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027
    .. [2] Phipson B et al. (2016). Ann Appl Stat 10:946. https://doi.org/10.1214/16-AOAS920

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> fit = pylimma.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> fit = pylimma.e_bayes(fit)
    >>> fit["t"].shape
    (100, 2)
    """
    check_fit(fit, "e_bayes")
    proportion = number(proportion, "proportion", 0, 1, inside=True)
    limits = parse_limits(stdev_coef_lim)
    unit = working_unit(fit)
    with with_threads(n_jobs):
        result = moderate_variances(
            rescale_fit(fit.replace(treat_lfc=None, upshot=None), unit),
            trend=trend,
            robust=robust,
            winsor_tail_p=winsor_tail_p,
            legacy=legacy,
            span=span,
            compat=compat,
        )
        return rescale_fit(moderated_tests(result, proportion, limits / unit), 1 / unit)


def moderated_tests(result: MArrayLM, proportion: float, limits: FloatArray) -> MArrayLM:
    """A fit of moderated variances, after the tests that they give were added to it."""
    tstat = _moderated_t(result)
    result["t"] = Made(tstat)
    result["p_value"] = Made(t_two_sided(tstat, result.degrees_of_freedom()))
    result["proportion"] = proportion
    result["var_prior"] = _var_prior(result, proportion, limits)
    result["lods"] = Made(_log_odds(result))
    _add_f(result)
    return result


def parse_limits(stdev_coef_lim: Sequence[float]) -> FloatArray:
    """Limits of the standard deviation of log fold changes."""
    limits = numbers(stdev_coef_lim, "stdev_coef_lim")
    if limits.shape != (2,) or not 0 <= limits[0] <= limits[1]:
        raise InputError(f"`stdev_coef_lim` must be two increasing limits; got {stdev_coef_lim!r}.")
    return limits


def _moderated_t(fit: MArrayLM) -> FloatArray:
    """t-statistics with moderated variances; none for genes observed in a single sample."""
    with np.errstate(divide="ignore", invalid="ignore"):
        tstat = np.asarray(fit["coefficients"] / fit.standard_errors())
    tstat[unreplicated(fit)] = np.nan
    return tstat


def _unscaled(fit: MArrayLM) -> FloatArray:
    """Standard errors over moderated standard deviations."""
    if isinstance(fit, MixedModelFit):
        return np.asarray(fit["std_error"] / np.sqrt(fit["s2_post"])[:, None])
    return np.asarray(fit["stdev_unscaled"])


def _var_prior(fit: MArrayLM, proportion: float, stdev_coef_lim: FloatArray) -> FloatArray:
    """Unscaled variance of the coefficients that are not zero."""
    with np.errstate(over="ignore", under="ignore"):
        limits = stdev_coef_lim**2 / np.nanmedian(fit["s2_prior"])
    estimated = tmixture_matrix(fit["t"], _unscaled(fit), fit["df_total"], proportion, limits)
    failed = np.isnan(estimated)
    if failed.any():
        estimated = np.where(failed, 1 / np.nanmedian(fit["s2_prior"]), estimated)
        warn("`var_prior` could not be estimated; set to its default.", EstimationWarning)
    return np.asarray(estimated)


def _log_odds(fit: MArrayLM) -> FloatArray:
    """Log posterior odds of all coefficients."""
    lods = np.empty(fit.shape)
    normal = np.broadcast_to(fit["df_prior"] > LARGE_DF, len(lods))[:, None]
    df_total, var_prior = fit.degrees_of_freedom(), fit["var_prior"]
    of_genes = (lods, fit["t"], _unscaled(fit), df_total, normal)
    map_genes(_fill_log_odds, of_genes, var_prior, fit["proportion"])
    return lods


def _fill_log_odds(
    lods: FloatArray,
    tstat: FloatArray,
    unscaled: FloatArray,
    df_total: FloatArray,
    normal: BoolArray,
    var_prior: FloatArray,
    proportion: float,
) -> None:
    lods[:] = log_odds(tstat, unscaled, var_prior, df_total, normal[:, 0], proportion)


def _add_f(fit: MArrayLM) -> None:
    """Add F-tests of all coefficients, where the design is of full rank."""
    fit["F"] = fit["F_p_value"] = None
    if "design" in fit and condition(fit["design"]) < _WORST_CONDITION:
        add_f_tests(fit)
