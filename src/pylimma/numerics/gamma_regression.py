r"""Gamma regression of squared quantities on a line, many genes at once.

Independent :math:`z_i^2` with mean :math:`\mu_i = a + b s_i` and variance proportional to
:math:`\mu_i^2`. Values that share :math:`s_i` enter through their number and total alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pylimma.numerics.damped_scoring import Local, StoppingRule, damped_scoring

if TYPE_CHECKING:
    from pylimma.typing import FloatArray, IntArray

SCORING = StoppingRule(decrease=0.0, tolerance=1e-6, rounds=21)
LARGEST_RATIO = 1e3  # variances are taken to differ by no more than this factor
SAME = 1e-10  # covariates are distinct if they differ by this fraction of the largest
FLAT = 1e-15  # covariates whose variance is below this tell nothing about the slope


class Groups(NamedTuple):
    """Values that share a covariate, for each gene.

    Attributes
    ----------
    covariate : array of shape (groups, genes)
        The common covariate, not negative; in an empty group any that occurs.
    number : array of shape (groups, genes)
        Number of values; 0 for an empty group.
    total : array of shape (groups, genes)
        Sum of the values.
    """

    covariate: FloatArray
    number: FloatArray
    total: FloatArray


def gamma_line(groups: Groups) -> FloatArray:
    """Intercept and slope by maximum likelihood, starting from least squares.

    Parameters
    ----------
    groups : Groups
        The data.

    Returns
    -------
    array of shape (2, genes)
        Intercept and slope; NaN for a gene whose covariates are all equal. Two distinct
        covariates are fitted exactly by least squares, which then is the answer.
    """
    line, mean = _least_squares(groups)
    ordered = np.sort(groups.covariate, axis=0)
    several = (np.diff(ordered, axis=0) > SAME * ordered[-1]).sum(axis=0) > 1
    genes = np.flatnonzero(several & np.isfinite(line).all(axis=0) & (mean > 0))
    if genes.size == 0:
        return line
    covariate, count, total = (part[:, genes] for part in groups)
    start = line[:, genes]
    fitted = start[0] + start[1] * covariate
    flat = np.stack([mean[genes], np.zeros(genes.size)])
    start = np.where((fitted >= 0).all(axis=0), start, flat)

    def model(parameters: FloatArray, which: IntArray) -> Local:
        if len(which) == len(genes):
            return _local(parameters, Groups(covariate, count, total))
        return _local(parameters, Groups(covariate[:, which], count[:, which], total[:, which]))

    line[:, genes] = damped_scoring(start, model, SCORING).parameters
    return line


def _least_squares(groups: Groups) -> tuple[FloatArray, FloatArray]:
    """Ordinary least squares of the single values on their covariate; and their mean."""
    covariate, count, total = groups
    size = count.sum(axis=0)
    mean = total.sum(axis=0) / size
    centre = (count * covariate).sum(axis=0) / size
    deviation = covariate - centre
    spread = (count * deviation**2).sum(axis=0)
    slope = np.full(len(mean), np.nan)
    np.divide((deviation * total).sum(axis=0), spread, out=slope, where=spread > FLAT * size)
    return np.stack([mean - slope * centre, slope]), mean


def _local(parameters: FloatArray, groups: Groups) -> Local:
    """Half the deviance up to a constant, its score and information."""
    covariate, count, total = groups
    mean = parameters[0] + parameters[1] * covariate
    positive = (mean > 0).all(axis=0)
    safe = np.where(positive, mean, 1.0)
    objective = np.where(positive, (total / safe + count * np.log(safe)).sum(axis=0), np.inf)
    variance = safe**2
    variance = np.maximum(variance, variance.max(axis=0) / LARGEST_RATIO)
    weight = count / variance
    weighted = weight * covariate
    deviation = (total - count * safe) / variance
    return Local(
        objective,
        np.stack([deviation.sum(axis=0), (deviation * covariate).sum(axis=0)]),
        np.stack([weight.sum(axis=0), weighted.sum(axis=0), (weighted * covariate).sum(axis=0)]),
    )
