r"""Log-ratios normalised by robust splines, those of print tips shrunk towards a common one.

The natural spline of A has coefficients :math:`b_0` with covariance :math:`V_0` over the slide, and
:math:`b_i` with :math:`V_i` in print tip i. The :math:`b_i` vary about :math:`b_0` with covariance
:math:`S = aV_0`, so that their posterior mean is :math:`b_0 + S(S + V_i)^{-1}(b_i - b_0)`; the
trace of *S* is that by which the covariance of the :math:`b_i` exceeds the mean of the :math:`V_i`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.arguments import check_paired, random_generator, vector, whole
from pylimma.errors import EstimationWarning, InputError, check_choice, warn
from pylimma.numerics.powers import extreme_exponent
from pylimma.numerics.regression.linalg import pivoted_qr
from pylimma.numerics.regression.m_estimates import RobustFit, m_estimate, mm_estimate
from pylimma.numerics.smoothing.splines import natural_spline_basis, quantile_knots
from pylimma.preprocessing.arrays.layout import parse_layout
from pylimma.typing import BoolArray, FloatArray, IntArray

RobustMethod: TypeAlias = Literal["M", "MM"]
_Estimate: TypeAlias = Callable[[FloatArray, FloatArray], RobustFit]

_FEWEST_DF = 2


class RobustSplines:
    """Robust splines of any number of arrays, and how many of them did not converge."""

    def __init__(self, df: Any, method: RobustMethod, rng: Any) -> None:
        self._df = whole(df, "df", _FEWEST_DF)
        check_choice(method, ("M", "MM"), "method")
        search = partial(mm_estimate, rng=random_generator(rng, "rng"))
        self._estimate: _Estimate = m_estimate if method == "M" else search
        self._failed = 0

    def residuals(self, m: FloatArray, a: FloatArray, n_grids: int) -> FloatArray:
        """Log-ratios of an array less their curves; NaN where `m` or `a` is not finite."""
        per_grid = m.size // n_grids
        if per_grid <= self._df:
            raise InputError(
                f"A spline of `df` {self._df} needs {self._df + 1} spots; a grid of the `layout` "
                f"has {per_grid}."
            )
        result = np.full(m.shape, np.nan)
        used = np.isfinite(m) & np.isfinite(a)
        if used.any():
            grid = np.repeat(np.arange(n_grids), per_grid)[used]
            exponent = extreme_exponent(m[used])
            known = np.ldexp(m[used], -exponent)
            known = self._of_known(known, self._basis(a[used]), grid, n_grids)
            result[used] = np.ldexp(known, exponent)
        return result

    def warn(self) -> None:
        """Say how many curves did not converge."""
        if self._failed:
            warn(f"{self._failed} robust splines did not converge.", EstimationWarning)

    def _basis(self, a: FloatArray) -> FloatArray:
        if np.unique(a).size <= self._df:
            raise InputError(
                f"A spline of `df` {self._df} needs {self._df + 1} different values of `A` with "
                f"log-ratios in every array; one has {np.unique(a).size}."
            )
        boundary = float(a.min()), float(a.max())
        knots = quantile_knots(a, self._df - 2, boundary)
        return natural_spline_basis(a, knots, boundary, intercept=True)

    def _fit(self, basis: FloatArray, m: FloatArray) -> RobustFit:
        fit = self._estimate(basis, m)
        self._failed += not fit.converged
        return fit

    def _of_known(
        self, m: FloatArray, basis: FloatArray, grid: IntArray, n_grids: int
    ) -> FloatArray:
        slide = self._fit(basis, m)
        if n_grids == 1:
            return slide.residuals
        b = np.tile(slide.coefficients, (n_grids, 1))
        v = np.zeros((n_grids, self._df, self._df))
        fitted = np.zeros(n_grids, dtype=bool)
        for tip in range(n_grids):
            own = grid == tip
            x = basis[own]
            columns = pivoted_qr(np.asarray(np.linalg.qr(x, mode="r"))).independent
            fitted[tip] = len(x) > columns.size
            if fitted[tip]:
                fit = self._fit(x[:, columns], m[own])
                b[tip, columns] = fit.coefficients
                v[tip][np.ix_(columns, columns)] = fit.covariance
        shrunk = _shrunk(b, v, fitted, slide)
        return np.asarray(m - np.einsum("pc,pc->p", basis, shrunk[grid]))


def _shrunk(b: FloatArray, v: FloatArray, fitted: BoolArray, slide: RobustFit) -> FloatArray:
    """Posterior means of the coefficients of print tips; those of the slide for ones not fitted."""
    b0, v0 = slide.coefficients, slide.covariance
    total = np.trace(v0)
    excess = 0.0
    if np.count_nonzero(fitted) > 1 and total > 0:
        between = b[fitted].var(axis=0, ddof=1).sum()
        excess = max(0.0, between - np.trace(v[fitted].mean(axis=0))) / total
    if excess == 0:
        return np.tile(b0, (len(b), 1))
    s = excess * v0
    # S(S + V)⁻¹(b - b0)
    moved = np.linalg.solve(s + v, (b - b0)[:, :, None])
    return np.asarray(b0 + (s @ moved)[:, :, 0])


def normalize_robust_spline(
    M: Any,
    A: Any,
    layout: Any = None,
    df: int = 5,
    method: RobustMethod = "M",
    *,
    rng: Any = 0,
) -> Any:
    r"""Log-ratios of one array without their trend in intensity, by robust splines.

    Parameters
    ----------
    M : sequence of shape (spots,)
        Log-ratios, grid by grid; NaN is missing.
    A : sequence of shape (spots,)
        Average log-intensities.
    layout : PrintLayout, dict or container, optional
        Rows and columns of grids and spots; one curve for all spots when not given.
    df : int
        Degrees of freedom of a curve, at least 2.
    method : {"M", "MM"}
        Huber's M-estimate, or the MM-estimate, which withstands more outliers.
    rng : numpy.random.Generator or int
        Source of the random points from which "MM" starts.

    Returns
    -------
    array or Series of shape (spots,)
        Normalised log-ratios, a Series if `M` is one; NaN where M or A is missing.

    Raises
    ------
    InputError
        If a grid has no more spots, or A no more values, than degrees of freedom.
    ShapeError
        If M, A and the layout differ in size.

    Warns
    -----
    EstimationWarning
        If a curve did not converge in 20 steps.

    See Also
    --------
    normalize_within_arrays : This and other methods on all arrays.

    Notes
    -----
    A natural cubic spline with coefficients :math:`b_0` and their covariance :math:`V_0` is fitted
    to the slide, and one with :math:`b_i` and :math:`V_i` to each grid [1]_. The latter are shrunk
    to :math:`b_0 + S(S + V_i)^{-1}(b_i - b_0)`, where :math:`S` is a multiple of :math:`V_0` by
    which the covariance of the :math:`b_i` exceeds the mean of the :math:`V_i` in trace.

    References
    ----------
    .. [1] Huber PJ (1981). Robust Statistics. Wiley. https://doi.org/10.1002/0471725250

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> A = np.linspace(6, 14, 100)
    >>> M = np.sin(A / 3) + np.random.default_rng(1).normal(0, 0.1, 100)
    >>> bool(abs(pylimma.normalize_robust_spline(M, A)).max() < 0.4)
    True
    """
    check_paired(M, A, "M", "A")
    m = vector(M, "M")
    a = vector(A, "A", m.size, "log-ratio")
    n_grids = 1
    if layout is not None:
        slide = parse_layout(layout, m.size)
        n_grids = int(slide.ngrid_r * slide.ngrid_c)
    splines = RobustSplines(df, method, rng)
    result = splines.residuals(m, a, n_grids)
    splines.warn()
    return pd.Series(result, M.index, name=M.name) if isinstance(M, pd.Series) else result
