"""Counts → log2 counts per million with precision weights (voom)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from pylimma.adapters.labels import block_labels
from pylimma.adapters.stored import check_anndata, store
from pylimma.adapters.weights import parse_weights
from pylimma.containers.components import Components
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError, check_choice
from pylimma.fit.series import gls_series, lm_series
from pylimma.numerics.precision.variance_trend import VarianceTrend, lowess_trend, trend_weights
from pylimma.preprocessing.arrays.between_arrays import ONE_COLOR, normalize_between_arrays
from pylimma.typing import DesignLike, ExpressionLike, FloatArray
from pylimma.weights.log_counts import LOG2_MILLION, LogCounts, log_counts
from pylimma.weights.trend import (
    COUNT_LABEL,
    choose_span,
    draw_trend,
    plot_components,
    warn_of_no_replication,
)

Result = TypeVar("Result", bound=Components)


def voom(
    counts: ExpressionLike,
    design: DesignLike = None,
    lib_size: Any = None,
    offset: Any = None,
    offset_prior: Any = None,
    normalize_method: str = "none",
    block: Any = None,
    correlation: float | None = None,
    weights: Any = None,
    span: float = 0.5,
    adaptive_span: bool = True,
    plot: bool = False,
    save_plot: bool = False,
    *,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    key_added: str | None = None,
    n_jobs: int | None = None,
) -> EList:
    r"""Log2 counts per million with a precision weight for every observation.

    Parameters
    ----------
    counts : array, DataFrame, sparse matrix, AnnData or DGEList
        Counts of reads, not normalised, genes × samples (AnnData: samples × genes).
        Fractional counts are fine.
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix; from the groups of a DGEList, or a grand mean, when not given.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads. Column sums when not given, or those of the DGEList times its
        normalisation factors.
    offset : array of shape (genes, samples), optional
        Natural-log offsets, such as from gene lengths; only their differences within a gene
        matter.
    offset_prior : array of shape (genes, samples), optional
        The same with row means zero.
    normalize_method : {"none", "scale", "quantile", "cyclicloess"}
        Normalisation of the log2 counts per million between samples.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    weights : array, optional
        Prior weights, used to estimate the trend; not part of the weights returned.
    span : float
        Share of the genes in each neighbourhood of the trend, when it is not adaptive.
    adaptive_span : bool
        Whether the span is chosen from the number of genes.
    plot : bool
        Whether to draw the trend.
    save_plot : bool
        Whether to keep the points and curve of the trend, as `voom_xy` and `voom_line`.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula, as ``{"group": "control"}``.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    key_added : str, optional
        Key under which the result is also stored in the AnnData: "voom" makes the layers
        ``voom_E``, which `lm_fit` reads together with the weights, and ``voom_weights``.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    EList
        `E`, `weights`, `design`, `lib_size`, `targets`, `span` if adaptive, and `genes`,
        `offset_prior` where given.

    Raises
    ------
    InputError
        If counts are negative, missing or infinite, there are fewer than two genes, a library
        is empty, or a block is given without its correlation or the other way round.
    ShapeError
        If design, library sizes or offsets do not fit the counts.

    Warns
    -----
    InputWarning
        If the values do not look like counts, or genes have no counts at all.
    EstimationWarning
        If there is no replication; all weights are then 1.

    See Also
    --------
    voom_with_quality_weights : With weights of samples as well.
    voom_lm_fit : Trend and fit in one, with blocks and structural zeros.
    lm_fit : What comes next.

    Notes
    -----
    For counts :math:`y_{gj}` and library sizes :math:`L_j`,

    .. math:: E_{gj} = \log_2\left(\frac{y_{gj} + 0.5}{L_j + 1}\,10^6\right).

    Linear models give residual standard deviations :math:`s_g` and fitted values
    :math:`\mu_{gj}`. A lowess curve f of :math:`\sqrt{s_g}` on the mean log2 count of the gene,
    at the fitted log2 count, gives the weight :math:`f(\cdot)^{-4}` [1]_.

    References
    ----------
    .. [1] Law CW et al. (2014). Genome Biology 15:R29. https://doi.org/10.1186/gb-2014-15-2-r29

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> counts = np.random.default_rng(1).poisson(20, size=(100, 6))
    >>> v = pylimma.voom(counts, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> v["E"].shape, v["weights"].shape
    ((100, 6), (100, 6))
    """
    check_block(block, correlation)
    check_choice(normalize_method, ONE_COLOR, "normalize_method")
    if key_added is not None:
        check_anndata(counts)
    ready = log_counts(
        counts,
        design,
        lib_size,
        offset,
        offset_prior,
        samples=samples,
        reference=reference,
        layer=layer,
        n_jobs=n_jobs,
    )
    values = normalized(ready.E, normalize_method)
    names = ready.data.gene_names, ready.data.sample_names
    labels = block_labels(block, values.shape[1], names[1])
    prior = parse_weights(weights, values.shape, *names)
    fit = fit_series(values, ready.design.matrix, labels, correlation, prior, n_jobs)
    result = label_counts(ready, values)
    if not has_replication(fit):
        warn_of_no_replication()
        result["weights"] = np.ones(values.shape)
        return store_result(counts, result, key_added)
    chosen = choose_span(len(values), span, adaptive=adaptive_span)
    trend = count_trend(fit, values.mean(axis=1), ready, chosen)
    result["weights"] = count_weights(trend, fit, ready, n_jobs)
    if adaptive_span:
        result["span"] = chosen
    if save_plot:
        result.update(plot_components(trend, COUNT_LABEL))
    if plot:
        draw_trend(trend, COUNT_LABEL, "voom: mean-variance trend")
    return store_result(counts, result, key_added)


def store_result(source: Any, result: Result, key_added: str | None) -> Result:
    """Return a result, after storing it in the AnnData of its data if that was asked for."""
    if key_added is not None:
        store(result, source, key_added)
    return result


def check_block(
    block: Any, correlation: float | None, call: str = "voom_lm_fit(counts, design, block=block)"
) -> None:
    """Raise if blocks come without their correlation, or the other way round."""
    if block is not None and correlation is None:
        raise InputError(
            f"`block` needs its correlation; `{call}` estimates both in two rounds, as is "
            "recommended for repeated measures."
        )
    if correlation is not None and block is None:
        raise InputError("`correlation` is given without the `block` it belongs to.")


def normalized(values: FloatArray, method: str) -> FloatArray:
    """Log-expression normalised between samples."""
    if method == "none":
        return values
    return np.asarray(normalize_between_arrays(values, method))


def fit_series(
    values: FloatArray,
    design: FloatArray,
    block: Any,
    correlation: float | None,
    weights: Any,
    n_jobs: int | None,
) -> MArrayLM:
    """Linear models of all genes, with blocks where these are given."""
    if block is None:
        return lm_series(values, design, weights=weights, n_jobs=n_jobs)
    return gls_series(
        values, design, block=block, correlation=correlation, weights=weights, n_jobs=n_jobs
    )


def has_replication(fit: MArrayLM) -> bool:
    """Whether at least two genes have residual degrees of freedom."""
    return int((fit["df_residual"] > 0).sum()) > 1


def label_counts(ready: LogCounts, values: FloatArray) -> EList:
    """Log-counts as an EList with everything but weights."""
    result = EList(
        E=values,
        genes=ready.data.genes,
        targets=ready.targets(),
        design=ready.design.matrix,
        description=ready.design.description,
        lib_size=ready.lib_size,
        offset_prior=ready.offset_prior,
    )
    return result.with_names(
        genes=ready.data.gene_names,
        samples=ready.data.sample_names,
        design_columns=ready.design.names,
    )


def count_trend(fit: MArrayLM, average: FloatArray, ready: LogCounts, span: float) -> VarianceTrend:
    """Mean-variance trend of the genes that have counts."""
    taken = ready.counted & np.isfinite(fit["sigma"])
    size = average + ready.mean_log_size - LOG2_MILLION
    return lowess_trend(size[taken], np.sqrt(fit["sigma"][taken]), span)


def count_weights(
    trend: VarianceTrend, fit: MArrayLM, ready: LogCounts, n_jobs: int | None = None
) -> FloatArray:
    """Precision weights at the fitted counts."""
    kept = ready.design.pivot[: ready.design.rank]
    return trend_weights(
        trend,
        fit["coefficients"][:, kept],
        ready.design.matrix[:, kept],
        ready.log_size - LOG2_MILLION,
        n_jobs,
    )
