r"""Gamma regression of squared quantities on a line, many genes at once.

Independent :math:`z_i^2` with mean :math:`\mu_i = a + b s_i` and variance proportional to
:math:`\mu_i^2`. Values that share :math:`s_i` enter through their number and total alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from pylimma.record import Record
from pylimma.typing import FloatArray, IntArray

RELIEF = 10.0  # damping is divided by this after success at the first try
HOPELESS = 1e15  # times the information: damping at which no step can be seen
LARGEST_RATIO = 1e3  # variances are taken to differ by no more than this factor
SAME = 1e-10  # covariates are distinct if they differ by this fraction of the largest
FLAT = 1e-15  # covariates whose variance is below this tell nothing about the slope


class Local(NamedTuple):
    """The model at one point for each gene."""

    objective: FloatArray  # (genes,) what is to be made small
    score: FloatArray  # (2, genes) direction of descent, :math:`U`
    information: FloatArray  # (3, genes) :math:`I_{11}, I_{12}, I_{22}`


Model: TypeAlias = Callable[[FloatArray, IntArray], Local]


class StoppingRule(NamedTuple):
    """When a step counts and when the steps end."""

    decrease: float  # the objective must go down by at least this much
    tolerance: float  # product of score and step below which a gene has converged
    rounds: int  # greatest number of steps


@dataclass(frozen=True, slots=True, eq=False)
class ScoringPath(Record):
    """Where scoring ended."""

    parameters: FloatArray  # (2, genes) the last point accepted
    penultimate: FloatArray  # (2, genes) the point from which the last step was taken


SCORING = StoppingRule(decrease=0.0, tolerance=1e-6, rounds=21)


def damped_scoring(start: FloatArray, model: Model, rule: StoppingRule) -> ScoringPath:
    """Parameters at which the objective of each gene is smallest."""
    parameters, penultimate = start.copy(), start.copy()
    active = np.arange(start.shape[1])
    here = model(start, active)
    damping = (here.information[0] + here.information[2]) / 4
    for _ in range(rule.rounds):
        penultimate[:, active] = parameters[:, active]
        there, step, damping = _descend(parameters[:, active], here, damping, active, model, rule)
        parameters[:, active] += step
        gain = (here.score * step).sum(axis=0)
        going = gain >= rule.tolerance
        if not going.any():
            break
        active, damping = active[going], damping[going]
        here = Local(*(part[..., going] for part in there))
    return ScoringPath(parameters, penultimate)


def _descend(
    point: FloatArray,
    here: Local,
    damping: FloatArray,
    genes: IntArray,
    model: Model,
    rule: StoppingRule,
) -> tuple[Local, FloatArray, FloatArray]:
    """One step of every gene: the model after it, the step (0 if none helps), the damping."""
    there = Local(*(part.copy() for part in here))
    taken = np.zeros_like(point)
    damping = damping.copy()
    limit = HOPELESS * np.maximum(here.information[0], here.information[2])
    pending = np.arange(len(genes))
    first_try = True
    while pending.size:
        step = _damped_step(here.score[:, pending], here.information[:, pending], damping[pending])
        trial = model(point[:, pending] + step, genes[pending])
        better = trial.objective <= here.objective[pending] - rule.decrease
        won = pending[better]
        taken[:, won] = step[:, better]
        for part, new in zip(there, trial, strict=True):
            part[..., won] = new[..., better]
        if first_try:
            damping[won] /= RELIEF
            first_try = False
        pending = pending[~better]
        damping[pending] *= 2
        pending = pending[damping[pending] <= limit[pending]]
    return there, taken, damping


def _damped_step(score: FloatArray, information: FloatArray, damping: FloatArray) -> FloatArray:
    """Solutions of the damped two-by-two systems, of shape (2, genes)."""
    first, cross, second = information
    first, second = first + damping, second + damping
    determinant = first * second - cross**2
    solution: FloatArray = np.stack(
        [second * score[0] - cross * score[1], first * score[1] - cross * score[0]]
    )
    return solution / determinant


class Groups(NamedTuple):
    """Values that share a covariate, for each gene."""

    # (groups, genes) the common covariate, not negative; in an empty group any that occurs
    covariate: FloatArray
    number: FloatArray  # (groups, genes) number of values; 0 for an empty group
    total: FloatArray  # (groups, genes) sum of the values


def gamma_line(groups: Groups) -> FloatArray:
    """Intercept and slope by maximum likelihood, starting from least squares."""
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
