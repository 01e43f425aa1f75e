"""Counts → log2 counts per million with weights of observations and of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from pylimma.adapters.stored import check_anndata
from pylimma.arguments import flag, parse_compat
from pylimma.containers.expression import EList
from pylimma.containers.ownership import Made
from pylimma.draw import draw
from pylimma.errors import Note, check_choice, warn
from pylimma.fit.model import Blocks, fit_genes, parse_blocks
from pylimma.numerics.precision.sample_weights import SampleWeightsMethod, sample_weights
from pylimma.numerics.precision.variance_trend import VarianceTrend
from pylimma.numerics.regression.linalg import FactoredDesign, factor_design
from pylimma.record import Record
from pylimma.typing import DesignLike, ExpressionLike, FloatArray
from pylimma.weights.array_weights import (
    METHODS,
    parse_iteration,
    parse_variance_model,
)
from pylimma.weights.log_counts import LogCounts, log_counts
from pylimma.weights.trend import (
    COUNT_LABEL,
    check_block,
    choose_span,
    has_replication,
    keep_and_draw,
    store_result,
    warn_of_no_replication,
)


def voom_with_quality_weights(  # noqa: PLR0913 - R's and those of `voom`
    counts: ExpressionLike,
    design: DesignLike | None = None,
    lib_size: Any = None,
    normalize_method: str = "none",
    plot: bool = False,
    span: float | None = None,
    adaptive_span: bool = True,
    var_design: DesignLike | None = None,
    var_group: Any = None,
    method: SampleWeightsMethod = "genebygene",
    maxiter: int = 50,
    tol: float = 1e-5,
    trace: bool = False,  # noqa: ARG001 - R's position; nothing is printed
    col: Any = None,
    *,
    offset: Any = None,
    offset_prior: Any = None,
    block: Any = None,
    correlation: float | None = None,
    save_plot: bool = False,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    key_added: str | None = None,
    n_jobs: int | None = None,
    compat: str | None = None,
) -> EList:
    r"""Log2 counts per million with weights of observations and of samples.

    Parameters
    ----------
    counts : array, DataFrame, sparse matrix, AnnData or DGEList
        Counts of reads, not normalised, genes × samples (AnnData: samples × genes).
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix. When not given, it is taken from the groups of a DGEList for the trend,
        while sample weights are estimated about a common mean.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads; as in `voom`.
    normalize_method : {"none", "scale", "quantile", "cyclicloess"}
        Normalisation of the log2 counts per million between samples.
    plot : bool
        Whether to draw the trend and the sample weights.
    span : float, optional
        Share of the genes in each neighbourhood of the trend, which does not adapt then.
    adaptive_span : bool
        Whether a span that is not given is chosen from the number of genes, or is 0.5.
    var_design : array or DataFrame of shape (samples, columns), or formula, optional
        Design of the log variances of samples.
    var_group : sequence of labels of shape (samples,), optional
        Samples with the same label share their weight.
    method : {"genebygene", "reml", "auto"}
        How sample weights are estimated; see `array_weights`.
    maxiter : int
        Most iterations of "reml".
    tol : float
        Convergence tolerance of "reml".
    trace : bool
        Without effect.
    col : colour or colours, optional
        Of the bars of sample weights.
    offset, offset_prior : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of library sizes, or of factors of them; as in `voom`.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    save_plot : bool
        Whether to keep the points and curve of the trend, as `voom_xy` and `voom_line`.
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
    compat : {"3.68"}, optional
        Release of R's limma whose numbers are wanted; as in `voom` and `array_weights`.

    Returns
    -------
    EList
        As from `voom`, with `weights` multiplied by the sample weights, which are
        `sample_weights` and a column of that name in `targets`.

    Raises
    ------
    InputError
        If counts or options cannot be used, as in `voom` and `array_weights`.
    ShapeError
        If sizes do not fit together.

    Warns
    -----
    InputWarning
        If the values do not look like counts, or genes have no counts at all.
    EstimationWarning
        If there is no replication, or sample weights do not converge.
    Note
        If the design comes from the groups of a DGEList, which sample weights do not use.

    See Also
    --------
    voom : Without sample weights.
    array_weights : Sample weights of log-expression.
    voom_lm_fit : With the fit, and with blocks estimated along.

    Notes
    -----
    The trend is estimated twice and the sample weights twice, in turn: `voom`,
    `array_weights` with the weights of `voom`, and both once more with the sample weights as
    prior weights of `voom` [1]_.

    References
    ----------
    .. [1] Liu R et al. (2015). Nucleic Acids Research 43:e97. https://doi.org/10.1093/nar/gkv412

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> rng = np.random.default_rng(1)
    >>> noise = rng.normal(size=(300, 6)) * [1, 0.1, 0.1, 0.1, 0.1, 0.1]
    >>> counts = rng.poisson(100 * np.exp(noise))
    >>> data = pylimma.norm_lib_sizes(pylimma.DGEList(counts))
    >>> pylimma.voom_with_quality_weights(data).sample_weights.round(1)
    array([0. , 2. , 1.6, 1.8, 2. , 1.8])
    """
    if key_added is not None:
        check_anndata(counts)
    check_block(block, correlation)
    check_choice(method, METHODS, "method")
    maxiter, tol = parse_iteration(maxiter, tol)
    older = parse_compat(compat)
    ready = log_counts(
        counts,
        design,
        lib_size,
        offset,
        offset_prior,
        normalize_method,
        samples=samples,
        reference=reference,
        layer=layer,
        n_jobs=n_jobs,
        sparse=True,
        centred=older,
    )
    contrasts = parse_variance_model(var_design, var_group, ready.data, samples)
    values = ready.E
    x = _common_mean(ready) if design is None else ready.design.factors
    result = ready.labelled()
    chosen = choose_span(len(values), span, adaptive=adaptive_span)
    steps: dict[str, Any] = {"maxiter": maxiter, "tol": tol, "early": older, "n_jobs": n_jobs}
    quality_of = partial(sample_weights, values, x, contrasts, method=method, **steps)
    blocks = parse_blocks(block, len(ready.lib_size), ready.data.sample_names, correlation)
    found = _in_two_rounds(ready, chosen, blocks, quality_of, n_jobs)
    if found is None:
        warn_of_no_replication()
        _weighted(result, np.ones(values.shape), np.ones(values.shape[1]))
        return store_result(counts, result, key_added)
    _weighted(result, found.weights, found.sample_weights)
    if adaptive_span and span is None:
        result["span"] = chosen
    keep_and_draw(result, found.trend, COUNT_LABEL, "voom", save_plot=save_plot, plot=plot)
    if flag(plot, "plot"):
        draw("sample_weights", weights=result, col=col)
    return store_result(counts, result, key_added)


@dataclass(frozen=True, slots=True, eq=False)
class _Weights(Record):
    """Trend, weights and sample weights after the last round."""

    trend: VarianceTrend
    # (genes, samples) precision weights of the observations, without those of the samples
    weights: FloatArray
    sample_weights: FloatArray  # (samples,) weights of the samples


def _in_two_rounds(
    ready: LogCounts,
    span: float,
    blocks: Blocks | None,
    quality_of: Callable[[FloatArray], FloatArray],
    n_jobs: int | None,
) -> _Weights | None:
    """Trend and sample weights in turn, twice; None without replication."""
    quality: FloatArray | None = None
    for _ in range(2):
        fit = fit_genes(ready.E, ready.design.factors, quality, blocks, n_jobs)
        if not has_replication(fit):
            return None
        trend = ready.trend(fit.sigma, span)
        precision = ready.weights(trend.line, fit.coefficients, n_jobs)
        found = _Weights(trend, precision, quality_of(precision))
        quality = found.sample_weights
    return found


def _common_mean(ready: LogCounts) -> FactoredDesign:
    """The design of sample weights where the user gave none."""
    if ready.design.n_coefs > 1:
        warn(
            "Sample weights are estimated about a common mean of all samples, while the trend "
            "uses the groups of `counts`; pass `design=` for both.",
            Note,
        )
    return factor_design(np.ones((len(ready.lib_size), 1)))


def _weighted(result: EList, weights: FloatArray, quality: FloatArray) -> EList:
    """The log-counts, to which weights of observations and samples are added."""
    weights *= quality
    result["weights"] = Made(weights)
    result["sample_weights"] = quality
    result["targets"] = result["targets"].assign(sample_weights=quality)
    return result
