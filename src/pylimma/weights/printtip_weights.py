r"""Quality weights of the regions of spotted arrays, one for each print tip and array.

Spots of one print tip are consecutive rows. Within them, spot *g* on array *j* has variance
:math:`\sigma_g^2 e^{\eta_j}/w_{gj}` where :math:`\eta = Z\gamma` sums to zero: *Z* is the
identity over a row of -1, so that :math:`\gamma` is :math:`\eta` without its last element [1]_.

References
----------
.. [1] Ritchie ME et al. (2006). BMC Bioinformatics 7:261.
   https://doi.org/10.1186/1471-2105-7-261
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.weights import parse_weights
from pylimma.containers.components import Components
from pylimma.design.intake import parse_design
from pylimma.errors import EstimationWarning, InputError, Note, check_choice, warn
from pylimma.numerics.precision.sample_weights import in_working_unit
from pylimma.numerics.precision.sequential_sample_weights import (
    SMALLEST_VARIANCE,
    independent_designs,
    orthonormal_basis,
    scoring_step,
)
from pylimma.numerics.regression.linalg import FactoredDesign
from pylimma.numerics.regression.stacked_qr import observation_patterns, stacked_qr
from pylimma.preprocessing.arrays.layout import parse_layout
from pylimma.typing import BoolArray, DesignLike, ExpressionLike, FloatArray

PrinttipMethod: TypeAlias = Literal["genebygene", "reml"]

_PRIOR_SPOTS = 10.0  # number of spots that equal weights are worth in one pass
STORED = "stored"
_FEWEST_ARRAYS = 3
_FEWEST_VALUES = 3  # of a spot with missing values, in one pass


def tip_weights(
    y: FloatArray,
    design: FactoredDesign,
    n_spots: int,
    weights: FloatArray | None = None,
    *,
    method: PrinttipMethod = "genebygene",
    maxiter: int = 50,
    tol: float = 1e-10,
) -> FloatArray:
    """Weights of the arrays within each print tip, of shape (spots, arrays)."""
    columns = design.matrix[:, design.independent]
    observed = np.isfinite(y) if weights is None else np.isfinite(y) & (weights > 0)
    scale = observed.astype(np.float64)
    if weights is not None:
        largest = np.max(weights, axis=1, keepdims=True, initial=1.0, where=observed)
        np.divide(weights, largest, out=scale, where=observed)
    values = np.where(observed, y, 0.0)
    result = np.empty(y.shape)
    failed = 0
    for start in range(0, len(y), n_spots):
        tip = slice(start, start + n_spots)
        if method == "genebygene":
            gamma = _one_pass(values[tip], columns, scale[tip], observed[tip])
        else:
            gamma, converged = _reml(values[tip], columns, scale[tip], maxiter, tol)
            failed += not converged
        result[tip] = np.exp(-np.append(gamma, -gamma.sum()))
    if failed:
        warn(
            f"Weights of {failed} print tips did not converge in {maxiter} iterations.",
            EstimationWarning,
        )
    return result


def _one_pass(
    y: FloatArray, design: FloatArray, weights: FloatArray, observed: BoolArray
) -> FloatArray:
    r"""Log variances of a print tip, updated spot by spot.

    A spot's information is approximated by :math:`Z^T\mathrm{diag}(1-h)Z` less
    :math:`(h_n - h_1)^2/\mathrm{df}` in every element.
    """
    n_arrays = len(design)
    patterns, membership = observation_patterns(observed)
    designs = independent_designs(design, patterns)
    n_values = patterns.sum(axis=1)
    df = n_values - np.array([len(columns) for columns in designs])
    usable = (df > 0) & (patterns.all(axis=1) | (n_values >= _FEWEST_VALUES))
    gamma = np.zeros(n_arrays - 1)
    prior = _PRIOR_SPOTS * (1 - design.shape[1] / n_arrays)
    information = prior * (np.eye(n_arrays - 1) + 1)
    for spot in np.flatnonzero(usable[membership]):
        number = membership[spot]
        here = patterns[number]
        root = np.sqrt(weights[spot] * np.exp(-np.append(gamma, -gamma.sum())))
        basis = orthonormal_basis(designs[number], root)
        residuals = root * y[spot]
        residuals -= basis @ (residuals @ basis)
        variance = residuals @ residuals / df[number]
        if variance < SMALLEST_VARIANCE:
            continue
        freedom = here - np.einsum("ac,ac->a", basis, basis)
        excess = residuals**2 / variance - freedom
        score = excess[:-1] - excess[-1]
        information += freedom[-1] - (freedom[0] - freedom[-1]) ** 2 / df[number]
        information.flat[::n_arrays] += freedom[:-1]
        if here.all():
            gamma += scoring_step(information, score)
        else:
            gamma = _step_among(here, gamma, information, score)
    return gamma


def _step_among(
    here: BoolArray, gamma: FloatArray, information: FloatArray, score: FloatArray
) -> FloatArray:
    """Log variances after a step that adds nothing to the sum over the arrays of a spot."""
    coding = np.vstack([np.eye(len(gamma)), -np.ones(len(gamma))])[here]
    contrasts = (coding - coding.mean(axis=0))[:-1]
    spread = np.linalg.solve(information, contrasts.T)
    step = contrasts @ (spread @ (contrasts @ score))
    log_variance = np.append(gamma, -gamma.sum())
    log_variance[here] += np.append(step, -step.sum())
    return log_variance[:-1]


def _reml(
    y: FloatArray, design: FloatArray, weights: FloatArray, maxiter: int, tol: float
) -> tuple[FloatArray, bool]:
    """Log variances of a print tip by Fisher scoring, and whether they converged."""
    gamma = np.zeros(len(design) - 1)
    used = np.count_nonzero(weights, axis=1) > 1
    y, weights = y[used], weights[used]
    for _ in range(maxiter):
        precision = np.exp(-np.append(gamma, -gamma.sum()))
        score, information = _tip_scoring(y, design, weights * precision)
        step = scoring_step(information, score)
        gamma += step
        if score @ step < tol * len(design):
            return gamma, True
    return gamma, False


def _tip_scoring(
    y: FloatArray, design: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Score and approximate information of the spots of a print tip."""
    root = np.sqrt(weights)
    here = weights > 0
    factors = stacked_qr(design.T[:, None, :] * root)
    df = np.count_nonzero(here, axis=1) - factors.rank
    squared = factors.residuals(root * y) ** 2
    variance = np.divide(squared.sum(axis=1), df, out=np.zeros(len(y)), where=df > 0)
    fitted = variance >= SMALLEST_VARIANCE
    if not fitted.any():
        n_parameters = len(design) - 1
        return np.zeros(n_parameters), np.eye(n_parameters)
    here, squared, variance = here[fitted], squared[fitted], variance[fitted]
    freedom = here - np.einsum("cga,cga->ga", factors.q, factors.q)[fitted]
    excess = (squared / variance[:, None] - freedom).sum(axis=0)
    total = freedom.sum(axis=0)
    last = here.shape[1] - 1 - np.argmax(here[:, ::-1], axis=1)
    difference = np.where(here, freedom - np.take_along_axis(freedom, last[:, None], 1), 0.0)
    information = total[-1] - (difference.T @ difference)[:-1, :-1] / df[fitted][-1]
    information.flat[:: len(design)] += total[:-1]
    return excess[:-1] - excess[-1], information


def printtip_weights(
    object: ExpressionLike,
    design: DesignLike | None = None,
    weights: Any = STORED,
    method: PrinttipMethod = "genebygene",
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
    return tip_weights(
        in_working_unit(data.matrix),
        model.factors,
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
    sizes = parse_layout(layout, n_rows)
    return int(sizes.nspot_r * sizes.nspot_c)
