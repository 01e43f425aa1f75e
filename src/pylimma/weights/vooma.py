"""Log-intensities → precision weights, from one trend for all samples (vooma)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pylimma.containers.expression import EList
from pylimma.design.intake import parse_design
from pylimma.fit.model import parse_blocks
from pylimma.typing import DesignLike, ExpressionLike
from pylimma.weights.intensity_model import (
    COLOR,
    COMBINED_LABEL,
    INTENSITY_LABEL,
    IntensityModel,
    intensity_span,
    or_grand_mean,
    parse_intensities,
    parse_predictor,
    weighted_data,
)
from pylimma.weights.trend import (
    check_block,
    has_replication,
    keep_and_draw,
    warn_of_no_replication,
)


def vooma(
    y: ExpressionLike,
    design: DesignLike | None = None,
    block: Any = None,
    correlation: float | None = None,
    predictor: Any = None,
    span: float | None = None,
    legacy_span: bool = False,
    plot: bool = False,
    save_plot: bool = False,
    *,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> EList:
    r"""Log-intensities with a precision weight for every observation.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples (AnnData: samples × genes). NaN is missing.
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix; the one stored with the data, or a grand mean, when not given.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    predictor : array of shape (genes,) or (genes, samples), optional
        What else precision depends on, such as the number of peptides of a protein.
    span : float, optional
        Share of the genes in each neighbourhood of the trend; chosen from the number of genes
        when not given.
    legacy_span : bool
        Whether the span is chosen as in older analyses.
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
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    EList
        The data with `weights`, `design` and `span`.

    Raises
    ------
    InputError
        If there are fewer than two genes or samples, a gene has no values, the predictor is
        missing where the data are not, or a block comes without its correlation.
    ShapeError
        If design, block or predictor do not fit the data.

    Warns
    -----
    EstimationWarning
        If there is no replication; all weights are then 1.

    See Also
    --------
    vooma_by_group : A trend for each group.
    vooma_lm_fit : Trend and fit in one, with blocks and sample weights.
    voom : For counts.

    Notes
    -----
    A lowess curve f of the root of the residual standard deviations :math:`\sqrt{s_g}` on mean
    expression :math:`A_g` gives the weight :math:`f(\mu_{gj})^{-4}` at the fitted value
    [1]_. With a predictor p, x is :math:`b_0 + b_1 A_g + b_2\bar p_g`, the regression of
    :math:`\sqrt{s_g}`, and the weight is taken at :math:`b_0 + b_1\mu_{gj} + b_2 p_{gj}`.

    References
    ----------
    .. [1] Law CW (2013). Precision weights for gene expression analysis. PhD thesis,
       University of Melbourne. https://hdl.handle.net/11343/38150

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> rng = np.random.default_rng(1)
    >>> level = np.linspace(4, 12, 200)[:, None]
    >>> v = pylimma.vooma(level + rng.normal(size=(200, 6)) * 4 / level)
    >>> bool(v.weights[-20:].mean() > 4 * v.weights[:20].mean())
    True
    """
    check_block(block, correlation, "vooma_lm_fit(y, design, block=block)")
    data = parse_intensities(y, layer, samples)
    coding = parse_design(or_grand_mean(design, data), data, samples, reference=reference)
    blocks = parse_blocks(block, data.matrix.shape[1], data.sample_names, correlation)
    others = parse_predictor(predictor, data)
    chosen = intensity_span(len(data.matrix), span, legacy=legacy_span)
    model = IntensityModel(data.matrix, coding, data.average, others, chosen, n_jobs)
    fit = model.fit(None, blocks)
    if not has_replication(fit):
        warn_of_no_replication()
        return weighted_data(data, np.ones(data.matrix.shape), coding)
    trend = model.trend(fit)
    result = weighted_data(data, model.weights(trend, fit), coding, span=chosen)
    xlab = INTENSITY_LABEL if others is None else COMBINED_LABEL
    keep_and_draw(result, trend, xlab, "vooma", save_plot=save_plot, plot=plot, col=COLOR)
    return result
