"""Weights of the spots of arrays: from numbers of beads, or by print tip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, check_same_shape, parse_expression
from pylimma.adapters.labels import aligned
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import flag, mapping, numbers
from pylimma.containers.components import Components
from pylimma.design.intake import parse_design
from pylimma.errors import InputError, InputWarning, Note, ShapeError, check_choice, warn
from pylimma.numerics.regression.stacked_qr import observation_patterns, stacked_qr
from pylimma.typing import BoolArray, DesignLike, ExpressionLike, FloatArray
from pylimma.weights import printtip_weights as printtips
from pylimma.weights.bead_weights import BeadWeights, bead_weights

STORED = "stored"
_FEWEST_ARRAYS = 3
_LAYOUT = ("ngrid_r", "ngrid_c", "nspot_r", "nspot_c")


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
    data = parse_expression(y, argument="y")
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
    if isinstance(given, pd.DataFrame):
        given = aligned(given, data.gene_names, "genes", argument)
        given = aligned(given.T, data.sample_names, "samples", argument).T
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


def printtip_weights(
    object: ExpressionLike,
    design: DesignLike | None = None,
    weights: Any = STORED,
    method: printtips.PrinttipMethod = "genebygene",
    layout: Mapping[str, float] | None = None,
    maxiter: int = 50,
    tol: float = 1e-10,
    trace: bool = False,  # noqa: ARG001 - R's position; nothing is printed
    *,
    samples: Any = None,
) -> FloatArray:
    r"""Quality weight of each array in the spots of each print tip.

    Parameters
    ----------
    object : MAList, array or DataFrame
        Log-ratios of shape (spots, arrays), grid by grid. NaN is missing.
    design : array or DataFrame of shape (arrays, coefs), or formula, optional
        Design matrix; a common mean when not given, whatever design is stored with the data.
    weights : array, None or "stored"
        Weights of the spots, of shape (spots, arrays), (spots,) or (arrays,); those stored with
        the data, or none.
    method : {"genebygene", "reml"}
        One pass over the spots of a tip, or residual maximum likelihood.
    layout : PrintLayout, optional
        Rows and columns of grids and of spots: `ngrid_r`, `ngrid_c`, `nspot_r`, `nspot_c`; the
        `printer` stored with the data when not given.
    maxiter : int
        Most iterations of "reml".
    tol : float
        Convergence tolerance of "reml".
    trace : bool
        Without effect.
    samples : DataFrame, optional
        Table of arrays for a formula.

    Returns
    -------
    array of shape (spots, arrays)
        The weights, constant within a print tip and array, to be passed to `lm_fit`.

    Raises
    ------
    InputError
        If there are fewer than three arrays, fewer spots than arrays, or no layout.
    ShapeError
        If the layout, design or weights do not fit the data.

    Warns
    -----
    EstimationWarning
        If the iterations of "reml" do not converge.
    Note
        If a design stored with the data is not used.

    See Also
    --------
    array_weights : One weight for each array.

    Notes
    -----
    The variance of a log-ratio in print tip p of array j is :math:`\sigma_g^2 e^{\eta_{pj}}`,
    where :math:`\eta_{pj}` sum to zero over arrays [1]_.

    References
    ----------
    .. [1] Ritchie ME et al. (2006). BMC Bioinformatics 7:261.
       https://doi.org/10.1186/1471-2105-7-261

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> M = np.random.default_rng(1).normal(size=(200, 4))
    >>> M[:100, 0] *= 3
    >>> layout = pylimma.PrintLayout(ngrid_r=1, ngrid_c=2, nspot_r=10, nspot_c=10)
    >>> pylimma.printtip_weights(M, layout=layout)[[0, 100], 0].round(1)
    array([0.3, 1. ])
    """
    check_choice(method, ("genebygene", "reml"), "method")
    data = parse_expression(object)
    n_spots = _spots_of_a_tip(layout, data)
    if design is None:
        if data.design is not None:
            warn(
                "`printtip_weights` does not use the design stored with the data but a common "
                "mean of all arrays; pass `design=`.",
                Note,
            )
        design = np.ones((data.matrix.shape[1], 1))
    model = parse_design(design, data, samples)
    by_spot = data.weights if isinstance(weights, str) and weights == STORED else weights
    chosen = parse_weights(by_spot, data.matrix.shape, data.gene_names, data.sample_names)
    return printtips.printtip_weights(
        data.matrix,
        model.matrix[:, model.pivot[: model.rank]],
        n_spots,
        None if chosen is None else np.broadcast_to(chosen, data.matrix.shape),
        method=method,
        maxiter=maxiter,
        tol=tol,
    )


def _spots_of_a_tip(layout: Mapping[str, float] | None, data: Expression) -> int:
    """Number of spots in a grid, once the layout is known to fit the data."""
    n_rows, n_arrays = data.matrix.shape
    if layout is None and isinstance(data.source, Components):
        layout = data.source.get("printer")
    if layout is None:
        raise InputError(
            "Print tips are known from the `layout` of the slides, a PrintLayout; none is given "
            "or stored with the data as `printer`."
        )
    if n_arrays < _FEWEST_ARRAYS or n_rows < n_arrays:
        raise InputError(
            f"Weights of print tips need at least {_FEWEST_ARRAYS} arrays and as many spots; the "
            f"data are {n_rows} spots × {n_arrays} arrays."
        )
    size = {str(key).replace(".", "_"): value for key, value in mapping(layout, "layout").items()}
    lacking = [key for key in _LAYOUT if key not in size]
    if lacking:
        raise InputError(f"`layout` lacks {', '.join(lacking)}.")
    n_grids, n_spots = (int(size[f"n{a}_r"] * size[f"n{a}_c"]) for a in ("grid", "spot"))
    if n_grids * n_spots != n_rows:
        raise ShapeError(
            f"`layout` is of {n_grids} grids of {n_spots} spots; the data have {n_rows} rows."
        )
    return n_spots
