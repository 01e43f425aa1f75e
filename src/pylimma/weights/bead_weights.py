r"""Precision weights of bead arrays, from the number of beads behind each intensity.

A log2 intensity is a mean over :math:`n` beads, of technical variance
:math:`t = \ln(c^2/n + 1)/(\ln 2)^2` for a coefficient of variation :math:`c` between beads, around
a value that varies biologically by :math:`b_g` between samples. Its weight is
:math:`1/(t_{gj} + b_g)`, scaled within the gene [1]_.

References
----------
.. [1] Law CW (2013). Precision weights for gene expression analysis. PhD thesis,
   University of Melbourne. https://hdl.handle.net/11343/38150
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.adapters.expression import Expression, check_same_shape, parse_expression
from pylimma.adapters.labels import aligned_matrix
from pylimma.arguments import flag, numbers
from pylimma.containers.components import Components
from pylimma.design.intake import parse_design
from pylimma.errors import EstimationWarning, InputError, InputWarning, warn
from pylimma.numerics.regression.stacked_qr import observation_patterns, stacked_qr
from pylimma.record import Record
from pylimma.typing import BoolArray, DesignLike, ExpressionLike, FloatArray

_TRIM = 0.125  # of the coefficients of variation, at each end
_MAX_STEPS = 200
_SMALLEST_VARIANCE = 1e-100  # of a mean over beads: its square is a number yet
_SMALLEST_STEP = 1e-5  # on the scale of the biological variance


@dataclass(frozen=True, slots=True, eq=False)
class BeadWeights(Record):
    """Variance components and weights of bead summaries.

    Attributes
    ----------
    var_biological : array of shape (probes,)
        Variance between samples of log2 intensities.
    var_technical : array of shape (probes, samples)
        Variance of a log2 intensity as a mean over beads.
    cv_array : array of shape (samples,)
        Coefficient of variation between beads, typical of each array.
    cv_constant : float
        The same over all arrays.
    weights : array of shape (probes, samples)
        Weights of the observations.
    """

    var_biological: FloatArray
    var_technical: FloatArray
    cv_array: FloatArray
    cv_constant: float
    weights: FloatArray


def bead_weights(
    residuals: FloatArray,
    leverage: FloatArray,
    variation: FloatArray,
    n_beads: FloatArray,
    *,
    array_cv: bool = True,
    scale: bool = False,
) -> BeadWeights:
    """Weights from numbers of beads and the variation between them."""
    cv_array = np.array([typical_variation(column) for column in variation.T])
    cv_constant = typical_variation(variation)
    cv = cv_array if array_cv else cv_constant
    with np.errstate(divide="ignore", over="ignore"):
        technical = np.log1p(cv**2 / n_beads) / np.log(2) ** 2
    if (technical < _SMALLEST_VARIANCE).any():
        raise InputError(
            f"The beads vary too little to compute with (a variance of {technical.min():.1g}); "
            "check `bead_stdev` or `bead_stderr`, and that `x` are intensities."
        )
    biological = biological_variance(residuals, leverage, technical)
    weights = 1 / (technical + biological[:, None])
    mean = weights.mean(axis=1, keepdims=True)
    np.divide(weights, mean, out=weights, where=mean != 0)  # a probe without beads keeps weights 0
    if scale:
        weights *= (1 / technical).mean(axis=1, keepdims=True)
    return BeadWeights(biological, technical, cv_array, cv_constant, weights)


def typical_variation(variation: FloatArray) -> float:
    """Squared trimmed mean of the roots of coefficients of variation."""
    roots = np.sort(np.sqrt(variation[~np.isnan(variation)]))
    cut = int(_TRIM * len(roots))
    kept = roots[cut : len(roots) - cut]
    return float(kept.mean() ** 2) if len(kept) else np.nan


def biological_variance(
    residuals: FloatArray, leverage: FloatArray, technical: FloatArray
) -> FloatArray:
    r"""Variance between samples beyond the technical one, by Newton's method.

    The estimate is the root in :math:`b \ge 0` of the mean over samples of
    :math:`r_j^2/2(b + t_j)^2 - (1 - h_j)/2(b + t_j)`, or zero if that is not positive at zero.
    """
    squared = residuals**2
    freedom = np.where(np.isnan(squared), np.nan, 1 - leverage)
    present = ~np.isnan(squared).all(axis=1)
    variance = np.where(present, 0.0, np.nan)
    active = np.flatnonzero(present)
    for step_number in range(_MAX_STEPS):
        total = variance[active, None] + technical[active]
        quadratic, linear = squared[active] / total**2, freedom[active] / total
        slope = np.nanmean(quadratic / total - linear / (2 * total), axis=1)
        value = np.nanmean(quadratic - linear, axis=1) / 2
        if step_number == 0:
            positive = value > 0
            active, value, slope = active[positive], value[positive], slope[positive]
        step = value / slope
        variance[active] += step
        active = active[np.abs(step) > _SMALLEST_STEP]
        if active.size == 0:
            return variance
    warn(f"The biological variance of {active.size} probes did not converge.", EstimationWarning)
    return variance


def bead_count_weights(
    y: ExpressionLike,
    x: ExpressionLike,
    design: DesignLike | None = None,
    bead_stdev: Any = None,
    bead_stderr: Any = None,
    nbeads: Any = None,
    array_cv: bool = True,
    scale: bool = False,
    *,
    samples: Any = None,
) -> BeadWeights:
    r"""Precision weights of bead arrays, from numbers of beads and the variation between them.

    Parameters
    ----------
    y : array, DataFrame or EList
        Log2 intensities, normalised, of shape (probes, samples). NaN is missing.
    x : array, DataFrame or EListRaw
        Raw intensities of the same shape, whose standard deviations are given.
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix; the one stored with `y`, or a common mean, when not given.
    bead_stdev : array of shape (probes, samples), optional
        Standard deviations between the beads of a probe; `BEAD_STDEV` of `other` when not given.
    bead_stderr : array of shape (probes, samples), optional
        Standard errors, where standard deviations are not known; `BEAD_STDERR` of `other` when
        not given.
    nbeads : array of shape (probes, samples), optional
        Numbers of beads; `Avg_NBEADS` of `other` when not given.
    array_cv : bool
        Whether arrays differ in their coefficients of variation.
    scale : bool
        Whether weights average to the mean technical precision of the probe, not to one.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.

    Returns
    -------
    BeadWeights
        `var_biological`, `var_technical`, `cv_array`, `cv_constant` and `weights`, to be passed
        to `lm_fit`.

    Raises
    ------
    InputError
        If numbers of beads, or both deviations and errors, are neither given nor stored, or
        some are missing or negative.
    ShapeError
        If sizes do not fit together.

    Warns
    -----
    InputWarning
        If raw intensities are not positive; they say nothing on variation.
    EstimationWarning
        If the biological variance of a probe does not converge.

    See Also
    --------
    vooma : Weights from the trend of the variance.

    Notes
    -----
    The weight is :math:`1/(b_g + t_{gj})`, relative to its mean over samples, with the
    technical variance :math:`t = \ln(c^2/n + 1)/(\ln 2)^2` of a log2 mean over n beads with
    coefficient of variation c, and the variance :math:`b_g` between samples beyond it [1]_.

    References
    ----------
    .. [1] Law CW (2013). Precision weights for gene expression analysis. PhD thesis,
       University of Melbourne. https://hdl.handle.net/11343/38150

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> x = np.full((50, 4), 500.0)
    >>> y = np.log2(x) + np.random.default_rng(1).normal(0, 0.01, size=x.shape)
    >>> beads = np.tile([5, 20, 20, 20], (50, 1))
    >>> pylimma.bead_count_weights(y, x, bead_stdev=0.3 * x, nbeads=beads).weights[0].round(2)
    array([0.31, 1.23, 1.23, 1.23])
    """
    data = parse_expression(y, argument="y", squared=True)
    sources = [source for source in (y, x) if isinstance(source, Components)]
    stored = [source.get("other") or {} for source in sources]
    beads = _stored(nbeads, "Avg_NBEADS", stored, data, "nbeads")
    deviation = _stored(bead_stdev, "BEAD_STDEV", stored, data, "bead_stdev")
    error = _stored(bead_stderr, "BEAD_STDERR", stored, data, "bead_stderr")
    if beads is None or (deviation is None and error is None):
        raise InputError(
            "Weights need `nbeads`, and `bead_stdev` or `bead_stderr`; they are neither given nor "
            "stored as Avg_NBEADS, BEAD_STDEV and BEAD_STDERR in `other`."
        )
    if not (beads >= 0).all():
        raise InputError(f"`nbeads` has {(~(beads >= 0)).sum()} missing or negative numbers.")
    model = parse_design(design, data, samples)
    residuals, leverage = _residuals(data.matrix, model.matrix)
    deviation = error * np.sqrt(beads) if deviation is None else deviation
    return bead_weights(
        residuals,
        leverage,
        _variation(deviation, _plain(x, data, "x")),
        beads,
        array_cv=flag(array_cv, "array_cv"),
        scale=flag(scale, "scale"),
    )


def _stored(
    given: Any, key: str, stored: list[Mapping[str, Any]], data: Expression, argument: str
) -> FloatArray | None:
    """What was given, or else is stored under a key."""
    if given is None:
        given = next((other[key] for other in stored if key in other), None)
    return None if given is None else _plain(given, data, argument)


def _plain(given: Any, data: Expression, argument: str) -> FloatArray:
    """Numbers of shape (probes, samples) in the order of the data."""
    if isinstance(given, Components):
        given = given.frame()
    given = aligned_matrix(given, data.gene_names, data.sample_names, argument)
    values = numbers(given, argument)
    check_same_shape(values, data.matrix.shape, argument)
    return values


def _variation(deviation: FloatArray, intensity: FloatArray) -> FloatArray:
    """Coefficients of variation; NaN where intensities are not positive."""
    positive = intensity > 0
    if not positive.all():
        warn(
            f"{(~positive).sum()} raw intensities are not positive; they say nothing on the "
            f"variation between beads.",
            InputWarning,
        )
    missing = np.full(intensity.shape, np.nan)
    return np.asarray(np.divide(deviation, intensity, out=missing, where=positive))


def _residuals(values: FloatArray, design: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Residuals of unweighted fits and leverages, each probe on its observed values."""
    observed: BoolArray = np.isfinite(values)
    patterns, number = observation_patterns(observed)
    factors = stacked_qr(design.T[:, None, :] * patterns)
    stack = number if len(patterns) > 1 else slice(None)
    leverage = np.einsum("cps,cps->ps", factors.q, factors.q)[stack]
    residuals = factors.take(stack).residuals(np.where(observed, values, 0.0))
    return np.where(observed, residuals, np.nan), leverage
