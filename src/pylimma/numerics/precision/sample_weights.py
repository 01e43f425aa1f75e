"""Quality weights of samples: how precisely each of them measures all genes."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from pylimma.errors import EstimationWarning, warn
from pylimma.numerics.precision.reml_sample_weights import reml_weights
from pylimma.numerics.precision.sequential_sample_weights import sequential_weights, sum_to_zero
from pylimma.numerics.regression.linalg import FactoredDesign, pivoted_qr
from pylimma.typing import FloatArray, IntArray

SampleWeightsMethod: TypeAlias = Literal["auto", "genebygene", "reml"]

_FEWEST_GENES = 2
_ENOUGH_GENES = 1000  # to see how widely values spread
_SAFE_SPREAD = (1e-4, 1e100)  # of values whose squares stay far from rounding and from overflow
_WIDEST_RANGE = 1e10  # of weights; only a likelihood without a maximum leads there
_FEWEST_DF = 2  # fewer residual degrees of freedom say nothing on single samples


def sample_weights(
    y: FloatArray,
    design: FactoredDesign,
    contrasts: FloatArray | None = None,
    weights: FloatArray | None = None,
    *,
    method: SampleWeightsMethod = "auto",
    prior_n: float = 10.0,
    maxiter: int = 50,
    tol: float = 1e-5,
    early: bool = False,
    n_jobs: int | None = None,
) -> FloatArray:
    """Relative precisions of the samples, common to all genes; `early` as in `reml_weights`."""
    n_genes, n_samples = y.shape
    too_few = n_genes < _FEWEST_GENES or n_samples - design.rank < _FEWEST_DF
    if too_few or (contrasts is not None and contrasts.shape[1] == 0):
        return np.ones(n_samples)
    y = in_working_unit(y)
    if method == "auto":
        method = "reml" if weights is None and np.isfinite(y).all() else "genebygene"
    if method == "genebygene":
        precision = sequential_weights(y, design.matrix, contrasts, weights, prior_n)
    else:
        precision = reml_weights(
            y,
            design,
            contrasts,
            weights,
            prior_n,
            maxiter=maxiter,
            tol=tol,
            early=early,
            n_jobs=n_jobs,
        )
    if not precision.max() < _WIDEST_RANGE * precision.min():
        warn("Sample weights grow without bound; give `prior_n` a larger value.", EstimationWarning)
    return precision


def in_working_unit(y: FloatArray) -> FloatArray:
    """Values in a unit in which variances neither vanish nor overflow; most often as they are."""
    step = max(1, len(y) // _ENOUGH_GENES)
    some = y[::step]
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.nanmax(some, axis=1, initial=-np.inf) - np.nanmin(some, axis=1, initial=np.inf)
    seen = spread[np.isfinite(spread) & (spread > 0)]
    if seen.size == 0:
        return y
    typical = float(np.median(seen))
    if _SAFE_SPREAD[0] < typical < _SAFE_SPREAD[1]:
        return y
    return y * 2.0 ** -np.floor(np.log2(typical))


def variance_contrasts(var_design: FloatArray) -> FloatArray:
    """Independent columns of a design for the log variances, centred over samples."""
    centred = var_design - var_design.mean(axis=0)
    scale = np.abs(var_design).max(axis=0, initial=0.0)
    varying = np.abs(centred).max(axis=0, initial=0.0) > np.finfo(float).eps * len(centred) * scale
    centred = centred[:, varying]
    return np.asarray(centred[:, pivoted_qr(centred).independent])


def group_contrasts(group: IntArray) -> FloatArray:
    """Contrasts of the log variances of groups of samples."""
    levels, number = np.unique(group, return_inverse=True)
    return variance_contrasts(sum_to_zero(len(levels))[number])


def quick_weights(residuals: FloatArray, sigma: FloatArray, leverage: FloatArray) -> FloatArray:
    r"""Inverse mean squared standardized residuals of each sample.

    .. math:: a_j^{-1} = \mathrm{mean}_g \frac{r_{gj}^2}{\sigma_g^2 (1 - h_j)}
    """
    squared = residuals / sigma[:, None]
    with np.errstate(over="ignore"):
        np.square(squared, out=squared)
    n_values = np.count_nonzero(~np.isnan(squared), axis=0)
    total = np.nansum(squared, axis=0)
    mean = np.divide(total, n_values, out=np.full(len(leverage), np.nan), where=n_values > 0)
    return np.asarray((1 - leverage) / mean)
