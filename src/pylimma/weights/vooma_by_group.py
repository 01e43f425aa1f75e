"""Log-intensities → precision weights from a trend for each group of samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.adapters.labels import sample_labels
from pylimma.arguments import flag
from pylimma.containers.expression import EList
from pylimma.design.intake import parse_design
from pylimma.draw import draw
from pylimma.fit.model import Blocks, parse_blocks
from pylimma.numerics.missing_values import row_means
from pylimma.numerics.precision.variance_trend import VarianceTrend
from pylimma.numerics.regression.linalg import factor_design
from pylimma.record import Record
from pylimma.typing import BoolArray, DesignLike, ExpressionLike, FloatArray, IntArray
from pylimma.weights.intensity_model import (
    INTENSITY_LABEL,
    IntensityModel,
    intensity_span,
    parse_intensities,
    weighted_data,
)
from pylimma.weights.trend import (
    TrendPoints,
    check_block,
    has_replication,
    warn_of_no_replication,
)


def vooma_by_group(
    y: ExpressionLike,
    group: Any,
    design: DesignLike | None = None,
    block: Any = None,
    correlation: float | None = None,
    span: float | None = None,
    legacy_span: bool = False,
    plot: bool = False,
    col: Any = None,
    lwd: float = 1,  # noqa: ARG001 - R's position
    pch: Any = 16,  # noqa: ARG001 - R's position
    cex: float = 0.3,  # noqa: ARG001 - R's position
    alpha: float = 0.5,
    legend: str | bool = "topright",
    *,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> EList:
    """Log-intensities with precision weights from a trend for each group of samples.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples (AnnData: samples × genes). NaN is missing.
    group : sequence of labels of shape (samples,)
        Samples with the same label share a trend.
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix; the one stored with the data, or a mean for each group, when not given.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    span : float, optional
        Share of the genes in each neighbourhood of a trend; chosen from the number of genes
        when not given.
    legacy_span : bool
        Whether the span is chosen as in older analyses.
    plot : bool
        Whether to draw the trends.
    col : colours, optional
        One for each group.
    lwd, pch, cex : object
        Without effect; the size of points follows from their number.
    alpha : float
        Opacity of the points, between 0 and 1.
    legend : str or bool
        Where the legend stands: "outside", a corner such as "topright", or False.
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
        The data with `weights`, `design`, `span` and `voom_xy`, whose `x` and `y` have a
        column for each group.

    Raises
    ------
    InputError
        As in `vooma`, or if a label of `group` is missing.
    ShapeError
        If group, design or block do not fit the data.

    Warns
    -----
    EstimationWarning
        If there is no replication at all; all weights are then 1.

    See Also
    --------
    vooma : One trend for all samples.

    Notes
    -----
    Each group is treated as by `vooma` with its rows of the design. A group without residual
    degrees of freedom, such as a single sample, takes its weights from the trend of all samples.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(8, 1, size=(200, 6)) * [1, 1, 1, 2, 2, 2]
    >>> v = pylimma.vooma_by_group(y, list("aaabbb"))
    >>> bool(v.weights[:, :3].mean() > 3 * v.weights[:, 3:].mean())
    True
    """
    check_block(block, correlation, "vooma_lm_fit(y, design, block=block)")
    data = parse_intensities(y, layer, samples)
    codes, levels = _groups(group, data)
    given = design is not None or data.design is not None
    coding = parse_design(
        design if given else _group_means(codes, levels, data), data, samples, reference=reference
    )
    blocks = parse_blocks(block, data.matrix.shape[1], data.sample_names, correlation)
    chosen = intensity_span(len(data.matrix), span, legacy=legacy_span)
    model = IntensityModel(data.matrix, coding, data.average, None, chosen, n_jobs)
    trends = _trends(model, codes, blocks)
    if trends is None:
        warn_of_no_replication()
        return weighted_data(data, np.ones(data.matrix.shape), coding)
    weights = np.empty(data.matrix.shape)
    for k, part in enumerate(trends):
        weights[:, codes == k] = part.weights
    result = weighted_data(data, weights, coding, span=chosen)
    result["voom_xy"] = TrendPoints(
        np.column_stack([part.average for part in trends]),
        np.column_stack([part.root for part in trends]),
        INTENSITY_LABEL,
    )
    if flag(plot, "plot"):
        named = dict(zip(map(str, levels), trends, strict=True))
        draw(
            "group_trends",
            points={name: (part.average, part.root) for name, part in named.items()},
            lines={name: (part.trend.line_x, part.trend.line_y) for name, part in named.items()},
            col=col,
            alpha=alpha,
            legend=legend,
        )
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _GroupTrend(Record):
    """What a group of samples says of its variances."""

    average: FloatArray  # (genes,) mean expression
    root: FloatArray  # (genes,) square root of the residual standard deviation
    trend: VarianceTrend
    weights: FloatArray  # (genes, samples of the group) precision weights


def _trends(
    model: IntensityModel, codes: IntArray, blocks: Blocks | None
) -> list[_GroupTrend] | None:
    """The trend of each group, or of all samples where a group has no replicates."""
    found = [_of_samples(model, codes == k, blocks) for k in range(codes.max() + 1)]
    trends = [part for part in found if part is not None]
    if len(trends) == len(found):
        return trends
    whole = _of_samples(model, codes >= 0, blocks)
    if whole is None:
        return None
    return [
        _GroupTrend(whole.average, whole.root, whole.trend, whole.weights[:, codes == k])
        if part is None
        else part
        for k, part in enumerate(found)
    ]


def _of_samples(
    model: IntensityModel, taken: BoolArray, blocks: Blocks | None
) -> _GroupTrend | None:
    """The trend of some of the samples; None where they are not replicates."""
    values = model.observed[:, taken]
    own = replace(
        model,
        observed=values,
        coding=replace(model.coding, factors=factor_design(model.design.matrix[taken])),
        average=row_means(values),
    )
    own_blocks = None if blocks is None else blocks._replace(number=blocks.number[taken])
    fit = own.fit(None, own_blocks)
    if not has_replication(fit):
        return None
    trend = own.trend(fit)
    return _GroupTrend(own.average, np.sqrt(fit.sigma), trend, own.weights(trend, fit))


def _groups(group: Any, data: Expression) -> tuple[IntArray, pd.Index]:
    """Number of each sample's group, and the groups in their order."""
    labels = sample_labels(group, data.matrix.shape[1], data.sample_names, "group")
    factor = pd.Categorical(labels)
    if isinstance(getattr(group, "dtype", None), pd.CategoricalDtype):
        factor = factor.set_categories(group.dtype.categories).remove_unused_categories()
    return factor.codes.astype(np.intp), factor.categories


def _group_means(codes: IntArray, levels: pd.Index, data: Expression) -> pd.DataFrame:
    """Design of a mean for each group."""
    indicators = np.equal.outer(codes, np.arange(len(levels))).astype(float)
    columns = [f"group{level}" for level in levels]
    return pd.DataFrame(indicators, index=data.sample_names, columns=columns)
