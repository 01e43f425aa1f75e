"""What the estimators of a scaled F distribution return."""

from __future__ import annotations

from dataclasses import dataclass

from pylimma.record import Record
from pylimma.typing import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ScaledF(Record):
    """Scaled F distribution of variances, with what the robust estimators add.

    Attributes
    ----------
    scale : float, or array of shape (genes,) under a trend
        Scale of the distribution: the prior variance.
    df2 : float
        Denominator degrees of freedom: the prior degrees of freedom, which may be infinite.
    tail_p_value : array of shape (genes,), optional
        Upper tail probability of each variance.
    prob_outlier : array of shape (genes,), optional
        Probability that each variance is an outlier.
    df2_outlier : float, optional
        Degrees of freedom of an outlier.
    df2_shrunk : array of shape (genes,), optional
        Degrees of freedom of each gene, smaller for outliers.
    """

    scale: float | FloatArray
    df2: float
    tail_p_value: FloatArray | None = None
    prob_outlier: FloatArray | None = None
    df2_outlier: float | None = None
    df2_shrunk: FloatArray | None = None
