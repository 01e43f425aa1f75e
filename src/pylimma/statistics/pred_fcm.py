r"""Fold changes as predicted for a new sample: posterior means of the coefficients.

With :math:`b_g \sim N(\beta_g, v s_g^2)` and :math:`\beta_g \sim N(0, v_0)` the posterior mean
of :math:`\beta_g` is :math:`b_g v_0 / (v_0 + v s_g^2)`, times the probability that the gene
changes at all where only some do.
"""

from __future__ import annotations

from typing import get_args

import numpy as np

from pylimma.arguments import flag
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import check_fixed
from pylimma.errors import check_choice
from pylimma.moderation.e_bayes import e_bayes
from pylimma.moderation.gamma_intercept import gamma_intercept
from pylimma.results.tables import Coef, moderated, select_coefs
from pylimma.statistics.true_null import NullMethod, null_proportion
from pylimma.typing import FloatArray

LEAST_VARIANCE = 1e-8  # of true changes, and least distance of their proportion from 0 and 1


def predicted_changes(
    coefficients: FloatArray,
    s2_post: FloatArray,
    unscaled_variance: float,
    *,
    variance_independent: bool = True,
    proportion: float | None = None,
) -> FloatArray:
    """Predictive fold changes of one coefficient, (genes,), from estimates and variances.

    `proportion` is the share of genes that change; None for all. `unscaled_variance` is
    :math:`v`.
    """
    s2 = np.broadcast_to(s2_post, coefficients.shape)
    error = unscaled_variance * s2
    if variance_independent:
        prior = gamma_intercept(coefficients**2, error)
        spread = np.full(len(s2), LEAST_VARIANCE if prior < 0 else prior)
    else:
        # proportional to the gene's variance, and bounded from above as in R
        spread = s2 * min(LEAST_VARIANCE, gamma_intercept(coefficients**2 / s2, unscaled_variance))
    total = error + spread
    predicted: FloatArray = coefficients * spread / total
    if proportion is None:
        return predicted
    with np.errstate(divide="ignore", invalid="ignore"):
        # posterior odds of a change: prior odds times the ratio of two normal densities
        log_odds = np.log(proportion) - np.log1p(-proportion) + 0.5 * np.log(error / total)
        log_odds = log_odds + coefficients**2 * spread / (2 * error * total)
    return predicted / (1 + np.exp(-np.clip(log_odds, -700, None)))


def predict_coefficient(
    fit: MArrayLM,
    at: int,
    *,
    variance_independent: bool = True,
    all_de: bool = True,
    null_method: NullMethod = "lfdr",
) -> FloatArray:
    """Predictive fold changes of a coefficient of a moderated fit, moderated again."""
    p = fit["p_value"][:, at]
    proportion = 1 - null_proportion(p[~np.isnan(p)], null_method)
    proportion = LEAST_VARIANCE if proportion == 0 else proportion
    again = e_bayes(
        fit,
        proportion=min(proportion, 1 - LEAST_VARIANCE),
        trend=np.ndim(fit["s2_prior"]) > 0,
        robust=np.ndim(fit["df_prior"]) > 0,
    )
    order = {int(k): place for place, k in enumerate(fit.estimable)}
    return predicted_changes(
        again["coefficients"][:, at],
        again["s2_post"],
        float(fit["cov_coefficients"][order[at], order[at]]),
        variance_independent=variance_independent,
        proportion=None if all_de else proportion,
    )


def pred_fcm(
    fit: MArrayLM,
    coef: Coef = 1,
    var_indep_of_fc: bool = True,
    all_de: bool = True,
    prop_true_null_method: NullMethod = "lfdr",
) -> FloatArray:
    """Predictive (shrunken) log fold changes of one coefficient.

    Parameters
    ----------
    fit : MArrayLM
        From `lm_fit` or `contrasts_fit`, moderated first if it is not yet.
    coef : int or name
        The coefficient.
    var_indep_of_fc : bool
        Whether true fold changes vary independently of the variance of their gene. Otherwise
        predicted changes are nearly zero, as in R, which bounds their variance from above.
    all_de : bool
        Whether all genes are assumed to change, or an estimated proportion of them.
    prop_true_null_method : {"lfdr", "mean", "hist", "convest"}
        How that proportion is estimated.

    Returns
    -------
    array of shape (genes,)
        Predicted log2 fold changes.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    UnknownNameError
        If there is no such coefficient.

    See Also
    --------
    prop_true_null : The proportion of genes that do not change.
    """
    fit = moderated(fit, "pred_fcm")
    check_fixed(fit, "pred_fcm")
    check_choice(prop_true_null_method, get_args(NullMethod), "prop_true_null_method")
    return predict_coefficient(
        fit,
        int(select_coefs(fit, coef)[0]),
        variance_independent=flag(var_indep_of_fc, "var_indep_of_fc"),
        all_de=flag(all_de, "all_de"),
        null_method=prop_true_null_method,
    )
