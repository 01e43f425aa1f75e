"""Log-intensities with the mean-variance trend that `vooma` and its relatives share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import aligned, per_gene
from pylimma.arguments import flag, numbers, plain_array
from pylimma.containers.expression import EList
from pylimma.containers.ownership import Made
from pylimma.design.intake import Design, sample_table
from pylimma.errors import InputError, ShapeError, quoted
from pylimma.fit.model import Blocks, fit_genes
from pylimma.fit.scale import check_scale
from pylimma.numerics.missing_values import row_means
from pylimma.numerics.precision.variance_trend import VarianceTrend, lowess_trend, trend_weights
from pylimma.numerics.regression.least_squares import LinearFit
from pylimma.numerics.regression.linalg import FactoredDesign
from pylimma.numerics.smoothing.lowess import choose_lowess_span
from pylimma.typing import FloatArray
from pylimma.weights.trend import check_span

INTENSITY_LABEL = "Average log-expression"
COMBINED_LABEL = "Combined predictor"
COLOR = "red"


@dataclass(frozen=True, slots=True, eq=False)
class IntensityModel:
    """Log-intensities, whose variance depends on expression and perhaps on a predictor."""

    observed: FloatArray  # (genes, samples) log2 expression; NaN is missing
    coding: Design
    average: FloatArray  # (genes,) mean log2 expression
    predictor: FloatArray | None  # (genes, 1) what else the variance depends on
    span: float  # span of the trend
    n_jobs: int | None  # threads

    @property
    def design(self) -> FactoredDesign:
        """The design with its factors."""
        return self.coding.factors

    def fit(
        self,
        weights: FloatArray | None,
        blocks: Blocks | None,
        *,
        with_covariance: bool = False,
    ) -> LinearFit:
        """Linear models of all genes."""
        return fit_genes(
            self.observed,
            self.design,
            weights,
            blocks,
            self.n_jobs,
            with_covariance=with_covariance,
        )

    def trend(self, fit: LinearFit) -> VarianceTrend:
        """Mean-variance trend of the genes that have a variance."""
        root = np.sqrt(fit.sigma)
        taken = np.isfinite(root)
        x = self.average
        if self.predictor is not None:
            x = self._covariates() @ self._combination(fit)
        return lowess_trend(x[taken], root[taken], self.span)

    def weights(self, trend: VarianceTrend, fit: LinearFit) -> FloatArray:
        """Precision weights at the fitted intensities."""
        kept, matrix = self.design.independent, self.design.matrix
        # a gene's aliased columns are left out of its model: the others give what was observed
        lost = np.isnan(fit.coefficients[:, kept])
        coefficients = np.where(lost, 0.0, fit.coefficients[:, kept])
        offset = np.zeros(len(matrix))
        if self.predictor is not None:
            level, slope, share = self._combination(fit)
            coefficients, offset = slope * coefficients, level + share * self.predictor
        weights = trend_weights(trend.line, coefficients, matrix[:, kept], offset, self.n_jobs)
        rows = np.flatnonzero(lost.any(axis=1))
        unknown = lost[rows].astype(float) @ (matrix[:, kept] != 0).T > 0
        weights[rows] = np.where(unknown & np.isnan(self.observed[rows]), np.nan, weights[rows])
        return weights

    def _covariates(self) -> FloatArray:
        means = row_means(np.asarray(self.predictor))
        return np.column_stack([np.ones(len(means)), self.average, means])

    def _combination(self, fit: LinearFit) -> FloatArray:
        """Coefficients of level, expression and predictor that predict root deviations best."""
        root, x = np.sqrt(fit.sigma), self._covariates()
        known = np.isfinite(root)
        return np.asarray(np.linalg.lstsq(x[known], root[known], rcond=None)[0])


def parse_intensities(y: Any, layer: str | None, samples: Any = None) -> Expression:
    """Log-intensities of at least two genes and samples, each gene seen at least once."""
    data = parse_expression(y, layer=layer, argument="y", squared=True)
    check_scale(data, "vooma")
    n_genes, n_samples = data.matrix.shape
    if min(n_genes, n_samples) < 2:
        raise InputError(
            f"A mean-variance trend needs at least two genes and two samples; `y` has {n_genes} "
            f"genes and {n_samples} samples."
        )
    unseen = np.flatnonzero(np.isnan(data.matrix).all(axis=1))
    if unseen.size:
        which = unseen if data.gene_names is None else data.gene_names[unseen]
        raise InputError(f"`y` has no values for genes {quoted(which)}; remove them.")
    if not np.isfinite(data.average).all():  # of infinite values, which are missing here
        data = replace(data, averages=None)
    return data if samples is None else replace(data, samples=sample_table(samples, data))


def or_grand_mean(design: Any, data: Expression) -> Any:
    """The design that was given or is stored with the data, or else a grand mean."""
    if design is not None or data.design is not None:
        return design
    ones = np.ones((data.matrix.shape[1], 1))
    return pd.DataFrame(ones, index=data.sample_names, columns=["GrandMean"])


def intensity_span(n_genes: int, span: float | None, *, legacy: bool) -> float:
    """Span of the trend, from the number of genes if none is given."""
    if span is None:
        small_n, power = (10, 0.5) if flag(legacy, "legacy_span") else (50, 1 / 3)
        return float(choose_lowess_span(n_genes, small_n, 0.3, power))
    return check_span(span)


def parse_predictor(predictor: Any, data: Expression) -> FloatArray | None:
    """A predictor of precision, by gene or by observation."""
    if predictor is None:
        return None
    n_genes, n_samples = data.matrix.shape
    if plain_array(predictor, "predictor").shape[1:] in ((), (1,)):
        values = per_gene(predictor, n_genes, data.gene_names, "predictor")[:, None]
    else:
        if isinstance(predictor, pd.DataFrame):
            predictor = aligned(predictor, data.gene_names, "genes", "predictor")
            predictor = aligned(predictor.T, data.sample_names, "samples", "predictor").T
        values = predictor
    values = numbers(values, "predictor")
    if values.shape not in ((n_genes, 1), (n_genes, n_samples)):
        raise ShapeError(
            f"`predictor` has shape {values.shape}; allowed are ({n_genes},) by gene and "
            f"({n_genes}, {n_samples}) by observation."
        )
    missing = int((~np.isfinite(values) & ~np.isnan(data.matrix)).sum())
    if missing:
        raise InputError(f"`predictor` is missing for {missing} observations that have a value.")
    return values


def weighted_data(
    data: Expression, weights: FloatArray, coding: Design, span: float | None = None
) -> EList:
    """The data with weights, design and span."""
    found: dict[str, Any] = {
        "targets": data.samples,
        "weights": Made(weights),
        "design": coding.matrix,
        "description": coding.description,
        "span": span,
    }
    if isinstance(data.source, EList):
        result = data.source.replace(**found)
    else:
        result = EList(E=data.matrix, genes=data.genes, **found)
    return result.set_names(
        genes=data.gene_names, samples=data.sample_names, design_columns=coding.names
    )
