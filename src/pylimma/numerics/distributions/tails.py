"""Student's t, F, chi-squared and gamma: tails in linear and log scale.

Named as in SciPy: `sf` is the upper tail, `cdf` the lower one. All take arrays that
broadcast together; degrees of freedom may be infinite. Log tails go on where the tail
itself is below the smallest double. NaN gives NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pylimma.numerics.blocks import FEWEST_ROWS, gene_blocks, map_blocks
from pylimma.numerics.distributions import incomplete
from pylimma.numerics.distributions.incomplete import Kernel
from pylimma.typing import BoolArray, FloatArray

INFINITE_DF = 1e14  # degrees of freedom that are infinite to double precision
LOG_HALF = math.log(0.5)
_FAR_NORMAL = 37.0  # a tail near here is the last that is not denormal
_VALUES_IN_A_BLOCK = 2**16  # work of about 10 ms, below which a thread costs more than it brings
_FAR = 1e100  # multiples of the scale from where a t tail is a pure power


def t_log_two_sided(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Log of both tails of Student's t distribution."""
    return broadcast(lambda t, df: _t_log_two_sided(np.abs(t), df), t, df)


def t_two_sided(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Both tails of Student's t distribution, down to the smallest double."""
    return broadcast(lambda t, df: _t_two_sided(np.abs(t), df), t, df)


def t_log_sf(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Log of the upper tail of Student's t distribution."""
    log_tail = t_log_two_sided(t, df) + LOG_HALF
    return np.where(np.asarray(t) < 0, log_complement(log_tail), log_tail)


def t_sf(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Upper tail of Student's t distribution."""
    half = 0.5 * t_two_sided(t, df)
    return np.where(np.asarray(t) < 0, 1 - half, half)


def f_log_sf(f: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> FloatArray:
    """Log of the upper tail of the F distribution."""
    kernels = incomplete.log_beta_tail, incomplete.log_gamma_upper, incomplete.log_gamma_lower
    return broadcast(lambda *x: _f_tail(kernels, *x), f, df1, df2)


def f_sf(f: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> FloatArray:
    """Upper tail of the F distribution, down to the smallest double."""
    kernels = incomplete.beta_tail, incomplete.gamma_upper, incomplete.gamma_lower
    return broadcast(lambda *x: _f_tail(kernels, *x), f, df1, df2)


def f_log_cdf(f: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> FloatArray:
    """Log of the lower tail of the F distribution."""
    with np.errstate(divide="ignore"):
        return f_log_sf(1 / np.maximum(f, 0.0), df2, df1)


def f_cdf(f: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> FloatArray:
    """Lower tail of the F distribution, down to the smallest double."""
    with np.errstate(divide="ignore"):
        return f_sf(1 / np.maximum(f, 0.0), df2, df1)


def chi2_sf(x: ArrayLike, df: ArrayLike) -> FloatArray:
    """Upper tail of the chi-squared distribution."""
    return gamma_sf(x, np.asarray(df) / 2, 2.0)


def gamma_sf(x: ArrayLike, shape: ArrayLike, scale: ArrayLike = 1.0) -> FloatArray:
    """Upper tail of the gamma distribution, down to the smallest double."""
    return broadcast(incomplete.gamma_upper, shape, np.maximum(x, 0.0) / np.asarray(scale))


def gamma_log_sf(x: ArrayLike, shape: ArrayLike, scale: ArrayLike = 1.0) -> FloatArray:
    """Log of the upper tail of the gamma distribution."""
    return broadcast(incomplete.log_gamma_upper, shape, np.maximum(x, 0.0) / np.asarray(scale))


def gamma_log_cdf(x: ArrayLike, shape: ArrayLike, scale: ArrayLike = 1.0) -> FloatArray:
    """Log of the lower tail of the gamma distribution."""
    return broadcast(incomplete.log_gamma_lower, shape, np.maximum(x, 0.0) / np.asarray(scale))


def log_complement(log_p: ArrayLike) -> FloatArray:
    """Log of 1 - p by the log of p, accurate at both ends."""
    log_p = np.asarray(log_p, float)
    with np.errstate(divide="ignore"):
        near_one: FloatArray = np.log(-np.expm1(np.maximum(log_p, LOG_HALF)))
    near_zero: FloatArray = np.log1p(-np.exp(np.minimum(log_p, LOG_HALF)))
    return np.where(log_p > LOG_HALF, near_one, near_zero)


def broadcast(kernel: Kernel, *arguments: ArrayLike) -> FloatArray:
    """Value of a kernel for vectors on arguments of any shapes."""
    arrays = np.broadcast_arrays(*(np.asarray(argument, float) for argument in arguments))
    result = np.empty(arrays[0].shape)
    few = len(np.atleast_1d(result)) < FEWEST_ROWS
    rows = [a.ravel() if few else a for a in arrays]  # of arrays, blocks alone are made vectors
    first = result.reshape(-1) if few else result

    def fill(block: slice) -> None:
        with np.errstate(all="ignore"):  # which a thread does not take over
            values = kernel(*(row[block].ravel() for row in rows))
        first[block] = values.reshape(first[block].shape)

    width = first.size // max(len(first), 1)
    blocks = gene_blocks(len(first), width, _VALUES_IN_A_BLOCK)
    if len(blocks) == 1:
        fill(blocks[0])
    else:
        map_blocks(fill, blocks)
    return result


def piecewise(parts: Iterable[tuple[BoolArray, Kernel]], *arguments: FloatArray) -> FloatArray:
    """Values of several kernels, each where its condition holds; NaN where none does."""
    result = np.full(arguments[0].shape, np.nan)
    for where, kernel in parts:
        if where.all():
            return kernel(*arguments)
        if where.any():
            result[where] = kernel(*(argument[where] for argument in arguments))
    return result


def _t_log_two_sided(t: FloatArray, df: FloatArray) -> FloatArray:
    def finite(t: FloatArray, df: FloatArray) -> FloatArray:
        ratio = t / np.sqrt(df)
        near = np.minimum(ratio, _FAR)
        log_tail = incomplete.log_beta_tail(df / 2, np.full(df.shape, 0.5), near * near)
        return log_tail - df * np.log(np.maximum(ratio / _FAR, 1.0))

    def infinite(t: FloatArray, _: FloatArray) -> FloatArray:
        log_tail: FloatArray = special.log_ndtr(-t)
        return log_tail - LOG_HALF

    return piecewise(((df < INFINITE_DF, finite), (df >= INFINITE_DF, infinite)), t, df)


def _t_two_sided(t: FloatArray, df: FloatArray) -> FloatArray:
    def finite(t: FloatArray, df: FloatArray) -> FloatArray:
        ratio = t / np.sqrt(df)
        tail = incomplete.beta_tail(df / 2, np.full(df.shape, 0.5), np.minimum(ratio, _FAR) ** 2)
        far = ratio > _FAR
        if far.any():
            tail[far] = np.exp(_t_log_two_sided(t[far], df[far]))
        return tail

    def infinite(t: FloatArray, _: FloatArray) -> FloatArray:
        log_tail: FloatArray = special.log_ndtr(-t)
        return np.where(t < _FAR_NORMAL, special.erfc(t * math.sqrt(0.5)), 2 * np.exp(log_tail))

    return piecewise(((df < INFINITE_DF, finite), (df >= INFINITE_DF, infinite)), t, df)


def _f_tail(
    kernels: tuple[Kernel, Kernel, Kernel], f: FloatArray, df1: FloatArray, df2: FloatArray
) -> FloatArray:
    """Upper tail of F by the tails of the beta, upper gamma and lower gamma distributions."""
    beta, upper, lower = kernels
    f = np.maximum(f, 0.0)
    limit1, limit2 = df1 >= INFINITE_DF, df2 >= INFINITE_DF
    valid = (df1 > 0) & (df2 > 0)
    return piecewise(
        (
            (valid & ~limit1 & ~limit2, lambda f, d1, d2: beta(d2 / 2, d1 / 2, d1 / d2 * f)),
            (valid & ~limit1 & limit2, lambda f, d1, _: upper(d1 / 2, d1 * f / 2)),
            (valid & limit1 & ~limit2, lambda f, _, d2: lower(d2 / 2, d2 / (2 * f))),
        ),
        f,
        df1,
        df2,
    )
