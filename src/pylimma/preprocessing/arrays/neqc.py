"""Bead arrays corrected by their controls, and normalised."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import check_keywords, flag, number, text
from pylimma.containers.expression import EList
from pylimma.containers.ownership import Made
from pylimma.errors import InputError, Note, warn
from pylimma.numerics.normexp import expected_signal
from pylimma.numerics.threads import with_threads
from pylimma.preprocessing.arrays.controls import fit_control, fit_detection
from pylimma.preprocessing.arrays.normalization import equal_quantiles
from pylimma.preprocessing.arrays.probes import Probes, parse_probes
from pylimma.typing import ExpressionLike, FloatArray


def nec(
    x: ExpressionLike,
    status: Any = None,
    negctrl: str = "negative",
    regular: str = "regular",
    offset: float = 16,
    robust: bool = False,
    detection_p: Any = "Detection",
    *,
    n_jobs: int | None = None,
) -> Any:
    """Intensities of bead arrays corrected for their background by control probes.

    Parameters
    ----------
    x : EListRaw, array, DataFrame or AnnData of shape (probes, arrays)
        Raw intensities, not logarithms, from which the scanner's software has subtracted nothing.
    status : sequence of str of shape (probes,), optional
        As in `normexp_fit_control`.
    negctrl, regular : str
        Status of negative control probes and of regular probes; upper and lower case are the same.
    offset : float
        Added to the corrected intensities.
    robust : bool
        Whether outlying negative controls have less influence.
    detection_p : str or array of shape (probes, arrays)
        Where no probe is a negative control, detection p-values as in `normexp_fit_detection_p`.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    EListRaw, array, DataFrame or AnnData
        Expected signals of all probes, plus the offset, in the kind that was given; a background
        `Eb` is subtracted first, and dropped.

    Raises
    ------
    InputError
        If there are neither negative controls nor detection p-values, or intensities are negative:
        the background was subtracted before.
    InputTypeError
        If the data are no raw intensities.

    Warns
    -----
    Note
        If detection p-values stand for negative controls.

    See Also
    --------
    neqc : Normalises as well.

    References
    ----------
    .. [1] Shi W, Oshlack A, Smyth GK (2010). Nucleic Acids Res 38:e204.
       https://doi.org/10.1093/nar/gkq871

    Examples
    --------
    >>> import pylimma
    >>> x = [[90.0], [110.0], [300.0], [500.0]]
    >>> pylimma.nec(x, ["negative", "negative", "regular", "regular"]).round(1)
    array([[ 24.2],
           [ 31.4],
           [215.3],
           [415.3]])
    """
    probes = parse_probes(x, status)
    with with_threads(n_jobs):
        values = _corrected(probes, negctrl, regular, offset, robust, detection_p)
    if probes.raw is not None:
        return probes.raw.replace(E=Made(values), Eb=None)
    return probes.data.like_source(values)


def neqc(
    x: ExpressionLike,
    status: Any = None,
    negctrl: str = "negative",
    regular: str = "regular",
    offset: float = 16,
    robust: bool = False,
    detection_p: Any = "Detection",
    *,
    n_jobs: int | None = None,
    **options: Any,
) -> Any:
    """Log-expression of bead arrays: background correction by controls, quantiles, logarithms.

    Parameters
    ----------
    x : EListRaw, array or DataFrame of shape (probes, arrays)
        Raw intensities, not logarithms, from which the scanner's software has subtracted nothing.
    status : sequence of str of shape (probes,), optional
        As in `normexp_fit_control`.
    negctrl, regular : str
        Status of negative control probes and of regular probes; upper and lower case are the same.
    offset : float
        Added to the corrected intensities.
    robust : bool
        Whether outlying negative controls have less influence.
    detection_p : str or array of shape (probes, arrays)
        Where no probe is a negative control, detection p-values as in `normexp_fit_detection_p`.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.
    **options : object
        `ties` of `normalize_quantiles`.

    Returns
    -------
    EList, array or DataFrame
        Log2 expression of the regular probes; of all probes where no status is known.

    Raises
    ------
    InputError
        As of `nec`.
    InputTypeError
        If the data are no raw intensities.

    Warns
    -----
    Note
        If detection p-values stand for negative controls.

    See Also
    --------
    nec : Background correction alone.
    normalize_quantiles : Quantiles alone.

    Notes
    -----
    Control probes take part in the quantile normalisation and are then removed [1]_, and with them
    the column "Status" of the annotation.

    References
    ----------
    .. [1] Shi W, Oshlack A, Smyth GK (2010). Nucleic Acids Res 38:e204.
       https://doi.org/10.1093/nar/gkq871

    Examples
    --------
    >>> import pylimma
    >>> x = [[90.0, 80.0], [110.0, 130.0], [300.0, 250.0], [500.0, 700.0]]
    >>> pylimma.neqc(x, ["negative", "negative", "regular", "regular"]).round(2)
    array([[7.54, 7.54],
           [9.  , 9.  ]])
    """
    check_keywords(options, ("ties",), "neqc")
    ties = flag(options.get("ties", True), "ties")
    probes = parse_probes(x, status)
    with with_threads(n_jobs):
        values = _corrected(probes, negctrl, regular, offset, robust, detection_p)
        values = np.log2(equal_quantiles(values, probes.data.sample_names, ties=ties))
    if probes.status is None:
        kept = np.ones(len(values), dtype=bool)
    else:
        kept = probes.some(regular, "regular")
    raw = probes.raw
    if raw is None:
        data = probes.data
        if data.gene_names is None and data.sample_names is None:
            return values[kept]
        return pd.DataFrame(values, data.gene_names, data.sample_names)[kept]
    components = {name: raw[name] for name in raw if name not in ("E", "Eb")}
    result = EList(components, E=Made(values)).set_names(
        genes=raw.row_names, samples=raw.col_names, design_columns=raw.names("design_columns")
    )
    result = result[kept]
    if "genes" in result and "Status" in result.genes:
        result["genes"] = result.genes.drop(columns="Status")
    return result


def _corrected(
    probes: Probes, negctrl: str, regular: str, offset: float, robust: bool, detection_p: Any
) -> FloatArray:
    """Expected signals plus an offset."""
    offset, robust = number(offset, "offset", finite=True), flag(robust, "robust")
    if (wrong := probes.data.matrix < 0).any():
        raise InputError(
            f"{wrong.sum()} intensities are negative: the background seems to be subtracted "
            "already, and the controls no longer tell it. Export the intensities again without "
            "background subtraction, or take logarithms of positive ones after adding an offset, "
            "and `normalize_between_arrays`."
        )
    if probes.raw is not None and "Eb" in probes.raw:
        signal = probes.data.matrix - probes.raw["Eb"]
        probes = replace(probes, data=replace(probes.data, matrix=signal))
    wanted = text(negctrl, "negctrl").lower()
    if probes.status is not None and wanted in probes.kinds():
        parameters = fit_control(probes, negctrl, regular, robust)
    else:
        parameters = fit_detection(probes, detection_p)
        warn("No probe is a negative control; detection p-values tell the background.", Note)
    signals = [
        expected_signal(*both) for both in zip(parameters, probes.data.matrix.T, strict=True)
    ]
    return np.column_stack(signals) + offset
