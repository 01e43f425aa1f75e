"""Background and signal of bead arrays, from negative controls or detection p-values [1]_.

References
----------
.. [1] Shi W, Oshlack A, Smyth GK (2010). Nucleic Acids Res 38:e204.
   https://doi.org/10.1093/nar/gkq871
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, check_same_shape
from pylimma.adapters.labels import aligned_matrix
from pylimma.arguments import flag, numbers
from pylimma.errors import InputError, UnknownNameError, quoted
from pylimma.preprocessing.arrays.probes import Probes, parse_probes
from pylimma.typing import ExpressionLike, FloatArray

_LEAST_SIGNAL = 10.0  # mean signal of an array above that of its negative controls
_FEWEST_NEGATIVES = 2
_HUBER = 1.5
_HUBER_CHANGE = 1e-6  # of the scale
_MAD_TO_SD = 1.4826
_PARAMETERS = ("mu", "logsigma", "logalpha")


def normexp_fit_control(
    x: ExpressionLike,
    status: Any = None,
    negctrl: str = "negative",
    regular: str = "regular",
    robust: bool = False,
) -> pd.DataFrame:
    """Parameters of background and signal of bead arrays, from their negative control probes.

    Parameters
    ----------
    x : EListRaw, array or DataFrame of shape (probes, arrays)
        Raw intensities, not logarithms.
    status : sequence of str of shape (probes,), optional
        Kind of each probe, matched by name where it has names; the column "Status" of the
        annotation when not given.
    negctrl, regular : str
        Status of negative control probes and of regular probes; upper and lower case are the same.
    robust : bool
        Whether outlying negative controls have less influence.

    Returns
    -------
    DataFrame of shape (arrays, 3)
        `mu` and `logsigma`, mean and log standard deviation of the background, and `logalpha`, the
        log mean of the signal, which is at least 10.

    Raises
    ------
    InputError
        If the status is not known, or there are no regular or fewer than two negative probes.
    InputTypeError
        If the data are no raw intensities.

    See Also
    --------
    nec : Correction with these parameters.
    normexp_fit_detection_p : Without control probes.

    References
    ----------
    .. [1] Shi W, Oshlack A, Smyth GK (2010). Nucleic Acids Res 38:e204.
       https://doi.org/10.1093/nar/gkq871

    Examples
    --------
    >>> import pylimma
    >>> x = [[90.0], [110.0], [300.0], [500.0]]
    >>> kinds = ["negative", "negative", "regular", "regular"]
    >>> pylimma.normexp_fit_control(x, kinds).round(2)
          mu  logsigma  logalpha
    0  100.0      2.65       5.7
    """
    probes = parse_probes(x, status)
    return _labelled(fit_control(probes, negctrl, regular, flag(robust, "robust")), probes)


def normexp_fit_detection_p(x: ExpressionLike, detection_p: Any = "Detection") -> pd.DataFrame:
    """Parameters of background and signal of bead arrays, from detection p-values.

    Parameters
    ----------
    x : EListRaw, array or DataFrame of shape (probes, arrays)
        Raw intensities, not logarithms.
    detection_p : str or array of shape (probes, arrays)
        Detection p-values, matched by name where they have names, or their name among the matrices
        `other` of an EListRaw. Small values or large ones may stand for expressed probes.

    Returns
    -------
    DataFrame of shape (arrays, 3)
        `mu`, `logsigma` and `logalpha`, as of `normexp_fit_control`.

    Raises
    ------
    InputError
        If there are no detection p-values, or fewer than three different ones in an array.
    InputTypeError
        If the data are no raw intensities.
    ShapeError
        If p-values and data have different shapes.

    See Also
    --------
    normexp_fit_control : From control probes, where there are some.

    Notes
    -----
    A p-value is the share of negative controls above a probe: where it changes from one probe to
    the next, there are negative controls between their intensities [1]_.

    References
    ----------
    .. [1] Shi W, Oshlack A, Smyth GK (2010). Nucleic Acids Res 38:e204.
       https://doi.org/10.1093/nar/gkq871

    Examples
    --------
    >>> import pylimma
    >>> x = [[90.0], [110.0], [130.0], [500.0]]
    >>> pylimma.normexp_fit_detection_p(x, [[1.0], [0.5], [0.0], [0.0]]).round(2)
          mu  logsigma  logalpha
    0  110.0      2.65      4.58
    """
    probes = parse_probes(x)
    return _labelled(fit_detection(probes, detection_p), probes)


def _labelled(parameters: FloatArray, probes: Probes) -> pd.DataFrame:
    """Parameters of all arrays as a table."""
    return pd.DataFrame(parameters, probes.data.sample_names, list(_PARAMETERS))


def fit_control(probes: Probes, negctrl: str, regular: str, robust: bool) -> FloatArray:
    """Parameters of every array from its negative controls."""
    values = probes.data.matrix
    regular_mean = np.nanmean(values[probes.some(regular, "regular")], axis=0)
    negative = values[probes.some(negctrl, "negctrl")]
    if len(negative) < _FEWEST_NEGATIVES:
        raise InputError("One probe is a negative control; at least two are needed.")
    if robust:
        mean, variance = _robust_moments(negative)
    else:
        mean = np.nanmean(negative, axis=0)
        variance = np.nansum((negative - mean) ** 2, axis=0) / (len(negative) - 1)
    return _parameters(mean, variance, regular_mean)


def _parameters(mean: FloatArray, variance: FloatArray, signal: FloatArray) -> FloatArray:
    """Mean, log standard deviation and log mean signal, of shape (arrays, 3)."""
    alpha = np.maximum(signal - mean, _LEAST_SIGNAL)
    with np.errstate(divide="ignore"):
        return np.column_stack([mean, np.log(variance) / 2, np.log(alpha)])


def _robust_moments(negative: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lognormal mean and variance of each column, from Huber's location of the logarithms."""
    moments = np.empty((2, negative.shape[1]))
    for place, column in enumerate(negative.T):
        logs = np.log(column[column > 0])
        centre = np.median(logs) if logs.size else np.nan
        scale = _MAD_TO_SD * np.median(np.abs(logs - centre)) if logs.size else np.nan
        if not scale > 0:
            raise InputError(
                f"Half of the negative controls of array {place} are the same or not positive; "
                "use robust=False."
            )
        reach = _HUBER * scale
        while True:  # the last step, which is too small, is not taken
            step = np.clip(logs, centre - reach, centre + reach).mean() - centre
            if abs(step) < _HUBER_CHANGE * scale:
                break
            centre += step
        # μ = exp(h + s²/2), σ² = exp(2h) ω(ω − 1), ω = exp(s²)
        omega = np.exp(scale**2)
        moments[:, place] = (
            np.exp(centre) * np.sqrt(omega),
            np.exp(2 * centre) * omega * (omega - 1),
        )
    return moments[0], moments[1]


def fit_detection(probes: Probes, detection_p: Any) -> FloatArray:
    """Parameters of every array from the steps of its detection p-values."""
    values = probes.data.matrix
    p = _detection_matrix(probes, detection_p)
    first = values[:, 0]
    if p[np.nanargmax(first), 0] < p[np.nanargmin(first), 0]:
        p = 1 - p
    moments = [_moments_at_steps(*both) for both in zip(values.T, p.T, strict=True)]
    mean, variance = np.array(moments).T
    return _parameters(mean, variance, np.nanmean(values, axis=0))


def _moments_at_steps(x: FloatArray, p: FloatArray) -> tuple[float, float]:
    """Mean and variance of the background, weighted by the steps of the p-values."""
    known = ~(np.isnan(x) | np.isnan(p))
    x, p = x[known], p[known]
    order = np.lexsort((x, p))
    x, p = x[order], p[order]
    steps = np.flatnonzero(np.diff(p)) + 1
    if len(steps) < 2:
        raise InputError(
            "Detection p-values need at least three different values in every array; are they "
            "rounded, or all 0?"
        )
    middle, weight = (x[steps - 1] + x[steps]) / 2, p[steps] - p[steps - 1]
    mean = np.average(middle, weights=weight)
    total = weight.sum() / weight.min()
    variance = np.average((middle - mean) ** 2, weights=weight) * total / (total - 1)
    return mean, variance


def _detection_matrix(probes: Probes, detection_p: Any) -> FloatArray:
    """Detection p-values of shape (probes, arrays)."""
    data = probes.data
    if not isinstance(detection_p, str):
        given = aligned_matrix(detection_p, data.gene_names, data.sample_names, "detection_p")
        return _checked(numbers(given, "detection_p"), data, "detection_p")
    stored = probes.raw.get("other", {}) if probes.raw is not None else {}
    names = [name for name in stored if str(name).lower() == detection_p.lower()]
    if not names:
        raise UnknownNameError(
            f"No probe is a negative control, and there are no detection p-values '{detection_p}' "
            f"in `other` ({quoted(stored) or 'none'}). Give `status`, read the control probes too, "
            "or give `detection_p`, a matrix."
        )
    return _checked(np.asarray(stored[names[0]], dtype=float), data, names[0])


def _checked(p: FloatArray, data: Expression, argument: str) -> FloatArray:
    """P-values of the shape of the data, between 0 and 1 or missing."""
    check_same_shape(p, data.matrix.shape, argument)
    if ((p < 0) | (p > 1)).any():
        raise InputError(f"`{argument}` must lie between 0 and 1, as p-values do.")
    return p
