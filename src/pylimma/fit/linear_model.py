"""Linear models for all genes: `lm_fit` and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.stored import check_anndata, store
from pylimma.adapters.weights import choose_weights, parse_weights
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.design.intake import parse_design, sample_table
from pylimma.errors import (
    EstimationWarning,
    InputError,
    InputWarning,
    check_choice,
    warn,
)
from pylimma.fit.contrasts import fit_of_contrasts, parse_contrasts
from pylimma.fit.correlation import why_unknown
from pylimma.fit.model import (
    Blocks,
    assemble_fit,
    duplicate_blocks,
    fit_genes,
    fit_genes_robustly,
    huber_options,
    label_fit,
    parse_blocks,
    parse_keep,
    parse_spots,
    unwrap_duplicates,
)
from pylimma.fit.random_effects import check_alone, fit_random_effects, weights_of_samples
from pylimma.fit.scale import check_scale
from pylimma.fit.shards import estimated
from pylimma.numerics.blocks import map_genes
from pylimma.numerics.missing_values import all_finite, row_means
from pylimma.numerics.regression.linalg import FactoredDesign
from pylimma.numerics.regression.robust_regression import HuberOptions
from pylimma.preprocessing.arrays.duplicates import uniquegenelist, unwrapdups
from pylimma.typing import DesignLike, ExpressionLike, FloatArray, IntArray


def lm_fit(
    object: ExpressionLike,
    design: DesignLike | None = None,
    ndups: int | None = None,
    spacing: int | str | None = None,
    block: Any = None,
    correlation: float | None = None,
    weights: Any = None,
    method: str = "ls",
    *,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    key_added: str | None = None,
    n_jobs: int | None = None,
    contrasts: Any = None,
    keep: Sequence[str] = ("cov_by_gene",),
    ddf: str = "Satterthwaite",
    **options: Any,
) -> MArrayLM:
    r"""Linear model of every gene.

    Parameters
    ----------
    object : array, DataFrame, sparse matrix, AnnData, EList or MAList
        Log2 expression, genes × samples (AnnData: samples × genes). NaN is missing and excluded
        gene by gene.
    design : array or DataFrame of shape (samples, coefs), or formula
        Design matrix, matched to the samples by name where both have names; a formula such as
        ``"~ 0 + group"`` refers to the columns of `samples`, and may have random intercepts,
        ``"~ group + (1 | donor)"``. The design stored with the data, or a common mean, when not
        given.
    ndups : int, optional
        Number of times each gene is spotted on the array.
    spacing : int or str, optional
        Rows from one spot to its duplicate, or "columns", "rows", "subarrays", "topbottom".
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks or between duplicate spots, from `duplicate_correlation`.
    weights : array, optional
        Inverse variances, of shape (genes, samples), (genes,) or (samples,); those stored with
        the data when not given.
    method : {"ls", "robust"}
        Least squares, or Huber's M-estimation.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula, as ``{"group": "control"}``.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    key_added : str, optional
        Key under which the result is also stored in the AnnData.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.
    contrasts : array, DataFrame, text or several, optional
        Contrasts to estimate in place of the coefficients, in any form that `contrasts_fit` takes.
    keep : sequence of str
        Optional components that the fit keeps: "cov_by_gene", which later contrasts need to be
        exact where weights or missing values differ by gene, p(p + 1) / 2 numbers a gene for p
        coefficients; "EList", the data with their weights, which tests of sets such as `fry`
        need; ``()`` for none.
    ddf : {"Satterthwaite", "Kenward-Roger"}
        Degrees of freedom, and with the second also standard errors, of tests under random
        effects.
    **options : object
        For the robust method: `k`, `maxit`, `acc`, `scale_est` and `k2`, as in `mrlm`.

    Returns
    -------
    MArrayLM
        `coefficients`, `stdev_unscaled`, `sigma`, `df_residual`, `cov_coefficients`, `pivot`,
        `rank`, `Amean`, `method`, `design` and, where given, `genes`, `block`,
        `correlation`, `ndups`, `spacing`; of a formula also `description`. With random effects
        a `MixedModelFit`, which has their `variance_components` as well.

    Raises
    ------
    ShapeError
        If design, block or weights do not fit the data.
    DesignError
        If the design holds text or missing values.
    InputError
        If blocks or duplicates are given without their correlation, or weights are negative.

    Warns
    -----
    InputWarning
        If the values look like counts, intensities or TPM rather than logarithms, or columns
        of the design repeat others.
    EstimationWarning
        If coefficients cannot be estimated for some genes.
    Note
        If `weights` take the place of those stored with the data.

    See Also
    --------
    contrasts_fit : Contrasts of the coefficients.
    e_bayes : Moderated t-statistics.
    duplicate_correlation : Correlation within blocks.

    Notes
    -----
    For gene :math:`g` with expression :math:`y_g`, design :math:`X` and weights :math:`w_g`,

    .. math:: E(y_g) = X\beta_g, \qquad \mathrm{var}(y_g) = W_g^{-1/2} C W_g^{-1/2}\sigma_g^2,

    with :math:`C` the identity or, with blocks, one on the diagonal and `correlation` within
    blocks. `coefficients` are :math:`\hat\beta_g`; `stdev_unscaled` are the roots of the
    diagonal of the inverse of the information matrix [1]_.

    Unlike R, rows of a labelled design are matched to samples by name, and coefficients of a
    design without column names are called x1, x2, … for every method.

    References
    ----------
    .. [1] Ritchie ME et al. (2015). Nucleic Acids Research 43:e47.
       https://doi.org/10.1093/nar/gkv007

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> fit = pylimma.lm_fit(y, design)
    >>> fit.shape
    (100, 2)
    """
    check_choice(method, ("ls", "robust"), "method")
    if key_added is not None:
        check_anndata(object)
    _check_options(method, options)
    kept = parse_keep(keep, ("cov_by_gene", "EList"))
    data = parse_expression(object, layer=layer, streams=True)
    weights = choose_weights(weights, data.weights, "lm_fit")
    model = parse_design(design, data, samples, reference=reference, with_random=True)
    if model.random:
        check_alone(method, block=block, correlation=correlation, ndups=ndups)
        weights, ndups = weights_of_samples(weights, data), 1
    chosen = parse_weights(weights, data.matrix.shape, data.gene_names, data.sample_names)
    _warn_of_missing_weights(chosen, data)
    wanted = None if contrasts is None else parse_contrasts(contrasts, model)
    if samples is not None:
        data = replace(data, samples=sample_table(samples, data))
    n_spots, step = parse_spots(ndups, spacing, data.source, usual=1)
    if block is not None and method == "ls":
        n_spots = 1
    how = (block, correlation, method, (n_spots, step), n_jobs, options)
    exact = "cov_by_gene" in kept or wanted is not None
    fit: MArrayLM = (
        fit_random_effects(data, model, chosen, ddf, n_jobs)
        if model.random
        else fit_expression(data, model.factors, chosen, *how, with_covariance=exact)
    )
    average = data.average
    if n_spots > 1:
        average, data = _one_per_probe(average, data, n_spots, step)
    result = label_fit(fit, data, model, average, method)
    result = result if wanted is None else fit_of_contrasts(result, *wanted)
    result = _with_kept(result, kept, data, chosen, n_spots)
    if key_added is not None:
        store(result, data.source, key_added)
    return result


def _check_options(method: str, options: Mapping[str, Any]) -> None:
    """Raise unless options are for the robust method."""
    if method == "ls" and options:
        name = min(options)
        only = ' without method="robust"' if name in HuberOptions._fields else ""
        raise InputError(f"`lm_fit` has no argument '{name}'{only}.")


def _with_kept(
    fit: MArrayLM, kept: list[str], data: Expression, weights: FloatArray | None, n_spots: int
) -> MArrayLM:
    """Fit with the table of samples and the optional components that are asked for."""
    if data.samples is not None:
        fit["targets"] = data.samples
    if "cov_by_gene" not in kept and not isinstance(fit, MixedModelFit):
        fit = fit.replace(cov_by_gene=None)
    if "EList" not in kept:
        return fit
    if n_spots > 1:
        raise InputError('Duplicate spots are fitted together: `keep` cannot hold "EList".')
    fitted = EList({"E": data.matrix}, genes=data.genes)
    if weights is not None:
        fitted["weights"] = np.broadcast_to(weights, data.matrix.shape)
    fit["EList"] = fitted.with_names(genes=data.gene_names, samples=data.sample_names)
    return fit


def fit_expression(
    data: Expression,
    design: FactoredDesign,
    weights: FloatArray | None = None,
    block: Any = None,
    correlation: float | None = None,
    method: str = "ls",
    spots: tuple[int, int] = (1, 1),
    n_jobs: int | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
    *,
    with_covariance: bool = False,
) -> MArrayLM:
    """Fit without names of parsed data, by any method; `spots` are ndups and spacing."""
    check_scale(data, "lm_fit")
    n_samples, ndups = data.matrix.shape[1], spots[0]
    blocks = None
    if method == "robust":
        if block is not None:
            raise InputError('`method="robust"` takes no blocks; use method="ls".')
        robust = huber_options(options)
    elif block is not None or ndups > 1:
        check_correlation(correlation)
        blocks = (
            parse_blocks(block, n_samples, data.sample_names, correlation)
            if block is not None
            else duplicate_blocks(n_samples, ndups, correlation)
        )
    if block is not None and blocks is not None:
        _warn_of_blocks(design, blocks)
    y, x, w = unwrap_duplicates(data.matrix, design, weights, *spots)
    if method == "robust":
        fit = assemble_fit(fit_genes_robustly(y, x, w, robust, n_jobs), y, x, w)
    else:
        how = {"with_covariance": with_covariance}
        estimates = estimated(partial(fit_genes, y, x, w, blocks, n_jobs, **how))
        fit = assemble_fit(estimates, y, x, w, blocks)
    if blocks is not None and block is None:
        fit["ndups"], fit["spacing"] = spots
    _warn_of_missing(fit, design)
    return fit


def _warn_of_missing_weights(weights: FloatArray | None, data: Expression) -> None:
    """Warn of observations that are known and have no weight."""
    if weights is None or all_finite(weights):
        return
    place = np.arange(len(data.matrix))[:, None]
    parts = map_genes(_lost_observations, (data.matrix, weights, place))
    if n_lost := sum(number for number, _ in parts):
        gene, sample = next(first for number, first in parts if number)
        first_gene = gene if data.gene_names is None else data.gene_names[gene]
        first_sample = sample if data.sample_names is None else data.sample_names[sample]
        warn(
            f"`weights` are missing for {n_lost} observations, the first of gene "
            f"'{first_gene}' in sample '{first_sample}'; these are excluded.",
            InputWarning,
        )


def _lost_observations(
    y: FloatArray, weights: FloatArray, place: IntArray
) -> tuple[int, tuple[int, int]]:
    """Number of observations without weight, and gene and sample of the first."""
    lost = np.isnan(weights) & ~np.isnan(y)
    gene, sample = map(int, np.unravel_index(int(lost.argmax()), lost.shape))
    return int(lost.sum()), (int(place[gene, 0]), sample)


def _warn_of_blocks(design: FactoredDesign, blocks: Blocks) -> None:
    """Warn of a correlation that these blocks cannot have shown."""
    reason = why_unknown(design, blocks.number) if blocks.correlation != 0 else ""
    if reason:
        warn(
            f"`block` tells no correlation, since {reason}; the one that is given, "
            f"{blocks.correlation:g}, is not of these data. `duplicate_correlation` gives 0.",
            InputWarning,
        )


def check_correlation(correlation: float | None) -> None:
    """Raise if blocks come without their correlation."""
    if correlation is None:
        raise InputError(
            "`block` or duplicate spots need their correlation: estimate it with "
            "`duplicate_correlation(object, design, block=block)` and pass "
            "`correlation=result.consensus_correlation`."
        )


def _one_per_probe(
    average: FloatArray, data: Expression, ndups: int, spacing: int
) -> tuple[FloatArray, Expression]:
    """Average expression of each probe, and the data labelled by the first spot of each."""
    genes, names = data.genes, data.gene_names
    return row_means(unwrapdups(average[:, None], ndups, spacing)), replace(
        data,
        genes=None if genes is None else uniquegenelist(genes, ndups, spacing),
        gene_names=None
        if names is None
        else pd.Index(uniquegenelist(np.asarray(names), ndups, spacing)),
    )


def _warn_of_missing(fit: MArrayLM, design: FactoredDesign) -> None:
    missing = np.isnan(fit["coefficients"][:, design.independent])
    partly = missing.any(axis=1) & ~missing.all(axis=1)
    if partly.any():
        warn(
            f"Some coefficients cannot be estimated for {partly.sum()} genes, because their "
            f"values are missing in the samples that would tell.",
            EstimationWarning,
        )
