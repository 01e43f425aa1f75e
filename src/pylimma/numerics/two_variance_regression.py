r"""Regression of two groups of observations with a variance each, for every gene at once.

The model is :math:`y_k = X_k\beta + e_k` with :math:`e_k \sim N(0, \phi_k I)` for the groups
:math:`k = 1, 2`; the logarithms of the variances are estimated by REML scoring [1]_. One
rotation, common to all genes, makes :math:`X_1` and :math:`X_2` orthogonal each:

.. math:: X_1^T X_1 = \mathrm{diag}(d_j), \qquad X_2^T X_2 = \mathrm{diag}(1 - d_j).

Direction :math:`j` then has the leverage
:math:`h_j = (d_j/\phi_1) / \{d_j/\phi_1 + (1-d_j)/\phi_2\}` in group 1 and :math:`1 - h_j` in
group 2, and all that scoring needs are sums over :math:`j`.

References
----------
.. [1] Smyth GK (2002). J Comput Graph Stat 11:836. https://doi.org/10.1198/106186002871
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pylimma.numerics.damped_scoring import Local, StoppingRule, damped_scoring
from pylimma.numerics.linalg import pivoted_qr
from pylimma.numerics.special import logmdigamma
from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import FloatArray, IntArray

SCORING = StoppingRule(decrease=1e-15, tolerance=1e-5, rounds=41)
MEAN_LOG_CHISQUARE = 1.27  # minus the mean log of a chi-square of one degree of freedom
DETERMINED = 1e-10  # an observation with less than this of its variance left is interpolated
ROUNDING = 1e-14  # residuals below this fraction of the data are rounding errors


@dataclass(frozen=True, slots=True, eq=False)
class TwoVariances(Record):
    """REML estimates of two variances for each gene.

    Attributes
    ----------
    log_variances : array of shape (genes, 2)
        Natural logarithms; NaN where estimation fails.
    df : array of shape (genes, 2)
        Residual degrees of freedom of each group, at the point before the last step.
    """

    log_variances: FloatArray
    df: FloatArray


class _Rotated(NamedTuple):
    """Least squares residuals of all genes, and the designs in the common rotation."""

    squares: FloatArray  # (2, genes): residual sums of squares
    moments: FloatArray  # (rank, genes): products of group 1 and residuals; group 2 has minus these
    share: FloatArray  # (rank, 1): d_j
    sizes: tuple[int, int]


def two_variance_regression(
    y: tuple[FloatArray, FloatArray], designs: tuple[FloatArray, FloatArray]
) -> TwoVariances:
    """Variances of two groups of observations with common coefficients.

    Parameters
    ----------
    y : pair of arrays of shape (genes, samples of the group)
        Observations; a gene with one that is not finite is not estimated.
    designs : pair of arrays of shape (samples of the group, coefs)
        Designs of the two groups.

    Returns
    -------
    TwoVariances
        Variances and degrees of freedom.
    """
    together = np.concatenate(y, axis=1)
    finite = np.isfinite(together).all(axis=1)
    sizes = (y[0].shape[1], y[1].shape[1])
    basis, share = _rotation(np.concatenate(designs), sizes[0])
    data = together[finite]
    residuals = data - (data @ basis) @ basis.T
    start = _start(residuals, basis, sizes[0])
    parts = np.split(residuals, [sizes[0]], axis=1)
    squares = np.stack([np.einsum("gs,gs->g", part, part) for part in parts])
    size = np.einsum("gs,gs->g", data, data)
    sound = np.isfinite(start).all(axis=0) & (squares > ROUNDING**2 * size).all(axis=0)
    moments = (parts[0] @ basis[: sizes[0]]).T
    rotated = _Rotated(squares[:, sound], moments[:, sound], share[:, None], sizes)

    def model(parameters: FloatArray, genes: IntArray) -> Local:
        return _local(parameters, _of_genes(rotated, genes))

    path = damped_scoring(start[:, sound], model, SCORING)
    log_variances, df = np.full((2, len(together), 2), np.nan)
    rows = np.flatnonzero(finite)[sound]
    log_variances[rows] = path.parameters.T
    df[rows] = (np.reshape(sizes, (2, 1)) - _leverages(path.penultimate, rotated).sum(axis=1)).T
    return TwoVariances(log_variances, df)


def intraspot_correlations(fit: TwoVariances) -> tuple[FloatArray, FloatArray]:
    r"""Correlations between the channels of a spot, on the scale of Fisher's z.

    With M the difference and A the mean of two channels of one variance and correlation
    :math:`\rho`, :math:`\mathrm{var}(A) / \mathrm{var}(M) = (1+\rho) / \{4(1-\rho)\}`.

    Parameters
    ----------
    fit : TwoVariances
        Of M (first) and A.

    Returns
    -------
    z : array of shape (genes,)
        :math:`\mathrm{atanh}\,\rho`.
    adjustment : array of shape (genes,)
        :math:`\kappa(d_A/2) - \kappa(d_M/2)` with :math:`\kappa(x) = \log x - \psi(x)`, which
        limma subtracts before averaging. The mean error of z is minus half of it: adding
        ``adjustment / 2`` instead would centre z.
    """
    z = 0.5 * (fit.log_variances[:, 1] - fit.log_variances[:, 0]) + np.log(2)
    adjustment = logmdigamma(fit.df[:, 1] / 2) - logmdigamma(fit.df[:, 0] / 2)
    return z, adjustment


def _rotation(design: FloatArray, n_first: int) -> tuple[FloatArray, FloatArray]:
    """Orthonormal basis of both designs, orthogonal in each group; squared norms in the first."""
    basis = pivoted_qr(design).basis
    first = basis[:n_first]
    share, vectors = np.linalg.eigh(first.T @ first)
    return basis @ vectors, np.clip(share, 0.0, 1.0)


def _start(residuals: FloatArray, basis: FloatArray, n_first: int) -> FloatArray:
    """Log variances from the logs of the single squared residuals, of shape (2, genes)."""
    left = 1 - np.einsum("sj,sj->s", basis, basis)
    informative = left > DETERMINED
    start = []
    for group in (np.arange(n_first), np.arange(n_first, len(left))):
        rows = group[informative[group]]
        with np.errstate(divide="ignore"):
            logs = np.log(residuals[:, rows] ** 2 / left[rows])
        start.append(logs @ left[rows] / left[rows].sum() + MEAN_LOG_CHISQUARE)
    return np.stack(start)


def _of_genes(rotated: _Rotated, genes: IntArray) -> _Rotated:
    """Sums of some genes."""
    return rotated._replace(squares=rotated.squares[:, genes], moments=rotated.moments[:, genes])


def _leverages(log_variances: FloatArray, rotated: _Rotated) -> FloatArray:
    """Leverages of each direction in the two groups, of shape (2, rank, genes)."""
    precision = np.exp(-log_variances)
    weights = np.stack([rotated.share * precision[0], (1 - rotated.share) * precision[1]])
    leverages: FloatArray = weights / weights.sum(axis=0)
    return leverages


def _local(log_variances: FloatArray, rotated: _Rotated) -> Local:
    """Minus twice the restricted log likelihood, and score and information of the likelihood."""
    precision = np.exp(-log_variances)
    share, sizes = rotated.share, np.reshape(rotated.sizes, (2, 1))
    total = share * precision[0] + (1 - share) * precision[1]
    shift = rotated.moments * (precision[0] - precision[1]) / total
    shares = np.stack([share, 1 - share])
    signs = np.reshape([1, -1], (2, 1, 1))
    change = (shares * shift**2 - 2 * signs * rotated.moments * shift).sum(axis=1)
    standardised = (rotated.squares + change) * precision
    objective = standardised.sum(axis=0) + (sizes * log_variances).sum(axis=0)
    objective += np.log(total).sum(axis=0)
    leverages = _leverages(log_variances, rotated)
    trace = leverages.sum(axis=1)
    own = 0.5 * (sizes - 2 * trace + (leverages**2).sum(axis=1))
    cross = 0.5 * (leverages[0] * leverages[1]).sum(axis=0)
    score = 0.5 * (standardised - (sizes - trace))
    return Local(objective, score, np.stack([own[0], cross, own[1]]))
