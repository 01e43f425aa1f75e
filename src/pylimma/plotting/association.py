"""Two effects of each gene, with their technical and biological correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Ellipse

from pylimma.plotting.axes import BLACK, BLUE, GREEN, axes_for, scatter, size_for, styled, zero_line
from pylimma.plotting.legends import LegendPlace, place_legend
from pylimma.typing import FloatArray

_CHI2_95 = 5.991464547107979  # 95% point of chi-squared on two degrees of freedom


@styled
def association(
    x: FloatArray,
    y: FloatArray,
    technical: FloatArray,
    biological: FloatArray,
    *,
    labels: Sequence[str] | None = None,
    alpha: float = 0.4,
    legend: LegendPlace = "outside",
    ax: Axes | None = None,
    **kwargs: Any,
) -> Axes:
    """Two effects of each gene, with ellipses of their technical and biological correlation."""
    ax = axes_for(ax, (6.0, 4.2))
    spread = (np.nanstd(x, ddof=1) + np.nanstd(y, ddof=1)) / 2
    kinds = [
        ("technical", correlation(technical), BLUE),
        ("biological", correlation(biological), GREEN),
    ]
    for kind, rho, color in sorted(kinds, key=lambda item: abs(item[1])):
        if np.isfinite(rho):
            ax.add_patch(_ellipse(float(spread), rho, color, alpha, f"{kind} ρ = {rho:.3f}"))
    zero_line(ax)
    zero_line(ax, upright=True)
    style = {"s": size_for(len(x)), "color": BLACK, "opacity": 0.6, **kwargs}
    scatter(ax, x, y, **style)
    reach = 1.05 * float(np.nanmax(np.abs([x, y])))
    names = ["First coefficient", "Second coefficient"] if labels is None else labels
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=names[0], ylabel=names[1])
    ax.set_box_aspect(1)
    ax.set_anchor("W")  # beside which the legend has its room
    place_legend(ax, legend)
    return ax


def correlation(covariance: FloatArray) -> float:
    """Correlation of two variables, NaN where one of them does not vary."""
    variances = covariance[0, 0] * covariance[1, 1]
    return float(covariance[0, 1] / np.sqrt(variances)) if variances > 0 else float("nan")


def _ellipse(spread: float, rho: float, color: str, alpha: float, label: str) -> Ellipse:
    width, height = (2 * spread * np.sqrt(_CHI2_95 * np.array([1 + rho, 1 - rho]))).tolist()
    fill = to_rgba(color, alpha)
    return Ellipse((0, 0), width, height, angle=45, fc=fill, ec=color, label=label, zorder=0.8)
