r"""Information criteria of designs, gene by gene: fit with a penalty for every coefficient.

All criteria compare designs for the same data; the smallest is preferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.expression import parse_expression
from pylimma.adapters.labels import aligned, per_gene
from pylimma.arguments import described, number, numbers
from pylimma.design.intake import parse_design
from pylimma.errors import InputError, InputTypeError, check_choice
from pylimma.numerics.regression.least_squares import least_squares
from pylimma.record import Record
from pylimma.typing import DesignLike, ExpressionLike, FloatArray, Table

_CRITERIA = ("aic", "bic", "mallowscp")


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


def moderated_information(
    s2: FloatArray,
    df: FloatArray,
    n_samples: int,
    penalty: float,
    df_prior: float = 0.0,
    s2_prior: float = 0.0,
) -> FloatArray:
    r"""Information criterion of one design, with a prior for the variances.

    .. math:: (d_0 + n) \log\frac{d_0 s_0^2 + d s^2}{d_0 + n} + (n - d + 1)\,k
    """
    total = df_prior + n_samples
    variance = (df_prior * s2_prior + df * s2) / total
    with np.errstate(divide="ignore"):  # no variance left: minus infinity
        criterion: FloatArray = total * np.log(variance) + (n_samples - df[0] + 1) * penalty
    return criterion


def mallows_cp(
    s2: FloatArray, df: FloatArray, n_samples: int, s2_true: FloatArray | float
) -> FloatArray:
    r"""Mallows's criterion of one design, :math:`d s^2/\sigma^2 + 2(n - d) - n`."""
    n_coefs = n_samples - df[0]
    criterion: FloatArray = df * s2 / s2_true + 2 * n_coefs - n_samples
    return criterion


def select_model(
    y: ExpressionLike,
    designlist: Mapping[str, DesignLike] | Sequence[DesignLike],
    criterion: str = "aic",
    df_prior: float = 0.0,
    s2_prior: float | None = None,
    s2_true: ArrayLike | None = None,
    *,
    samples: Table | None = None,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> SelectedModel:
    """Best of several designs for each gene, by an information criterion.

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
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    SelectedModel

    Raises
    ------
    InputError
        If values are missing, there are no designs, or the criterion lacks what it needs.
    """
    check_choice(criterion, _CRITERIA, "criterion")
    data = parse_expression(y, layer=layer, squared=True)
    values = np.asarray(data.matrix, dtype=float)
    if not np.isfinite(values).all():
        raise InputError("`select_model` needs complete data: there are missing values.")
    df_prior = number(df_prior, "df_prior", 0)
    s2_prior = None if s2_prior is None else number(s2_prior, "s2_prior", 0)
    if df_prior > 0 and s2_prior is None:
        raise InputError("`df_prior` needs its `s2_prior`.")
    if criterion == "mallowscp" and s2_true is None:
        raise InputError("Mallows's criterion needs the true variances: give `s2_true`.")
    true: FloatArray | float = np.nan
    if s2_true is not None:
        true = numbers(aligned(s2_true, data.gene_names, "genes", "s2_true"), "s2_true")
        if true.size != 1:
            true = per_gene(true, len(values), None, "s2_true")
    designs = _named_designs(designlist)
    n = values.shape[1]
    columns = {}
    for name, design in designs.items():
        factors = parse_design(design, data, samples).factors
        fit = least_squares(values, factors, n_jobs=n_jobs)
        s2 = np.where(fit.df_residual > 0, np.nan_to_num(fit.sigma) ** 2, 0.0)
        if criterion == "mallowscp":
            columns[name] = mallows_cp(s2, fit.df_residual, n, true)
        else:
            penalty = 2.0 if criterion == "aic" else float(np.log(n))
            columns[name] = moderated_information(
                s2, fit.df_residual, n, penalty, df_prior, s2_prior or 0.0
            )
    table = pd.DataFrame(columns, index=data.gene_names)
    best = np.array(list(designs), dtype=object)[table.to_numpy().argmin(axis=1)]
    return SelectedModel(table, pd.Categorical(best, categories=list(designs)), criterion)


def _named_designs(
    designlist: Mapping[str, DesignLike] | Sequence[DesignLike],
) -> dict[str, DesignLike]:
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
