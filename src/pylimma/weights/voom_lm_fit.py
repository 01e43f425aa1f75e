"""Counts → linear models with precision weights, sample weights and correlated blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pylimma.adapters.stored import check_anndata
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import flag, parse_compat
from pylimma.containers.fit import MArrayLM
from pylimma.containers.ownership import Made
from pylimma.errors import DesignError
from pylimma.fit.contrasts import fit_of_contrasts, parse_contrasts
from pylimma.fit.model import Blocks, fit_genes, parse_blocks, parse_keep
from pylimma.numerics.counts.exact_zeros import exact_zeros
from pylimma.numerics.missing_values import row_means
from pylimma.numerics.precision.variance_trend import VarianceTrend, lowess_trend, weighted_trend
from pylimma.numerics.regression.least_squares import LinearFit
from pylimma.numerics.regression.linalg import FactoredDesign, pivoted_qr
from pylimma.numerics.regression.stacked_qr import observation_patterns, stacked_qr
from pylimma.typing import DesignLike, ExpressionLike, FloatArray, IntArray
from pylimma.weights.iterated_fit import (
    IteratedFit,
    final_fit,
    iterate_fit,
    sample_targets,
    sample_weight_estimator,
    weighted_expression,
)
from pylimma.weights.log_counts import LOG2_MILLION, LogCounts, log_counts
from pylimma.weights.trend import (
    COUNT_LABEL,
    choose_span,
    keep_and_draw,
    store_result,
)


def voom_lm_fit(  # noqa: PLR0913 - R's and those of `voom`
    counts: ExpressionLike,
    design: DesignLike | None = None,
    block: Any = None,
    prior_weights: Any = None,
    sample_weights: bool = False,
    var_design: DesignLike | None = None,
    var_group: Any = None,
    prior_n: float = 10,
    lib_size: Any = None,
    normalize_method: str = "none",
    span: float | None = None,
    adaptive_span: bool = True,
    plot: bool = False,
    save_plot: bool = False,
    keep_elist: bool = True,
    *,
    contrasts: Any = None,
    offset: Any = None,
    offset_prior: Any = None,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    key_added: str | None = None,
    n_jobs: int | None = None,
    compat: str | None = None,
    keep: Sequence[str] = ("cov_by_gene",),
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
    span : float, optional
        Share of the genes in each neighbourhood of the trend, which does not adapt then.
    adaptive_span : bool
        Whether a span that is not given is chosen from the number of genes, or is 0.5.
    plot : bool
        Whether to draw the trend.
    save_plot : bool
        Whether to keep the points and curve of the trend, as `voom_xy` and `voom_line`.
    keep_elist : bool
        Whether to keep log-counts and weights, as `EList`.
    contrasts : array or DataFrame of shape (coefs, contrasts), str or list, optional
        Contrasts to be fitted in place of the coefficients, exactly; as in `contrasts_fit`.
    offset, offset_prior : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of library sizes, or of factors of them; as in `voom`.
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
        Release of R's limma whose numbers are wanted, with edgeR 4.10: offsets as in `voom`, and
        sample weights always estimated in one pass over the genes.
    keep : sequence of str
        Optional components that the fit keeps, as in `lm_fit`: "cov_by_gene", which later
        contrasts need to be exact; ``()`` for none.

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
    DesignError
        If contrasts cannot be used, as in `contrasts_fit`; before anything is fitted.

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
    `array_weights` [2]_, and the correlation that of `duplicate_correlation`. With sample
    weights or blocks, all are estimated twice in turn. Sample weights are estimated by "reml", or
    by "genebygene" where genes differ in residual degrees of freedom.

    A group of samples without any count of a gene is fitted exactly, whatever the variance.
    Such observations are excluded from sigma and the residual degrees of freedom, of the trend,
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
    >>> y = pylimma.norm_lib_sizes(pylimma.DGEList({"counts": counts}))
    >>> design = np.column_stack([np.ones(6), [0, 1, 0, 1, 0, 1]])
    >>> fit = pylimma.voom_lm_fit(y, design, block=[1, 1, 2, 2, 3, 3])
    >>> fit.shape, -0.2 < fit.correlation < 0.2
    ((100, 2), True)
    """
    if key_added is not None:
        check_anndata(counts)
    older, kept = parse_compat(compat), parse_keep(keep)
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
        centred=older,
    )
    data, values = ready.data, ready.E
    wanted = None if contrasts is None else parse_contrasts(contrasts, ready.design)
    blocks = parse_blocks(block, values.shape[1], data.sample_names)
    prior = parse_weights(prior_weights, values.shape, data.gene_names, data.sample_names)
    span = choose_span(len(values), span, adaptive=adaptive_span)
    model = CountModel.of(ready, prior, span, n_jobs)
    quality = sample_weight_estimator(
        model,
        data,
        wanted=sample_weights,
        var_design=var_design,
        var_group=var_group,
        prior_n=prior_n,
        prior_weights=prior_weights,
        samples=samples,
        method="genebygene" if older or model.df_differ else "reml",
    )
    found = iterate_fit(model, blocks, quality, prior, with_covariance=bool(kept or wanted))
    fit = final_fit(found, values, data, ready.design, values.mean(axis=1))
    fit = fit if wanted is None else fit_of_contrasts(fit, *wanted)
    if found.trend is not None:
        _add_found(fit, found, ready, kept, with_elist=flag(keep_elist, "keep_elist"))
        keep_and_draw(fit, found.trend, COUNT_LABEL, "voom_lm_fit", save_plot=save_plot, plot=plot)
    return store_result(counts, fit, key_added)


def _add_found(
    fit: MArrayLM, found: IteratedFit, ready: LogCounts, kept: list[str], *, with_elist: bool
) -> None:
    """Add the table of samples, with their weights, and the weighted log-counts."""
    if not kept:
        fit["cov_by_gene"] = None
    table = ready.targets() if ready.data.samples is None else ready.data.samples
    fit["targets"] = sample_targets(table, found, ready.data)
    if with_elist:
        fit["EList"] = weighted_expression(Made(ready.E), found, ready.data)


@dataclass(frozen=True, slots=True, eq=False)
class CountModel:
    """Log-counts of which some are exact zeros."""

    ready: LogCounts  # counts with design and library sizes
    observed: FloatArray  # (genes, samples) log2 counts per million, NaN for exact zeros
    with_zeros: IntArray  # genes with exact zeros
    df_differ: bool  # whether exact zeros cost some gene residual degrees of freedom
    size: FloatArray  # (genes,) average log2 count of the observed values
    span: float  # span of the trend
    n_jobs: int | None  # threads

    @classmethod
    def of(
        cls, ready: LogCounts, prior: FloatArray | None, span: float, n_jobs: int | None
    ) -> CountModel:
        """Find the exact zeros of some counts."""
        if ready.design.random:
            raise DesignError(
                "`voom_lm_fit` fits no random effects: give the formula to `voom`, and with its "
                "result to `lm_fit`."
            )
        design = ready.design.factors
        leverage = design.leverage
        if prior is not None and prior.ndim == 1:
            usable = np.where((prior > 0) & np.isfinite(prior), prior, 0.0)
            leverage = pivoted_qr(design.matrix * np.sqrt(usable)[:, None]).leverage
        zero = exact_zeros(ready.data.matrix, design, leverage.max())
        with_zeros = np.flatnonzero(zero.any(axis=1))
        observed, average, df_differ = ready.E, ready.E.mean(axis=1), False
        if with_zeros.size:
            observed = ready.E.copy()
            observed[zero] = np.nan
            average[with_zeros] = row_means(observed[with_zeros])
            patterns = observation_patterns(~zero[with_zeros])[0]
            rank = stacked_qr(design.matrix.T[:, None, :] * patterns).independent.sum(axis=0)
            df_differ = bool((patterns.sum(axis=1) - rank < len(design.matrix) - design.rank).any())
        size = average + ready.mean_log_size - LOG2_MILLION
        return cls(ready, observed, with_zeros, df_differ, size, span, n_jobs)

    @property
    def design(self) -> FactoredDesign:
        """The design with its factors."""
        return self.ready.design.factors

    def fit(
        self,
        weights: FloatArray | None,
        blocks: Blocks | None,
        *,
        with_covariance: bool = False,
    ) -> LinearFit:
        """Linear models; exact zeros take no part in sigma and its degrees of freedom."""
        fit = fit_genes(
            self.ready.E,
            self.design,
            weights,
            blocks,
            self.n_jobs,
            with_covariance=with_covariance,
        )
        if not self.with_zeros.size:
            return fit
        genes = self.with_zeros
        own = weights if weights is None or weights.ndim == 1 else weights[genes]
        part = fit_genes(self.observed[genes], self.design, own, blocks, self.n_jobs)
        df_residual, sigma = fit.df_residual.copy(), fit.sigma.copy()
        df_residual[genes], sigma[genes] = part.df_residual, part.sigma
        return replace(fit, df_residual=df_residual, sigma=sigma)

    def trend(self, fit: LinearFit) -> VarianceTrend:
        """Mean-variance trend; weighted where genes differ in degrees of freedom."""
        taken = fit.df_residual > 0
        x, y = self.size[taken], np.sqrt(fit.sigma[taken])
        if self.df_differ:
            return weighted_trend(x, y, fit.df_residual[taken], self.span)
        return lowess_trend(x, y, self.span)

    def weights(self, trend: VarianceTrend, fit: LinearFit) -> FloatArray:
        """Precision weights at the fitted counts."""
        return self.ready.weights(trend.line, fit.coefficients, self.n_jobs)
