"""Linear models with random intercepts, labelled: what `lm_fit` does with ``(1 | donor)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.containers.ownership import Made
from pylimma.design.formula.random import RandomIntercept
from pylimma.design.intake import Design, sample_table
from pylimma.errors import DesignError, InputError, Note, check_choice, nearest, quoted, warn
from pylimma.fit.model import add_null_spaces
from pylimma.fit.scale import check_scale
from pylimma.numerics.regression.random_effects.contrasts import (
    VarianceComponents,
    contrast_gradients,
    satterthwaite,
)
from pylimma.numerics.regression.random_effects.fit import random_effects_fit
from pylimma.typing import FloatArray, IntArray

DDF = ("Satterthwaite", "Kenward-Roger")


def check_alone(method: str, **others: Any) -> None:
    """Raise if arguments that random effects replace are given beside them."""
    given = [name for name, value in others.items() if value is not None]
    given += ["method"] if method != "ls" else []
    if given:
        raise InputError(
            f"The formula has random effects, beside which `lm_fit` takes no `{given[0]}`: they "
            'are a model of blocks themselves, fitted by method="ls" on single spots.'
        )


def weights_of_samples(weights: Any, data: Expression) -> Any:
    """Weights, a vector without names that could be of genes or samples taken for the latter."""
    n_genes, n_samples = data.matrix.shape
    if isinstance(weights, pd.Series) or np.shape(weights) != (n_samples,) or n_genes != n_samples:
        return weights
    warn(
        f"There are as many genes as samples, and `weights` is a vector of {n_samples} values: "
        "they are taken for weights of samples.",
        Note,
    )
    return np.asarray(weights)[None, :]


def _codes(term: RandomIntercept, table: pd.DataFrame, data: Expression) -> IntArray:
    names = list(map(str, table.columns))
    for column in term.columns:
        if column not in names:
            raise DesignError(
                f"The random effect (1 | {term.name}) needs '{column}', which the samples lack; "
                f"they have {quoted(nearest(column, names))}."
            )
        missing = table.iloc[:, names.index(column)].isna().to_numpy()
        if missing.any():
            rows = np.flatnonzero(missing)
            which: Any = rows if data.sample_names is None else data.sample_names[rows]
            raise DesignError(
                f"'{column}' is missing in the samples {quoted(which)}. Remove these samples from "
                "the data and from the expression values, or fill in the values."
            )
    columns = [table.iloc[:, names.index(column)] for column in term.columns]
    levels = list(zip(*(column.astype(str) for column in columns), strict=True))
    codes = pd.factorize(pd.MultiIndex.from_tuples(levels))[0]
    if codes.max() == 0:
        raise DesignError(
            f"'{term.name}' has a single level, so that there is no variance between its levels to "
            f"estimate; remove (1 | {term.name}) from the formula."
        )
    return np.asarray(codes)


def fit_random_effects(
    data: Expression,
    design: Design,
    weights: FloatArray | None,
    ddf: str,
    n_jobs: int | None,
) -> MixedModelFit:
    """Fit without names of genes, by the data's table of samples; the components are named."""
    check_choice(ddf, DDF, "ddf")
    check_scale(data, "lm_fit")
    table = sample_table(None, data)
    factors = [_codes(term, table, data) for term in design.random]
    found = random_effects_fit(
        data.matrix,
        design.matrix,
        factors,
        weights,
        n_jobs,
        kenward_roger=ddf == "Kenward-Roger",
    )
    n_coefs, known = design.matrix.shape[1], np.isfinite(found.coefficients)
    first, second = np.tril_indices(n_coefs)
    ratios = np.column_stack([found.ratios, np.ones(len(found.sigma))])
    parts = VarianceComponents(np.nan_to_num(ratios), found.spread, found.gradients)
    _, df = satterthwaite(contrast_gradients(found.gradients, np.eye(n_coefs)), parts)
    spread = found.covariance[:, first == second]
    lower = np.tril_indices(len(factors) + 1)
    fit = MixedModelFit(
        {"coefficients": Made(found.coefficients)},
        stdev_unscaled=np.where(known, np.sqrt(spread), np.nan),
        sigma=Made(found.sigma),
        df_residual=Made(found.df_residual),
        df_test=np.where(known, df, np.nan),
        cov_coefficients=design.factors.covariance,
        pivot=design.pivot,
        rank=design.rank,
        cov_by_gene=Made(found.covariance),
        variance_components=ratios * found.sigma[:, None] ** 2,
        singular=(found.ratios == 0).any(axis=1),
        identified=found.identified.all(axis=1),
        component_gradients=found.gradients.reshape(len(ratios), -1),
        component_covariance=found.spread[:, lower[0], lower[1]],
        ddf=ddf,
    )
    add_null_spaces(fit, data.matrix, design.factors, weights)
    _note_components(found.ratios, found.sigma, design.random)
    return fit.set_names(components=[*(term.name for term in design.random), "Residual"])


def _note_components(
    ratios: FloatArray, sigma: FloatArray, terms: Sequence[RandomIntercept]
) -> None:
    """Count genes without variance between levels, and genes that cannot tell it."""
    fitted = np.isfinite(sigma)
    for term, ratio in zip(terms, ratios.T, strict=True):
        zero, unknown = np.count_nonzero(ratio == 0), np.count_nonzero(np.isnan(ratio) & fitted)
        if zero:
            warn(
                f"The variance of '{term.name}' is estimated as zero for {zero} of "
                f"{fitted.sum()} genes, which are fitted as without it.",
                Note,
            )
        if unknown:
            warn(
                f"{unknown} of {fitted.sum()} genes cannot tell the variance of '{term.name}' from "
                "that of single samples, and are fitted without it.",
                Note,
            )
