r"""Intensities transformed so that their variance does not depend on their size.

Intensity :math:`y_{gj}` of probe g on array j is taken to
:math:`h_{gj} = \mathrm{arsinh}(z_{gj})`, :math:`z_{gj} = e^{b_j} y_{gj} + a_j`, and *h* to have
mean :math:`\mu_g` and one variance [1]_. Parameters maximise the profile likelihood, again and
again for the probes that fit best [2]_.

References
----------
.. [1] Huber W et al. (2002). Bioinformatics 18 Suppl 1:S96-S104.
   https://doi.org/10.1093/bioinformatics/18.suppl_1.s96
.. [2] Huber W et al. (2003). Stat Appl Genet Mol Biol 2:3. https://doi.org/10.2202/1544-6115.1008
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.optimize import fmin_l_bfgs_b

from pylimma.adapters.expression import parse_expression
from pylimma.arguments import number
from pylimma.containers.expression import EList, EListRaw
from pylimma.containers.ownership import Made
from pylimma.containers.two_color import MAList, RGList
from pylimma.errors import InputError, InputTypeError
from pylimma.numerics.missing_values import row_means
from pylimma.numerics.powers import extreme_exponent
from pylimma.numerics.ranks import average_ranks
from pylimma.preprocessing.arrays.background import background_correct
from pylimma.preprocessing.arrays.two_color import from_log_channels, like_names
from pylimma.typing import FloatArray

_FEWEST_ROWS = 42
_ROUNDS = 7  # of fits to the rows that fit best
_INTERVALS = 5  # of mean expression, in each of which the rows that fit best are kept
_LARGEST_LOG_FACTOR = 100.0
_ROUNDING = 1e-12  # relative differences between arrays that are none
_START = 1.0  # of every log factor; where the likelihood is flat the fit depends on it
# The fit stops where the original program stops: the likelihood is nearly flat there.
_CORRECTIONS, _REDUCTION, _SLOPE = 5, 5e7, 2e-4


def stabilized(y: FloatArray, lts_quantile: float) -> FloatArray:
    """Transformed intensities, of shape (probes, arrays), on the scale of log2."""
    used = ~np.isnan(y).all(axis=1)
    rows = np.ones(np.count_nonzero(used), dtype=bool)
    values = y[used]
    parameters = np.concatenate([np.zeros(y.shape[1]), np.full(y.shape[1], _START)])
    for _ in range(1 if lts_quantile == 1 else _ROUNDS):
        parameters = _fitted(values[rows], parameters)
        rows = _best_rows(_transformed(values, parameters), lts_quantile)
    log_factors = parameters[y.shape[1] :]
    # for large intensities arsinh(z) is log(2z)
    return _transformed(y, parameters) / math.log(2) - np.log2(2 * np.exp(log_factors.mean()))


def _transformed(y: FloatArray, parameters: FloatArray) -> FloatArray:
    offset, log_factor = np.split(parameters, 2)
    return np.arcsinh(np.exp(log_factor) * y + offset)


def _fitted(y: FloatArray, start: FloatArray) -> FloatArray:
    """Offsets and log factors of maximum likelihood."""
    known = ~np.isnan(y)
    filled, n_known = np.where(known, y, 0.0), known.sum(axis=0)
    n_values = float(n_known.sum())
    per_row = np.maximum(known.sum(axis=1, keepdims=True), 1)

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log profile likelihood, and its gradient."""
        offset, log_factor = np.split(parameters, 2)
        scaled = np.exp(log_factor) * filled
        z = scaled + offset
        squared = 1 + z**2
        h = np.where(known, np.arcsinh(z), 0.0)
        residual = np.where(known, h - h.sum(axis=1, keepdims=True) / per_row, 0.0)
        rss = float((residual**2).sum())
        # N/2 log(2π RSS/N) + N/2 + Σ log(1 + z²)/2 - Σ n_j b_j
        value = n_values / 2 * (math.log(2 * math.pi * rss / n_values) + 1)
        value += np.log(squared, where=known, out=np.zeros_like(z)).sum() / 2
        slope = np.where(known, n_values / rss * residual / np.sqrt(squared) + z / squared, 0.0)
        by_factor = (slope * scaled).sum(axis=0) - n_known
        return value - n_known @ log_factor, np.concatenate([slope.sum(axis=0), by_factor])

    n_arrays = y.shape[1]
    limits = [(None, None)] * n_arrays + [(-_LARGEST_LOG_FACTOR, _LARGEST_LOG_FACTOR)] * n_arrays
    found, _, _ = fmin_l_bfgs_b(
        loss, start, bounds=limits, m=_CORRECTIONS, factr=_REDUCTION, pgtol=_SLOPE
    )
    return np.asarray(found)


def _best_rows(h: FloatArray, quantile: float) -> Any:
    """Rows with small deviations from their means beside others of like mean, and all low ones."""
    means = row_means(h)
    deviation = ((h - means[:, None]) ** 2).sum(axis=1)
    ranks = average_ranks(means)
    width = (ranks.max() - ranks.min()) / _INTERVALS
    ends = ranks.min() + width * np.arange(1, _INTERVALS)
    interval = np.searchsorted(ends, ranks)
    kept = interval == 0
    for place in range(1, _INTERVALS):
        own = interval == place
        known = deviation[own & ~np.isnan(deviation)]
        if known.size:
            kept |= own & (deviation <= np.quantile(known, quantile))
    return kept


def normalize_vsn(x: Any, lts_quantile: float = 0.9) -> Any:
    r"""Log-intensities whose variance does not depend on their size.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EListRaw or RGList
        Raw intensities of shape (probes, arrays), not logged; NaN is missing. The background of
        an EListRaw or RGList is subtracted, and intensities may be negative.
    lts_quantile : float
        Share of the probes, at each level of expression, to which the transformation is fitted;
        between 0.5 and 1. With 1 it is fitted once.

    Returns
    -------
    object
        Of the kind that was given; an EList for an EListRaw, an MAList for an RGList. Values are
        as log2 for large intensities, and linear around zero.

    Raises
    ------
    InputTypeError
        If the data are not raw intensities.
    InputError
        If there are fewer than 42 probes or 2 arrays, or intensities are the same on all arrays.

    See Also
    --------
    normalize_between_arrays : Other methods.
    neqc : For bead arrays with negative controls.

    Notes
    -----
    The transformation is :math:`\mathrm{arsinh}(e^{b_j} y + a_j)` with an offset and factor for
    each array, or each channel of an array of two colours [1]_. They are those of maximum
    likelihood if transformed values vary about a mean of the probe with one variance. In seven
    rounds, probes with the largest deviations are left out [2]_. The likelihood is nearly flat at
    its maximum; the fit starts and stops where that of the package vsn does, and agrees with it to
    about three digits.

    References
    ----------
    .. [1] Huber W et al. (2002). Bioinformatics 18 Suppl 1:S96-S104.
       https://doi.org/10.1093/bioinformatics/18.suppl_1.s96
    .. [2] Huber W et al. (2003). Stat Appl Genet Mol Biol 2:3.
       https://doi.org/10.2202/1544-6115.1008

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> rng = np.random.default_rng(1)
    >>> signal = np.exp(rng.normal(5, 1.5, (200, 1)) + rng.normal(0, 0.1, (200, 3)))
    >>> y = pylimma.normalize_vsn([20, 50, 30] + signal * [1, 2, 1] + rng.normal(0, 9, (200, 3)))
    >>> np.ptp(np.median(y, axis=0)).round(1)
    np.float64(0.0)
    """
    quantile = number(lts_quantile, "lts_quantile", 0.5, 1)
    if isinstance(x, MAList | EList) and not isinstance(x, EListRaw):
        raise InputTypeError(
            f"`x` must be raw intensities; got {type(x).__name__}, whose values are logarithms."
        )
    if isinstance(x, RGList):
        raw = background_correct(x, "subtract")
        channels = parse_expression(np.hstack([raw["G"], raw["R"]]), argument="x").matrix
        green, red = np.hsplit(_checked(channels, quantile), 2)
        return from_log_channels(raw, red, green)
    if isinstance(x, EListRaw):
        raw = background_correct(x, "subtract")
        values = _checked(parse_expression(raw["E"], argument="x").matrix, quantile)
        kept = {name: raw[name] for name in raw if name not in ("E", "Eb")}
        return like_names(EList(kept, E=Made(values)), raw)
    data = parse_expression(x, argument="x")
    return data.like_source(_checked(data.matrix, quantile))


def _checked(y: FloatArray, quantile: float) -> FloatArray:
    """Transformed intensities, where there are enough of them."""
    n_rows, n_arrays = y.shape
    if n_arrays < 2 or n_rows < _FEWEST_ROWS:
        raise InputError(
            f"Variance stabilisation needs {_FEWEST_ROWS} probes and 2 arrays or channels; the "
            f"data are {n_rows} × {n_arrays}."
        )
    means = row_means(y)
    if not (np.abs(y - means[:, None]) > _ROUNDING * np.abs(means[:, None])).any():
        raise InputError("The intensities do not differ between arrays, so there is no variance.")
    exponent = extreme_exponent(np.nan_to_num(y))
    return stabilized(np.ldexp(y, -exponent), quantile) + exponent
