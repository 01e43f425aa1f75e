"""Associations of two contrasts, predicted fold changes, and choice of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import parse_expression
from pylimma.arguments import described, flag, number, numbers, plain_array
from pylimma.containers.fit import MArrayLM
from pylimma.design.intake import parse_design
from pylimma.errors import InputError, InputTypeError, check_choice
from pylimma.moderation.e_bayes import e_bayes
from pylimma.numerics.moderation.moderated_tests import correlation_of
from pylimma.numerics.regression.least_squares import least_squares
from pylimma.record import Record
from pylimma.results.columns import select_coefs
from pylimma.statistics.genas import association
from pylimma.statistics.pred_fcm import LEAST_VARIANCE, predicted_changes
from pylimma.statistics.select_model import mallows_cp, moderated_information
from pylimma.statistics.true_null import NullMethod, prop_true_null
from pylimma.typing import BoolArray, ExpressionLike, FloatArray

_SUBSETS = ("all", "Fpval", "p.union", "p.int", "logFC", "predFC")
_CRITERIA = ("aic", "bic", "mallowscp")
_TOP_SHARE = 0.9  # quantile of fold changes beyond which a gene counts as changed


@dataclass(frozen=True, slots=True, eq=False)
class Genas(Record):
    """Genuine association of two contrasts.

    Attributes
    ----------
    technical_correlation : float
        Correlation of the estimates that the design alone brings about.
    biological_correlation : float
        Correlation of the true log fold changes; NaN where no gene is left.
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


@dataclass(frozen=True, slots=True, eq=False)
class SelectedModel(Record):
    """Designs compared for each gene.

    Attributes
    ----------
    IC : DataFrame of shape (genes, designs)
        The criterion; the smallest is best.
    pref : Categorical of genes
        The preferred design of each gene.
    criterion : str
        Which criterion it is.
    """

    IC: pd.DataFrame
    pref: pd.Categorical
    criterion: str


def genas(
    fit: MArrayLM,
    coef: Sequence[Any] = (0, 1),
    subset: str = "all",
    plot: bool = False,
    alpha: float = 0.4,
) -> Genas:
    r"""Genuine association of two contrasts, apart from what the design brings about.

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
        If `fit` is no fit.
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
    fit = _two_coefficients(_moderated(fit, "genas"), coef)
    technical = float(correlation_of(fit["cov_coefficients"])[0, 1])
    kept = _changed(fit, subset)
    if not kept.any():
        nothing = np.full((2, 2), np.nan)
        return Genas(technical, float("nan"), nothing, 0.0, 1.0, 0)
    if subset != "all":
        fit = e_bayes(
            fit.subset(kept),
            trend=np.ndim(fit["s2_prior"]) > 0,
            robust=np.ndim(fit["df_prior"]) > 0,
        )
    found = association(
        fit["coefficients"], fit["s2_post"], fit["df_total"], fit["cov_coefficients"]
    )
    result = Genas(
        technical,
        found.biological_correlation,
        found.covariance_matrix,
        found.deviance,
        found.p_value,
        int(kept.sum()),
    )
    if plot:
        _draw(fit, result, alpha)
    return result


def _draw(fit: MArrayLM, result: Genas, alpha: float) -> None:
    from pylimma.draw import draw  # noqa: PLC0415 - the door to plots

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


def pred_fcm(
    fit: MArrayLM,
    coef: Any = 1,
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
        Whether all genes are taken to change, or the estimated proportion of them.
    prop_true_null_method : {"lfdr", "mean", "hist", "convest"}
        How that proportion is estimated.

    Returns
    -------
    array of shape (genes,)
        Predicted log2 fold changes.

    Raises
    ------
    InputTypeError
        If `fit` is no fit.
    UnknownNameError
        If there is no such coefficient.

    See Also
    --------
    prop_true_null : The proportion of genes that do not change.
    """
    fit, all_de = _moderated(fit, "pred_fcm"), flag(all_de, "all_de")
    var_indep_of_fc = flag(var_indep_of_fc, "var_indep_of_fc")
    at = int(select_coefs(fit, coef)[0])
    proportion = 1 - prop_true_null(fit["p_value"][:, at], method=prop_true_null_method)
    proportion = LEAST_VARIANCE if proportion == 0 else float(proportion)
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
        variance_independent=var_indep_of_fc,
        proportion=None if all_de else proportion,
    )


def select_model(
    y: ExpressionLike,
    designlist: Mapping[str, Any] | Sequence[Any],
    criterion: str = "aic",
    df_prior: float = 0.0,
    s2_prior: float | None = None,
    s2_true: Any = None,
    *,
    samples: Any = None,
    layer: str | None = None,
) -> SelectedModel:
    """Which of several designs describes each gene best.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples, without missing values.
    designlist : dict or sequence of designs
        Matrices, tables or formulas; a sequence is numbered from 1.
    criterion : {"aic", "bic", "mallowscp"}
        Akaike's or Schwarz's information, or Mallows's criterion.
    df_prior, s2_prior : float
        Prior for the residual variances, from `e_bayes`.
    s2_true : float or array of shape (genes,), optional
        True residual variances, for Mallows's criterion.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    SelectedModel

    Raises
    ------
    InputError
        If values are missing, there are no designs, or the criterion lacks what it needs.
    """
    check_choice(criterion, _CRITERIA, "criterion")
    data = parse_expression(y, layer=layer)
    values = np.asarray(data.matrix, dtype=float)
    if not np.isfinite(values).all():
        raise InputError("`select_model` needs complete data: there are missing values.")
    df_prior = number(df_prior, "df_prior", 0)
    s2_prior = None if s2_prior is None else number(s2_prior, "s2_prior", 0)
    if df_prior > 0 and s2_prior is None:
        raise InputError("`df_prior` needs its `s2_prior`.")
    if criterion == "mallowscp" and s2_true is None:
        raise InputError("Mallows's criterion needs the true variances: give `s2_true`.")
    designs = _named_designs(designlist)
    n = values.shape[1]
    columns = {}
    for name, design in designs.items():
        fit = least_squares(values, parse_design(design, data, samples).matrix)
        s2 = np.where(fit.df_residual > 0, np.nan_to_num(fit.sigma) ** 2, 0.0)
        if criterion == "mallowscp":
            columns[name] = mallows_cp(s2, fit.df_residual, n, numbers(s2_true, "s2_true"))
        else:
            price = 2.0 if criterion == "aic" else float(np.log(n))
            columns[name] = moderated_information(
                s2, fit.df_residual, n, price, df_prior, s2_prior or 0.0
            )
    table = pd.DataFrame(columns, index=data.gene_names)
    best = np.array(list(designs), dtype=object)[table.to_numpy().argmin(axis=1)]
    return SelectedModel(table, pd.Categorical(best, categories=list(designs)), criterion)


def _named_designs(designlist: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
    if not isinstance(designlist, Mapping | list | tuple):
        raise InputTypeError(
            f"`designlist` must be a list or a dict of designs; got {described(designlist)}."
        )
    named = (
        dict(designlist)
        if isinstance(designlist, Mapping)
        else {str(k + 1): design for k, design in enumerate(designlist)}
    )
    if not named:
        raise InputError("`designlist` is empty: give at least one design.")
    return named


def _moderated(fit: Any, function: str) -> MArrayLM:
    if not isinstance(fit, MArrayLM):
        raise InputTypeError(f"`{function}` needs a fit; got {type(fit).__name__}.")
    return fit if "p_value" in fit else e_bayes(fit)


def _two_coefficients(fit: MArrayLM, coef: Sequence[Any]) -> MArrayLM:
    n, size = fit.shape[1], plain_array(coef, "coef").size
    if n < 2 or size != 2:
        raise InputError(f"`genas` compares two coefficients; got {size} of {n}.")
    return fit.subset(columns=list(coef)) if n > 2 else fit


def _changed(fit: MArrayLM, subset: str) -> BoolArray:
    """Genes that a way of choosing takes for changed."""
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
        changes = np.abs(np.column_stack([pred_fcm(fit, coef=k) for k in range(2)]))
    return np.asarray((changes > np.quantile(changes, _TOP_SHARE, axis=0)).any(axis=1))


def _most_significant(p: FloatArray) -> BoolArray:
    """As many of the smallest p-values as there are changed genes by estimate."""
    n_changed = (1 - prop_true_null(p, method="lfdr")) * len(p)
    rank = pd.Series(p).rank().to_numpy()
    return np.asarray(rank <= n_changed)
