"""The zero-truncated binomial distribution and its logistic regression, with names of R's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from pylimma.arguments import flag, number, numbers
from pylimma.errors import InputError, ShapeError
from pylimma.numerics.distributions.zero_truncated_binomial import (
    log_mass,
    log_odds_mass,
    log_tails,
    zero_truncated_logit,
)
from pylimma.record import Record
from pylimma.typing import FloatArray

MOST_TRIALS = 10**6
LARGEST_LOGIT = 750.0  # that of the smallest double


@dataclass(frozen=True, slots=True, eq=False)
class ZeroTruncatedLogit(Record):
    """A logistic regression of zero-truncated binomial counts.

    Attributes
    ----------
    beta : array of shape (coefs,)
        Coefficients of the log-odds.
    alpha : float
        Largest probability, 1 unless it was estimated.
    p : array of shape (n,)
        Fitted probabilities.
    deviance : float
        Minus twice the log-likelihood.
    """

    beta: FloatArray
    alpha: float
    p: FloatArray
    deviance: float


def dztbinom(x: Any, size: Any, prob: Any, log: bool = False, logit_p: bool = False) -> FloatArray:
    """Probabilities of a binomial variable that is known not to be zero.

    Parameters
    ----------
    x : array of shape (n,)
        Numbers of successes.
    size : int or array of shape (n,)
        Numbers of trials.
    prob : float or array of shape (n,)
        Probability of success, or its logit.
    log : bool
        Whether natural logarithms are returned.
    logit_p : bool
        Whether `prob` is on the logit scale.

    Returns
    -------
    array of shape (n,)
        0 for x = 0.

    Raises
    ------
    InputError
        If a probability lies outside 0 and 1.

    See Also
    --------
    pztbinom : Distribution function.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.dztbinom([1, 2], 2, 0.5).round(3)
    array([0.667, 0.333])
    """
    x, size, p = _arrays(x, size, prob, logit_p=flag(logit_p, "logit_p"))
    found = log_odds_mass(x, size, p) if logit_p else log_mass(x, size, p)
    return np.asarray(found if flag(log, "log") else np.exp(found))


def pztbinom(
    q: Any,
    size: Any,
    prob: Any,
    lower_tail: bool = True,
    log_p: bool = False,
    logit_p: bool = False,
) -> FloatArray:
    """Distribution function of a binomial variable that is known not to be zero.

    Parameters
    ----------
    q : array of shape (n,)
        Numbers of successes.
    size : int or array of shape (n,)
        Numbers of trials.
    prob : float or array of shape (n,)
        Probability of success, or its logit.
    lower_tail : bool
        Whether the probability is that of at most `q`, rather than of more.
    log_p : bool
        Whether natural logarithms are returned.
    logit_p : bool
        Whether `prob` is on the logit scale.

    Returns
    -------
    array of shape (n,)
        Probabilities.

    Raises
    ------
    InputError
        If a probability lies outside 0 and 1.

    See Also
    --------
    dztbinom : Probabilities.

    Examples
    --------
    >>> import pylimma
    >>> pylimma.pztbinom([1, 2], 2, 0.5).round(3)
    array([0.667, 1.   ])
    """
    q, size, p = _arrays(q, size, prob, logit_p=flag(logit_p, "logit_p"))
    eta = p if logit_p else np.clip(logit(p), -LARGEST_LOGIT, LARGEST_LOGIT)
    lower, upper = log_tails(q, size, eta)
    found = lower if flag(lower_tail, "lower_tail") else upper
    return np.asarray(found if flag(log_p, "log_p") else np.exp(found))


def fit_zt_logit(
    n_successes: Any,
    n_trials: Any,
    x: Any = None,
    capped: bool = False,
    beta_start: Any = None,
    alpha_start: float = 0.95,
) -> ZeroTruncatedLogit:
    """Logistic regression of counts that are known not to be zero.

    Parameters
    ----------
    n_successes : array of shape (n,)
        Successes, at least 1.
    n_trials : int or array of shape (n,)
        Trials.
    x : array of shape (n, coefs), optional
        Design; an intercept when not given.
    capped : bool
        Whether the largest probability is estimated too.
    beta_start : array of shape (coefs,), optional
        Coefficients to start from.
    alpha_start : float
        Largest probability to start from.

    Returns
    -------
    ZeroTruncatedLogit
        `beta`, `alpha`, fitted `p` and `deviance`.

    Raises
    ------
    InputError
        If a number of successes is zero or above that of trials.
    ShapeError
        If `x` has another number of rows.

    See Also
    --------
    dpc_on : Detection curves.

    Examples
    --------
    >>> import pylimma
    >>> fit = pylimma.fit_zt_logit([1, 2, 2, 3], 4)
    >>> bool(0.3 < fit.p[0] < 0.6)
    True
    """
    k, size, _ = _arrays(n_successes, n_trials, 0.5)
    if not ((k >= 1) & (k <= size)).all():
        raise InputError("`n_successes` must lie between 1 and `n_trials`.")
    design = np.ones((len(k), 1)) if x is None else numbers(x, "x")
    design = design[:, None] if design.ndim == 1 else design
    if len(design) != len(k):
        raise ShapeError(f"`x` has {len(design)} rows; there are {len(k)} counts.")
    start = None if beta_start is None else numbers(beta_start, "beta_start", 1)
    if start is not None and start.shape != (design.shape[1],):
        raise ShapeError(
            f"`beta_start` has {len(start)} values; the design has {design.shape[1]} columns."
        )
    if not (np.isfinite(design).all() and (start is None or np.isfinite(start).all())):
        raise InputError("`x` and `beta_start` must be finite.")
    beta, alpha = zero_truncated_logit(k, size, design, start), 1.0
    if flag(capped, "capped"):
        alpha = number(alpha_start, "alpha_start", 0, 1, inside=True)

        def loss(theta: FloatArray) -> float:
            return -float(log_mass(k, size, expit(theta[-1]) * expit(design @ theta[:-1])).sum())

        found = minimize(loss, np.r_[beta, logit(alpha)], method="BFGS", tol=1e-10)
        beta, alpha = found.x[:-1], float(expit(found.x[-1]))
    p = alpha * expit(design @ beta)
    eta = design @ beta
    mass = log_odds_mass(k, size, eta) if alpha == 1 else log_mass(k, size, p)
    return ZeroTruncatedLogit(beta, alpha, p, -2 * float(mass.sum()))


def _arrays(
    x: Any, size: Any, prob: Any, *, logit_p: bool = False
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Counts, trials and probabilities of one shape."""
    p = numbers(prob, "prob")
    if not logit_p and not ((p >= 0) & (p <= 1)).all():
        raise InputError("`prob` must lie between 0 and 1.")
    parts = numbers(x, "x"), numbers(size, "size"), p
    if not (np.isfinite(parts[0]).all() and np.isfinite(p).all()):
        raise InputError("Counts and probabilities must be finite.")
    if not ((parts[1] >= 1) & (parts[1] <= MOST_TRIALS) & (parts[1] % 1 == 0)).all():
        raise InputError("Numbers of trials must be whole numbers of at least 1.")
    try:
        first, second, third = np.broadcast_arrays(*parts)
    except ValueError:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise ShapeError(f"Counts, trials and probabilities have shapes {shapes}.") from None
    return np.atleast_1d(first), np.atleast_1d(second), np.atleast_1d(third)
