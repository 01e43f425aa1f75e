"""Pictures that computations may ask for by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pylimma.plotting.association import association
from pylimma.plotting.bars import plot_sample_weights
from pylimma.plotting.design import design_svg, draw_design
from pylimma.plotting.discriminant import draw_rldf
from pylimma.plotting.fold_changes import plot_md
from pylimma.plotting.p_values import convex_densities
from pylimma.plotting.samples import draw_mds
from pylimma.plotting.scatter import quantiles
from pylimma.plotting.trend import (
    group_trends,
    print_order,
    set_trend,
    surrogate_variance,
    voom_trend,
)
from pylimma.plotting.volcano import volcanoplot

PICTURES: Mapping[str, Callable[..., Any]] = {
    "convex_densities": convex_densities,
    "design": draw_design,
    "design_svg": design_svg,
    "genas": association,
    "group_trends": group_trends,
    "mds": draw_mds,
    "mean_difference": plot_md,
    "print_order": print_order,
    "quantiles": quantiles,
    "rldf": draw_rldf,
    "sample_weights": plot_sample_weights,
    "set_trend": set_trend,
    "surrogate_variance": surrogate_variance,
    "volcano": volcanoplot,
    "voom_trend": voom_trend,
}
