"""Trend, sample weights and correlation of blocks in two rounds, then the fit with all of them.

Each of the three depends on the others. The first round estimates the trend as if samples were
independent and equally good, then sample weights under the trend, then the correlation under
both; the second round starts from the sample weights and the correlation of the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.adapters.weights import check_weights
from pylimma.arguments import flag, number
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.containers.ownership import Made
from pylimma.design.intake import Design
from pylimma.errors import InputError
from pylimma.fit.correlation import correlation_within_blocks
from pylimma.fit.model import Blocks, assemble_fit, label_fit
from pylimma.numerics.precision.sample_weights import SampleWeightsMethod, sample_weights
from pylimma.numerics.precision.variance_trend import VarianceTrend
from pylimma.numerics.regression.least_squares import LinearFit
from pylimma.numerics.regression.linalg import FactoredDesign
from pylimma.record import Record
from pylimma.typing import FloatArray
from pylimma.weights.array_weights import parse_variance_model
from pylimma.weights.trend import has_replication, warn_of_no_replication

Quality = Callable[[FloatArray], FloatArray]


class PrecisionModel(Protocol):
    """What counts and intensities do differently."""

    @property
    def n_jobs(self) -> int | None:
        """Threads."""

    @property
    def observed(self) -> FloatArray:
        """Log-expression of all genes; NaN where an observation tells nothing of variances."""

    @property
    def design(self) -> FactoredDesign:
        """The design with its factors."""

    def fit(
        self,
        weights: FloatArray | None,
        blocks: Blocks | None,
        *,
        with_covariance: bool = False,
    ) -> LinearFit:
        """Linear models of all genes, with weights as `parse_weights` returns them."""

    def trend(self, fit: LinearFit) -> VarianceTrend:
        """Mean-variance trend of a fit."""

    def weights(self, trend: VarianceTrend, fit: LinearFit) -> FloatArray:
        """Precision weights of all observations."""


@dataclass(frozen=True, slots=True, eq=False)
class IteratedFit(Record):
    """What two rounds arrive at."""

    fit: LinearFit  # the final fit
    blocks: Blocks | None = None  # with the correlation of the final fit
    # mean-variance trend of the last round; None without replication
    trend: VarianceTrend | None = None
    first_trend: VarianceTrend | None = None  # that of the first round, where there were two
    weights: FloatArray | None = None  # (genes, samples) weights of the final fit
    # (samples,) weights of the samples, a factor of `weights`; None where they were not asked for
    sample_weights: FloatArray | None = None


def iterate_fit(
    model: PrecisionModel,
    blocks: Blocks | None = None,
    quality: Quality | None = None,
    prior: FloatArray | None = None,
    *,
    start: FloatArray | None = None,
    with_covariance: bool = True,
) -> IteratedFit:
    """Weights of observations and samples, correlation of blocks, and the fit with them."""
    start = prior if start is None else start
    correlation, samples, first = 0.0, None, None
    while True:
        correlated = blocks if correlation else None
        fit = model.fit(start if samples is None else samples, correlated)
        if not has_replication(fit):
            return IteratedFit(fit)
        trend = model.trend(fit)
        weights = model.weights(trend, fit)
        if prior is not None:
            weights *= prior
        if quality is not None:
            samples = quality(weights)
            weights *= samples
        if blocks is not None and (first is None or correlation):
            correlation = _correlation(model, blocks, weights)
            blocks = blocks._replace(correlation=correlation)
        if first is not None or (samples is None and not correlation):
            break
        first = trend
    check_weights(weights)
    final = model.fit(weights, blocks, with_covariance=with_covariance)
    return IteratedFit(final, blocks, trend, first, weights, samples)


def _correlation(model: PrecisionModel, blocks: Blocks, weights: FloatArray) -> float:
    """Consensus correlation within blocks; 0 where it cannot be estimated."""
    found = correlation_within_blocks(
        model.observed, model.design, blocks.number, weights, n_jobs=model.n_jobs
    )
    return float(np.nan_to_num(found.consensus_correlation))


def sample_weight_estimator(
    model: PrecisionModel,
    data: Expression,
    *,
    wanted: bool,
    var_design: Any,
    var_group: Any,
    prior_n: float,
    prior_weights: Any,
    samples: Any,
    method: SampleWeightsMethod = "genebygene",
) -> Quality | None:
    """How sample weights are estimated, if they are wanted."""
    if not flag(wanted, "sample_weights") and var_design is None and var_group is None:
        return None
    if prior_weights is not None:
        raise InputError(
            "`prior_weights` are given together with `sample_weights`, `var_design` or "
            "`var_group`: either give weights or have them estimated."
        )
    prior_n = number(prior_n, "prior_n", 0, finite=True)
    contrasts = parse_variance_model(var_design, var_group, data, samples)

    def quality(weights: FloatArray) -> FloatArray:
        return sample_weights(
            model.observed,
            model.design,
            contrasts,
            weights,
            method=method,
            prior_n=prior_n,
            n_jobs=model.n_jobs,
        )

    return quality


def final_fit(
    found: IteratedFit, values: FloatArray, data: Expression, design: Design, average: FloatArray
) -> MArrayLM:
    """The final fit with names, annotation and average expression; warns if it is the first."""
    if found.trend is None:
        warn_of_no_replication()
    fit = assemble_fit(found.fit, values, design.factors, blocks=found.blocks)
    return label_fit(fit, data, design, average)


def sample_targets(
    table: pd.DataFrame | None, found: IteratedFit, data: Expression
) -> pd.DataFrame | None:
    """Table of samples, with their weights if these were estimated."""
    if found.sample_weights is None:
        return table
    if table is None:
        return pd.DataFrame({"sample_weight": found.sample_weights}, index=data.sample_names)
    return table.assign(sample_weight=found.sample_weights)


def weighted_expression(
    values: FloatArray | Made, found: IteratedFit, data: Expression, **components: Any
) -> EList:
    """Log-expression with the weights of the fit."""
    weights = None if found.weights is None else Made(found.weights)
    result = EList(E=values, weights=weights, genes=data.genes, **components)
    return result.set_names(genes=data.gene_names, samples=data.sample_names)
