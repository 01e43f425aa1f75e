"""What draws the pictures and the page of an analysis; loaded when one is asked for."""

from __future__ import annotations

from pylimma.plotting.barcode import barcodeplot
from pylimma.plotting.bars import plot_library_sizes, plot_sample_weights
from pylimma.plotting.distributions import plot_densities
from pylimma.plotting.enrichment import plot_sets
from pylimma.plotting.fold_changes import plot_md
from pylimma.plotting.heatmap import plot_top_genes
from pylimma.plotting.missing_values import plot_missing_values
from pylimma.plotting.p_values import plot_p_values
from pylimma.plotting.samples import plot_mds
from pylimma.plotting.trend import plot_sa, voom_trend
from pylimma.plotting.volcano import volcanoplot
from pylimma.report.page import write_report

__all__ = [
    "barcodeplot",
    "plot_densities",
    "plot_library_sizes",
    "plot_md",
    "plot_mds",
    "plot_missing_values",
    "plot_p_values",
    "plot_sa",
    "plot_sample_weights",
    "plot_sets",
    "plot_top_genes",
    "volcanoplot",
    "voom_trend",
    "write_report",
]
