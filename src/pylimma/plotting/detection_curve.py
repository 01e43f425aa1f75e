"""Detection probability curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from scipy.special import expit

from pylimma.arguments import described
from pylimma.errors import InputTypeError
from pylimma.plotting.axes import BLUE, GREY, VERMILLION, axes_for, scatter, styled
from pylimma.plotting.legends import place_legend
from pylimma.proteomics.detection_curve import DetectionCurve

_JITTER = 0.25  # of one detection: rows of one number are spread that far


@styled
def plot_dpc(
    curve: DetectionCurve, *, main: str | None = None, ax: Axes | None = None, **kwargs: Any
) -> Axes:
    """Detected proportion of each row against its level, with the curve.

    Parameters
    ----------
    curve : DetectionCurve
        From `dpc_on`, `dpc` or `dpc_cn`.
    main : str, optional
        Title; by default the equation of the curve.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.scatter`.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    InputTypeError
        If `curve` is not a detection curve.

    See Also
    --------
    dpc_on : The curve.

    Notes
    -----
    The level of a row is the mean of all of its values, those that were missed included, as the
    model expects them. Proportions are jittered, since many rows share one.

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(n_peptides=400, rng=1)
    >>> ax = pylimma.plot_dpc(pylimma.dpc_on(data))
    >>> ax.get_ylabel()
    'Proportion detected'
    """
    if not isinstance(curve, DetectionCurve):
        raise InputTypeError(
            f"`plot_dpc` needs a detection curve, as of `dpc_on`; got {described(curve)}."
        )
    share = np.asarray(curve.n_detected) / curve.nsamples
    level = _levels(curve, share)
    rng = np.random.default_rng(0)  # the picture of one curve is always the same
    height = share + rng.uniform(-_JITTER, _JITTER, share.shape) / curve.nsamples
    ax = axes_for(ax)
    scatter(ax, level, height, **{"color": GREY, **kwargs})
    grid = np.linspace(level.min(), level.max(), 200)
    ax.plot(grid, expit(curve.dpc[0] + curve.dpc[1] * grid), color=VERMILLION, lw=2, label="fitted")
    start = expit(curve.dpc_start[0] + curve.dpc_start[1] * grid)
    ax.plot(grid, start, color=BLUE, lw=1, ls="--", label="start")
    equation = f"logit P = {curve.dpc[0]:.2f} + {curve.dpc[1]:.2f} × log2 intensity"
    title = equation if main is None else main
    ax.set(xlabel="log2 intensity", ylabel="Proportion detected", ylim=(-0.05, 1.05), title=title)
    place_legend(ax, "bottomright")
    return ax


def _levels(curve: DetectionCurve, share: Any) -> Any:
    """Mean of all values of each row, detected or not."""
    if curve.mu is not None:
        return np.asarray(curve.mu)
    return share * np.asarray(curve.mu_obs) + (1 - share) * np.asarray(curve.mu_mis)
