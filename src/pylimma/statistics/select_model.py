r"""How well designs describe each gene, with a price for every coefficient.

All criteria compare designs for the same data; the smallest is preferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pylimma.typing import FloatArray


def moderated_information(
    s2: FloatArray,
    df: FloatArray,
    n_samples: int,
    penalty: float,
    df_prior: float = 0.0,
    s2_prior: float = 0.0,
) -> FloatArray:
    r"""Information criterion of one design, with a prior for the variances.

    .. math:: (d_0 + n) \log\frac{d_0 s_0^2 + d s^2}{d_0 + n} + (n - d + 1)\,k
    """
    total = df_prior + n_samples
    variance = (df_prior * s2_prior + df * s2) / total
    with np.errstate(divide="ignore"):  # no variance left: minus infinity
        criterion: FloatArray = total * np.log(variance) + (n_samples - df[0] + 1) * penalty
    return criterion


def mallows_cp(
    s2: FloatArray, df: FloatArray, n_samples: int, s2_true: FloatArray | float
) -> FloatArray:
    r"""Mallows's criterion of one design, :math:`d s^2/\sigma^2 + 2(n - d) - n`."""
    n_coefs = n_samples - df[0]
    criterion: FloatArray = df * s2 / s2_true + 2 * n_coefs - n_samples
    return criterion
