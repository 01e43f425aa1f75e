"""Counts → log2 counts per million with precision weights (voom)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pylimma.adapters.stored import check_anndata
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import parse_compat
from pylimma.containers.expression import EList
from pylimma.containers.ownership import Made
from pylimma.fit.model import fit_genes, parse_blocks
from pylimma.typing import DesignLike, ExpressionLike
from pylimma.weights.log_counts import log_counts
from pylimma.weights.trend import (
    COUNT_LABEL,
    check_block,
    choose_span,
    has_replication,
    keep_and_draw,
    store_result,
    warn_of_no_replication,
)


def voom(
    counts: ExpressionLike,
    design: DesignLike | None = None,
    lib_size: Any = None,
    offset: Any = None,
    offset_prior: Any = None,
    normalize_method: str = "none",
    block: Any = None,
    correlation: float | None = None,
    weights: Any = None,
    span: float | None = None,
    adaptive_span: bool = True,
    plot: bool = False,
    save_plot: bool = False,
    *,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    key_added: str | None = None,
    n_jobs: int | None = None,
    compat: str | None = None,
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
    offset : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of the library sizes, which they replace, as a DGEList stores them.
    offset_prior : array of shape (samples,) or (genes, samples), optional
        Natural logarithms of factors of the library sizes, such as from gene lengths.
    normalize_method : {"none", "scale", "quantile", "cyclicloess"}
        Normalisation of the log2 counts per million between samples.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    weights : array, optional
        Prior weights, used to estimate the trend; not part of the weights returned.
    span : float, optional
        Share of the genes in each neighbourhood of the trend, which does not adapt then.
    adaptive_span : bool
        Whether a span that is not given is chosen from the number of genes, or is 0.5.
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
    compat : {"3.68"}, optional
        Release of R's limma whose numbers are wanted: it takes offsets less their mean by gene
        for prior offsets, which counts library sizes twice.

    Returns
    -------
    EList
        `E`, `weights`, `design`, `lib_size`, `targets`, `span` if it adapted, and `genes`,
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
        If the values do not look like counts, genes have no counts at all, or counts exceed the
        library sizes of an offset.
    EstimationWarning
        If there is no replication; all weights are then 1.
    Note
        If an offset replaces library sizes or prior offsets that are given too.

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
    >>> y = pylimma.norm_lib_sizes(pylimma.DGEList({"counts": counts}))
    >>> v = pylimma.voom(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> v["E"].shape, v["weights"].shape
    ((100, 6), (100, 6))
    """
    check_block(block, correlation)
    if key_added is not None:
        check_anndata(counts)
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
        centred=parse_compat(compat),
        streams=True,
    )
    names = ready.data.gene_names, ready.data.sample_names
    blocks = parse_blocks(block, len(ready.lib_size), names[1], correlation)
    prior = parse_weights(weights, ready.E.shape, *names)
    fit = fit_genes(ready.E, ready.design.factors, prior, blocks, n_jobs)
    result = ready.labelled()
    if not has_replication(fit):
        warn_of_no_replication()
        result["weights"] = Made(np.ones(ready.E.shape))
        return store_result(counts, result, key_added)
    chosen = choose_span(len(ready.E), span, adaptive=adaptive_span)
    coefficients, sigma = fit.coefficients, fit.sigma
    del fit  # which of few samples is as large as the counts, and so is the trend
    trend = ready.trend(sigma, chosen)
    keep_and_draw(result, trend, COUNT_LABEL, "voom", save_plot=save_plot, plot=plot)
    line = trend.line
    del trend
    found = ready.weights(line, coefficients, n_jobs)
    result["weights"] = Made(found) if isinstance(found, np.ndarray) else found
    if adaptive_span and span is None:
        result["span"] = chosen
    return store_result(counts, result, key_added)
