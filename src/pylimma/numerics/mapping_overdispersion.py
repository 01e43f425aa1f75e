r"""Overdispersion of transcript counts that ambiguous mapping adds to Poisson variation.

Resampled counts :math:`u_b` of a transcript in a sample, of mean :math:`m`, have
:math:`\sum_b (u_b - m)^2 / m` near :math:`\sigma^2 (B - 1)` if their variance is :math:`\sigma^2`
times that of Poisson counts; samples are pooled and the ratio is shrunk to a prior [1]_.

References
----------
.. [1] Baldoni PL, Chen Y, Hediyeh-zadeh S, Liao Y, Dong X, Ritchie ME, Shi W, Smyth GK (2024).
   Nucleic Acids Res 52:e13. https://doi.org/10.1093/nar/gkad1167
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import f as f_distribution

from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import AnyArray, FloatArray

DF_PRIOR = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Overdispersion(Record):
    """Overdispersions of transcripts and their prior.

    Attributes
    ----------
    overdispersion : array of shape (transcripts,)
        Ratio to the Poisson variance, at least one.
    prior : float
        What it is shrunk to.
    """

    overdispersion: FloatArray
    prior: float


def index_of_dispersion(resamples: AnyArray) -> tuple[FloatArray, FloatArray]:
    """Sum of squares of resampled counts over their mean, and its degrees of freedom.

    Parameters
    ----------
    resamples : array of shape (resamples, transcripts)
        Resampled counts of one sample.

    Returns
    -------
    statistic, df : array of shape (transcripts,)
        Both zero for a transcript whose mean is zero.
    """
    mean = resamples.mean(axis=0)
    squares = ((resamples - mean) ** 2).sum(axis=0)
    counted = mean > 0
    statistic = np.divide(squares, mean, out=np.zeros(len(mean)), where=counted)
    return statistic, np.where(counted, len(resamples) - 1.0, 0.0)


def moderated_overdispersion(statistic: FloatArray, df: FloatArray) -> Overdispersion:
    r"""Shrink the overdispersions of transcripts to a common prior.

    .. math:: \tilde\sigma^2_t = \max\left(1, \frac{d_0 s_0 + d_t s_t}{d_0 + d_t}\right), \quad
              s_t = \frac{X_t}{d_t}, \quad
              s_0 = \max\left(1, \frac{\mathrm{median}(s)}{F^{-1}_{\bar d, d_0}(1/2)}\right)

    Parameters
    ----------
    statistic : array of shape (transcripts,)
        Indices of dispersion :math:`X_t`, summed over samples.
    df : array of shape (transcripts,)
        Their degrees of freedom :math:`d_t`; zero where nothing is known.

    Returns
    -------
    Overdispersion
        One for all if no transcript has resamples.
    """
    known = df > 0
    if not known.any():
        return Overdispersion(np.ones(len(df)), 1.0)
    raw = statistic[known] / df[known]
    centre = f_distribution.ppf(0.5, np.median(df[known]), DF_PRIOR)
    prior = max(1.0, float(np.median(raw) / centre))
    values = np.full(len(df), prior)
    values[known] = (DF_PRIOR * prior + statistic[known]) / (DF_PRIOR + df[known])
    return Overdispersion(np.maximum(values, 1.0), prior)
