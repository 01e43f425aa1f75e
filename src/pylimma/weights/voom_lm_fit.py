"""Counts → linear models with precision weights, sample weights and correlated blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.adapters.stored import check_anndata
from pylimma.containers.fit import MArrayLM
from pylimma.errors import check_choice
from pylimma.numerics.counts.exact_zeros import exact_zeros
from pylimma.numerics.missing_values import row_means
from pylimma.numerics.precision.variance_trend import VarianceTrend, lowess_trend, weighted_trend
from pylimma.numerics.regression.linalg import pivoted_qr
from pylimma.preprocessing.arrays.between_arrays import ONE_COLOR
from pylimma.typing import AnyArray, DesignLike, ExpressionLike, FloatArray
from pylimma.weights.iterated_fit import (
    iterate_fit,
    label_fit,
    parse_blocks,
    parse_prior_weights,
    sample_targets,
    sample_weight_estimator,
    weighted_expression,
)
from pylimma.weights.log_counts import LOG2_MILLION, LogCounts, log_counts
from pylimma.weights.trend import (
    COUNT_LABEL,
    choose_span,
    keep_and_draw,
    warn_of_no_replication,
)
from pylimma.weights.voom import count_weights, fit_series, normalized, store_result


def voom_lm_fit(
    counts: ExpressionLike,
    design: DesignLike = None,
    block: Any = None,
    prior_weights: Any = None,
    sample_weights: bool = False,
    var_design: DesignLike = None,
    var_group: Any = None,
    prior_n: float = 10,
    lib_size: Any = None,
    normalize_method: str = "none",
    span: float = 0.5,
    adaptive_span: bool = True,
    plot: bool = False,
    save_plot: bool = False,
    keep_elist: bool = True,
    *,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    key_added: str | None = None,
    n_jobs: int | None = None,
) -> MArrayLM:
    r"""Linear model of every gene from counts, for samples of any quality and repeated measures.

    Parameters
    ----------
    counts : array, DataFrame, sparse matrix, AnnData or DGEList
        Counts of reads, not normalised, genes × samples (AnnData: samples × genes).
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix, without the blocks; from the groups of a DGEList, or a grand mean, when
        not given.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated; the correlation is estimated.
    prior_weights : array, optional
        A factor of the weights, of shape (genes, samples), (genes,) or (samples,).
    sample_weights : bool
        Whether to estimate a quality weight for each sample.
    var_design : array or DataFrame of shape (samples, columns), or formula, optional
        Design of the log variances of samples; asks for sample weights.
    var_group : sequence of labels of shape (samples,), optional
        Samples with the same label share their weight; asks for sample weights.
    prior_n : float
        Number of genes that the prior of equal sample weights is worth.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads; as in `voom`.
    normalize_method : {"none", "scale", "quantile", "cyclicloess"}
        Normalisation of the log2 counts per million between samples.
    span : float
        Share of the genes in each neighbourhood of the trend, when it is not adaptive.
    adaptive_span : bool
        Whether the span is chosen from the number of genes.
    plot : bool
        Whether to draw the trend.
    save_plot : bool
        Whether to keep the points and curve of the trend, as `voom_xy` and `voom_line`.
    keep_elist : bool
        Whether to keep log-counts and weights, as `EList`.
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

    Returns
    -------
    MArrayLM
        As from `lm_fit`, ready for `e_bayes`, with `targets`, which hold `sample_weight` if
        that was estimated, `block` and `correlation`, and `EList`.

    Raises
    ------
    InputError
        If counts or options cannot be used, as in `voom`, or prior weights are given together
        with sample weights.
    ShapeError
        If design, blocks, weights or groups do not fit the counts.

    Warns
    -----
    InputWarning
        If the values do not look like counts, genes have no counts at all, or blocks are all
        of size one or part of the design; the correlation is then 0.
    EstimationWarning
        If there is no replication; the fit has no weights then.

    See Also
    --------
    voom : Log-counts and weights without the fit.
    vooma_lm_fit : The same for log-intensities.
    e_bayes : What comes next.

    Notes
    -----
    The mean-variance trend is that of `voom` [1]_, sample weights are those of
    `array_weights` [2]_, and the correlation that of `duplicate_correlation`. Where sample
    weights or blocks are there, all are estimated twice in turn.

    A group of samples without any count of a gene is fitted exactly, whatever the variance.
    Such observations are left out of sigma and the residual degrees of freedom, of the trend,
    the sample weights and the correlation, while coefficients are those of all observations.
    Genes then differ in residual degrees of freedom, with which they are weighted in the trend.

    References
    ----------
    .. [1] Law CW et al. (2014). Genome Biology 15:R29. https://doi.org/10.1186/gb-2014-15-2-r29
    .. [2] Liu R et al. (2015). Nucleic Acids Research 43:e97. https://doi.org/10.1093/nar/gkv412

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> counts = np.random.default_rng(1).poisson(20, size=(100, 6))
    >>> design = np.column_stack([np.ones(6), [0, 1, 0, 1, 0, 1]])
    >>> fit = pylimma.voom_lm_fit(counts, design, block=[1, 1, 2, 2, 3, 3])
    >>> fit.shape, -0.2 < fit.correlation < 0.2
    ((100, 2), True)
    """
    if key_added is not None:
        check_anndata(counts)
    check_choice(normalize_method, ONE_COLOR, "normalize_method")
    ready = log_counts(
        counts, design, lib_size, samples=samples, reference=reference, layer=layer, n_jobs=n_jobs
    )
    data, block = ready.data, parse_blocks(block, ready.data)
    prior = parse_prior_weights(prior_weights, data)
    values = normalized(ready.E, normalize_method)
    chosen = choose_span(len(values), span, adaptive=adaptive_span)
    model = CountModel.of(ready, values, prior, chosen, n_jobs)
    quality = sample_weight_estimator(
        model.observed,
        model.design,
        data,
        wanted=sample_weights,
        var_design=var_design,
        var_group=var_group,
        prior_n=prior_n,
        prior_weights=prior_weights,
        samples=samples,
    )
    found = iterate_fit(model, block, quality, prior, n_jobs=n_jobs)
    fit = label_fit(found.fit, data, ready.design, values.mean(axis=1))
    if found.trend is None:
        warn_of_no_replication()
        return store_result(counts, fit, key_added)
    table = ready.targets() if data.samples is None else data.samples
    fit["targets"] = sample_targets(table, found, data)
    if keep_elist:
        fit["EList"] = weighted_expression(values, found, data)
    trend = found.trend
    keep_and_draw(
        fit, trend, COUNT_LABEL, "voom_lm_fit", save_plot=save_plot, plot=plot, delta=trend.delta
    )
    return store_result(counts, fit, key_added)


@dataclass(frozen=True, slots=True, eq=False)
class CountModel:
    """Log-counts of which some are exact zeros."""

    ready: LogCounts  # counts with design and library sizes
    values: FloatArray  # (genes, samples) log2 counts per million
    observed: FloatArray  # (genes, samples) the same, NaN for exact zeros
    holed: AnyArray  # genes with exact zeros
    size: FloatArray  # (genes,) average log2 count of the observed values
    span: float  # span of the trend
    n_jobs: int | None  # threads

    @classmethod
    def of(
        cls,
        ready: LogCounts,
        values: FloatArray,
        prior: FloatArray | None,
        span: float,
        n_jobs: int | None,
    ) -> CountModel:
        """Find the exact zeros of some counts."""
        design = ready.design.matrix
        weighted = design if prior is None or len(prior) > 1 else design * np.sqrt(prior.T)
        leverage = (pivoted_qr(weighted).basis ** 2).sum(axis=1)
        zero = exact_zeros(ready.data.matrix, ready.lib_size, design, leverage.max())
        holed = np.flatnonzero(zero.any(axis=1))
        observed, average = values, values.mean(axis=1)
        if holed.size:
            observed = values.copy()
            observed[zero] = np.nan
            average[holed] = row_means(observed[holed])
        size = average + ready.mean_log_size - LOG2_MILLION
        return cls(ready, values, observed, holed, size, span, n_jobs)

    @property
    def design(self) -> FloatArray:
        """The design matrix, of shape (samples, coefs)."""
        return self.ready.design.matrix

    def fit(
        self, weights: FloatArray | None, block: AnyArray | None, correlation: float
    ) -> MArrayLM:
        """Linear models; exact zeros take no part in sigma and its degrees of freedom."""
        fit = fit_series(self.values, self.design, block, correlation, weights, self.n_jobs)
        if self.holed.size:
            own = weights if weights is None or len(weights) == 1 else weights[self.holed]
            part = fit_series(
                self.observed[self.holed], self.design, block, correlation, own, self.n_jobs
            )
            for name in ("df_residual", "sigma"):
                fit[name] = fit[name].copy()
                fit[name][self.holed] = part[name]
        return fit

    def trend(self, fit: MArrayLM) -> VarianceTrend:
        """Mean-variance trend; weighted where genes differ in degrees of freedom."""
        df = np.broadcast_to(fit["df_residual"], self.size.shape)
        taken = df > 0
        x, y = self.size[taken], np.sqrt(fit["sigma"][taken])
        if self.holed.size:
            return weighted_trend(x, y, df[taken], self.span)
        return lowess_trend(x, y, self.span)

    def weights(self, trend: VarianceTrend, fit: MArrayLM) -> FloatArray:
        """Precision weights at the fitted counts."""
        return count_weights(trend, fit, self.ready, self.n_jobs)
