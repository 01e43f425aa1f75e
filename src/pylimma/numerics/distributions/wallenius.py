r"""Wallenius' noncentral hypergeometric distribution: its upper tail, in log scale.

From :math:`m` marked and :math:`n` other balls, `k` are drawn one by one without replacement, a
marked one with :math:`\omega` times the probability of another. This is a race [1]_: let every ball
arrive after an exponential time, marked ones at rate :math:`\omega` and others at rate 1; the drawn
balls are the first `k` to arrive. More than :math:`q - 1` of them are marked exactly when the
:math:`q`-th marked one, at time R, arrives before the :math:`(k-q+1)`-th other, at time W, so that

.. math:: P(X \ge q) = P(R < W) = \int f_R(u)\, P(W > u)\, du = \int f_W(u)\, P(R < u)\, du,

in which :math:`1 - e^{-\omega R}` and :math:`1 - e^{-W}` are order statistics of uniform variables,
that is, beta variables. No sum over the tail is needed, and nothing cancels. On the scale
:math:`v = \log u` the integrand is log-concave and analytic, so that the trapezoidal rule converges
faster than any power of its step.

References
----------
.. [1] Fog A (2008). Commun Stat Simul Comput 37:241-257. https://doi.org/10.1080/03610910701790269
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pylimma.numerics.distributions.incomplete import log_beta_kernel, log_beta_tail
from pylimma.numerics.distributions.tails import broadcast
from pylimma.typing import BoolArray, FloatArray, IntArray

_STEP = 0.5  # in standard deviations of the integrand; its error is then far below rounding
_LARGEST_STEP = 0.25  # singularities lie pi/2 from the real line: an error of exp(-4 pi^2)
_NEAR_MODE = 0.5  # standard deviations from the mode that are close enough to centre the grid
_NEGLIGIBLE = 2.0**-56  # share of the sum from where further terms do not count
_LONGEST_STEP = 2.0  # towards the mode, in the log of time
_MOST_STEPS = 200


def wallenius_log_sf(
    q: ArrayLike, m: ArrayLike, n: ArrayLike, k: ArrayLike, odds: ArrayLike
) -> FloatArray:
    """Log probability of at least `q` marked among `k` drawn from `m` marked and `n` others."""
    return broadcast(_log_tail, q, m, n, k, odds)


def _log_tail(
    q: FloatArray, m: FloatArray, n: FloatArray, k: FloatArray, odds: FloatArray
) -> FloatArray:
    fewest, most = np.maximum(k - n, 0), np.minimum(k, m)
    fewest = np.where(odds == np.inf, most, fewest)
    most = np.where(odds == 0, np.maximum(k - n, 0), most)
    result = np.where(q > most, -np.inf, 0.0)
    result[np.isnan(q + m + n + k) | (np.isnan(odds) & (q > fewest) & (q <= most))] = np.nan
    at = np.flatnonzero((q > fewest) & (q <= most) & (odds > 0))
    if at.size:
        marked = _Arrival(q[at], m[at], odds[at])
        other = _Arrival(k[at] - q[at] + 1, n[at], np.ones(at.size))
        result[at] = np.minimum(_Race.between(marked, other).log_integral(), 0.0)
    return result


class _Arrival(NamedTuple):
    """The j-th of `size` independent arrivals at one rate, its time seen by its logarithm v."""

    j: FloatArray
    size: FloatArray
    rate: FloatArray

    def log_density(self, v: FloatArray) -> FloatArray:
        """Log density of v: A^j (1-A)^b / B(j, b) au/A with A = 1 - exp(-au), b = size - j + 1."""
        a = self.rate * np.exp(v)
        kernel = log_beta_kernel(self.j, self.size - self.j + 1, 1 / np.expm1(a))
        return kernel + np.log(a) - np.log(-np.expm1(-a))

    def log_exponent(self, v: FloatArray) -> FloatArray:
        """The same but for a constant of each arrival."""
        a = self.rate * np.exp(v)
        return (self.j - 1) * np.log(-np.expm1(-a)) - (self.size - self.j + 1) * a + v

    def log_tail(self, v: FloatArray, upper: BoolArray) -> FloatArray:
        """Log probability of an arrival after v, or of one before."""
        growth, rest = np.expm1(self.rate * np.exp(v)), self.size - self.j + 1
        return log_beta_tail(
            np.where(upper, rest, self.j),
            np.where(upper, self.j, rest),
            np.where(upper, growth, 1 / growth),
        )

    def slopes(self, v: FloatArray) -> tuple[FloatArray, FloatArray]:
        """First and second derivative of the log density."""
        a = self.rate * np.exp(v)
        ratio = a / np.expm1(a)
        first = (self.j - 1) * ratio - (self.size - self.j + 1) * a + 1
        second = (self.j - 1) * ratio * (1 + a / np.expm1(-a)) - (self.size - self.j + 1) * a
        return first, second

    def centre(self) -> FloatArray:
        """About the middle of the density."""
        return np.log(-np.log1p(-self.j / (self.size + 1)) / self.rate)


class _Race(NamedTuple):
    """The density of one arrival, that whose time varies less, times the tail of the other."""

    first: _Arrival
    other: _Arrival
    later: BoolArray  # whether the other one is the later of the two

    @classmethod
    def between(cls, marked: _Arrival, other: _Arrival) -> _Race:
        """Race in which a marked one arrives before another."""
        narrow = marked.slopes(marked.centre())[1] <= other.slopes(other.centre())[1]
        first = _Arrival(*(np.where(narrow, a, b) for a, b in zip(marked, other, strict=True)))
        second = _Arrival(*(np.where(narrow, b, a) for a, b in zip(marked, other, strict=True)))
        return cls(first, second, narrow)

    def at(self, places: IntArray) -> _Race:
        """Some of the races."""
        first, other = (_Arrival(*(x[places] for x in part)) for part in self[:2])
        return _Race(first, other, self.later[places])

    def log_integrand(self, v: FloatArray) -> FloatArray:
        """Log of the integrand but for the constant of the density."""
        return self.first.log_exponent(v) + self.other.log_tail(v, self.later)

    def slopes(self, v: FloatArray) -> tuple[FloatArray, FloatArray]:
        """First and second derivative of the log integrand."""
        first, second = self.first.slopes(v)
        own = self.other.slopes(v)[0]
        hazard = np.exp(self.other.log_density(v) - self.other.log_tail(v, self.later))
        hazard = np.where(self.later, -hazard, hazard)
        return first + hazard, second + hazard * (own - hazard)

    def mode(self) -> tuple[FloatArray, FloatArray]:
        """About the mode of the integrand, and its standard deviation there."""
        v = self.first.centre()
        low, high = np.full(v.size, -np.inf), np.full(v.size, np.inf)
        spread = np.ones(v.size)
        active = np.arange(v.size)
        for _ in range(_MOST_STEPS):
            slope, curvature = self.at(active).slopes(v[active])
            spread[active] = 1 / np.sqrt(-curvature)
            rising = slope > 0
            low[active[rising]], high[active[~rising]] = v[active[rising]], v[active[~rising]]
            step = -slope / curvature
            far = np.abs(step) > _NEAR_MODE * spread[active]
            target = v[active] + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
            inside = (target > low[active]) & (target < high[active])
            middle = (low[active] + high[active]) / 2
            v[active] = np.where(inside, target, middle)
            active = active[far]
            if not active.size:
                break
        return v, spread

    def log_integral(self) -> FloatArray:
        """Log of the integral by the trapezoidal rule, outward from the mode."""
        v, spread = self.mode()
        step = np.minimum(_STEP * spread, _LARGEST_STEP)
        exponent = self.first.log_exponent(v)
        constant = self.first.log_density(v) - exponent
        top = exponent + self.other.log_tail(v, self.later)
        total = np.ones(v.size)
        for side in (-1, 1):
            active, k = np.arange(v.size), 0
            while active.size and k < _MOST_STEPS:
                k += 1
                here = v[active] + side * k * step[active]
                term = np.exp(self.at(active).log_integrand(here) - top[active])
                total[active] += term
                active = active[term > _NEGLIGIBLE * total[active]]
        return constant + top + np.log(total * step)
