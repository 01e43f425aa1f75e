"""Shares of the variance components, over all genes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pylimma.arguments import check_keywords, described
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.errors import InputError, InputTypeError
from pylimma.plotting.axes import BLACK, GREY, PALETTE, axes_for, styled
from pylimma.plotting.legends import add_note, counted


@styled
def plot_variance_fractions(
    fit: MixedModelFit, *, main: str = "", ax: Axes | None = None, **kwargs: Any
) -> Axes:
    """Distribution over genes of each variance component's share, as a violin with quartiles.

    Parameters
    ----------
    fit : MixedModelFit
        From `lm_fit` with random effects.
    main : str
        Title.
    ax : Axes, optional
        Where to draw; a new figure by default.
    **kwargs : object
        Passed to `Axes.violinplot`.

    Returns
    -------
    Axes
        Where it was drawn.

    Raises
    ------
    InputTypeError
        If the fit has no random effects.
    InputError
        If no gene has a variance.

    See Also
    --------
    MixedModelFit.variance_fractions : The table.

    Notes
    -----
    The share of a component is its variance over the sum of all; what the fixed effects explain
    is not part of it [1]_.

    References
    ----------
    .. [1] Hoffman GE, Schadt EE (2016). BMC Bioinformatics 17:483.
       https://doi.org/10.1186/s12859-016-1323-z

    Examples
    --------
    >>> import numpy as np, pandas as pd, pylimma as pl
    >>> samples = pd.DataFrame({"donor": np.repeat(list("abcd"), 3)})
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(9, 12)) + np.repeat(rng.normal(0, 5, (9, 4)), 3, axis=1)
    >>> ax = pl.plot_variance_fractions(pl.lm_fit(y, "~ 1 + (1 | donor)", samples=samples))
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['donor', 'Residual']
    """
    if not isinstance(fit, MixedModelFit):
        raise InputTypeError(
            "`plot_variance_fractions` needs a fit with random effects, as of "
            f'lm_fit(y, "~ 1 + (1 | donor)", samples=table); got {described(fit)}.'
        )
    every = fit.variance_fractions()
    fractions = every.dropna()
    if fractions.empty:
        raise InputError("No gene has a variance, so there are no fractions to show.")
    ax = axes_for(ax)
    places = np.arange(fractions.shape[1])
    values = fractions.to_numpy()
    check_keywords(kwargs, Axes.violinplot, "plot_variance_fractions")
    style: dict[str, Any] = {"widths": 0.8, "showextrema": False, **kwargs}
    bodies: Any = ax.violinplot(list(values.T), positions=places, **style)["bodies"]
    colors = [*(PALETTE[k % len(PALETTE)] for k in places[:-1]), GREY]
    for body, color in zip(bodies, colors, strict=True):
        body.set(facecolor=color, edgecolor="none", alpha=0.6)
    low, middle, high = np.percentile(values, [25, 50, 75], axis=0)
    ax.vlines(places, low, high, color=BLACK, lw=4)
    ax.plot(places, middle, "o", color="white", ms=3.5, zorder=3)
    ax.set_xticks(places, list(map(str, fractions.columns)))
    ax.set(ylabel="Fraction of variance", ylim=(-0.01, 1.01), title=main)
    add_note(ax, counted(len(every) - len(fractions), "gene", "without variance"))
    return ax
