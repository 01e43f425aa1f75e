"""The pictures of an analysis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.analysis.conditions import sample_weights_of, trend_of
from pylimma.containers.counts import DGEList
from pylimma.containers.decisions import TestResults
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError
from pylimma.exploration.ordination import MDS
from pylimma.plotting.bars import plot_library_sizes, plot_sample_weights
from pylimma.plotting.distributions import plot_densities
from pylimma.plotting.fold_changes import plot_md
from pylimma.plotting.heatmap import plot_top_genes
from pylimma.plotting.samples import plot_mds
from pylimma.plotting.trend import plot_sa, voom_trend
from pylimma.plotting.volcano import plot_p_values, volcanoplot


class Plots:
    """Pictures of an analysis; each method passes its options on to the plot it is named after."""

    __slots__ = ()

    counts: DGEList | None
    expression: EList
    fit: MArrayLM
    decisions: TestResults
    mds: MDS | None

    @property
    def tested(self) -> MArrayLM:
        """The fit that the tables are made of."""
        raise NotImplementedError

    @property
    def groups(self) -> pd.Series:
        """A label of the condition of each sample."""
        raise NotImplementedError

    def contrast(self, contrast: str | int | None = None) -> int:
        """Position of a contrast; the only one when none is named."""
        raise NotImplementedError

    def plot_library_sizes(self, **options: Any) -> Any:
        """Draw the library sizes; returns the Axes."""
        if self.counts is None:
            raise InputError("Library sizes are known of counts; these are log-expression.")
        return plot_library_sizes(self.counts, **{"group": self._labels()} | options)

    def plot_densities(self, **options: Any) -> Any:
        """Draw the distribution of log-expression in every sample; returns the Axes."""
        return plot_densities(self.expression, **{"group": self._labels()} | options)

    def plot_mds(self, **options: Any) -> Any:
        """Draw how samples lie to each other; returns the Axes."""
        if self.mds is None:
            raise InputError("A plot of distances between samples needs three samples or more.")
        return plot_mds(self.mds, **{"group": self._labels()} | options)

    def plot_trend(self, **options: Any) -> Any:
        """Draw the mean-variance trend behind the weights; returns the Axes."""
        found = trend_of(self)  # type: ignore[arg-type]
        if found is None:
            raise InputError("This method has no trend behind its weights; see `plot_sa`.")
        points, line = found
        return voom_trend(points[0], points[1], line[0], line[1], **options)

    def plot_sa(self, **options: Any) -> Any:
        """Draw residual standard deviations and their prior over expression; returns the Axes."""
        return plot_sa(self.fit, **options)

    def plot_weights(self, **options: Any) -> Any:
        """Draw the weights of the samples; returns the Axes."""
        weights = sample_weights_of(self)  # type: ignore[arg-type]
        if weights is None:
            raise InputError('Samples have weights with `method="quality_weights"` alone.')
        names = self.expression.col_names
        return plot_sample_weights(weights, **{"group": self._labels(), "names": names} | options)

    def plot_p_values(self, contrast: str | int | None = None, **options: Any) -> Any:
        """Draw the histogram of the p-values of a contrast; returns the Axes."""
        return plot_p_values(self.tested, self.contrast(contrast), **options)

    def plot_md(self, contrast: str | int | None = None, **options: Any) -> Any:
        """Draw log fold changes over average expression; returns the Axes."""
        at = self.contrast(contrast)
        return plot_md(self.tested, coef=at, **{"status": self.decisions[:, [at]]} | options)

    def plot_volcano(self, contrast: str | int | None = None, **options: Any) -> Any:
        """Draw significance over log fold changes; returns the Axes."""
        at = self.contrast(contrast)
        return volcanoplot(self.tested, at, **{"status": self.decisions[:, [at]]} | options)

    def plot_heatmap(self, contrast: str | int | None = None, **options: Any) -> Any:
        """Draw the expression of the clearest genes of a contrast; returns the Axes."""
        at = self.contrast(contrast)
        return plot_top_genes(
            self.tested, self.expression, at, **{"groups": self._labels()} | options
        )

    def _labels(self) -> np.ndarray:
        return np.asarray(self.groups)
