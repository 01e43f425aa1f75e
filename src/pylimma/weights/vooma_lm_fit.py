"""Log-intensities → linear models with precision and sample weights and correlated blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pylimma.adapters.expression import Expression
from pylimma.adapters.stored import check_anndata
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import flag
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.design.intake import parse_design
from pylimma.fit.model import parse_blocks, parse_keep
from pylimma.typing import DesignLike, ExpressionLike
from pylimma.weights.intensity_model import (
    COLOR,
    COMBINED_LABEL,
    IntensityModel,
    intensity_span,
    or_grand_mean,
    parse_intensities,
    parse_predictor,
)
from pylimma.weights.iterated_fit import (
    final_fit,
    iterate_fit,
    sample_targets,
    sample_weight_estimator,
    weighted_expression,
)
from pylimma.weights.trend import keep_and_draw, store_result

AVERAGE_LABEL = "Average log2 expression"


def vooma_lm_fit(
    y: ExpressionLike,
    design: DesignLike | None = None,
    prior_weights: Any = None,
    block: Any = None,
    sample_weights: bool = False,
    var_design: DesignLike | None = None,
    var_group: Any = None,
    prior_n: float = 10,
    predictor: Any = None,
    span: float | None = None,
    legacy_span: bool = False,
    plot: bool = False,
    save_plot: bool = False,
    keep_elist: bool = True,
    *,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    key_added: str | None = None,
    n_jobs: int | None = None,
    keep: Sequence[str] = ("cov_by_gene",),
) -> MArrayLM:
    r"""Linear model of every gene from log-intensities, with estimated precision weights.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples (AnnData: samples × genes). NaN is missing.
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix, without the blocks; the one stored with the data, or a grand mean, when
        not given.
    prior_weights : array, optional
        A factor of the weights, of shape (genes, samples), (genes,) or (samples,).
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated; the correlation is estimated.
    sample_weights : bool
        Whether to estimate a quality weight for each sample.
    var_design : array or DataFrame of shape (samples, columns), or formula, optional
        Design of the log variances of samples; asks for sample weights.
    var_group : sequence of labels of shape (samples,), optional
        Samples with the same label share their weight; asks for sample weights.
    prior_n : float
        Number of genes that the prior of equal sample weights is worth.
    predictor : array of shape (genes,) or (genes, samples), optional
        What else precision depends on; may be missing where the data are.
    span : float, optional
        Share of the genes in each neighbourhood of the trend; chosen from the number of genes
        when not given.
    legacy_span : bool
        Whether the span is chosen as in older analyses.
    plot : bool
        Whether to draw the trend.
    save_plot : bool
        Whether to keep the points and curve of the trend, as `voom_xy` and `voom_line`.
    keep_elist : bool
        Whether to keep the data with their weights, as `EList`.
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
    keep : sequence of str
        Optional components that the fit keeps, as in `lm_fit`: "cov_by_gene", which later
        contrasts need to be exact; ``()`` for none.

    Returns
    -------
    MArrayLM
        As from `lm_fit`, ready for `e_bayes`, with `span`, `targets`, which hold
        `sample_weight` if that was estimated, `block` and `correlation`, and `EList`.

    Raises
    ------
    InputError
        If there are fewer than two genes or samples, a gene has no values, the predictor is
        missing where the data are not, or prior weights are given together with sample weights.
    ShapeError
        If design, blocks, weights, groups or predictor do not fit the data.

    Warns
    -----
    InputWarning
        If blocks are all of size one or part of the design; the correlation is then 0.
    EstimationWarning
        If there is no replication; the fit has no weights then.

    See Also
    --------
    vooma : Weights without the fit.
    voom_lm_fit : The same for counts.
    e_bayes : What comes next.

    Notes
    -----
    The trend is that of `vooma` [1]_, sample weights are those of `array_weights` [2]_, and the
    correlation that of `duplicate_correlation`. With sample weights or blocks, all are
    estimated twice in turn. Weights stored with the data are used before the last fit only.

    References
    ----------
    .. [1] Law CW (2013). Precision weights for gene expression analysis. PhD thesis,
       University of Melbourne. https://hdl.handle.net/11343/38150
    .. [2] Ritchie ME et al. (2006). BMC Bioinformatics 7:261.
       https://doi.org/10.1186/1471-2105-7-261

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(8, 1, (200, 1)) + rng.normal(size=(200, 6)) * [3, 1, 1, 1, 1, 1]
    >>> fit = pylimma.vooma_lm_fit(y, sample_weights=True)
    >>> fit.targets["sample_weight"].idxmin()
    0
    """
    if key_added is not None:
        check_anndata(y)
    kept = parse_keep(keep)
    data = parse_intensities(y, layer, samples)
    coding = parse_design(or_grand_mean(design, data), data, samples, reference=reference)
    others = parse_predictor(predictor, data)
    chosen = intensity_span(len(data.matrix), span, legacy=legacy_span)
    model = IntensityModel(data.matrix, coding, data.average, others, chosen, n_jobs)
    return fitted_intensities(
        y,
        data,
        model,
        prior_weights=prior_weights,
        block=block,
        sample_weights=sample_weights,
        variance={"var_design": var_design, "var_group": var_group, "prior_n": prior_n},
        samples=samples,
        plot={"function": "vooma_lm_fit", "save_plot": save_plot, "plot": plot},
        keep_elist=keep_elist,
        with_covariance=bool(kept),
        key_added=key_added,
    )


def fitted_intensities(
    y: Any,
    data: Expression,
    model: IntensityModel,
    *,
    prior_weights: Any,
    block: Any,
    sample_weights: bool,
    variance: Mapping[str, Any],
    samples: Any,
    plot: Mapping[str, Any],
    keep_elist: bool,
    with_covariance: bool,
    key_added: str | None,
) -> MArrayLM:
    """The fit of a model of intensities, with the weights that it estimates."""
    names = data.gene_names, data.sample_names
    prior = parse_weights(prior_weights, data.matrix.shape, *names)
    quality = sample_weight_estimator(
        model,
        data,
        wanted=sample_weights,
        **variance,
        prior_weights=prior_weights,
        samples=samples,
    )
    start = parse_weights(data.weights, data.matrix.shape, *names) if prior is None else prior
    blocks = parse_blocks(block, data.matrix.shape[1], data.sample_names)
    found = iterate_fit(model, blocks, quality, prior, start=start, with_covariance=with_covariance)
    fit = final_fit(found, data.matrix, data, model.coding, data.average)
    if found.trend is None:
        return store_result(y, fit, key_added)
    fit["span"] = model.span
    fit["targets"] = targets = sample_targets(data.samples, found, data)
    if flag(keep_elist, "keep_elist"):
        if isinstance(data.source, EList):
            fit["EList"] = data.source.replace(weights=found.weights, targets=targets)
        else:
            fit["EList"] = weighted_expression(data.matrix, found, data)
    xlab = AVERAGE_LABEL if model.predictor is None else COMBINED_LABEL
    keep_and_draw(fit, found.trend, xlab, **plot, col=COLOR)
    return store_result(y, fit, key_added)
