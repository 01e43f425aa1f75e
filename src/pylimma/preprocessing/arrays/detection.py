"""Probes of bead arrays that are above the negative controls.

References
----------
.. [1] Shi W, de Graaf CA, Kinkel SA et al. (2010). Nucleic Acids Res 38:2168-2176.
   https://doi.org/10.1093/nar/gkp1204
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import parse_expression
from pylimma.arguments import sequence
from pylimma.errors import InputError, ShapeError
from pylimma.preprocessing.arrays.probes import parse_probes
from pylimma.typing import BoolArray, ExpressionLike, FloatArray

_LEAST_SIGNAL = 10.0  # mean signal of an array above that of its negative controls
_MOST_LABELS = 2


def shares_above(values: FloatArray, negative: BoolArray) -> FloatArray:
    """Share of the negative controls above each probe of an array, half of those equal to it.

    Missing values are below all others. A negative control counts itself and, among equal ones,
    those before it.
    """
    values = np.where(np.isnan(values), -np.inf, values)
    controls = np.sort(values[negative])
    n_below = np.searchsorted(controls, values, "left")
    n_not_above = np.searchsorted(controls, values, "right")
    twice = 2 * len(controls) - n_below - n_not_above  # whole, so that equal shares are the same
    own = values[negative]
    order = np.argsort(own, kind="stable")
    first = np.searchsorted(controls, own[order], "left")
    place = np.empty(len(own), dtype=np.intp)
    place[order] = np.arange(len(own)) - first + 1
    twice[negative] = 2 * (len(own) - n_not_above[negative] + place)
    return np.asarray(twice / (2 * len(own)))


def expressed_share(regular: FloatArray, negative: FloatArray) -> float:
    """Share of the regular probes of an array that are expressed [1]."""
    regular, negative = regular[~np.isnan(regular)], negative[~np.isnan(negative)]
    if not regular.size or not negative.size:
        return np.nan
    middle = np.median(negative)
    alpha = max(regular.mean() - negative.mean(), _LEAST_SIGNAL)
    signal = np.maximum(1 - np.exp(-(middle - negative) / alpha), 0).mean()
    below, regular_below = (
        np.mean(x < middle) + np.mean(x == middle) / 2 for x in (negative, regular)
    )
    # (p_b − p)/(p_b − p₁), p₁ the share of expressed probes below the median of the controls
    return float(np.clip((below - regular_below) / (below - signal), 0, 1))


def detection_p_values(
    x: ExpressionLike, status: Any = None, negctrl: str = "negative"
) -> pd.DataFrame | FloatArray:
    """Share of the negative controls of an array that are above each probe.

    Parameters
    ----------
    x : EListRaw, array or DataFrame of shape (probes, arrays)
        Intensities.
    status : sequence of str of shape (probes,), optional
        As in `normexp_fit_control`.
    negctrl : str
        Status of negative control probes, in this case; in any case if there is none in this.

    Returns
    -------
    array or DataFrame of shape (probes, arrays)
        Small values are of expressed probes. Missing intensities count as the lowest.

    Raises
    ------
    InputError
        If the status is not known, or no probe is a negative control.
    InputTypeError
        If the data are no raw intensities.

    See Also
    --------
    propexpr : Share of the probes that are expressed.

    Examples
    --------
    >>> import pylimma
    >>> x = [[90.0], [110.0], [100.0], [500.0]]
    >>> pylimma.detection_p_values(x, ["negative", "negative", "regular", "regular"])
    array([[1. ],
           [0.5],
           [0.5],
           [0. ]])
    """
    probes = parse_probes(x, status)
    negative = probes.some(negctrl, "negctrl")
    exact = negative & (probes.status == negctrl)
    negative = exact if exact.any() else negative
    result = np.column_stack([shares_above(column, negative) for column in probes.data.matrix.T])
    genes, arrays = probes.data.gene_names, probes.data.sample_names
    return result if genes is None and arrays is None else pd.DataFrame(result, genes, arrays)


def propexpr(
    x: ExpressionLike,
    neg_x: Any = None,
    status: Any = None,
    labels: Any = ("negative", "regular"),
) -> pd.Series:
    """Share of the probes of each array that are expressed.

    Parameters
    ----------
    x : EListRaw, array or DataFrame of shape (probes, arrays)
        Intensities, not logarithms.
    neg_x : array or DataFrame of shape (controls, arrays), optional
        Intensities of negative controls, where `x` holds those of regular probes alone.
    status : sequence of str of shape (probes,), optional
        As in `normexp_fit_control`.
    labels : str or two of them
        Part of the status of negative controls and, unless all others are regular probes, of
        regular probes; upper and lower case are the same.

    Returns
    -------
    Series of arrays
        Between 0 and 1.

    Raises
    ------
    InputError
        If the status is not known, or there are no negative controls or no regular probes.
    InputTypeError
        If the data are no raw intensities.
    ShapeError
        If the controls are of another number of arrays.

    See Also
    --------
    detection_p_values : Which probes are expressed.

    Notes
    -----
    Below the median of the negative controls there are half of the probes that are not expressed,
    and few of the expressed ones [1]_.

    References
    ----------
    .. [1] Shi W, de Graaf CA, Kinkel SA et al. (2010). Nucleic Acids Res 38:2168-2176.
       https://doi.org/10.1093/nar/gkp1204

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> rng = np.random.default_rng(1)
    >>> controls = rng.normal(100, 10, (500, 1))
    >>> signal = np.where(rng.random((5000, 1)) < 0.4, rng.exponential(1000, (5000, 1)), 0)
    >>> pylimma.propexpr(rng.normal(100, 10, (5000, 1)) + signal, controls).round(2).tolist()
    [0.39]
    """
    probes = parse_probes(x, status)
    values = probes.data.matrix
    if neg_x is not None:
        negative = parse_expression(neg_x, argument="neg_x").matrix
        if negative.shape[1] != values.shape[1]:
            raise ShapeError(
                f"`neg_x` has {negative.shape[1]} arrays; the data have {values.shape[1]}."
            )
    else:
        wanted = [labels] if isinstance(labels, str) else sequence(labels, "labels")
        if not 1 <= len(wanted) <= _MOST_LABELS:
            raise InputError(f"`labels` must be one or two texts; got {len(wanted)}.")
        kinds = [probes.containing(label, "labels") for label in wanted]
        regular = kinds[1] if len(kinds) > 1 else ~kinds[0]
        if not regular.any():
            raise InputError(f"The status of every probe contains '{wanted[0]}'; none is regular.")
        negative, values = values[kinds[0]], values[regular]
    shares = [expressed_share(*both) for both in zip(values.T, negative.T, strict=True)]
    return pd.Series(shares, probes.data.sample_names, name="propexpr")
